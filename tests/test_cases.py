import pytest
from sqlalchemy import select

from hubscan import bulk_decisions, cases
from hubscan.casework import (
    Appellant,
    CaseFilter,
    CaseState,
    Check,
    CheckOutcome,
    Event,
    EventKind,
    HubAction,
    Notice,
    Priority,
    Verdict,
)
from hubscan.errors import CaseError, StoreError
from hubscan.findings import Confidence, Severity
from hubscan.records import RepoRef
from hubscan.store import Store
from hubscan.store.tables import decisions, events, notice_rules, notices, queue, snapshots

NOW, LATER, LAST = "2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z", "2026-02-03T00:00:00Z"
OPENED = Event(EventKind.OPENED, NOW, word="finding")


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
    huggingface, civitai = cases.list_cases(store)
    assert (civitai.ref, civitai.severity) == (ref("a", "civitai"), Severity.HIGH)
    assert (huggingface.ref, huggingface.severity) == (ref("a"), Severity.CRITICAL)
    assert huggingface.fingerprints == tuple(sorted(one.fingerprint for one in store.findings(hub="huggingface"))[:2])
    assert huggingface.url == "https://hub.example/a"
    assert (huggingface.state, huggingface.opened_at) == (CaseState.OPEN, NOW)
    assert huggingface.events == (OPENED,)


def test_opening_again_opens_nothing_and_adds_what_is_new(store, save, finding, case):
    save("a", "old", finding(ref("a"), "1"), finding(ref("a"), "1", "demo/second"))
    assert cases.open_cases(store, store.findings(), Severity.MEDIUM, LATER) == ()
    file = cases.show_case(store, case)
    assert [one.rule.id for one in file.findings] == ["demo/first", "demo/second"]
    assert file.case.events == (OPENED,)
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
    cases.assign(store, 3, "R-2", now=LATER)

    def listed(limit=None, **wanted):
        return list(cases.list_cases(store, CaseFilter(**wanted), limit))

    everything = listed()
    assert sorted(case.number for case in everything) == list(range(1, 601))
    assert [(case.priority.rank, case.number) for case in everything] == sorted(
        (case.priority.rank, case.number) for case in everything
    )
    assert everything[0].severity is Severity.CRITICAL
    assert [case.number for case in listed(limit=7)] == [case.number for case in everything[:7]]
    assert {case.ref.hub for case in listed(hub="civitai")} == {"civitai"}
    assert len(listed(min_severity=Severity.HIGH)) == 400
    assert [case.number for case in listed(state=CaseState.CONFIRMED)] == [599]
    assert listed(state=CaseState.CONFIRMED, hub="civitai") == []
    assert [(case.number, case.assignee) for case in listed(assignee="r-2")] == [(3, "r-2")]
    assert len(listed(rule="demo/first", hub="civitai")) == 300
    assert listed(rule="demo/other") == []


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
    "a name": ({"reviewer": "Kim Example"}, "'Kim Example' is no pseudonym"),
    "an address": ({"reviewer": "kim@example.org"}, "is no pseudonym"),
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


def test_a_critical_case_needs_two_people_on_the_same_content(store, save, finding):
    save("a", "old", finding(ref("a"), "1", severity=Severity.CRITICAL))
    cases.open_cases(store, store.findings(), Severity.MEDIUM, NOW)

    def refused(**said):
        decide(store, **said)
        with pytest.raises(CaseError, match="it is critical") as caught:
            cases.record_notice(store, draft(), "0" * 64)
        return str(caught.value)

    assert "only r-1 confirmed" in refused()
    assert "A second person must look" in refused(reason="looked again", reviewer="R-1")
    save("a", "new", finding(ref("a"), "2", severity=Severity.CRITICAL))
    assert "only r-2 confirmed" in refused(reviewer="r-2")
    assert decide(store, reason="the new card too").confirmed_by == ("r-1", "r-2")
    assert cases.record_notice(store, draft(), "0" * 64).state is CaseState.NOTICED


def test_who_takes_back_a_confirmation_does_not_count(store, save, finding):
    save("a", "x", finding(ref("a"), "1", severity=Severity.CRITICAL))
    cases.open_cases(store, store.findings(), Severity.MEDIUM, NOW)
    for reviewer, verdict in (("r-1", "confirmed"), ("r-1", "unsure"), ("r-2", "confirmed")):
        case = decide(store, reviewer=reviewer, verdict=verdict)
    assert case.confirmed_by == ("r-2",)
    decide(store, reviewer="r-1")
    cases.close(store, 1, reviewer="r-1", reason="no route", now=LATER)
    cases.reopen(store, 1, reviewer="r-1", reason="there is one", now=LATER)
    assert decide(store, reviewer="r-3").confirmed_by == ("r-3",)


