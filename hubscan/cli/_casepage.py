"""One case as a value for JSON, and as lines for a person. What an uploader wrote is shown as `Show` says."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hubscan import wire
from hubscan.casework import Case, CaseFile, Event, EventKind
from hubscan.cli._excerpt import Show, excerpt
from hubscan.errors import UsageError
from hubscan.escape import visible
from hubscan.findings import Evidence, Finding
from hubscan.holders import Holder
from hubscan.hubs import base
from hubscan.records import RepoRecord, RepoRef, StoredRecord
from hubscan.store import purging

COLUMNS = ("case", "state", "priority", "findings", "repository", "assignee", "opened")

Others = Sequence[tuple[Holder, str]]
"""Who else has a file of the repo, and under which name."""

ShowOf = Callable[[Evidence], Show]
"""How one piece of evidence is shown."""


def summary(case: Case) -> dict[str, Any]:
    """Return what a list tells of a case."""
    ref = case.ref
    return {
        "number": case.number,
        "state": case.state,
        "repo": {"hub": ref.hub, "kind": ref.kind, "id": ref.repo_id, "url": case.url, "revision": ref.revision},
        "severity": case.severity.label if case.severity else None,
        "priority": case.priority.words,
        "findings": len(case.fingerprints),
        "assignee": case.assignee,
        "opened_at": case.opened_at,
        "due_at": case.due_at,
        "outdated": case.outdated,
    }


def row(case: Case) -> tuple[object, ...]:
    """Return the same as the cells of `COLUMNS`."""
    state = f"{case.state} (changed since)" if case.outdated else case.state
    told = (case.priority.words, len(case.fingerprints), case.ref, case.assignee or "nobody")
    return case.number, state, *told, case.opened_at


def parsed(stored: StoredRecord, number: int) -> RepoRecord:
    """Return a stored record as it reads, one without words where it was purged; `UsageError` where it cannot be."""
    if purging.is_emptied(stored):
        return RepoRecord(ref=RepoRef(stored.hub, stored.kind, "purged"), url="", title="")
    record = base.parse(stored)
    if isinstance(record, RepoRecord):
        return record
    raise UsageError(f"its record cannot be read: {record.message}", f"case {number}", "Scan the repository again")


def told(file: CaseFile, record: RepoRecord, show: ShowOf, others: Others) -> dict[str, Any]:
    """Return all that is known of a case, its evidence with the text round it, and who else has its files."""
    decisions = [
        {key: getattr(decision, key) for key in ("verdict", "reviewer", "reason", "at", "policy", "record_digest")}
        for decision in file.case.decisions
    ]
    events = [
        {key: getattr(event, key) for key in ("at", "kind", "actor", "word", "note")} for event in file.case.events
    ]
    return {
        **summary(file.case),
        "record_digest": file.case.record_digest,
        "confirmed_by": list(file.case.confirmed_by),
        "findings": [_finding(finding, record, show) for finding in file.findings],
        "base_models": [{"name": one.name, "relation": one.relation} for one in record.base_models or ()],
        "elsewhere": elsewhere(others),
        "decisions": decisions,
        "events": events,
    }


def page(told: dict[str, Any]) -> list[str]:
    """Return the lines of a case, each harmless on a terminal."""
    lines = [*head(told), *findings(told), *origins(told), *history(told)]
    return [visible(line, 2000) for line in lines]


def head(told: dict[str, Any]) -> Iterator[str]:
    """Yield what the case is about and how it stands."""
    repo = told["repo"]
    changed = ", and the content has changed since" if told["outdated"] else ""
    yield f"Case {told['number']}: {repo['hub']} {repo['kind']} {repo['id']}"
    yield f"{repo['url']} at revision {repo['revision'] or 'not known'}"
    yield f"{told['state']}{changed}; opened {told['opened_at']}; given to {told['assignee'] or 'nobody'}"
    yield f"Priority: {told['priority']}"
    if told.get("held"):
        yield f"Under legal hold: {told['held']}"
    if told["due_at"]:
        yield f"To be checked on the hub from {told['due_at']} on"


def findings(told: dict[str, Any]) -> Iterator[str]:
    """Yield what was found and where, every place with the number it is called by."""
    number = 0
    for finding in told["findings"]:
        rule = finding["rule"]
        levels = f"{finding['severity']} severity, {finding['confidence']} confidence"
        yield from ("", f"{rule['id']} ({rule['status']}): {rule['title']}")
        yield f"  {levels}, in {', '.join(finding['facets'])}"
        for item in finding["evidence"]:
            number += 1
            yield f"  {number}. {_place(item)}"
        for item in finding["discounted"]:
            number += 1
            yield f"  {number}. set aside, the text {item['context']} it: {_place(item)}"


def origins(told: dict[str, Any]) -> Iterator[str]:
    """Yield what the upload says it is made from, and who else has the same files, as far as the store knows."""
    if told["base_models"]:
        made = (f"{one['name']} ({one['relation'] or 'relation not said'})" for one in told["base_models"])
        yield from ("", f"Made from {', '.join(made)}: hubscan lineage NAME says more")
    if told["elsewhere"]:
        yield from ("", "The same file elsewhere:")
    for one in told["elsewhere"]:
        yield f"  {one['repo']}, as {one['file']}: {one['presence']} at {one['as_of']}"


def elsewhere(others: Others) -> list[dict[str, Any]]:
    """Return who else has the same files, as values for JSON."""
    return [
        {"repo": str(one.ref), "url": one.url, "file": file, "presence": one.presence, "as_of": one.as_of}
        for one, file in others
    ]


def history(told: dict[str, Any]) -> Iterator[str]:
    """Yield what has happened, oldest first, each decision with its reason."""
    decisions = iter(told["decisions"])
    yield ""
    for event in told["events"]:
        yield _decision(next(decisions)) if event["kind"] == EventKind.DECIDED else _event(Event(**event))


def places(file: CaseFile) -> list[Evidence]:
    """Return the pieces of evidence in the order of their numbers."""
    return [item for finding in file.findings for item in (*finding.evidence, *finding.discounted)]


def _finding(finding: Finding, record: RepoRecord, show: ShowOf) -> dict[str, Any]:
    return {
        **wire.report_finding(finding, None),
        "evidence": [_evidence(item, record, show(item)) for item in finding.evidence],
        "discounted": [_evidence(item, record, show(item)) for item in finding.discounted],
    }


def _evidence(item: Evidence, record: RepoRecord, show: Show) -> dict[str, Any]:
    return {**wire.evidence(item), "excerpt": excerpt(record, item.span, show)}


def _place(item: dict[str, Any]) -> str:
    text = f"{item['field']} {item['start']}-{item['end']}: {item['excerpt']}" if item["excerpt"] else item["field"]
    return f"{text} ({item['clause']})"


def _decision(decision: dict[str, Any]) -> str:
    policy = f" under {decision['policy']}" if decision["policy"] else ""
    return f"{decision['at']} {decision['reviewer']}: {decision['verdict']}{policy}. {decision['reason']}"


_SAID = {
    EventKind.OPENED: "opened, for a {word}",
    EventKind.ASSIGNED: "given to {word}",
    EventKind.NOTICED: "notice {word}",
    EventKind.ACKNOWLEDGED: "acknowledged by the hub",
    EventKind.ACTED: "the hub answered: {word}",
    EventKind.CHECKED: "checked: {word}",
    EventKind.APPEALED: "appealed by: {word}",
    EventKind.REOPENED: "opened again: {word}",
    EventKind.CLOSED: "closed",
}


def _event(event: Event) -> str:
    said = _SAID[event.kind].format(word=event.word or "reason not kept")
    return f"{event.at} {event.actor or 'hubscan'}: {said}" + (f". {event.note}" if event.note else "")
