"""What a scan saw and what it cannot say, in sentences and counts: shared by the formats that people read.

The sentences keep what is unknown apart from what is clean: nothing here says that a repository is harmless.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from hubscan import wire
from hubscan.charts import Part
from hubscan.escape import visible
from hubscan.findings import FACETS, Confidence, ScanReport, Severity
from hubscan.render import counted

SEVERITIES = tuple(sorted(Severity, reverse=True))
"""Gravest first, as people read them."""


def statement(report: ScanReport) -> tuple[str, ...]:
    """Return the coverage statement, one sentence an item, the result first."""
    parts = (
        _result(report),
        _looked_at(report),
        _cards(report),
        _not_read(report),
        _not_run(report),
        _suppressed(report),
        _since(report),
    )
    return tuple(sentence for part in parts for sentence in part) + tuple(
        visible(line, 1000) for line in report.coverage.unknown
    )


def by_category(report: ScanReport) -> list[tuple[str, list[int]]]:
    """Return findings by category, one number for each of `SEVERITIES`; the category with the gravest comes first."""
    counts = report.counts()
    rows = {category: [counts[category, severity] for severity in SEVERITIES] for category, _ in sorted(counts)}
    return sorted(rows.items(), key=lambda row: ([-value for value in row[1]], row[0]))


def by_confidence(report: ScanReport) -> list[Part]:
    """Return findings by confidence, surest first."""
    counts = Counter(finding.confidence for finding in report.findings)
    tones = {Confidence.HIGH: "neutral", Confidence.MEDIUM: "low", Confidence.LOW: "quiet"}
    return [Part(level.label, counts[level], tones[level]) for level in sorted(Confidence, reverse=True)]


def by_facets(report: ScanReport) -> list[Part]:
    """Return findings by how many independent places of the record agree."""
    counts = Counter(len(finding.facets) for finding in report.findings)
    most = max(counts, default=0)
    return [Part(counted(places, "place"), counts[places]) for places in range(min(counts, default=1), most + 1)]


def by_facet(report: ScanReport) -> list[Part]:
    """Return findings by place; one finding counts in each of its places."""
    counts = Counter(facet for finding in report.findings for facet in finding.facets)
    known = [facet for facet in FACETS if counts[facet]]
    return [Part(visible(facet), counts[facet]) for facet in (*known, *sorted(counts.keys() - set(FACETS)))]


def by_change(report: ScanReport) -> list[Part]:
    """Return findings new, changed, known and gone since the last run; empty without one."""
    if report.delta is None:
        return []
    counts = Counter(wire.changes(report).values())
    tones = {"new": "neutral", "changed": "medium", "known": "quiet"}
    return [
        *(Part(said, counts[said], tone) for said, tone in tones.items()),
        Part("gone", len(report.delta.gone), "info"),
    ]


def looked_at(report: ScanReport) -> list[Part]:
    """Return what became of the records listed; what is left over counts as not read, never as clean."""
    seen, skipped = report.coverage, len(skipped_reasons(report))
    rest = max(0, seen.listed - seen.read - seen.unchanged - skipped)
    parts = (("read", seen.read, "neutral"), ("unchanged", seen.unchanged, "low"), ("skipped", skipped, "medium"))
    return [*(Part(*part) for part in parts), Part("not read", rest, "high")]


def skipped_reasons(report: ScanReport) -> list[str]:
    """Return why each repo was skipped; the unchanged ones are not skipped but known, and counted in the coverage."""
    return [item.reason for item in report.skipped if item.reason != "unchanged"]


def reasons(words: Iterable[str]) -> list[tuple[str, int]]:
    """Return one-word reasons with their counts, most frequent first."""
    return sorted(((visible(word), n) for word, n in Counter(words).items()), key=lambda pair: (-pair[1], pair[0]))


def settings(options: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the options that shaped the run in the order of their names."""
    return [(visible(key), visible(value, 500)) for key, value in sorted(options.items())]


def _result(report: ScanReport) -> Iterable[str]:
    if not report.coverage.read:
        yield "No record was read, so nothing can be said about any."
        return
    repos = len({finding.ref for finding in report.findings})
    if not report.findings:
        yield f"No rule matched in {counted(report.coverage.read, 'record')}. This does not say that they are harmless."
        return
    yield (
        f"{counted(len(report.findings), 'finding')} on {counted(repos, 'repository', 'repositories')}: "
        "each says what an upload is marked as, not what it can do, and none is a judgement before a person makes one."
    )
    trial = sum(finding.rule.status != "stable" for finding in report.findings)
    if trial:
        yield f"{counted(trial, 'finding comes', 'findings come')} from rules not yet stable: count them apart."


def _looked_at(report: ScanReport) -> Iterable[str]:
    seen = report.coverage
    unchanged = f" Unchanged since the last run and not read again: {seen.unchanged:,}." if seen.unchanged else ""
    yield f"Listed by the source: {counted(seen.listed, 'record')}. Read: {seen.read:,}.{unchanged}"
    if not seen.complete:
        yield "The run is incomplete: what is missing may hold more matches, and nothing counts as gone."


def _cards(report: ScanReport) -> Iterable[str]:
    seen = report.coverage
    if missing := seen.read - seen.cards:
        yield (
            f"Cards read: {seen.cards:,} of {seen.read:,}. Nothing is known about the text of the other {missing:,}: "
            "there is no card, or it was not read."
        )


def _not_read(report: ScanReport) -> Iterable[str]:
    if skipped := skipped_reasons(report):
        said = ", ".join(f"{count:,} {word}" for word, count in reasons(skipped))
        yield f"{counted(len(skipped), 'repository was', 'repositories were')} skipped: {said}."
    if report.errors:
        said = ", ".join(f"{count:,} {word}" for word, count in reasons(item.kind for item in report.errors))
        yield f"{counted(len(report.errors), 'thing')} could not be read: {said}."


def _not_run(report: ScanReport) -> Iterable[str]:
    if report.not_run:
        yield f"Rules not run: {len(report.not_run):,}. What they look for may be there all the same."


def _suppressed(report: ScanReport) -> Iterable[str]:
    if report.suppressed:
        yield f"Suppressed and not counted above: {counted(len(report.suppressed), 'finding')}, each with its reason."
    if report.idle_suppressions:
        yield f"Suppressions that met nothing or have expired: {len(report.idle_suppressions):,}."


def _since(report: ScanReport) -> Iterable[str]:
    if report.delta is None:
        yield "There is no earlier run of the same scope to compare with."
        return
    numbers = ", ".join(f"{part.value:,} {part.label}" for part in by_change(report))
    yield f"Since the last run{f' ({visible(report.delta.since)})' if report.delta.since else ''}: {numbers}."
