"""How long something lasts when some of it has not ended yet: the Kaplan-Meier median and its interval, at 95 %.

What has not ended when it was last seen is not left out and not taken for ended: it counts for as long as it was
watched (E. L. Kaplan and P. Meier, J. Am. Stat. Assoc. 53, 1958). The interval turns around Greenwood's variance on the
log-log scale (R. Brookmeyer and J. Crowley, Biometrics 38, 1982), which stays within 0 and 1 for few cases too.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import exp, log, sqrt

_Z = 1.959963984540054
"""The normal distribution's 97.5 % point."""
_TINY = 1e-9
"""Products of fractions that should be a half may miss it by so much."""


@dataclass(frozen=True, slots=True)
class Spell:
    """One case: the days it was watched, and whether it ended at the end of them."""

    days: float
    ended: bool


@dataclass(frozen=True, slots=True)
class Median:
    """When half have ended, in days, and the least and the most that may be; None where the data do not reach.

    `watched` and `ended` count the cases, `longest` is the longest anything was watched.
    """

    value: float | None
    low: float | None
    high: float | None
    watched: int
    ended: int
    longest: float


def median(spells: Iterable[Spell]) -> Median:
    """Return the median of `spells`: the first day by which, as estimated, half or more have ended."""
    kept = [spell for spell in spells if spell.days >= 0]
    value = low = high = None
    for day, share, floor, ceiling in _curve(kept):
        value = day if value is None and share <= 0.5 + _TINY else value
        low = day if low is None and floor <= 0.5 + _TINY else low
        high = day if high is None and ceiling <= 0.5 + _TINY else high
    ended = sum(spell.ended for spell in kept)
    return Median(value, low, high, len(kept), ended, max((spell.days for spell in kept), default=0.0))


def _curve(spells: list[Spell]) -> Iterator[tuple[float, float, float, float]]:
    """Yield, for each day on which something ended, the share that lasts longer, and its least and most."""
    endings, leavings = Counter(s.days for s in spells if s.ended), Counter(s.days for s in spells)
    here, share, variance = len(spells), 1.0, 0.0
    for day in sorted(leavings):
        if ended := endings[day]:
            share *= 1 - ended / here
            if ended == here:  # nothing is left: how far the curve may lie above zero is not known
                yield day, 0.0, 0.0, 1.0
                return
            variance += ended / (here * (here - ended))
            reach = _Z * sqrt(variance) / abs(log(share))
            yield day, share, share ** exp(reach), share ** exp(-reach)
        here -= leavings[day]
