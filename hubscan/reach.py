"""How far the phrases of a sentence reach that say what the text does with its words.

Directions, scopes and words that end a scope are those of ConText (Harkema et al. 2009). All is worked out once a
sentence and then asked by position: a hostile text asks at each of its words, and has phrases in all of them.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate, islice
from typing import NamedTuple

import numpy as np

_NEAR_WORDS = 4
_LONGEST_SCOPE = 400
_FEW = 48
"""Reaches up to which a plain loop is faster than arrays."""


class Trigger(NamedTuple):
    """A context phrase of a text: its context, its place (see `rulebook.PLACES`), and its code points."""

    kind: str
    place: str
    start: int
    end: int

    def moved(self, by: int) -> "Trigger":
        """The same phrase so many code points on."""
        return Trigger(self.kind, self.place, self.start + by, self.end + by)


class _Reach(NamedTuple):
    """From where to where words stand that a phrase governs: behind it by their start, else by their end."""

    kind: str
    forward: bool
    low: int
    high: int


class Reaches:
    """What each phrase of one sentence governs; `stops` are phrases that end the reach of others.

    Where `near` is not set, as in a table row, `near_` phrases reach as far as others.
    """

    def __init__(self, text: str, triggers: Iterable[Trigger], stops: Iterable[Trigger], *, near: bool) -> None:
        ends = _Stops(stops)
        self._reaches = [reach for trigger in triggers if (reach := _reach(text, trigger, ends, near))]
        self._bounds = np.array([reach[1:] for reach in self._reaches]) if len(self._reaches) > _FEW else None

    def at(self, start: int, end: int) -> list[str]:
        """Return the contexts of the phrases that govern a span, in the order of the phrases."""
        if self._bounds is None:
            return [kind for kind, forward, low, high in self._reaches if low <= (start if forward else end) <= high]
        forward, low, high = self._bounds.T
        place = np.where(forward, start, end)
        return [self._reaches[number].kind for number in np.flatnonzero((low <= place) & (place <= high)).tolist()]


class _Stops:
    """Phrases that end a reach, by where they start and end."""

    def __init__(self, stops: Iterable[Trigger]) -> None:
        ahead = sorted((stop.start, stop.end) for stop in stops)
        behind = sorted((end, start) for start, end in ahead)
        self._starts = [start for start, _ in ahead]
        self._soonest = list(accumulate((end for _, end in reversed(ahead)), min))[::-1]
        self._ends = [end for end, _ in behind]
        self._latest = list(accumulate((start for _, start in behind), max))

    def ahead(self, low: int) -> int:
        """The last position that a phrase which ends at `low` reaches forwards."""
        first = bisect_left(self._starts, low)
        return min([low + _LONGEST_SCOPE, *(end - 1 for end in self._soonest[first : first + 1])])

    def behind(self, high: int) -> int:
        """The first position that a phrase which starts at `high` reaches backwards."""
        last = bisect_right(self._ends, high)
        return max([0, high - _LONGEST_SCOPE, *(start + 1 for start in self._latest[max(0, last - 1) : last])])


def _reach(text: str, trigger: Trigger, stops: _Stops, near: bool) -> _Reach | None:
    is_near = near and trigger.place.startswith("near_")
    if trigger.place in ("before", "near_before"):
        low, high = trigger.end, stops.ahead(trigger.end)
        return _Reach(trigger.kind, True, low, _near_after(text, low, high) if is_near else high)
    if trigger.place in ("after", "near_after"):
        low, high = stops.behind(trigger.start), trigger.start
        return _Reach(trigger.kind, False, _near_before(text, low, high) if is_near else low, high)
    return None


def _near_after(text: str, low: int, high: int) -> int:
    """The last position up to `high` with no sign and no more than a few words between `low` and it.

    Of an enumeration that an "or" ends, `no A, B or C`, all parts are near.
    """
    listed = _enumeration(text, low, high)
    if listed is not None:
        return listed
    sign = _SIGN.search(text, low, high)
    high = sign.start() if sign else high
    words = [word.start() for word in islice(_WORD.finditer(text, low, high), _NEAR_WORDS + 1)]
    return words[-1] if len(words) > _NEAR_WORDS else high


def _enumeration(text: str, low: int, high: int) -> int | None:
    """Where the last of several short things ends that stand from `low` on, `A, B or C`; None if none do."""
    for part in range(_MOST_PARTS):
        sign = _SIGN.search(text, low, high)
        words = list(islice(_WORD.finditer(text, low, sign.start() if sign else high), 2 * _NEAR_WORDS))
        joined = next((at for at, word in enumerate(words) if word.group() in _OR), len(words))
        if joined > _NEAR_WORDS:
            return None
        if part and joined < len(words):
            return words[min(joined + _NEAR_WORDS, len(words) - 1)].end()
        if not words or not sign or sign.group() not in _COMMAS:
            return None
        low = sign.end()
    return None


def _near_before(text: str, low: int, high: int) -> int:
    """The first position from `low` on with no sign and no more than a few words between it and `high`."""
    low = max(text.rfind(sign, low, high) for sign in _SIGNS) + 1 if _SIGN.search(text, low, high) else low
    beyond, *words = text[low:high].rsplit(None, _NEAR_WORDS) or [""]
    return low + len(beyond) if len(words) == _NEAR_WORDS and beyond else low


_SIGNS = ",;:，；：、"
_SIGN = re.compile(f"[{_SIGNS}]")
_WORD = re.compile(r"\S+")
_COMMAS = ",，、"
_MOST_PARTS = 12
_OR = frozenset("or nor oder noch of ou ni nem o ne lub ani или ни або ні чи atau hoac أو ولا 或 或者".split())  # noqa: SIM905
"""Words that join the last of several things to the others, in the languages of the vocabularies, as folded."""
