"""`hubscan cases review`: one case after the other on a terminal, by single keys.

Everything an uploader wrote is redacted until its place is asked for, and is redacted again when the case is left. The
terminal's other screen is used, so nothing that was revealed stays behind in its history.
"""

import os
import sys
import termios
import textwrap
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from hubscan import cases, tracing
from hubscan.casework import Case, CaseFile, Verdict
from hubscan.cli import _casepage, _excerpt
from hubscan.errors import HubscanError
from hubscan.escape import visible
from hubscan.findings import Evidence
from hubscan.policies import Policies
from hubscan.store import Store

if TYPE_CHECKING:
    from hubscan.terms import Finder

KEYS = (
    "c confirm  r reject  u unsure  1-9 reveal  e reveal next  h hide  t take  n next  p previous  j/k scroll  q quit"
)

_VERDICTS = {"c": Verdict.CONFIRMED, "r": Verdict.REJECTED, "u": Verdict.UNSURE}
_MOVES = {"n": 1, "p": -1}
_OTHER_SCREEN, _BACK, _CLEAR = "\x1b[?1049h", "\x1b[?1049l", "\x1b[2J\x1b[H"
_QUIT = ("q", "\x03", "\x04")
"""Also Ctrl-C, Ctrl-D."""


class Terminal:
    """The edge: draws lines, reads keys and answers. All of it is said to people, so it goes to stderr.

    Keys come at once and unseen, also those that were pressed before they were asked for.
    """

    def __init__(self) -> None:
        self._input = sys.stdin.fileno()
        self._waiting = ""
        self._usual = termios.tcgetattr(self._input)

    def __enter__(self) -> Self:
        self._by_key()
        sys.stderr.write(_OTHER_SCREEN)
        return self

    def __exit__(self, *_: object) -> None:
        self._by_line()
        sys.stderr.write(_CLEAR + _BACK)
        sys.stderr.flush()

    def key(self) -> str:
        """Wait for one key; what ends the review, and a closed terminal, is `q`."""
        if not self._waiting:
            self._waiting = os.read(self._input, 64).decode("utf-8", "replace")
        # An arrow or function key comes as several characters that belong together.
        length = len(self._waiting) if self._waiting.startswith("\x1b") else 1
        pressed, self._waiting = self._waiting[:length], self._waiting[length:]
        return "q" if pressed in _QUIT or not pressed else pressed

    def ask(self, question: str) -> str:
        """Ask for a line."""
        self._by_line()
        try:
            sys.stderr.write(f"\n{question} ")
            sys.stderr.flush()
            return sys.stdin.readline().strip()
        finally:
            self._by_key()

    def _by_line(self) -> None:
        termios.tcsetattr(self._input, termios.TCSADRAIN, self._usual)

    def _by_key(self) -> None:
        mode = termios.tcgetattr(self._input)
        mode[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG)
        termios.tcsetattr(self._input, termios.TCSADRAIN, mode)

    def draw(self, lines: Sequence[str], top: int, said: str) -> None:
        """Show `lines` from `top` on, as many as fit, and under them what was said last and the keys."""
        size = os.get_terminal_size(sys.stderr.fileno())
        folded = [part for line in lines for part in textwrap.wrap(line, max(size.columns - 1, 20)) or [""]]
        keys = textwrap.wrap(KEYS, max(size.columns - 1, 20))
        room = max(size.lines - len(keys) - 2, 3)
        top = min(top, max(len(folded) - room, 0))
        shown = folded[top : top + room]
        more = f"... {len(folded) - top - room} more lines (j)" if len(folded) > top + room else ""
        sys.stderr.write(_CLEAR + "\n".join([*shown, more, *keys, visible(said, 300)]))
        sys.stderr.flush()


@dataclass(frozen=True, slots=True)
class View:
    """What of one case is to be seen: the places revealed, the first line shown, and the last message."""

    revealed: frozenset[int] = frozenset()
    top: int = 0
    said: str = ""


