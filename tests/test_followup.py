"""Checks of a replayed hub: what it says, and what it must not be taken to say."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from hubscan import cases, followup
from hubscan.casework import CaseFilter, CaseState, CheckOutcome, HubAction, Notice, Verdict
from hubscan.errors import StoppedError, StoreError
from hubscan.findings import Severity
from hubscan.followup import CheckLedger, Means
from hubscan.http import Budget, Client, Settings
from hubscan.hubs import base
from hubscan.records import RepoRecord
from hubscan.replay.faults import Fault, body, cut, status
from hubscan.replay.faults import redirect as elsewhere
from hubscan.store import Store
from hubscan.store.tables import checks, requests, runs

HUB = base.connector("huggingface")
DRAFTED = "2026-01-01T00:00:00Z"


class Days:
    """A clock that stands still, `day` days after the notices were drafted."""

    day = 0

    def __call__(self) -> str:
        return (datetime.fromisoformat(DRAFTED) + timedelta(days=self.day)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def days():
    return Days()


@pytest.fixture
def store(database_url, days):
    with Store.open(database_url, days) as opened:
        yield opened


@pytest.fixture
def noticed(store, repo, finding):
    """Store repos with a confirmed case and a sent notice each: `noticed("org/a", card="...")`."""

    def make(*names, **native):
        judged = []
        for stored in (repo(name, **native) for name in names):
            record = base.parse(stored)
            assert isinstance(record, RepoRecord)
            judged.append((stored, record, (finding(record.ref, "1"),)))
        store.save(store.start_run("dump", "all", {}, (), "0.1.0"), judged)
        for number in cases.open_cases(store, store.findings(), Severity.MEDIUM, DRAFTED):
            cases.decide(store, number, Verdict.CONFIRMED, reviewer="r-1", reason="so", now=DRAFTED)
            cases.record_notice(store, Notice(number, "hub-policy.en", "restricted", "html", DRAFTED), "0" * 64)
            cases.record_sent(store, number, reviewer="r-1", now=DRAFTED)

    return make


@pytest.fixture
def look(store, hub, virtual):
    """Check all that is due at a hub that serves `records`, with its faults; return outcome and state by case."""

    def run(records, *faults, numbers=None, budget=None):
        served = hub(records, faults=list(faults))
        ledger = CheckLedger()
        settings = Settings(endpoint=served.url, tries=2, quota_tries=2)
        with Client(settings, ledger, budget or Budget(), virtual.clock()) as client:
            means = Means(store, HUB, client, ledger)
            due = followup.due(store, "huggingface", store.now()) if numbers is None else numbers
            found = list(followup.run(means, due))
        run.asked = [seen.target for seen in served.requests]
        return {case.ref.repo_id: (check.outcome.value, case.state.value) for case, check in found}

    return run


def other(repo, **native):
    """A repo that keeps the hub from being empty."""
    return repo("org/other", sha="1" * 40, **native)


DISABLED = "Access to this resource is disabled."
SEEN = {
    "as it was": ({}, (), "up"),
    "changed": ({"sha": "b" * 40}, (), "changed"),
    "gated": ({"gated": "manual"}, (), "gated"),
    "disabled, by its field": ({"disabled": True}, (), "disabled"),
    "disabled, by status": (
        {},
        (Fault("models/org/a", status(403, message="Access to this resource is disabled.")),),
        "disabled",
    ),
    "gated, by status": ({}, (Fault("models/org/a", status(401, error_code="GatedRepo")),), "gated"),
    "gone": (None, (), "gone"),
    "gone for good": ({}, (Fault("models/org/a", status(410)),), "gone"),
    "blocked in this region": ({}, (Fault("models/org/a", status(451)),), "blocked-here"),
    "forbidden": ({}, (Fault("models/org/a", status(403)),), "unknown"),
    "a token is asked for": ({}, (Fault("models/org/a", status(401)),), "unknown"),
    "server error": ({}, (Fault("models/org/a", status(503)),), "unknown"),
    "half a reply": ({}, (Fault("models/org/a", cut()),), "unknown"),
    "not JSON": ({}, (Fault("models/org/a", body(b"<html>", "text/html")),), "unknown"),
    "a list": ({}, (Fault("models/org/a", body(b"[]")),), "unknown"),
    "sent elsewhere": ({}, (Fault("models/org/a", elsewhere("https://other.example/")),), "unknown"),
    "not found, and nothing else either": ({}, (Fault("api/models", status(404)),), "unknown"),
}


@pytest.mark.parametrize(("change", "faults", "outcome"), SEEN.values(), ids=SEEN.keys())
def test_what_a_check_sees(store, noticed, look, repo, days, change, faults, outcome):
    noticed("org/a", sha="a" * 40)
    days.day = 1
    now = [] if change is None else [repo("org/a", **{"sha": "a" * 40, **change})]
    for fault in faults:
        fault.done = 0
    assert look([*now, other(repo)], *faults) == {"org/a": (outcome, "noticed")}
    (case,) = cases.list_cases(store)
    due = "2026-01-02" if outcome == "unknown" else "2026-01-03"
    assert (case.events[-1].word, case.due_at) == (outcome, f"{due}T00:00:00Z")


def test_a_check_asks_for_no_file_and_is_in_the_ledger(store, noticed, look, repo, days):
    noticed("org/a", "org/b", sha="a" * 40)
    days.day = 1
    look([repo("org/a", sha="a" * 40), other(repo)])
    assert all(target.startswith("/api/models") for target in look.asked)
    with store.reading() as connection:
        noted = connection.execute(select(requests)).all()
        assert {row.url_class for row in noted} == {"check"}
        assert len(noted) == len(look.asked) == 3, "two checks, and one look whether the hub lists anything"
        (entered,) = connection.execute(select(runs).where(runs.c.source == "checks huggingface")).all()
        assert {row.run_id for row in connection.execute(select(checks))} == {entered.id}
        assert (entered.complete, entered.coverage["read"]) == (True, 2)


def test_the_cadence(noticed, look, repo, days):
    noticed("org/a", sha="a" * 40)
    checked = []
    for days.day in (0, 1, 1, 2, 3, 6, 7, 8, 29, 30, 59, 61, 89, 90, 400, 401):
        if look([repo("org/a", sha="a" * 40)]):
            checked.append(days.day)
    assert checked == [1, 2, 7, 30, 61, 90, 400]


def test_the_most_urgent_come_first_and_a_stop_loses_nothing(store, noticed, look, repo, days):
    noticed("org/a", "org/b", "org/c", sha="a" * 40)
    days.day = 1
    served = [repo(name, sha="a" * 40) for name in ("org/a", "org/b", "org/c")]
    with pytest.raises(StoppedError):
        look(served, budget=Budget(requests=2))
    assert [len(case.events) for case in cases.list_cases(store)] == [5, 5, 4]
    assert look(served) == {"org/c": ("up", "noticed")}
    assert look(served) == {}


def test_what_is_back_is_in_the_queue_again(store, noticed, look, repo, days):
    noticed("org/a", sha="a" * 40)
    cases.act(store, 1, HubAction.REMOVED, reviewer="r-1", now=store.now())
    days.day = 1
    assert look([other(repo)]) == {"org/a": ("gone", "acted")}
    cases.close(store, 1, reviewer="r-1", reason="removed", now=store.now())
    days.day = 2
    assert look([repo("org/a", sha="a" * 40)]) == {"org/a": ("up", "open")}
    (case,) = cases.list_cases(store, CaseFilter(state=CaseState.OPEN))
    assert (case.events[-1].word, case.due_at) == ("reappeared", None)


def test_a_case_can_be_checked_when_it_is_not_due(noticed, look, repo):
    noticed("org/a", sha="a" * 40)
    assert look([repo("org/a", sha="a" * 40)]) == {}
    assert look([repo("org/a", sha="a" * 40)], numbers=[1]) == {"org/a": ("up", "noticed")}


def test_two_runs_on_one_hub_exclude_each_other(store, noticed, look, repo):
    noticed("org/a", sha="a" * 40)
    with store.alone("checks-huggingface"), pytest.raises(StoreError):
        look([repo("org/a", sha="a" * 40)], numbers=[1])
    assert look([repo("org/a", sha="a" * 40)], numbers=[1]) == {"org/a": ("up", "noticed")}


def test_past_checks_are_listed(store, noticed, look, repo, days):
    noticed("org/a", "org/b", sha="a" * 40)
    days.day = 1
    look([repo("org/a", sha="a" * 40)])

    def past(number=None, hub=None, outcome=None, limit=9):
        return [(check.case, check.outcome.value) for _, check in followup.past(store, number, hub, outcome, limit)]

    assert past() == [(2, "gone"), (1, "up")]
    assert past(number=1) == [(1, "up")]
    assert past(outcome=CheckOutcome.GONE) == [(2, "gone")]
    assert past(hub="civitai") == []
    assert past(limit=1) == [(2, "gone")]


def test_a_hub_that_cannot_be_asked():
    assert followup.checkable("huggingface")
    assert not followup.checkable("files")
    assert not followup.checkable("nowhere")
