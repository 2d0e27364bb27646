import pytest

from hubscan import caseflow
from hubscan.casework import CaseState, CheckOutcome, Event, EventKind
from hubscan.errors import CaseError

NOW = "2026-02-01T00:00:00Z"
KINDS = {kind.value: kind for kind in EventKind}


def told(steps: str, at: str = NOW) -> list[Event]:
    """Read "decided=confirmed noticed=sent@2026-02-03" as events, after an `opened`."""
    events = [Event(EventKind.OPENED, at, word="finding")]
    for step in steps.split():
        what, _, day = step.partition("@")
        kind, _, word = what.partition("=")
        events.append(Event(KINDS[kind], f"{day}T00:00:00Z" if day else at, "r-1", word or None))
    return events


STATES = {
    "open": ("", "open"),
    "given to somebody": ("assigned=r-1", "open"),
    "confirmed": ("decided=confirmed", "confirmed"),
    "the latest decision counts": ("decided=confirmed decided=rejected", "rejected"),
    "noticed": ("decided=confirmed noticed=drafted", "noticed"),
    "sent": ("decided=confirmed noticed=drafted noticed=sent", "noticed"),
    "noticed, confirmed again": ("decided=confirmed noticed=drafted decided=confirmed", "noticed"),
    "noticed, then taken back": ("decided=confirmed noticed=drafted decided=rejected", "rejected"),
    "noticed, then in doubt": ("decided=confirmed noticed=drafted decided=unsure", "unsure"),
    "taken back, then confirmed": ("decided=confirmed noticed=drafted decided=rejected decided=confirmed", "confirmed"),
    "acknowledged": ("decided=confirmed noticed=drafted acknowledged", "acknowledged"),
    "acted": ("decided=confirmed noticed=drafted acknowledged acted=restricted", "acted"),
    "refused": ("decided=confirmed noticed=drafted acted=refused", "refused"),
    "refused, written again": (
        "decided=confirmed noticed=drafted noticed=sent acted=refused noticed=drafted",
        "refused",
    ),
    "a check alone changes nothing": ("decided=confirmed noticed=drafted checked=gone", "noticed"),
    "appealed": ("decided=confirmed appealed=uploader", "appealed"),
    "appeal dismissed": ("decided=confirmed appealed=uploader decided=confirmed", "confirmed"),
    "appeal dismissed after the notice": (
        "decided=confirmed noticed=drafted acted=removed appealed=uploader decided=confirmed",
        "acted",
    ),
    "appeal upheld": ("decided=confirmed noticed=drafted appealed=uploader decided=rejected", "rejected"),
    "appeal against a rejection upheld": ("decided=rejected appealed=reviewer decided=confirmed", "confirmed"),
    "appeal about a closed case dismissed": ("decided=confirmed closed appealed=hub decided=confirmed", "closed"),
    "closed": ("decided=rejected closed", "closed"),
    "reopened": ("decided=rejected reopened=match", "open"),
}


@pytest.mark.parametrize(("steps", "state"), STATES.values(), ids=STATES.keys())
def test_state_is_a_fold_of_events(steps, state):
    assert caseflow.state_of(told(steps)) is CaseState(state)


DUE = {
    "nothing was written": ("decided=confirmed", None),
    "drafted": ("decided=confirmed noticed=drafted", "2026-02-02"),
    "sent later": ("decided=confirmed noticed=drafted noticed=sent@2026-02-10", "2026-02-11"),
    "after the first": ("decided=confirmed noticed=sent checked=up@2026-02-02", "2026-02-03"),
    "one that was missed is not made up for": ("decided=confirmed noticed=sent checked=up@2026-02-05", "2026-02-08"),
    "after a week": ("decided=confirmed noticed=sent checked=up@2026-02-08", "2026-03-03"),
    "after a month": ("decided=confirmed noticed=sent checked=gone@2026-03-03", "2026-04-02"),
    "for ever": ("decided=confirmed noticed=sent checked=gone@2027-03-01", None),
    "nothing was seen: still due": ("decided=confirmed noticed=sent checked=unknown@2026-02-02", "2026-02-02"),
    "blocked here is an answer": ("decided=confirmed noticed=sent checked=blocked-here@2026-02-02", "2026-02-03"),
    "closed, and still looked for": ("decided=confirmed noticed=sent closed checked=gone@2026-02-08", "2026-03-03"),
    "closed without a notice": ("decided=rejected closed", None),
    "taken back": ("decided=confirmed noticed=sent decided=rejected", None),
    "under appeal": ("decided=confirmed noticed=sent appealed=uploader", None),
}


@pytest.mark.parametrize(("steps", "day"), DUE.values(), ids=DUE.keys())
def test_when_to_look_again(steps, day):
    steps = steps.replace("noticed=sent", "noticed=drafted noticed=sent", 1) if "drafted" not in steps else steps
    assert caseflow.fold(told(steps)).due_at == (day and f"{day}T00:00:00Z")


BACK = {
    "was gone": ("checked=gone", "up", True),
    "was gone, changed": ("checked=gone", "changed", True),
    "was disabled": ("checked=disabled", "up", True),
    "was gated": ("checked=gated", "up", True),
    "gone, then unknown": ("checked=gone checked=unknown", "up", True),
    "gone, then blocked": ("checked=gone checked=blocked-here", "up", True),
    "said to be removed": ("acted=removed", "up", True),
    "removed and closed": ("acted=removed closed", "up", True),
    "said to be labelled": ("acted=labelled", "up", False),
    "was up": ("checked=up", "up", False),
    "gone again": ("checked=gone", "gone", False),
    "not seen": ("checked=gone", "unknown", False),
    "opened again already": ("checked=gone reopened=reappeared", "up", False),
}


@pytest.mark.parametrize(("steps", "outcome", "back"), BACK.values(), ids=BACK.keys())
def test_what_reappears(steps, outcome, back):
    standing = caseflow.fold(told(f"decided=confirmed noticed=drafted {steps}"))
    assert caseflow.reappeared(standing, CheckOutcome(outcome)) is back


REFUSED = {
    "acknowledge": ("decided=confirmed", "acknowledged", "the hub was not written to (the case is confirmed)"),
    "act": ("", "acted", "the hub was not written to (the case is open)"),
    "appeal": ("", "appealed", "there is no decision to object to (the case is open)"),
    "appeal twice": ("decided=rejected appealed=hub", "appealed", "there is no decision to object to"),
    "reopen": ("decided=confirmed", "reopened", "the case is not closed"),
    "close twice": ("closed", "closed", "the case is closed"),
    "assign": ("closed", "assigned", "the case is closed"),
}


@pytest.mark.parametrize(("steps", "kind", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_a_step_that_will_not_do(steps, kind, message):
    with pytest.raises(CaseError) as caught:
        caseflow.require(caseflow.fold(told(steps)), KINDS[kind], "case 1")
    assert caught.value.what.startswith(message)
    assert caught.value.todo
