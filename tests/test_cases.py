import pytest
from sqlalchemy import select

from hubscan import cases
from hubscan.casework import CaseState, Event, EventKind, Notice, Verdict
from hubscan.errors import CaseError, StoreError
from hubscan.findings import Severity
from hubscan.records import RepoRef
from hubscan.store import Store
from hubscan.store.tables import decisions, events, notices, snapshots

NOW, LATER, LAST = "2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z", "2026-02-03T00:00:00Z"


def ref(name, hub="huggingface"):
    return RepoRef(hub, "model", name, "abc123")


@pytest.fixture
def store(database_url, ticking):
    with Store.open(database_url, ticking) as opened:
        yield opened


@pytest.fixture
def save(store, judged):
    """Save one repo with its findings: `save(name, content, *findings)`."""

    def save(name, content="text", *found, hub="huggingface"):
        run = store.start_run("dump", "all", {}, (), "0.1.0")
        store.save(run, [judged(name, content, *found, hub=hub)])

    return save


@pytest.fixture
def case(store, save, finding):
    """Open one case, number 1, of a high finding by a stable rule."""
    save("a", "old", finding(ref("a"), "1"))
    cases.open_cases(store, store.findings(), Severity.MEDIUM, NOW)
    return 1


def decide(store, number=1, verdict=Verdict.CONFIRMED, reviewer="r-1", reason="marked so", now=LATER, **more):
    return cases.decide(store, number, verdict, reviewer=reviewer, reason=reason, now=now, **more)


def draft(number=1):
    return Notice(number, "hub-policy.en", "restricted", "html", LAST)


def rows(store, table):
    with store.reading() as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


def test_one_repo_is_one_case(store, save, finding):
    save("a", "x", finding(ref("a"), "1", "demo/b"), finding(ref("a"), "1", "demo/a", severity=Severity.CRITICAL))
    save("b", "x", finding(ref("b"), "1", severity=Severity.LOW))
    save("a", "x", finding(ref("a", "civitai"), "1"), hub="civitai")
    assert cases.open_cases(store, store.findings(), Severity.MEDIUM, NOW) == (1, 2)
    civitai, huggingface = cases.list_cases(store)
    assert (civitai.ref, civitai.severity) == (ref("a", "civitai"), Severity.HIGH)
    assert (huggingface.ref, huggingface.severity) == (ref("a"), Severity.CRITICAL)
    assert huggingface.fingerprints == tuple(sorted(one.fingerprint for one in store.findings(hub="huggingface"))[:2])
    assert huggingface.url == "https://hub.example/a"
    assert (huggingface.state, huggingface.opened_at) == (CaseState.OPEN, NOW)
    assert huggingface.events == (Event(EventKind.OPENED, NOW),)


def test_opening_again_opens_nothing_and_adds_what_is_new(store, save, finding, case):
    save("a", "old", finding(ref("a"), "1"), finding(ref("a"), "1", "demo/second"))
    assert cases.open_cases(store, store.findings(), Severity.MEDIUM, LATER) == ()
    file = cases.show_case(store, case)
    assert [one.rule.id for one in file.findings] == ["demo/first", "demo/second"]
    assert file.case.events == (Event(EventKind.OPENED, NOW),)
    assert file.case.opened_at == NOW


def test_no_findings_no_cases(store):
    assert cases.open_cases(store, [], Severity.INFO, NOW) == ()
    assert list(cases.list_cases(store)) == []


def test_a_finding_that_was_never_saved_opens_nothing(store, finding):
    with pytest.raises(StoreError):
        cases.open_cases(store, [finding(ref("a"), "1")], Severity.INFO, NOW)
    assert list(cases.list_cases(store)) == []


def test_lesser_findings_do_not_join(store, save, finding):
    save("a", "x", finding(ref("a"), "1", status="test"), finding(ref("a"), "1", "demo/card", severity=Severity.INFO))
    cases.open_cases(store, store.findings(), Severity.MEDIUM, NOW)
    decide(store)
    with pytest.raises(CaseError, match="its rules are test"):
        cases.require_confirmed(cases.show_case(store, 1))


def test_cases_are_listed_by_state_hub_and_severity(store, judged, finding):
    grades = [Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL]
    batch = [
        judged(name, "x", finding(ref(name, hub), "1", severity=grades[place % 3]), hub=hub)
        for hub in ("civitai", "huggingface")
        for place, name in enumerate(f"{number:03}" for number in range(300))
    ]
    store.save(store.start_run("dump", "all", {}, (), "0.1.0"), batch)
    assert len(cases.open_cases(store, store.findings(), Severity.MEDIUM, NOW)) == 600
    decide(store, 599)
    assert [case.number for case in cases.list_cases(store)] == list(range(1, 601))
    assert {case.ref.hub for case in cases.list_cases(store, hub="civitai")} == {"civitai"}
    assert len(list(cases.list_cases(store, min_severity=Severity.HIGH))) == 400
    assert [case.number for case in cases.list_cases(store, state=CaseState.CONFIRMED)] == [599]
    assert list(cases.list_cases(store, state=CaseState.CONFIRMED, hub="civitai")) == []


