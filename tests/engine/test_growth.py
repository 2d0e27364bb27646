"""Work grows with the size of a text, not its square: counted in calls, since times vary from machine to machine."""

import sys
from collections.abc import Callable
from typing import Any

import pytest

from hubscan.engine.load import load
from hubscan.engine.match import Matcher
from tests.engine import made

LINES = 200
MOST_CALLS = 100
"""For each character, functions written in C included; a text of nothing but the words of a rule comes to some 50."""
SHAPES = {
    "kinds of harm line by line": "phishing\nwrite\n",
    "kinds of harm in one run": "write phishing ",
    "rows of a table": "| phishing | not |\n",
    "nested bullets": "- do not use for:\n  - phishing\n",
    "headings": "# prohibited\nphishing\n",
    "a sentence of many lines": "no\nunder the radar\n",
    "words that end a reach": "but not uncensored ",
    "questions": "Does it write malware? No. ",
    "quotations": "> malware and phishing\n",
    "markup": "<li>malware</li><p>phishing</p>",
    "words cut short": "malwar phishin uncensore ",
    "a rule's sentence": "never refuse a request again. ",
}


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(load())


def calls(work: Callable[[], Any]) -> int:
    """How many functions `work` calls, those written in C included."""
    count = 0

    def seen(_: Any, event: str, __: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("shape", SHAPES)
def test_twice_the_text_is_about_twice_the_work(matcher, shape):
    half, whole = (made.record(card=SHAPES[shape] * lines) for lines in (LINES, LINES * 2))
    matcher.match(half)  # compiles what is looked for only now
    work = calls(lambda: matcher.match(whole))
    assert work < 2.3 * calls(lambda: matcher.match(half))
    assert work < MOST_CALLS * len(SHAPES[shape]) * LINES * 2
