"""`cases review` as a person sees it: through a real pseudo-terminal."""

import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from contextlib import contextmanager

import pytest

from hubscan.cli._review import View, step

from .conftest import environment, run_in, write_dump


class Person:
    """Sits at a terminal of 30 lines and 100 columns: presses keys, and reads what is drawn since the last one."""

    def __init__(self, end: int) -> None:
        self._end = end

    def sees(self, *marks: str, seconds: float = 60) -> str:
        """Read until the last drawing has all of `marks`."""
        seen, until = "", time.monotonic() + seconds
        while time.monotonic() < until:
            if select.select([self._end], [], [], 0.1)[0]:
                try:
                    seen += os.read(self._end, 65536).decode("utf-8", "replace")
                except OSError:  # Linux says EIO when the other side is closed
                    break
            last = seen.rpartition("\x1b[2J")[2]
            if all(mark in last for mark in marks):
                return last
        raise AssertionError(f"{marks} not seen in: {seen!r}")

    def types(self, text: str) -> None:
        os.write(self._end, text.encode())


@contextmanager
def sitting(home, *options, **env):
    """Run `hubscan cases review` with a person at its terminal; it must end well when they leave."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    command = [sys.executable, "-m", "hubscan.cli", "cases", "review", *options]
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, env=environment(home, **env)
    )
    os.close(theirs)
    try:
        yield Person(ours)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)


@pytest.fixture
def queue(tmp_path, home):
    """A home with one critical case, marked by a tag, that nobody has looked at."""
    assert run_in(tmp_path, home, "scan", "dump", write_dump(tmp_path / "hub.jsonl"), "--quiet").returncode == 0
    return home


def shown(home, tmp_path):
    return json.loads(run_in(tmp_path, home, "cases", "show", 1, "--format", "json").stdout)


def test_a_sitting_of_two_reviewers(queue, tmp_path):
    with sitting(queue, "--reviewer", "Kim") as person:
        first = person.sees("1 of 1, as kim", "org/undress-lora", "q quit")
        assert "nudify" not in first
        assert "[••••••]" in first
        person.types("e")
        person.types("e")
        assert "[nudify]" in person.sees("[nudify]", "uploaders wrote it")
        person.types("h")
        assert "nudify" not in person.sees("q quit", "[••••••]")
        person.types("t")
        person.sees("given to kim")
        person.types("c")
        person.sees("what did you see")
        person.types("The tag says so.\n")
        person.sees("Which clause")
        person.types("no-such-clause\n")
        person.sees("Error: ")
        person.types("c")
        person.sees("what did you see")
        person.types("The tag says so.\n")
        person.sees("Which clause")
        person.types("\n")
        person.sees("\x1b[?1049l", "Waiting were 1; you decided on 1 (1 confirmed).")
    told = shown(queue, tmp_path)
    assert (told["state"], told["confirmed_by"], told["assignee"]) == ("confirmed", ["kim"], "kim")
    with sitting(queue, "--reviewer", "kim") as person:
        person.sees("Waiting were 0")
    with sitting(queue, HUBSCAN_REVIEWER="ada") as person:
        person.sees("1 of 1, as ada", "kim: confirmed. The tag says so.")
        person.types("u")
        person.sees("what did you see")
        person.types("\n")
        person.sees("Not decided.")
        person.types("x")
        person.sees("'x' is no key here.")
        person.types("q")
        person.sees("you decided on 0.")
    assert len(shown(queue, tmp_path)["decisions"]) == 1


def test_an_interrupted_sitting_leaves_the_terminal_as_it_was(queue):
    with sitting(queue, "--reviewer", "kim") as person:
        person.sees("q quit")
        person.types("\x03")
        person.sees("\x1b[?1049l", "you decided on 0.")


def test_a_review_needs_a_terminal(queue, tmp_path):
    done = run_in(tmp_path, queue, "cases", "review", "--reviewer", "kim")
    assert (done.returncode, "a review needs a terminal" in done.stderr) == (2, True)


VIEWS = {
    "a place by its number": (View(), "2", {2}),
    "a number that is no place": (View(), "9", set()),
    "the next hidden place": (View(frozenset({1})), "e", {1, 2}),
    "none is hidden": (View(frozenset({1, 2, 3})), "e", {1, 2, 3}),
    "all hidden again": (View(frozenset({1, 2})), "h", set()),
    "another key": (View(frozenset({1})), "z", {1}),
}


@pytest.mark.parametrize(("view", "key", "revealed"), VIEWS.values(), ids=VIEWS.keys())
def test_what_a_key_reveals(view, key, revealed):
    assert step(view, key, 3).revealed == revealed


def test_scrolling_stops_at_the_top():
    assert step(step(View(), "j", 3), "j", 3).top == 20
    assert step(View(top=5), "k", 3).top == 0
