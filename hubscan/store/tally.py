"""Counting repos by hub, for scorecards. A hub that is missing from a count has none of it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, exists, func, select

from hubscan.casework import Verdict
from hubscan.findings import Severity
from hubscan.store import keys
from hubscan.store.reading import stands
from hubscan.store.tables import cases, decisions, events, findings, notice_rules, notices, records, skipped

_SETTLED = (Verdict.CONFIRMED.value, Verdict.REJECTED.value)


def read(connection: Connection) -> Mapping[str, int]:
    """Count the repos whose content is stored."""
    return _by_hub(connection, select(records.c.hub, func.count()).group_by(records.c.hub))


def unread(connection: Connection) -> Mapping[str, int]:
    """Count the repos that were listed and never read."""
    known = exists().where(keys.same_repo(records, skipped))
    return _by_hub(connection, select(skipped.c.hub, func.count()).where(~known).group_by(skipped.c.hub))


def flagged(connection: Connection, min_severity: Severity) -> Mapping[str, int]:
    """Count the repos with a standing finding at or above `min_severity` of a rule that is past its draft."""
    return _count(connection, _flagged(min_severity))


def unjudged(connection: Connection, min_severity: Severity) -> Mapping[str, int]:
    """Count the flagged repos that nobody has confirmed or rejected."""
    settled = exists().where(
        keys.same_repo(cases, findings),
        decisions.c.case_number == cases.c.number,
        decisions.c.verdict.in_(_SETTLED),
        _latest(),
    )
    return _count(connection, _flagged(min_severity).where(~settled))


def verdicts(connection: Connection) -> Mapping[str, Mapping[Verdict, int]]:
    """Count the cases that were decided on, by their latest verdict."""
    query = (
        select(cases.c.hub, decisions.c.verdict, func.count().label("cases"))
        .join(decisions, decisions.c.case_number == cases.c.number)
        .where(_latest())
        .group_by(cases.c.hub, decisions.c.verdict)
    )
    found: dict[str, dict[Verdict, int]] = {}
    for row in connection.execute(query):
        found.setdefault(row.hub, {})[Verdict(row.verdict)] = row.cases
    return found


def noticed(connection: Connection) -> Mapping[str, int]:
    """Count the cases for which a notice was drafted."""
    query = select(cases.c.hub, func.count(notices.c.case_number.distinct()))
    return _by_hub(connection, query.join(notices, notices.c.case_number == cases.c.number).group_by(cases.c.hub))


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


def _flagged(min_severity: Severity) -> Select[Any]:
    repo = (findings.c.hub, findings.c.kind, findings.c.repo_id)
    met = (findings.c.severity >= min_severity) & (findings.c.rule_status != "draft")
    return select(*repo).where(met, stands()).distinct()


def _count(connection: Connection, repos: Select[Any]) -> Mapping[str, int]:
    each = repos.subquery()
    return _by_hub(connection, select(each.c.hub, func.count()).group_by(each.c.hub))


def _latest() -> ColumnElement[bool]:
    other = decisions.alias()
    newer = exists().where(other.c.case_number == decisions.c.case_number, other.c.event_id > decisions.c.event_id)
    return ~newer


def _by_hub(connection: Connection, query: Select[Any]) -> Mapping[str, int]:
    return {row[0]: row[1] for row in connection.execute(query)}
