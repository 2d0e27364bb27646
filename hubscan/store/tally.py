"""What scorecards and the precision ledger count: repos that were read, flagged, decided on and written about."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, exists, func, select

from hubscan.casework import Verdict
from hubscan.findings import Severity
from hubscan.records import RepoRef
from hubscan.store import keys
from hubscan.store.casebook import PAGE
from hubscan.store.reading import stands
from hubscan.store.tables import (
    case_findings,
    cases,
    decisions,
    events,
    findings,
    notice_rules,
    notices,
    records,
    runs,
    skipped,
)

_REPO = (findings.c.hub, findings.c.kind, findings.c.repo_id)


def read(connection: Connection) -> Mapping[str, int]:
    """Count the repos whose content is stored, by hub."""
    return _by_hub(connection, select(records.c.hub, func.count()).group_by(records.c.hub))


def unread(connection: Connection) -> Mapping[str, int]:
    """Count the repos that were listed and never read, by hub."""
    known = exists().where(keys.same_repo(records, skipped))
    return _by_hub(connection, select(skipped.c.hub, func.count()).where(~known).group_by(skipped.c.hub))


def flagged(connection: Connection, min_severity: Severity) -> set[RepoRef]:
    """Return the repos with a standing finding at or above `min_severity` of a rule that is past its draft."""
    met = (findings.c.severity >= min_severity) & (findings.c.rule_status != "draft")
    return {RepoRef(*row) for row in connection.execute(select(*_REPO).where(met, stands()).distinct())}


def marked(connection: Connection, categories: Collection[str]) -> Mapping[str, set[RepoRef]]:
    """Return, by category, the repos with a standing finding in it, of any severity, of a rule past its draft."""
    met = findings.c.category.in_(categories) & (findings.c.rule_status != "draft")
    found: dict[str, set[RepoRef]] = {category: set() for category in categories}
    for row in connection.execute(select(findings.c.category, *_REPO).where(met, stands()).distinct()):
        found[row.category].add(RepoRef(row.hub, row.kind, row.repo_id))
    return found


def packs(connection: Connection) -> set[str]:
    """Return the ids of the rule packs that any run had."""
    return {pack["id"] for told in connection.scalars(select(runs.c.packs)) for pack in told or ()}


def judged(connection: Connection) -> Mapping[RepoRef, tuple[int, Verdict]]:
    """Return the repos that were decided on, each with the number of its case and the latest verdict."""
    query = (
        select(cases, decisions.c.verdict)
        .join(decisions, decisions.c.case_number == cases.c.number)
        .where(_latest())
        .order_by(cases.c.number)
    )
    return {
        RepoRef(row.hub, row.kind, row.repo_id): (row.number, Verdict(row.verdict)) for row in connection.execute(query)
    }


def noticed(connection: Connection) -> Mapping[int, RepoRef]:
    """Return the repos of the cases for which a notice was drafted, by case number."""
    query = select(cases).where(exists().where(notices.c.case_number == cases.c.number)).order_by(cases.c.number)
    return {row.number: RepoRef(row.hub, row.kind, row.repo_id) for row in connection.execute(query)}


def categories(connection: Connection, numbers: Sequence[int]) -> Mapping[int, set[str]]:
    """Return the categories of the findings of each case."""
    joined = case_findings.c.fingerprint == findings.c.fingerprint
    query = select(case_findings.c.case_number, findings.c.category).join_from(case_findings, findings, joined)
    found: dict[int, set[str]] = defaultdict(set)
    for start in range(0, len(numbers), PAGE):
        these = case_findings.c.case_number.in_(numbers[start : start + PAGE])
        for number, category in connection.execute(query.where(these).distinct()):
            found[number].add(category)
    return found


class Sent(NamedTuple):
    """A notice that a person sent: the case and hub, the event that says so, and one of the rules it rests on."""

    case: int
    hub: str
    event: int
    rule: str


def sent(connection: Connection, hub: str | None) -> list[Sent]:
    """Return the sent notices, once for each rule they rest on; None for all hubs."""
    query = (
        select(events.c.case_number, cases.c.hub, events.c.id, notice_rules.c.rule_id)
        .join_from(notice_rules, events, events.c.id == notice_rules.c.event_id)
        .join(cases, cases.c.number == events.c.case_number)
        .order_by(events.c.id, notice_rules.c.rule_id)
    )
    return [Sent(*row) for row in connection.execute(query.where(cases.c.hub == hub) if hub else query)]


def _latest() -> ColumnElement[bool]:
    other = decisions.alias()
    newer = exists().where(other.c.case_number == decisions.c.case_number, other.c.event_id > decisions.c.event_id)
    return ~newer


def _by_hub(connection: Connection, query: Select[Any]) -> Mapping[str, int]:
    return {row[0]: row[1] for row in connection.execute(query)}
