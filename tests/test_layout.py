"""What governs a position: sentence, paragraph, list and heading, also in text that is hardly laid out."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubscan.layout import Layout
from hubscan.text import BREAK, fold

X = "x1"
"""The position asked for is where this stands."""


def ask(question: str, text: str):
    layout = Layout(text)
    answer = getattr(layout, question)(text.index(X))
    if isinstance(answer, list):
        return [text[slice(*span)].strip() for span in answer]
    return text[slice(*answer)].strip() if isinstance(answer, tuple) else answer


SENTENCES = [
    ("One. Two x1 here. Three.", "Two x1 here.", "full stops"),
    ("one! two x1? three", "two x1?", "other signs"),
    ("v 1.5 of x1, e.g. this, et al. and no. 5", "v 1.5 of x1, e.g. this, et al. and no. 5", "stops that end nothing"),
    ("Does it x2? No. The x1 is cut out.", "The x1 is cut out.", "an answer that is no number"),
    ("一。二x1。三", "二x1。", "ideographic full stop"),
    ("one\ntwo x1\nthree. four", "one\ntwo x1\nthree.", "over lines"),
    ("one\n\ntwo x1\n\nthree", "two x1", "blank lines"),
    ("- one\n- two x1\n- three", "- two x1", "list items"),
    ("- one\n  and x1 more\n- three", "- one\n  and x1 more", "an item of two lines"),
    ("# one\ntwo x1\n# three", "two x1", "headings"),
    ("one:\n***\ntwo x1", "two x1", "a rule"),
    ("| one | x1 |\n| two | y |", "| one | x1 |", "a table row"),
    ("one <b>two</b> x1</p><p>three", "one two x1", "HTML"),
    ("x1", "x1", "all there is"),
]  # fmt: skip
HEADINGS = [
    ("# one\nx1", ["# one"], "a heading"),
    ("# one\n## two\nx1", ["## two", "# one"], "nested"),
    ("# one\n## two\n# three\nx1", ["# three"], "a section ends with the next of its level"),
    ("# one\n# two x1\n", [], "a heading is not in the section before it"),
    ("# one\n## two x1\n", ["# one"], "but in the one above it"),
    ("one\n===\ntwo\n---\nx1", ["two", "one"], "underlined"),
    ("**one**\nx1", ["**one**"], "bold"),
    ("**One:**\n\n# two\n**three:**\nx1", ["**three:**", "# two"], "bold inside"),
    ("#hashtag\nx1", [], "no heading"),
    ("x1\n# one", [], "before all headings"),
    ("# one\ntwo\n\nx1", ["# one"], "a second paragraph"),
    ("# one\n- two\n- x1", ["# one"], "a list"),
    ("# one\n## two\n- three\n\nx1", ["# one"], "a paragraph behind the list"),
    ("# one\n- two\n\n## three\nx1", ["## three", "# one"], "the next section"),
    (f"# one{BREAK}x1", [], "after a break"),
    ("<h1>one</h1><p>x1</p>", ["# one"], "HTML"),
]
LEAD_INS = [
    ("Not this. For all of:\n- one\n- x1", "For all of:", "the last sentence before the list"),
    ("all of:\n\n- one\n\n- x1", "all of:", "over blank lines"),
    ("all of:\n- one\n  - two\n    - x1", "all of:", "nested"),
    ("all of:\n1. one\n2. x1", "all of:", "numbered"),
    ("all of:\na) one\nb) x1", "all of:", "lettered"),
    ("all of:\n- one\n  and x1", "all of:", "a second line of an item"),
    ("all of:\n- one\n\nno more x1", None, "after the list"),
    ("all of:\n# one\n\ntwo\n\n- x1", "two", "a heading between"),
    ("**all of:**\n- one\n- x1", "**all of:**", "a bold line"),
    ("### all of:\n- one\n- x1", "### all of:", "a heading"),
    ("- x1", None, "nothing before"),
    (f"all of:{BREAK}- x1", None, "a break between"),
    ("<p>all of:</p><ul><li>one</li><li>x1</li></ul>", "all of:", "HTML"),
]
PARENTS = [
    ("- one:\n  - x1", ["- one:"], "nested"),
    ("- one:\n  - two:\n    - x1", ["- two:", "- one:"], "twice"),
    ("- one:\n  - two\n- x1", [], "out again"),
    ("- one:\n  - two\n  - x1", ["- one:"], "beside another"),
    ("- one:\n# two\n  - x1", [], "a heading between"),
    ("- one:\n\t- x1", ["- one:"], "by a tab"),
]
BLOCKS = [
    ("one\n\ntwo\nx1\nthree\n\nfour", "two\nx1\nthree", "between blank lines"),
    ("# one\ntwo\nx1", "two\nx1", "under a heading"),
    ("- one\n\n- x1\n\n- two", "- one\n\n- x1\n\n- two", "bullets that blank lines hold apart"),
    ("- one\n\nx1\n\n- two", "x1", "text between bullets"),
    ("<ul><li>one</li><li>x1</li></ul>", "- one\n\n- x1", "HTML"),
    ("1\n2\n3\n4\n5\n6\n7\nx1", "2\n3\n4\n5\n6\n7\nx1", "a few lines at most"),
]
QUOTED = [
    ("```\nx1\n```", True, "a code block"),
    ("~~~~ python\nx1", True, "one that does not end"),
    ("```\none\n```\nx1", False, "after it"),
    ("````\n```\nx1\n````", True, "fences of other lengths inside"),
    ("> x1", True, "a quotation"),
    ("a > x1", False, "a comparison"),
    (f"```{BREAK}x1", False, "after a break"),
]


@pytest.mark.parametrize(
    ("question", "text", "expected", "why"),
    [
        *(("sentence", *case) for case in SENTENCES),
        *(("headings", *case) for case in HEADINGS),
        *(("lead_in", *case) for case in LEAD_INS),
        *(("parent_bullets", *case) for case in PARENTS),
        *(("is_quoted", *case) for case in QUOTED),
        *(("block", *case) for case in BLOCKS),
    ],
)
def test_what_governs(question, text, expected, why):
    folded = fold(text, "html" if text.endswith(">") or "</" in text else "plain").text
    expected = expected.lower() if isinstance(expected, str) else expected
    if isinstance(expected, list):
        expected = [line.lower() for line in expected]
    assert ask(question, folded) == expected, why


def windows(text, *lines):
    layout = Layout(text)
    return [set(layout.windows(layout.lines[line].start)) for line in lines]


def test_lines_a_few_apart_share_a_window_wherever_they_stand_in_a_long_list():
    layout = "\n".join(f"- {number}" for number in range(40))
    for line in range(34):
        here, near = windows(layout, line, line + 6)
        assert here & near
    assert not set.intersection(*windows(layout, 3, 16))


@pytest.mark.parametrize("parted", ["# one\ntwo", "one\n# two", "one\n\ntwo"])
def test_what_parts_lines_parts_windows(parted):
    last = parted.count("\n")
    assert not set.intersection(*windows(parted, 0, last))


def test_a_sentence_without_end_is_cut_but_what_it_states_is_not():
    text = "word " * 1000
    layout = Layout(text)
    assert layout.sentence(1500) == layout.sentence(1999) == (1000, 2000)
    assert layout.statement(1500) == (500, 2500)
    assert layout.statement(10) == (0, 1500)


LINES = [
    "# a\n",
    "### b\n",
    "- c\n",
    "  - d. e\n",
    "f. g\n",
    "h:\n",
    "\n",
    "| i |\n",
    "> j\n",
    "```\n",
    "===\n",
    "\f\n",
    "k",
]


@given(st.lists(st.sampled_from(LINES), max_size=12).map("".join))
@settings(max_examples=100, deadline=None)
def test_every_position_has_a_place(text):
    layout = Layout(text)
    for position in range(len(text)):
        for low, high in (layout.sentence(position), layout.statement(position), layout.paragraph(position)):
            assert low <= position < high <= len(text)
        own = layout.lines[layout.line_at(position)]
        assert all(high <= own.start for _, high in layout.headings(position))
        assert all(layout.lines[layout.line_at(low)].kind == "heading" for low, _ in layout.headings(position))


CELLS = [
    ("|  | a | b |\n|---|\n| x1 | y | z |", ["x1", "y", "z"], ["", "a", "b"], "a table"),
    ("text\n\n| x1 |  | z\n", ["x1", "", "z"], ["x1", "", "z"], "its first row, with an empty cell and an open end"),
    ("| a |\n\n| x1 |\n", ["x1"], ["x1"], "a second table"),
    ("x1 | no", [], [], "no table"),
    (f"| {'a ' * 600}| x1 |", [], [], "a row too long to compare anything"),
]


@pytest.mark.parametrize(("text", "cells", "header", "why"), CELLS)
def test_cells(text, cells, header, why):
    layout, at = Layout(text), text.index(X)
    assert [text[low:high] for low, high in layout.cells(at)] == cells, why
    assert [text[low:high] for low, high in layout.header_cells(at)] == header, why


@pytest.mark.parametrize(
    "line", ["a word\n", "a word. ", "- a word\n", "# a word\n", "a word ", "  - a:\n", "| a |\n", ". "]
)
def test_a_hostile_text_answers_for_all_its_positions(line):
    text = line * (60_000 // len(line))
    start = time.process_time()
    layout = Layout(text)
    for position in range(0, len(text), 10):
        layout.statement(position), layout.lead_in(position), layout.parent_bullets(position), layout.headings(position)
        layout.cells(position), layout.header_cells(position)
    assert time.process_time() - start < 1
