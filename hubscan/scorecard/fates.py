"""What came of a case after its notice went: a pure fold of its events, and the days until the hub did something.

The clock starts when a person recorded that the first notice was sent; a draft starts none. It stops when the hub's own
answer was recorded, or when a check first saw the upload gone, disabled or behind a gate, whichever came first: a check
looks after 1, 2, 7 and 30 days, so what it dates may have happened up to a step earlier. Who took an upload away, the
hub or its uploader, cannot be told from outside.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from hubscan.caseflow import AWAY, HERE
from hubscan.casework import Cause, CheckOutcome, Event, EventKind, HubAction, NoticeStep, Verdict
from hubscan.records import RepoRef
from hubscan.survival import Spell


class End(StrEnum):
    """How things stand after a notice: each case has exactly one."""

    REMOVED = "removed"
    RESTRICTED = "restricted"
    REFUSED = "refused"
    UP = "up"
    UNKNOWN = "unknown"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Fate:
    """A case after its notice was sent at `sent_at`; times are RFC 3339 in UTC, None for what has not happened.

    `end` is by the last thing that was heard or seen. `seen_up` is the last look that still saw the upload, `blocked`
    whether the last look was kept out.
    """

    case: int
    ref: RepoRef
    sent_at: str
    end: End = End.UNKNOWN
    acknowledged: bool = False
    acted_at: str | None = None
    refused_at: str | None = None
    seen_up: str | None = None
    reappeared: bool = False
    blocked: bool = False

    def spell(self, now: str) -> Spell | None:
        """Return how long the upload stayed as it was, as far as anybody watched; None where nobody looked or heard.

        A refusal counts as no action to this day, and an upload that is up as none to the last look that saw it.
        """
        if self.acted_at:
            return Spell(_days(self.sent_at, self.acted_at), True)
        if self.refused_at:
            return Spell(_days(self.sent_at, now), False)
        return Spell(_days(self.sent_at, self.seen_up), False) if self.seen_up else None


def fate(case: int, ref: RepoRef, events: Iterable[Event]) -> Fate | None:
    """Return what came of a case, None where no notice was recorded as sent."""
    found: Fate | None = None
    for event in events:
        if found is not None:
            step = _STEPS.get(event.kind)
            found = step(found, event) if step else found
        elif event.kind is EventKind.NOTICED and event.word == NoticeStep.SENT:
            found = Fate(case, ref, event.at)
    return found


def _acted(now: Fate, event: Event) -> Fate:
    action = HubAction(event.word or "")
    if action is HubAction.REFUSED:
        return replace(now, end=End.REFUSED, refused_at=now.refused_at or event.at)
    end = End.REMOVED if action is HubAction.REMOVED else End.RESTRICTED
    return replace(now, end=end, acted_at=now.acted_at or event.at)


def _checked(now: Fate, event: Event) -> Fate:
    outcome = CheckOutcome(event.word or "")
    now = replace(now, blocked=outcome is CheckOutcome.BLOCKED_HERE)
    if outcome in AWAY:
        end = End.RESTRICTED if outcome is CheckOutcome.GATED else End.REMOVED
        return replace(now, end=end, acted_at=now.acted_at or event.at)
    if outcome not in HERE:
        return now
    # What its hub labelled or restricted may well be there, and one it refused to remove is.
    stays = now.end is End.REFUSED or (now.end is End.RESTRICTED and now.acted_at is not None)
    return replace(now, end=now.end if stays else End.UP, seen_up=event.at)


def _decided(now: Fate, event: Event) -> Fate:
    if event.word == Verdict.REJECTED:
        return replace(now, end=End.WITHDRAWN)
    return replace(now, end=End.UNKNOWN) if now.end is End.WITHDRAWN else now


def _reopened(now: Fate, event: Event) -> Fate:
    return replace(now, end=End.UP, reappeared=True) if event.word == Cause.REAPPEARED else now


_STEPS: Mapping[EventKind, Callable[[Fate, Event], Fate]] = {
    EventKind.ACKNOWLEDGED: lambda now, _: replace(now, acknowledged=True),
    EventKind.ACTED: _acted,
    EventKind.CHECKED: _checked,
    EventKind.DECIDED: _decided,
    EventKind.REOPENED: _reopened,
}


def _days(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() / 86400
