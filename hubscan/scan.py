"""The pipeline: stored record -> record -> features -> rules -> findings -> store, one record at a time.

Memory does not grow with the number of records: what is judged is handed on as it comes, and only counts, errors and
skips are kept. Collecting findings into a report is the caller's choice.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path

from hubscan import __version__, bases, pictures
from hubscan.dumps import Writer, from_row
from hubscan.engine.elsewhere import Known
from hubscan.engine.grammar import walk
from hubscan.engine.load import Rulebook, load
from hubscan.engine.match import Matcher, gaps
from hubscan.errors import UsageError
from hubscan.findings import (
    Coverage,
    Delta,
    Finding,
    IdleSuppression,
    NotRun,
    PackRef,
    ScanError,
    ScanReport,
    SkippedRepo,
    Suppressed,
)
from hubscan.hubs import base
from hubscan.records import RepoRecord, RepoRef, StoredRecord
from hubscan.rulebook import RulePack
from hubscan.store import Judged, Run, Store, crawls, uploads
from hubscan.uploads import Uploader

Source = Iterable[StoredRecord | SkippedRepo | ScanError]
"""What a dump or a hub yields: records, and in their place what was not looked at and what could not be read."""
Bundle = Sequence[StoredRecord | SkippedRepo | ScanError]
"""The same, as much of it as is judged together."""
BATCH = 500
"""Records a transaction: what a crash can lose at most."""


@dataclass(slots=True)
class Tally:
    """What a running scan has seen so far. `complete` turns false when the source ended before its end.

    `unchanged` counts what is as it was when last crawled, beside those among `skipped` for that reason.
    """

    listed: int = 0
    read: int = 0
    cards: int = 0
    findings: int = 0
    unchanged: int = 0
    complete: bool = True
    skipped: list[SkippedRepo] = field(default_factory=list)
    errors: list[ScanError] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Count in what another part of the same scan has seen."""
        self.listed += other.listed
        self.read += other.read
        self.cards += other.cards
        self.findings += other.findings
        self.skipped += other.skipped
        self.errors += other.errors

    def coverage(self, unknown: Sequence[str] = ()) -> Coverage:
        """The numbers a report states."""
        unchanged = self.unchanged + sum(skip.reason == "unchanged" for skip in self.skipped)
        return Coverage(
            self.listed, self.read, self.cards, unchanged, self.complete and not self.errors, tuple(unknown)
        )


def judge(source: Source, matcher: Matcher, tally: Tally) -> Iterator[Judged]:
    """Read and match every record of `source`; what was skipped or could not be read goes into `tally`.

    An error that names a repo stands beside the record of it, and is not counted as a record of its own.
    """
    return judge_bundles(((item,) for item in source), matcher, tally)


def judge_bundles(bundles: Iterable[Bundle], matcher: Matcher, tally: Tally) -> Iterator[Judged]:
    """Do what `judge` does where many records are at hand at once: together they cost less than one by one."""
    return chain.from_iterable(judge_bundle(bundle, matcher, tally) for bundle in bundles)


def judge_bundle(bundle: Bundle, matcher: Matcher, tally: Tally) -> Iterator[Judged]:
    """Read and match the records of one bundle; see `judge`."""
    read = [base.parse(item) if isinstance(item, StoredRecord) else item for item in bundle]
    matched = matcher.match_all([record for record in read if isinstance(record, RepoRecord)])
    for item, record in zip(bundle, read, strict=True):
        tally.listed += not (isinstance(item, ScanError) and item.ref)
        if isinstance(record, SkippedRepo):
            tally.skipped.append(record)
        elif isinstance(record, ScanError):
            tally.errors.append(record)
        else:
            found = tuple(next(matched))
            tally.read += 1
            tally.cards += record.card == "read"
            tally.findings += len(found)
            yield item, record, found  # type: ignore[misc]  # a record came of it, so `item` is a StoredRecord


def judge_uploaders(
    store: Store, run: Run, rulebook: Rulebook, statuses: Collection[str], known: Known, tally: Tally
) -> Iterator[Judged]:
    """Judge what a run kept once more, by the rules that count over all repos of an uploader, and keep what they find.

    Only the records of those who reach a count are read again. Nothing where `known` counts no uploaders.
    """
    late = gaps(rulebook, first_pass(known)).keys() - gaps(rulebook, known).keys()
    with store.reading() as connection:
        counted = uploads.crowded(connection, _least(rulebook)) if late else {}
    if not counted:
        return
    matcher = Matcher(rulebook, statuses, replace(known, uploaders=counted))
    for refs in _batches(store, run, counted):
        with store.reading() as connection:
            records = crawls.bodies(connection, refs).values()
        again = judge(records, matcher, Tally())
        found = [(stored, record, _of_rules(found, late)) for stored, record, found in again]
        found = [judged for judged in found if judged[2]]
        store.save(run, found)
        tally.findings += sum(len(findings) for _, _, findings in found)
        yield from found


def first_pass(known: Known) -> Known:
    """Return what is known while records come one by one: nobody has counted their uploaders yet."""
    return replace(known, uploaders=None)


