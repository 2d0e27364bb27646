"""Made reports: a small one that uses every field, a hostile one, and one of any size.

`python -m tests.formats.made` writes the golden outputs of the small one again; read the difference like code.
"""

from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from hubscan.findings import (
    Confidence,
    Coverage,
    Delta,
    Evidence,
    Finding,
    NotRun,
    PackRef,
    RuleInfo,
    RuleRef,
    ScanError,
    ScanReport,
    Severity,
    SkippedRepo,
    Span,
)
from hubscan.formats import base
from hubscan.records import RepoRef

GOLDEN = Path(__file__).parent / "golden"

TITLES = {
    "ncii": "Sold as an undressing tool",
    "safeguard-removal": "Sold as having its safety checker removed",
    "malicious-use": "Marketed for phishing",
    "documentation": "No model card",
    "historical": "Derived from a withdrawn base model",
}
GRAVITY = dict(
    zip(TITLES, (Severity.CRITICAL, Severity.MEDIUM, Severity.HIGH, Severity.INFO, Severity.LOW), strict=True)
)
FACETS = ("name", "tags", "card", "files")


def digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def rule(category: str, status: str = "stable") -> RuleRef:
    return RuleRef(f"{category}/sample", digest(category), status, category, TITLES[category])


def info(category: str) -> RuleInfo:
    return RuleInfo(
        ref=rule(category),
        severity=GRAVITY[category],
        confidence=Confidence.MEDIUM,
        why=f"Why uploads marked {category} matter, in a sentence or two that a reviewer reads once.",
        action="Read the card; confirm or reject.",
        false_positives=("Papers that cite such uploads.", "Classifiers that find them."),
        policies=("example-hub/content",),
        laws=("eu-dsa/16",),
        references=("https://example.org/reference",),
    )


def finding(number: int, category: str, hub: str = "huggingface", repo: str = "", status: str = "stable") -> Finding:
    repo = repo or f"sample-org-{number % 97}/model-{number:05}"
    places = FACETS[: 1 + number % 4]
    evidence = tuple(
        Evidence(Span(place, 3 * number % 50, 3 * number % 50 + 4), f"match.{place}", f"{category}/en")
        for place in places
    )
    discounted = (Evidence(Span("card", 120, 128), "match.card", None, "forbids"),) if number % 3 == 0 else ()
    return Finding(
        fingerprint=digest(f"{hub}{repo}{category}"),
        rule=rule(category, status),
        ref=RepoRef(hub, "model", repo, f"{number:040x}" if number % 2 else None),
        url=f"https://hub.example.org/{repo}",
        severity=GRAVITY[category],
        confidence=Confidence(1 + number % 3),
        facets=places,
        evidence=evidence,
        discounted=discounted,
    )


def report(findings: tuple[Finding, ...] = ()) -> ScanReport:
    """A report that uses every field."""
    findings = tuple(sorted(findings, key=lambda item: item.sort_key))
    prints = tuple(item.fingerprint for item in findings)
    return ScanReport(
        source="huggingface (models, limit 500)",
        started_at="2026-03-01T10:00:00Z",
        finished_at="2026-03-01T10:04:30Z",
        tool_version="0.1.0",
        coverage=Coverage(
            listed=500,
            read=460,
            cards=300,
            unchanged=10,
            complete=False,
            unknown=("The listing shows no private repositories.", "Gated cards cannot be read without an account."),
        ),
        findings=findings,
        skipped=(
            SkippedRepo(RepoRef("huggingface", "model", "sample-org/gated"), "gated"),
            SkippedRepo(RepoRef("huggingface", "model", "sample-org/gone"), "vanished"),
        ),
        errors=(
            ScanError("sample.jsonl:12", "decode", "not a JSON object", RepoRef("huggingface", "model", "a/b")),
            ScanError("https://hub.example.org/api/models/c/d", "timeout", "no answer in 30 s"),
        ),
        packs=(PackRef("core", "1.0.0", digest("core"), 42), PackRef("partners", "0.3.0", digest("partners"), 7)),
        not_run=(NotRun("csae/partner-terms", "its term list is not loaded"),),
        rules={f"{category}/sample": info(category) for category in TITLES},
        requests={
            "api/models": {"requests": 10, "bytes": 1234567},
            "raw/README.md": {"requests": 300, "bytes": 400000},
        },
        settings={"packs": "core, partners", "cards": "candidates"},
        delta=Delta(new=prints[:2], changed=prints[2:3], gone=(digest("gone"),), since="2026-02-01T10:00:00Z"),
    )


def small() -> ScanReport:
    categories = [*TITLES, "ncii", "documentation", "documentation"]
    ordinary = tuple(finding(number, category) for number, category in enumerate(categories, start=1))
    return report((*ordinary, finding(11, "historical", "civitai", "123456", "test")))


def empty() -> ScanReport:
    return ScanReport(
        source="dump empty.jsonl",
        started_at="2026-03-01T10:00:00Z",
        finished_at="2026-03-01T10:00:01Z",
        tool_version="0.1.0",
        coverage=Coverage(),
    )


def many(count: int) -> ScanReport:
    categories = tuple(TITLES)
    return report(tuple(finding(number, categories[number % 5]) for number in range(count)))


NASTY = (
    "</script><script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "a\u202egnp.exe\u2066",
    "=HYPERLINK(0)",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "line\r\nbreak\n\n# head",
    "\ud800 half",
    "\x1b[31mred\x1b]0;owned\x07",
    "x" * 10_000,
    "[bold red]markup[/] {0} [a](https://example.org)",
    "{{ 7 * 7 }}{% raw %}",
    "<!--",
    "模型 ünï ❤️",
)


def hostile() -> ScanReport:
    """Every place that a hub or an uploader can write to holds something nasty."""
    made = []
    for number, text in enumerate(NASTY):
        base = finding(number, "ncii", repo=text)
        evidence = (Evidence(Span(text, 1, 2), text, text, None),)
        discounted = (Evidence(Span(text, 1, 2), text, text, text),)
        fingerprint = digest(f"{number}")
        ref = RepoRef(text, text, text, text)
        made.append(replace(base, fingerprint=fingerprint, ref=ref, url=text, evidence=evidence, discounted=discounted))
    return replace(
        report(tuple(made)),
        source=NASTY[0],
        skipped=tuple(SkippedRepo(RepoRef(text, text, text), text) for text in NASTY),
        errors=tuple(ScanError(text, text, text) for text in NASTY),
        not_run=tuple(NotRun(text, text) for text in NASTY),
        settings={text: text for text in NASTY},
        requests={text: {text: 1} for text in NASTY},
        coverage=Coverage(listed=1, read=1, unknown=NASTY),
    )


def written(name: str, made: ScanReport) -> bytes:
    out = BytesIO()
    base.load(name).write(made, out)
    return out.getvalue()


if __name__ == "__main__":
    for shipped in base.names():
        (GOLDEN / f"small{base.load(shipped).suffix}").write_bytes(written(shipped, small()))