@pytest.mark.usefixtures("case")
def test_a_decision_is_appended_with_the_content_it_was_made_on(store):
    first = decide(store, policy="hf-content", verdict="unsure")
    second = decide(store, verdict="confirmed", reviewer=" r-2 ", now=LAST)
    assert first.state is CaseState.UNSURE
    assert second.state is CaseState.CONFIRMED
    assert [(one.verdict, one.reviewer, one.policy, one.at) for one in second.decisions] == [
        ("unsure", "r-1", "hf-content", LATER),
        ("confirmed", "r-2", None, LAST),
    ]
    assert second.decisions[0].record_digest == second.record_digest == rows(store, snapshots)[0]["digest"]
    assert [event.kind for event in second.events] == ["opened", "decided", "decided"]
    assert not second.outdated


def test_a_decision_on_older_content_is_seen_to_be(store, save, finding, case):
    decide(store)
    save("a", "new", finding(ref("a"), "2"))
    file = cases.show_case(store, case)
    assert file.case.outdated
    assert file.record.card == "new"
    assert file.decided_on.card == "old"
    assert [one.fingerprint for one in file.findings] == ["huggingface:model:a|demo/first|1"]
    assert not decide(store, now=LAST).outdated
    assert cases.show_case(store, case).decided_on.card == "new"


REFUSED = {
    "unknown case": ({"number": 9}, "there is no case 9"),
    "no verdict": ({"verdict": "guilty"}, "'guilty' is no verdict"),
    "empty reason": ({"reason": " \n"}, "the reason is empty"),
    "empty reviewer": ({"reviewer": ""}, "the reviewer is not named"),
}


@pytest.mark.usefixtures("case")
@pytest.mark.parametrize(("change", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_a_decision_that_will_not_do(store, change, message):
    with pytest.raises(CaseError, match=message) as caught:
        decide(store, **change)
    assert caught.value.todo
    assert rows(store, decisions) == []
    assert len(rows(store, events)) == 1


def test_an_unknown_case_is_not_shown(store):
    with pytest.raises(CaseError, match="there is no case 1"):
        cases.show_case(store, 1)


@pytest.mark.parametrize(
    ("verdicts", "status", "message"),
    [
        ([], "stable", "nobody has decided"),
        (["unsure"], "stable", "latest decision is unsure"),
        (["confirmed", "rejected"], "stable", "latest decision is rejected"),
        (["confirmed"], "test", "its rules are test"),
        (["confirmed"], "draft", "its rules are draft"),
        (["confirmed"], "deprecated", "its rules are deprecated"),
        (["confirmed"], "stable", None),
        (["rejected", "confirmed"], "stable", None),
    ],
)
def test_a_notice_needs_a_confirmed_case_and_a_stable_rule(store, save, finding, verdicts, status, message):
    save("a", "x", finding(ref("a"), "1", status=status))
    cases.open_cases(store, store.findings(), Severity.MEDIUM, NOW)
    for verdict in verdicts:
        decide(store, verdict=verdict)
    if message is None:
        assert cases.record_notice(store, draft(), "0" * 64).state is CaseState.NOTICED
        assert [(row["template"], row["sha256"], row["at"]) for row in rows(store, notices)] == [
            ("hub-policy.en", "0" * 64, LAST)
        ]
        return
    with pytest.raises(CaseError, match=message) as caught:
        cases.record_notice(store, draft(), "0" * 64)
    assert caught.value.where == "case 1"
    assert rows(store, notices) == []


STATES = {
    "open": ([], CaseState.OPEN),
    "confirmed": (["confirmed"], CaseState.CONFIRMED),
    "the latest decision counts": (["confirmed", "rejected"], CaseState.REJECTED),
    "noticed": (["confirmed", None], CaseState.NOTICED),
    "noticed, confirmed again": (["confirmed", None, "confirmed"], CaseState.NOTICED),
    "noticed, then taken back": (["confirmed", None, "rejected"], CaseState.REJECTED),
    "noticed, then in doubt": (["confirmed", None, "unsure"], CaseState.UNSURE),
    "taken back, then confirmed": (["confirmed", None, "rejected", "confirmed"], CaseState.CONFIRMED),
}


@pytest.mark.parametrize(("steps", "state"), STATES.values(), ids=STATES.keys())
def test_state_is_a_fold_of_events(steps, state):
    told = [Event(EventKind.OPENED, NOW)]
    for verdict in steps:
        told.append(
            Event(EventKind.DECIDED, NOW, "r-1", Verdict(verdict)) if verdict else Event(EventKind.NOTICED, NOW)
        )
    assert cases.state_of(told) is state
