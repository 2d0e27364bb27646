"""Random draws among the records without a finding, and what became of them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, exists, func, insert, select, true

from hubscan.findings import Severity
from hubscan.records import RepoRef
from hubscan.store import keys
from hubscan.store.reading import stands
from hubscan.store.tables import decisions, findings, records, sample_cases, samples

_ROWS = 500


def unflagged(connection: Connection, hub: str | None, min_severity: Severity) -> Iterator[RepoRef]:
    """Yield the repos whose content is stored and without a standing finding this grave of a rule past its draft."""
    grave = (findings.c.severity >= min_severity) & (findings.c.rule_status != "draft")
    flagged = exists().where(keys.same_repo(records, findings), grave, stands())
    within = records.c.hub == hub if hub else true()
    query = select(records.c.hub, records.c.kind, records.c.repo_id).where(~flagged, within)
    for row in connection.execute(query, execution_options={"yield_per": _ROWS}):
        yield RepoRef(row.hub, row.kind, row.repo_id)


def known(connection: Connection, seed: str, hub: str | None, min_severity: Severity) -> bool:
    """Return whether this seed was drawn before from the same records."""
    same = (samples.c.seed == seed) & (samples.c.min_severity == int(min_severity))
    where = samples.c.hub == hub if hub else samples.c.hub.is_(None)
    return bool(connection.scalar(select(func.count()).where(same, where)))


def add(
    connection: Connection,
    seed: str,
    hub: str | None,
    min_severity: Severity,
    population: int,
    drawn: Sequence[int],
    now: str,
) -> None:
    """Enter a draw and its cases."""
    told = {"hub": hub, "seed": seed, "min_severity": int(min_severity), "population": population, "size": len(drawn)}
    sample = connection.execute(insert(samples).values(**told, at=now).returning(samples.c.id)).scalar_one()
    connection.execute(insert(sample_cases), [{"sample_id": sample, "case_number": number} for number in drawn])


def all_of(connection: Connection) -> Sequence[Row[Any]]:
    """Return every draw, oldest first."""
    return list(connection.execute(select(samples).order_by(samples.c.id)))


def verdicts(connection: Connection) -> Mapping[int, Mapping[str, int]]:
    """Count the cases of each draw by their latest verdict; those nobody decided on are not in it."""
    latest = select(func.max(decisions.c.event_id)).group_by(decisions.c.case_number)
    query = (
        select(sample_cases.c.sample_id, decisions.c.verdict, func.count().label("cases"))
        .join_from(sample_cases, decisions, decisions.c.case_number == sample_cases.c.case_number)
        .where(decisions.c.event_id.in_(latest))
        .group_by(sample_cases.c.sample_id, decisions.c.verdict)
    )
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for row in connection.execute(query):
        found[row.sample_id][row.verdict] = row.cases
    return found
