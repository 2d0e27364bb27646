"""Front matter written by strangers: found where it is, read in bounded time, never an exception."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubscan.frontmatter import MAX_CHARACTERS, parse, split

MEGABYTE = 1_000_000


def cases(rows):
    return [pytest.param(*row, id=why) for why, *row in rows]


SPLITS = [
    ("plain", "---\na: 1\n---\nbody", "a: 1\n", "body"),
    ("byte order mark", "\ufeff---\na: 1\n---\nbody", "a: 1\n", "body"),
    ("blank lines first", "\n \n---\na: 1\n---\nbody", "a: 1\n", "body"),
    ("CRLF", "---\r\na: 1\r\n---\r\nbody", "a: 1\r\n", "body"),
    ("CR alone", "---\ra: 1\r---\rbody", "a: 1\r", "body"),
    ("spaces after the fences", "---  \na: 1\n--- \t\nbody", "a: 1\n", "body"),
    ("closing fence ends the text", "---\na: 1\n---", "a: 1\n", ""),
    ("empty block", "---\n---\nbody", "", "body"),
    ("one line", "--- license: mit --- body", "license: mit", " body"),
    ("one line, never closed", "--- license: mit", None, "--- license: mit"),
    ("never closed", "---\na: 1\nbody", None, "---\na: 1\nbody"),
    ("a rule in the text is no fence", "---\na: 1\n---- x\nb: 2", None, "---\na: 1\n---- x\nb: 2"),
    ("a longer dash line is no fence", "---\na: |\n  ---x\n---\nbody", "a: |\n  ---x\n", "body"),
    ("no block", "# Title\n---\n", None, "# Title\n---\n"),
    ("text beside the opening fence", "---x\na: 1\n---\n", None, "---x\na: 1\n---\n"),
    ("fence alone", "---", None, "---"),
    ("empty", "", None, ""),
]


@pytest.mark.parametrize(("text", "block", "body"), cases(SPLITS))
def test_split(text, block, body):
    found, start = split(text)
    assert (found, text[start:]) == (block, body)


READS = [
    ("YAML 1.2 booleans only", "a: no\nb: on\nc: true\nd: FALSE", {"a": "no", "b": "on", "c": True, "d": False}, True),
    ("dates stay text", "d: 2024-01-01", {"d": "2024-01-01"}, True),
    ("no base 60, no base 8", "a: 12:30:45\nb: 010", {"a": "12:30:45", "b": 10}, True),
    ("numbers", "a: 3\nb: -1.5\nc: 1e3\nd: .inf", {"a": 3, "b": -1.5, "c": 1000.0, "d": ".inf"}, True),
    ("a number no database holds stays text", "a: " + "9" * 400, {"a": "9" * 400}, True),
    ("nulls", "a:\nb: ~\nc: null", {"a": None, "b": None, "c": None}, True),
    ("quoted is text", "a: 'true'\nb: \"1\"", {"a": "true", "b": "1"}, True),
    ("keys become text", "1: a\ntrue: b\nself: c", {"1": "a", "true": "b", "self": "c"}, True),
    ("the first of two equal keys stands", "a: 1\na: 2\nb: 3", {"a": 1, "b": 3}, True),
    ("an alias is left out", "a: &x [1]\nb: *x", {"a": [1], "b": None}, True),
    ("a key that is a list is left out", "? [x]\n: 1\nb: 2", {"b": 2}, True),
    ("a tag makes no object", "a: !!python/object:os.system x\nb: !!int 3", {"a": "x", "b": "3"}, True),
    ("merge keys are ordinary keys", "<<: {a: 1}", {"<<": {"a": 1}}, True),
    ("control characters", "a: x\x00y\x1b", {"a": "x\ufffdy\ufffd"}, True),
    ("half a surrogate pair", "a: \ud800", {"a": "\ufffd"}, True),
    ("nested", "w:\n- text: hi\n  n: {k: [1]}", {"w": [{"text": "hi", "n": {"k": [1]}}]}, True),
    ("empty", "", {}, True),
    ("comment only", "# nothing", {}, True),
    ("only the first document", "a: 1\n--- \nb: 2", {"a": 1}, True),
    ("a list at the top", "- a\n- b", {}, False),
    ("text at the top", "just words", {}, False),
    ("several keys on one line", "license: mit tags: - a", {}, False),
    ("what stood before a fault is kept", "a: 1\nb: [1, 2]\nc: {", {"a": 1, "b": [1, 2]}, False),
    ("a tab as indent", "a:\n\tb: 1", {}, False),
    ("an unknown alias", "a: 1\nb: *nowhere", {"a": 1, "b": None}, True),
]


@pytest.mark.parametrize(("text", "values", "complete"), cases(READS))
def test_parse(text, values, complete):
    front = parse(text)
    assert front.complete is complete
    assert {key: front.values.get(key) for key in values} == values
    assert complete or front.problems


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\na: 2", "twice"),
        ("a: &x 1\nb: *x", "alias"),
        ("? {k: v}\n: 1", "key that is not text"),
        ("- a", "list"),
        ("a: [", "line 2"),
        ("a: " + "x" * MAX_CHARACTERS, "longer"),
        ("a: " + "[" * 40, "deep"),
    ],
)
def test_problems_are_told(text, problem):
    assert problem in " ".join(parse(text).problems)


BOMBS = {
    "brackets": "a: " + "[" * MEGABYTE,
    "braces": "a: " + "{a: " * (MEGABYTE // 4),
    "dashes": "a:\n" + "- " * (MEGABYTE // 2),
    "indents": "".join(" " * depth + "a:\n" for depth in range(1400)),
    "questions": "? " * (MEGABYTE // 2),
    "entries": "a: [" + "b," * (MEGABYTE // 2) + "]",
    "keys": "a: b\n" * (MEGABYTE // 5),
    "quotes": 'a: "' + "\n" * MEGABYTE,
    "aliases": "a: &a [x, x]\n" + "".join(f"k{n}: &b{n} [*a, *a]\n" for n in range(30_000)),
    "anchors": "&a " * (MEGABYTE // 3),
    "shallow flow": "a: " + "[" * 30 + "a," * 400_000 + "]" * 30,
}
FENCES = {
    "almost fences": "---\n" + "\n---x" * (MEGABYTE // 5),
    "one dash line": "---\n" + "-" * MEGABYTE,
    "blank": " " * MEGABYTE + "---",
    "spaced dashes": "--- " + " -- " * (MEGABYTE // 4),
    "fence with a long blank tail": "---\na: 1\n---" + " " * MEGABYTE + "x",
}


@pytest.mark.parametrize("name", BOMBS)
def test_no_block_stalls(name):
    begin = time.process_time()
    parse(BOMBS[name][:MAX_CHARACTERS])
    assert time.process_time() - begin < 2.0, "half a second on an idle machine"


@pytest.mark.parametrize("name", FENCES)
def test_no_card_stalls(name):
    begin = time.process_time()
    split(FENCES[name])
    assert time.process_time() - begin < 1.0


@given(st.text(alphabet="-ab:[]{}&*!?|>'\"#%@,~ \t\r\n\ufeff\ud800", max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read(text):
    block, start = split(text)
    assert 0 <= start <= len(text)
    assert block is None or block in text
    front = parse(text)
    assert all(isinstance(key, str) for key in front.values)
    assert front.complete or front.problems
