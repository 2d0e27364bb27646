"""What came of a notice, by what happened since; what was not seen is unknown, and the clock runs from the sending."""

import pytest

from hubscan.casework import Event, EventKind
from hubscan.records import RepoRef
from hubscan.scorecard.fates import End, fate
from tests.scorecard.made import NOW, at

REF = RepoRef("huggingface", "model", "maker/model")
SENT = "noticed sent 3"

# What happened (kind, word, day of January), how it ends, days watched (None: nobody looked), whether acted on.
CASES = [
    ("", None, None, False, "nothing was sent"),
    ("noticed drafted 3; checked gone 4", None, None, False, "a draft starts no clock"),
    (SENT, End.UNKNOWN, None, False, "nobody looked"),
    (f"{SENT}; checked unknown 4", End.UNKNOWN, None, False, "a failed look saw nothing"),
    (f"{SENT}; checked blocked-here 4", End.UNKNOWN, None, False, "a block says nothing"),
    (f"{SENT}; checked up 4; checked changed 5", End.UP, 2.0, False, "up to the last look"),
    (f"{SENT}; checked up 10; checked unknown 20", End.UP, 7.0, False, "a failed look does not lengthen it"),
    (f"{SENT}; checked gone 4.5", End.REMOVED, 1.5, True, "seen gone"),
    (f"{SENT}; checked disabled 4", End.REMOVED, 1.0, True, "disabled"),
    (f"{SENT}; checked gated 5", End.RESTRICTED, 2.0, True, "behind a gate"),
    (f"{SENT}; acted removed 5; checked gone 10", End.REMOVED, 2.0, True, "the hub's word comes first"),
    (f"{SENT}; checked gone 4; acted removed 9", End.REMOVED, 1.0, True, "the look came first"),
    (f"{SENT}; acted removed 5; checked up 6", End.UP, 2.0, True, "said to be removed, and is not"),
    (f"{SENT}; acted labelled 5; checked up 6", End.RESTRICTED, 2.0, True, "labelled uploads may be up"),
    (f"{SENT}; acted refused 5", End.REFUSED, 57.0, False, "refused: no action to this day"),
    (f"{SENT}; acted refused 5; checked up 10", End.REFUSED, 57.0, False, "refused, and seen since"),
    (f"{SENT}; acted refused 5; checked gone 10", End.REMOVED, 7.0, True, "refused, and gone all the same"),
    (f"{SENT}; checked gone 4; checked up 5; reopened reappeared 5", End.UP, 1.0, True, "came back"),
    (f"{SENT}; checked gated 4; checked up 5; reopened reappeared 5", End.UP, 1.0, True, "out of its gate again"),
    (f"{SENT}; checked gone 4; reopened elsewhere 5", End.REMOVED, 1.0, True, "its file is up elsewhere"),
    (f"{SENT}; noticed sent 20; checked gone 21", End.REMOVED, 18.0, True, "the first notice counts"),
    (f"{SENT}; checked up 4; decided rejected 5", End.WITHDRAWN, 1.0, False, "taken back"),
    (f"{SENT}; decided rejected 5; decided confirmed 6", End.UNKNOWN, None, False, "taken back, and confirmed again"),
    (f"checked gone 2; {SENT}", End.UNKNOWN, None, False, "what was seen before does not count"),
]


def events(text: str) -> list[Event]:
    told = (part.split() for part in text.split("; ") if part)
    return [Event(EventKind(kind), at(float(day)), None, word) for kind, word, day in told]


@pytest.mark.parametrize(
    ("text", "end", "days", "acted"), [case[:4] for case in CASES], ids=[case[4] for case in CASES]
)
def test_the_end_and_the_clock(text, end, days, acted):
    found = fate(1, REF, events(text))
    assert (found.end if found else None) == end
    spell = found.spell(NOW) if found else None
    assert (spell.days if spell else None) == days
    assert bool(spell and spell.ended) == acted


def test_what_else_is_remembered():
    found = fate(
        1, REF, events(f"{SENT}; acknowledged - 3; checked gone 4; reopened reappeared 5; checked blocked-here 6")
    )
    assert (found.acknowledged, found.reappeared, found.blocked, found.end) == (True, True, True, End.UP)
    assert not fate(1, REF, events(f"{SENT}; checked blocked-here 4; checked up 5")).blocked
    assert not fate(1, REF, events(f"{SENT}; checked gone 4; reopened person 5")).reappeared