@pytest.mark.usefixtures("case")
def test_what_is_said_twice_counts_once(store):
    for _ in range(2):
        decide(store)
        cases.record_notice(store, draft(), "0" * 64)
        cases.acknowledge(store, 1, reviewer="r-1", reference="T-1", now=LATER)
        cases.acknowledge(store, 1, reviewer="r-1", reference="T-1", now=LAST)
    kinds = [row["kind"] for row in rows(store, events)]
    assert kinds == ["opened", "decided", "noticed", "acknowledged", "decided", "noticed", "acknowledged"]
    decide(store)
    decide(store, now=LAST)
    assert len(rows(store, decisions)) == 3
    decide(store, reason="on second thought")
    assert len(rows(store, decisions)) == 4


@pytest.mark.usefixtures("case")
def test_the_way_of_a_case(store):
    decide(store)
    steps = [
        lambda: cases.record_notice(store, draft(), "0" * 64),
        lambda: cases.record_sent(store, 1, reviewer="r-1", now=LATER),
        lambda: cases.acknowledge(store, 1, reviewer="r-1", reference="T-1", now=LATER),
        lambda: cases.act(store, 1, HubAction.REMOVED, reviewer="r-1", now=LATER),
        lambda: cases.close(store, 1, reviewer="r-1", reason="done", now=LATER),
        lambda: cases.appeal(store, 1, Appellant.UPLOADER, reviewer="r-2", reason="a mistake", now=LATER),
        lambda: decide(store, reviewer="r-2", verdict="rejected"),
        lambda: cases.reopen(store, 1, reviewer="r-1", reason="new facts", now=LATER),
    ]
    states = [step().state.value for step in steps]
    assert states == ["noticed", "noticed", "acknowledged", "acted", "closed", "appealed", "rejected", "open"]
    told = [(event.kind.value, event.actor, event.word, event.note) for event in cases.show_case(store, 1).case.events]
    assert told[2:8] == [
        ("noticed", None, "drafted", None),
        ("noticed", "r-1", "sent", None),
        ("acknowledged", "r-1", None, "T-1"),
        ("acted", "r-1", "removed", None),
        ("closed", "r-1", None, "done"),
        ("appealed", "r-2", "uploader", "a mistake"),
    ]
    with pytest.raises(CaseError, match="no notice was drafted"):
        cases.record_sent(store, 1, reviewer="r-1", now=LAST)


@pytest.mark.usefixtures("case")
def test_a_notice_is_sent_once(store):
    decide(store)
    cases.record_notice(store, draft(), "0" * 64)
    assert cases.record_sent(store, 1, reviewer="r-1", now=LAST).due_at == "2026-02-04T00:00:00Z"
    with pytest.raises(CaseError, match="was recorded as sent"):
        cases.record_sent(store, 1, reviewer="r-1", now=LAST)
    assert [(row["rule_id"]) for row in rows(store, notice_rules)] == ["demo/first"]


@pytest.mark.usefixtures("case")
def test_a_closed_case_is_not_decided_on(store):
    cases.close(store, 1, reviewer="r-1", reason="a duplicate", now=LATER)
    with pytest.raises(CaseError, match="the case is closed") as caught:
        decide(store)
    assert (caught.value.where, caught.value.todo) == ("case 1", "Reopen it first")


@pytest.mark.usefixtures("case")
def test_what_was_rolled_back_is_not_raised_again_for_the_same_content(store, save, finding):
    def raised(content, *found):
        save("a", content, *found)
        cases.open_cases(store, store.findings(), Severity.MEDIUM, LAST)
        return cases.show_case(store, 1).case.state

    decide(store, verdict="rejected")
    assert raised("old", finding(ref("a"), "1")) is CaseState.REJECTED, "the same match"
    assert raised("old", finding(ref("a"), "reworked")) is CaseState.REJECTED, "the same rule, the same content"
    assert raised("new", finding(ref("a"), "1")) is CaseState.REJECTED, "content has changed, the match has not"
    assert raised("newer", finding(ref("a"), "2")) is CaseState.OPEN, "another match"
    decide(store, verdict="rejected", now=LAST)
    assert raised("newer", finding(ref("a"), "2"), finding(ref("a"), "2", "demo/second")) is CaseState.OPEN, (
        "a new rule"
    )
    words = [event.word for event in cases.show_case(store, 1).case.events if event.kind is EventKind.REOPENED]
    assert words == ["match", "match"]