def _batches(store: Store, run: Run, uploaders: Iterable[Uploader]) -> Iterator[list[RepoRef]]:
    for uploader in uploaders:
        with store.reading() as connection:
            refs = iter(uploads.kept(connection, run.id, uploader))
        while batch := list(islice(refs, BATCH)):
            yield batch


def _of_rules(found: Iterable[Finding], rules: Collection[str]) -> tuple[Finding, ...]:
    return tuple(finding for finding in found if finding.rule.id in rules)


def _least(rulebook: Rulebook) -> dict[str, int]:
    """Return what rules count of an uploader, and the least that any of them asks for."""
    least: dict[str, int] = {}
    for rule in rulebook.rules:
        for clause in walk(rule.match):
            if asked := clause.get("author"):
                least[asked["count"]] = min(asked["at_least"], least.get(asked["count"], asked["at_least"]))
    return least


def keep(judged: Iterable[Judged], store: Store, run: Run) -> Iterator[Judged]:
    """Pass judged records on, each only after its batch is safe in the store."""
    source = iter(judged)
    while batch := list(islice(source, BATCH)):
        store.save(run, [(_scrubbed(stored), record, found) for stored, record, found in batch])
        yield from batch


def save(judged: Iterable[Judged], dump: Writer) -> Iterator[Judged]:
    """Pass judged records on, each also written to `dump` without pictures and their addresses."""
    for stored, record, found in judged:
        dump.write(_scrubbed(stored))
        yield stored, record, found


def _scrubbed(stored: StoredRecord) -> StoredRecord:
    headers = stored.headers and {name: pictures.text_only(values.items()) for name, values in stored.headers.items()}
    return replace(stored, native=base.load(stored.hub).scrub(stored.native), headers=headers)


def finish(tally: Tally, store: Store, run: Run, unknown: Sequence[str] = ()) -> Delta:
    """Close a kept run and return what it changed."""
    store.skip(run, tally.skipped)
    store.finish_run(run, tally.coverage(unknown))
    return store.delta(run)


def not_run(rulebook: Rulebook, statuses: Collection[str], known: Known | None = None) -> tuple[NotRun, ...]:
    """Return the rules kept from running by their status, or by a hash list or lineage that is not `known`.

    What they look for may be there all the same. Without `known`, bases on file are known and no hash list is.
    """
    lacking = gaps(rulebook, known or known_without_store())
    waiting = {rule.id: f"its status is {rule.status}" for rule in rulebook.rules if rule.status not in statuses}
    return tuple(NotRun(rule, reason) for rule, reason in sorted((lacking | waiting).items()))


def known_without_store() -> Known:
    """Return what rules may ask beyond records where there is no store: the bases on file, one step up."""
    return Known(lineage=bases.shipped())


def report(
    tally: Tally,
    rulebook: Rulebook,
    findings: Sequence[Finding],
    *,
    source: str,
    started_at: str,
    finished_at: str,
    settings: Mapping[str, str],
    not_run: Sequence[NotRun] = (),
    delta: Delta | None = None,
    unknown: Sequence[str] = (),
    requests: Mapping[str, Mapping[str, int]] | None = None,
    suppressed: Sequence[Suppressed] = (),
    idle_suppressions: Sequence[IdleSuppression] = (),
) -> ScanReport:
    """Put together what a format prints; findings come out in `Finding.sort_key` order."""
    idle = {gap.rule for gap in not_run}
    return ScanReport(
        source=source,
        started_at=started_at,
        finished_at=finished_at,
        tool_version=__version__,
        coverage=tally.coverage(unknown),
        findings=tuple(sorted(findings, key=lambda finding: finding.sort_key)),
        skipped=tuple(sorted(tally.skipped)),
        errors=tuple(tally.errors),
        packs=tuple(_ran(pack, idle) for pack in rulebook.packs),
        rules={rule.id: rule.info for rule in rulebook.rules if rule.id not in idle},
        not_run=tuple(not_run),
        settings=settings,
        delta=delta,
        requests=requests or {},
        suppressed=tuple(sorted(suppressed, key=lambda item: item.finding.sort_key)),
        idle_suppressions=tuple(idle_suppressions),
    )


def _ran(pack: RulePack, idle: Collection[str]) -> PackRef:
    return replace(pack.ref, rules=sum(rule.id not in idle for rule in pack.rules))


def scan_records(
    records: Iterable[RepoRecord | Mapping[str, object]], packs: Sequence[str | Path] = ()
) -> Iterator[Finding]:
    """Yield the findings of records or dump lines, record by record, without a database.

    `records` may be `RepoRecord`s or mappings in dump form (`hub`, `kind`, `native`, `card`, ...). `packs` names rule
    folders; none means the shipped ones. `RuleError` if a pack is broken, `UsageError` for a line that is no record.
    """
    matcher = Matcher(load([Path(pack) for pack in packs]), known=known_without_store())
    for number, item in enumerate(records, 1):
        record = item if isinstance(item, RepoRecord) else _from_line(item, number)
        yield from matcher.match(record)


def _from_line(line: Mapping[str, object], number: int) -> RepoRecord:
    stored = from_row(line, f"record {number}")
    record = base.parse(stored) if isinstance(stored, StoredRecord) else stored
    if isinstance(record, ScanError):
        raise UsageError(record.message, record.where, "A record needs `hub`, `kind` and `native` as in a dump")
    return record
