import pytest

from hubscan import cases, precision
from hubscan.casework import Appellant, Event, EventKind, HubAction, Notice, Verdict
from hubscan.errors import InputError
from hubscan.findings import Severity
from hubscan.precision import Entry, Limits
from hubscan.records import RepoRef
from hubscan.store import Store

NOW = "2026-02-01T00:00:00Z"
LIMITS = Limits(0.8, 5)


@pytest.fixture
def store(database_url, ticking):
    with Store.open(database_url, ticking) as opened:
        yield opened


@pytest.fixture
def sent(store, judged, finding):
    """Send a notice for each of `names`, on a rule and an informational one: `sent("ab", hub="civitai")`."""

    def send(names, hub="huggingface", rule="demo/first"):
        for name in names:
            ref = RepoRef(hub, "model", name, "abc123")
            found = (finding(ref, "1", rule), finding(ref, "1", "demo/info", severity=Severity.INFO))
            store.save(store.start_run("dump", "all", {}, (), "0.1.0"), [judged(name, "x", *found, hub=hub)])
            (number,) = cases.open_cases(store, found, Severity.INFO, NOW)
            cases.decide(store, number, Verdict.CONFIRMED, reviewer="r-1", reason="so", now=NOW)
            cases.record_notice(store, Notice(number, "hub-policy.en", "restricted", "html", NOW), "0" * 64)
            cases.record_sent(store, number, reviewer="r-1", now=NOW)

    return send


def act(store, number, action):
    cases.act(store, number, action, reviewer="r-1", now=NOW)


def test_the_ledger_counts_by_hub_and_rule(store, sent):
    sent("abcdef")
    sent("g", hub="civitai", rule="demo/second")
    for number, action in (
        (1, HubAction.REMOVED),
        (2, HubAction.LABELLED),
        (3, HubAction.REFUSED),
        (7, HubAction.REFUSED),
    ):
        act(store, number, action)
    cases.acknowledge(store, 4, reviewer="r-1", now=NOW)
    cases.appeal(store, 5, Appellant.UPLOADER, reviewer="r-1", reason="no", now=NOW)
    cases.decide(store, 5, Verdict.REJECTED, reviewer="r-2", reason="a mistake", now=NOW)
    assert precision.ledger(store, LIMITS) == [
        Entry("civitai", "demo/second", 1, 0, 1, 0.8, 5),
        Entry("huggingface", "demo/first", 6, 2, 2, 0.8, 5),
    ]
    assert [entry.hub for entry in precision.ledger(store, LIMITS, "civitai")] == ["civitai"]


def test_a_draft_that_was_not_sent_counts_for_nothing(store, judged, finding):
    ref = RepoRef("huggingface", "model", "a", "abc123")
    store.save(store.start_run("dump", "all", {}, (), "0.1.0"), [judged("a", "x", finding(ref, "1"))])
    cases.open_cases(store, store.findings(), Severity.INFO, NOW)
    cases.decide(store, 1, Verdict.CONFIRMED, reviewer="r-1", reason="so", now=NOW)
    cases.record_notice(store, Notice(1, "hub-policy.en", "restricted", "html", NOW), "0" * 64)
    assert precision.ledger(store, LIMITS) == []


def test_a_rule_below_its_limit_is_paused_on_that_hub_with_the_reason(store, sent):
    sent("abcde")
    for number in range(1, 5):
        act(store, number, HubAction.REFUSED if number < 3 else HubAction.REMOVED)
    assert precision.paused(store, LIMITS, "huggingface") == {}, "four answers are too few"
    act(store, 5, HubAction.REMOVED)
    assert precision.paused(store, LIMITS, "huggingface") == {
        "demo/first": "huggingface upheld 3 of 5 notices, 60% (23% to 88%); the limit is 80%"
    }
    assert precision.paused(store, LIMITS, "civitai") == {}
    assert precision.paused(store, Limits(0.8, 5, {"demo/first": 0.6}), "huggingface") == {}


ANSWERS = {
    "nothing yet": ((), None),
    "acknowledged": (((EventKind.ACKNOWLEDGED, None),), None),
    "seen to be gone: perhaps the uploader's doing": (((EventKind.CHECKED, "gone"),), None),
    "removed": (((EventKind.ACTED, "removed"),), "upheld"),
    "refused": (((EventKind.ACTED, "refused"),), "rejected"),
    "refused, then removed": (((EventKind.ACTED, "refused"), (EventKind.ACTED, "restricted")), "upheld"),
    "removed, then taken back": (((EventKind.ACTED, "removed"), (EventKind.DECIDED, "rejected")), "rejected"),
    "confirmed again": (((EventKind.DECIDED, "confirmed"),), None),
    "of the next notice": (((EventKind.NOTICED, "sent"), (EventKind.ACTED, "removed")), None),
}


@pytest.mark.parametrize(("later", "found"), ANSWERS.values(), ids=ANSWERS.keys())
def test_what_counts_as_an_answer(later, found):
    assert precision.answer(Event(kind, NOW, "r-1", word) for kind, word in later) == found


def test_the_shipped_limits_are_read():
    assert precision.limits() == LIMITS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "limit = 2\nanswers = 5",
        "limit = 0.8\nanswers = 0",
        "limit = 'x'\nanswers = 5",
        "limit = 0.8\nrules = 3",
        "[",
    ],
)
def test_odd_limits_are_refused(tmp_path, text):
    path = tmp_path / "precision.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        precision.limits(path)
    assert caught.value.where == str(path)