@pytest.mark.usefixtures("case")
def test_an_upload_that_a_scan_reads_again_reopens_its_case(store):
    decide(store, now="2025-12-01T00:00:00Z")
    cases.record_notice(store, draft(), "0" * 64)
    cases.record_check(store, Check(1, "2025-12-05T00:00:00Z", CheckOutcome.GONE))
    cases.open_cases(store, list(store.findings()), Severity.MEDIUM, LAST)
    assert cases.show_case(store, 1).case.state is CaseState.OPEN
    assert cases.show_case(store, 1).case.events[-1].word == "reappeared"


def test_priority_is_told_in_words(store, save, finding):
    save(
        "a",
        "x",
        finding(ref("a"), "1", confidence=Confidence.LOW, facets=("card",)),
        finding(ref("a"), "2", "demo/b", severity=Severity.LOW, confidence=Confidence.HIGH),
    )
    cases.open_cases(store, store.findings(), Severity.LOW, NOW)
    (case,) = cases.list_cases(store)
    assert case.priority == Priority(Severity.HIGH, Confidence.LOW, 3, None)
    assert case.priority.words == "high severity, low confidence, 3 places agree, downloads not known"


def test_priority_weighs_what_comes_first_most():
    order = [
        Priority(Severity.CRITICAL, Confidence.LOW, 1, None),
        Priority(Severity.HIGH, Confidence.HIGH, 1, 5),
        Priority(Severity.HIGH, Confidence.MEDIUM, 9, 10**12),
        Priority(Severity.HIGH, Confidence.MEDIUM, 2, 12_000),
        Priority(Severity.HIGH, Confidence.MEDIUM, 2, 120),
        Priority(Severity.HIGH, Confidence.MEDIUM, 2, None),
        Priority(Severity.HIGH, Confidence.MEDIUM, 1, 9_999),
        Priority(),
    ]
    assert sorted(order, key=lambda one: one.rank) == order
    assert order[3].words.endswith("2 places agree, 12,000 downloads")


def test_deciding_on_many_is_counted_first(store, save, finding):
    grades = (Severity.HIGH, Severity.HIGH, Severity.CRITICAL, Severity.MEDIUM)
    for number, severity in enumerate(grades):
        save(str(number), "x", finding(ref(str(number)), "1", severity=severity))
    cases.open_cases(store, store.findings(), Severity.MEDIUM, NOW)
    close = next(case.number for case in cases.list_cases(store) if case.ref.repo_id == "1")
    cases.close(store, close, reviewer="r-1", reason="done", now=LATER)
    wanted = CaseFilter(min_severity=Severity.HIGH)
    before = rows(store, events)
    seen = bulk_decisions.preview(store, wanted, Verdict.CONFIRMED)
    assert seen.words == "1 case (1 open). Left out: 1 closed, 1 critical: confirmed one by one only."
    assert rows(store, events) == before
    said = {"reviewer": "r-1", "reason": "all of one batch", "now": LATER}
    assert bulk_decisions.decide_all(store, wanted, Verdict.CONFIRMED, **said) == seen
    assert [case.ref.repo_id for case in cases.list_cases(store, CaseFilter(CaseState.CONFIRMED))] == ["0"]
    assert (
        bulk_decisions.preview(store, wanted, Verdict.REJECTED).words
        == "2 cases (1 confirmed, 1 open). Left out: 1 closed."
    )
    with pytest.raises(CaseError, match="no pseudonym"):
        bulk_decisions.decide_all(store, wanted, Verdict.REJECTED, **{**said, "reviewer": "no body"})


@pytest.mark.usefixtures("case")
def test_the_queue_is_what_the_events_come_to(store):
    decide(store)
    cases.record_notice(store, draft(), "0" * 64)
    cases.assign(store, 1, "r-2", now=LAST)
    (queued,) = rows(store, queue)
    file = cases.show_case(store, 1).case
    assert (queued["state"], queued["assignee"], queued["due_at"]) == (file.state, file.assignee, file.due_at)
    assert (queued["state"], queued["due_at"]) == ("noticed", "2026-02-04T00:00:00Z")
