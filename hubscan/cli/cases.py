"""`hubscan cases`: one case per upload, for a person to decide on."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hubscan.casework import CaseState, Verdict
from hubscan.cli import _options
from hubscan.cli._output import Listing, show, show_json, show_text
from hubscan.cli._voice import voice
from hubscan.errors import UsageError

if TYPE_CHECKING:
    from hubscan.casework import Case, CaseFile
    from hubscan.cli._excerpt import Show
    from hubscan.findings import Evidence, Finding
    from hubscan.records import RepoRecord

app = typer.Typer(name="cases", help="Review what was found: list, look, decide.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(metavar="CASE", help="A case's number, as `hubscan cases list` shows it.")]


@app.command("list")
def list_cases(
    state: Annotated[CaseState | None, typer.Option("--state", show_default=False, help="Only cases in it.")] = None,
    hub: Annotated[str | None, typer.Option("--hub", metavar="H", show_default=False, help="Only this hub's.")] = None,
    min_severity: _options.MinSeverity = "info",
    database: _options.Database = None,
    fmt: _options.Format = Listing.TABLE,
) -> None:
    """List cases by number."""
    from hubscan import cases

    least = _options.severity(min_severity)
    with _options.opened_store(database) as store:
        found = list(cases.list_cases(store, state, hub, least))
    columns = ("case", "state", "severity", "findings", "repository", "opened")
    show(fmt, [_summary(case) for case in found], columns, map(_row, found))


@app.command("show")
def show_case(
    number: Number,
    reveal: _options.Reveal = False,
    database: _options.Database = None,
    fmt: _options.Format = Listing.TABLE,
) -> None:
    """Show what was found in an upload, where, what was set aside, and every decision so far."""
    from hubscan import cases
    from hubscan.cli import _excerpt
    from hubscan.hubs import base
    from hubscan.records import RepoRecord

    with _options.opened_store(database) as store:
        file = cases.show_case(store, number)
    record = base.parse(file.record)
    if not isinstance(record, RepoRecord):
        raise UsageError(f"its record cannot be read: {record.message}", f"case {number}", "Scan the repository again")
    if reveal:
        voice().warn(_excerpt.REVEALED)
    told = _told(file, record, _excerpt.showing(reveal))
    if fmt is Listing.JSON:
        show_json(told)
    else:
        show_text(_page(told))


@app.command("open")
def open_cases(min_severity: _options.MinSeverity = "medium", database: _options.Database = None) -> None:
    """Open a case for each upload with a standing finding this grave or graver."""
    from hubscan import cases
    from hubscan.store.store import utc_now

    least = _options.severity(min_severity)
    with _options.opened_store(database) as store:
        standing = (finding for finding in store.findings(least) if finding.rule.status != "draft")
        new = cases.open_cases(store, list(standing), least, utc_now())
    voice().say(f"Opened {len(new):,} cases for findings of severity {least.label} or higher.")


@app.command("decide")
def decide(
    number: Number,
    verdict: Annotated[Verdict, typer.Argument(metavar="VERDICT", help="confirmed, rejected or unsure.")],
    reviewer: Annotated[str, typer.Option("--reviewer", metavar="NAME", help="The pseudonym you review under.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="What you saw, in a sentence.")],
    policy: Annotated[
        str | None,
        typer.Option("--policy", metavar="ID", show_default=False, help="The hub's clause it breaks (hubs show)."),
    ] = None,
    database: _options.Database = None,
) -> None:
    """Add your decision to a case. Decisions are kept with the content they were made on, and are never changed."""
    from hubscan import cases, policies
    from hubscan.store.store import utc_now

    if policy:
        policies.load().clause(policy)
    with _options.opened_store(database) as store:
        case = cases.decide(store, number, verdict, reviewer=reviewer, reason=reason, policy=policy, now=utc_now())
    voice().say(f"Case {case.number} is {case.state}.")


def _summary(case: "Case") -> dict[str, Any]:
    ref = case.ref
    return {
        "number": case.number,
        "state": case.state,
        "repo": {"hub": ref.hub, "kind": ref.kind, "id": ref.repo_id, "url": case.url, "revision": ref.revision},
        "severity": case.severity.label if case.severity else None,
        "findings": len(case.fingerprints),
        "opened_at": case.opened_at,
        "outdated": case.outdated,
    }


def _row(case: "Case") -> tuple[object, ...]:
    state = f"{case.state} (changed since)" if case.outdated else case.state
    grave = case.severity.label if case.severity else "unknown"
    return case.number, state, grave, len(case.fingerprints), case.ref, case.opened_at


def _told(file: "CaseFile", record: "RepoRecord", show: "Show") -> dict[str, Any]:
    decisions = [
        {key: getattr(decision, key) for key in ("verdict", "reviewer", "reason", "at", "policy", "record_digest")}
        for decision in file.case.decisions
    ]
    findings = [_finding(finding, record, show) for finding in file.findings]
    return {
        **_summary(file.case),
        "record_digest": file.case.record_digest,
        "findings": findings,
        "decisions": decisions,
    }


def _finding(finding: "Finding", record: "RepoRecord", show: "Show") -> dict[str, Any]:
    from hubscan import wire

    return {
        **wire.report_finding(finding, None),
        "evidence": [_evidence(item, record, show) for item in finding.evidence],
        "discounted": [_evidence(item, record, show) for item in finding.discounted],
    }


def _evidence(item: "Evidence", record: "RepoRecord", show: "Show") -> dict[str, Any]:
    from hubscan import wire
    from hubscan.cli._excerpt import excerpt

    return {**wire.evidence(item), "excerpt": excerpt(record, item.span, show)}


def _page(told: dict[str, Any]) -> list[str]:
    from hubscan.escape import visible

    repo = told["repo"]
    changed = ", and the content has changed since" if told["outdated"] else ""
    lines = [
        f"Case {told['number']}: {repo['hub']} {repo['kind']} {repo['id']}",
        f"{repo['url']} at revision {repo['revision'] or 'not known'}",
        f"{told['state']}{changed}; opened {told['opened_at']}; gravest finding {told['severity'] or 'unknown'}",
    ]
    for finding in told["findings"]:
        rule = finding["rule"]
        levels = f"{finding['severity']} severity, {finding['confidence']} confidence"
        lines += [
            "",
            f"{rule['id']} ({rule['status']}): {rule['title']}",
            f"  {levels}, in {', '.join(finding['facets'])}",
        ]
        lines += [f"  {_place(item)}" for item in finding["evidence"]]
        lines += [f"  set aside, the text {item['context']} it: {_place(item)}" for item in finding["discounted"]]
    lines += ["", *(_decision(decision) for decision in told["decisions"])] if told["decisions"] else []
    return [visible(line, 2000) for line in lines]


def _place(item: dict[str, Any]) -> str:
    text = f"{item['field']} {item['start']}-{item['end']}: {item['excerpt']}" if item["excerpt"] else item["field"]
    return f"{text} ({item['clause']})"


def _decision(decision: dict[str, Any]) -> str:
    policy = f" under {decision['policy']}" if decision["policy"] else ""
    return f"{decision['at']} {decision['reviewer']}: {decision['verdict']}{policy}. {decision['reason']}"
