"""The median against published data and by hand; what has not ended is neither dropped nor taken for ended."""

import pytest

from hubscan.survival import Median, Spell, median


def spells(text: str) -> list[Spell]:
    """Read days; a plus sign marks what had not ended."""
    return [Spell(float(word.rstrip("+")), not word.endswith("+")) for word in text.split()]


# Weeks of remission: E. J. Freireich et al., Blood 21, 1963, the usual example. Medians and log-log intervals as
# lifelines 0.30 gives them.
TREATED = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"

CASES = [
    (TREATED, (23.0, 13.0, None), "published"),
    (PLACEBO, (8.0, 4.0, 11.0), "published"),
    ("", (None, None, None), "nothing watched"),
    ("5+ 6+ 7+", (None, None, None), "nothing ended"),
    ("1 2 3 4", (2.0, 1.0, None), "half ended on the second day"),
    ("3 3 3 3 3", (3.0, 3.0, None), "all at once: no upper bound"),
    ("1 9+ 9+ 9+ 9+ 9+ 9+ 9+ 9+ 9+", (None, 1.0, None), "one of ten: it may be soon, or never"),
    ("0 0 0 5+", (0.0, 0.0, None), "on the day itself"),
]


@pytest.mark.parametrize(("text", "expected"), [case[:2] for case in CASES], ids=[why for *_, why in CASES])
def test_the_median_and_its_interval(text, expected):
    found = median(spells(text))
    assert (found.value, found.low, found.high) == expected


def test_what_goes_on_pulls_the_median_up():
    ended, watched = spells("1 2 3 4 5"), spells("5+ 5+ 5+ 5+")
    assert median(ended).value == 3.0
    assert median(ended + watched).value == 5.0


def test_what_leaves_on_a_day_was_still_watched_on_it():
    assert median(spells("2 2+")).value == 2.0
    assert median(spells("2 2 3+ 1+")).value == 2.0


def test_counts_are_told():
    assert median(spells("1 2 9+")) == Median(2.0, 1.0, None, 3, 2, 9.0)
