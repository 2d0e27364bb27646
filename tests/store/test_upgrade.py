"""A database of an earlier version is brought up with all that stands in it."""

from sqlalchemy import select

from hubscan import cases
from hubscan.casework import CaseFilter, CaseState, Priority
from hubscan.findings import Confidence, Severity
from hubscan.store import Store
from hubscan.store.tables import events, queue

from .conftest import CASES


def test_an_older_database_is_brought_up(old_url):
    with Store.open(old_url) as store:
        listed = list(cases.list_cases(store))
        assert listed == list(cases.list_cases(store, CaseFilter(rule="demo/first")))
        with store.reading() as connection:
            queued = {row.case_number: row for row in connection.execute(select(queue))}
            words = set(connection.execute(select(events.c.kind, events.c.word)).all())
    assert [case.number for case in listed] == list(range(1, CASES + 1))
    states = {0: CaseState.OPEN, 1: CaseState.CONFIRMED, 2: CaseState.NOTICED}
    for case in listed:
        state = states[case.number % 3]
        assert (case.state, queued[case.number].state) == (state, state)
        assert case.due_at == ("2026-02-04T00:00:00Z" if state is CaseState.NOTICED else None)
        assert case.priority == Priority(Severity.HIGH, Confidence.MEDIUM, 2, None)
        assert queued[case.number].rank == case.priority.rank
    assert words == {("opened", "finding"), ("decided", "confirmed"), ("noticed", "drafted")}
