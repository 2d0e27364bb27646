import pytest

from hubscan import cases, scorecard
from hubscan.casework import CaseFilter, Notice, Verdict
from hubscan.findings import Severity, SkippedRepo
from hubscan.records import RepoRef
from hubscan.store import Store

NOW = "2026-02-01T00:00:00Z"


@pytest.fixture
def store(database_url, ticking):
    with Store.open(database_url, ticking) as opened:
        yield opened


def ref(name, hub="huggingface"):
    return RepoRef(hub, "model", name)


def values(card):
    return {row.key: row.values for row in card.rows}


def test_an_empty_store_has_no_hubs(store):
    card = scorecard.build(store, NOW)
    assert card.hubs == ()
    assert all(row.values == () for row in card.rows)


def test_unknown_is_not_zero(store, judged):
    run = store.start_run("dump", "all", {}, (), "0.1.0")
    store.save(run, [judged("a", hub="read-only-hub")])
    store.skip(run, [SkippedRepo(ref("b", "skipped-only-hub"), "gated")])
    card = scorecard.build(store, NOW)
    assert card.hubs == ("read-only-hub", "skipped-only-hub")
    assert values(card) == {
        "listed": (1, 1),
        "read": (1, 0),
        "unread": (0, 1),
        "flagged": (0, None),
        "confirmed": (None, None),
        "rejected": (None, None),
        "unjudged": (0, None),
        "noticed": (0, 0),
    }


@pytest.fixture
def judged_hubs(store, judged, finding):
    """Two hubs: five flagged repos and some others on the first, one flagged and undecided on the second."""
    run = store.start_run("dump", "all", {}, (), "0.1.0")
    names = ["a", "b", "c", "d", "e"]
    batch = [judged(name, "x", finding(ref(name), "1"), finding(ref(name), "1", "demo/second")) for name in names]
    batch += [judged("f", "x", finding(ref("f"), "1", severity=Severity.LOW)), judged("g")]
    batch += [judged("h", "x", finding(ref("h"), "1", status="draft"))]
    batch += [judged("a", "x", finding(ref("a", "civitai"), "1"), hub="civitai")]
    store.save(run, batch)
    store.skip(run, [SkippedRepo(ref("a"), "gated"), SkippedRepo(ref("x"), "gated"), SkippedRepo(ref("y"), "private")])
    found = [finding for finding in store.findings() if finding.rule.status == "stable"]
    cases.open_cases(store, found, Severity.MEDIUM, NOW)
    numbers = {case.ref.repo_id: case.number for case in cases.list_cases(store, CaseFilter(hub="huggingface"))}
    decided = {"a": "confirmed", "b": "confirmed rejected", "c": "rejected confirmed", "d": "unsure"}
    for name, verdicts in decided.items():
        for verdict in verdicts.split():
            cases.decide(store, numbers[name], Verdict(verdict), reviewer="r-1", reason="seen", now=NOW)
    for form in ("html", "markdown"):
        cases.record_notice(store, Notice(numbers["a"], "hub-policy.en", "restricted", form, NOW), "0" * 64)
    return store


def test_each_hub_is_counted_by_repos(judged_hubs):
    card = scorecard.build(judged_hubs, NOW)
    assert (card.made_at, card.hubs, card.min_severity) == (NOW, ("civitai", "huggingface"), Severity.MEDIUM)
    assert values(card) == {
        "listed": (1, 10),
        "read": (1, 8),
        "unread": (0, 2),
        "flagged": (1, 5),
        "confirmed": (None, 2),
        "rejected": (None, 1),
        "unjudged": (1, 2),
        "noticed": (0, 1),
    }


def test_the_severity_is_chosen(judged_hubs):
    card = scorecard.build(judged_hubs, NOW, Severity.LOW)
    assert values(card)["flagged"] == (1, 6)
    assert [row.title for row in card.rows if row.key == "flagged"] == ["Flagged low or above"]
    assert values(scorecard.build(judged_hubs, NOW, Severity.CRITICAL))["flagged"] == (0, 0)