def sit(
    store: Store, policies: Policies, reviewer: str, numbers: Sequence[int], lists: tuple["Finder", ...]
) -> Counter[str]:
    """Let `reviewer` go through these cases, and return how often they decided what; terms of `lists` stay hidden."""
    if not numbers:
        return Counter()
    with Terminal() as terminal:
        session = Session(store, policies, reviewer, numbers, lists, terminal)
        session.run()
    return session.counts


@dataclass(slots=True)
class Session:
    """One reviewer's way through a list of cases. `counts` says what they decided."""

    store: Store
    policies: Policies
    reviewer: str
    numbers: Sequence[int]
    lists: tuple["Finder", ...]
    terminal: Terminal
    counts: Counter[str] = field(default_factory=Counter)

    def run(self) -> None:
        """Go through the cases until the last is left or the reviewer ends it."""
        place = 0
        while 0 <= place < len(self.numbers):
            move = self._one(place)
            if move is None:
                return
            place = max(place + move, 0)

    def _one(self, place: int) -> int | None:
        """Show one case until it is left; return how far to go on in the list, None for no further."""
        number, view = self.numbers[place], View()
        file = cases.show_case(self.store, number)
        others = tracing.elsewhere(self.store, file.case.ref)
        while True:
            where = f"{place + 1} of {len(self.numbers)}, as {self.reviewer}"
            self.terminal.draw([where, *_lines(file, view, others, self.lists)], view.top, view.said)
            key = self.terminal.key()
            if key == "q":
                return None
            if key in _MOVES:
                return _MOVES[key]
            if key in _VERDICTS:
                view, decided = self._decide(file.case, _VERDICTS[key], view)
                if decided:
                    return 1
            elif key == "t":
                view = self._try(view, lambda: cases.assign(self.store, number, self.reviewer, now=self.store.now()))
                file = cases.show_case(self.store, number)
            else:
                view = step(view, key, len(_casepage.places(file)))

    def _decide(self, case: Case, verdict: Verdict, view: View) -> tuple[View, bool]:
        reason = self.terminal.ask(f"{verdict}: what did you see, in a sentence? (empty: back)")
        if not reason:
            return replace(view, said="Not decided."), False
        asked = verdict is Verdict.CONFIRMED
        policy = self.terminal.ask("Which clause does it break? (an id; may be empty)") if asked else ""
        view = self._try(view, lambda: self._decision(case.number, verdict, reason, policy or None))
        decided = not view.said.startswith("Error")
        self.counts[verdict] += decided
        return view, decided

    def _decision(self, number: int, verdict: Verdict, reason: str, policy: str | None) -> Case:
        if policy:
            self.policies.clause(policy)
        now = self.store.now()
        return cases.decide(self.store, number, verdict, reviewer=self.reviewer, reason=reason, policy=policy, now=now)

    def _try(self, view: View, act: Callable[[], Case]) -> View:
        try:
            case = act()
        except HubscanError as error:
            return replace(view, said=f"Error: {error}")
        return replace(view, said=f"Case {case.number} is {case.state}, given to {case.assignee or 'nobody'}.")


def step(view: View, key: str, places: int) -> View:
    """Return the view after a key that changes nothing but what is seen."""
    if key == "e":
        hidden = [number for number in range(1, places + 1) if number not in view.revealed]
        return replace(view, revealed=view.revealed | set(hidden[:1]), said=_excerpt.REVEALED if hidden else "")
    if key == "h":
        return replace(view, revealed=frozenset(), said="")
    if key.isdecimal() and 1 <= int(key) <= places:
        return replace(view, revealed=view.revealed | {int(key)}, said=_excerpt.REVEALED)
    if key in "jk":
        return replace(view, top=max(view.top + (10 if key == "j" else -10), 0))
    return replace(view, said=f"{key!r} is no key here.")


def _lines(file: CaseFile, view: View, others: _casepage.Others, lists: tuple["Finder", ...]) -> list[str]:
    record, places = _casepage.parsed(file.record, file.case.number), _casepage.places(file)
    revealed = {places[number - 1] for number in view.revealed}

    def show(item: Evidence) -> _excerpt.Show:
        return _excerpt.showing(item in revealed, places, lists)  # confidential terms stay hidden in either case

    return _casepage.page(_casepage.told(file, record, show, others))
