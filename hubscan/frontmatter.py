"""The YAML block at the top of a card, read without ever failing, stalling or guessing.

A card is written by strangers. `split` only looks for the two fences; `parse` takes the parser's events (libyaml) and
builds the value itself, so nesting, size and aliases are bounded while reading and no YAML constructor ever runs.
Scalars follow the YAML 1.2 core schema (https://yaml.org/spec/1.2.2/#103-core-schema): `no` is the text "no", and a
date stays text.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

MAX_CHARACTERS = 1 << 20
MAX_DEPTH = 32
MAX_EVENTS = 200_000
"""Real front matter with long evaluation tables stays under 0.4 MB; at these limits reading takes half a second."""

_FENCE = "---"
_BLANK = "\ufeff \t\r\n\v\f"
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CONSTANTS = {"": None, "~": None} | {
    spelling: value
    for word, value in (("null", None), ("true", True), ("false", False))
    for spelling in (word, word.title(), word.upper())
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]{1,40}|[0-9]{1,40}(?:\.[0-9]{0,40})?)(?:[eE][-+]?[0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What a card declares. `values` holds what could be read, keys as text, in the order written.

    `problems` says in short sentences what was left out. With `complete` false the block could not be read to its end,
    so a key missing from `values` is unknown, not absent.
    """

    values: Mapping[str, Any]
    problems: tuple[str, ...] = ()
    complete: bool = True


class _UnreadableError(Exception):
    """The block ends here for us; what was read so far is kept."""


def split(text: str) -> tuple[str | None, int]:
    """Return the text between the fences, or None where there is no closed block, and where the body begins.

    A byte order mark or white space may precede the opening `---`; lines end in LF, CRLF or CR; a card that lost its
    line breaks is cut at ` ---`. An unclosed block is body, so that no text escapes: `(None, 0)`.
    """
    inner = len(text) - len(text.lstrip(_BLANK)) + len(_FENCE)
    if not text.startswith(_FENCE, inner - len(_FENCE)):
        return None, 0
    newline = "\n" if "\n" in text else "\r"
    line_end = text.find(newline, inner)
    if line_end < 0:
        return _split_one_line(text, inner)
    if text[inner:line_end].strip(_BLANK):
        return None, 0
    return _split_lines(text, line_end + 1, newline)


def _split_lines(text: str, begin: int, newline: str) -> tuple[str | None, int]:
    at = begin - 1
    while (at := text.find(newline + _FENCE, at)) >= 0:
        after = at + 1 + len(_FENCE)
        end = text.find(newline, after) + 1 or len(text)
        if not text[after:end].strip(_BLANK):
            return text[begin : at + 1], end
        at = end - 1
    return None, 0


def _split_one_line(text: str, inner: int) -> tuple[str | None, int]:
    close = text.find(f" {_FENCE}", inner)
    if close < 0 or not text.startswith(" ", inner):
        return None, 0
    return text[inner:close].strip(), close + 1 + len(_FENCE)


def parse(text: str) -> FrontMatter:
    """Read the text between the fences. Never raises; see `FrontMatter` for how faults are told."""
    if len(text) > MAX_CHARACTERS:
        return FrontMatter({}, (f"front matter is longer than {MAX_CHARACTERS} characters",), complete=False)
    builder = _Builder()
    try:
        for number, event in enumerate(_events(_UNPRINTABLE.sub("\ufffd", text))):
            if number > MAX_EVENTS:
                raise _UnreadableError(f"more than {MAX_EVENTS} items")
            builder.take(event)
    except _UnreadableError as stop:
        builder.problems[str(stop)] = None
        return FrontMatter(builder.top, tuple(builder.problems), complete=False)
    return FrontMatter(builder.top, tuple(builder.problems))


def _events(text: str) -> Iterator[yaml.Event]:
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.DocumentEndEvent):
                return
            yield event
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise _UnreadableError(f"not YAML at line {line} of the front matter: {error.problem}") from None
    except yaml.YAMLError:
        raise _UnreadableError("not YAML") from None


class _Builder:
    """Turns events into plain values with its own stack, so depth costs memory here and nowhere else."""

    def __init__(self) -> None:
        self.top: dict[str, Any] = {}
        self.problems: dict[str, None] = {}
        self._stack: list[_Open] = []

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._open({} if isinstance(event, yaml.MappingStartEvent) else [])
        elif isinstance(event, yaml.CollectionEndEvent):
            self._stack.pop()
        elif isinstance(event, yaml.AliasEvent):
            # A few aliases multiply into gigabytes; cards have no need of them.
            self.problems["an alias was left out"] = None
            self._place(None, None)

    def _open(self, value: dict[str, Any] | list[Any]) -> None:
        if len(self._stack) == MAX_DEPTH:
            raise _UnreadableError(f"nested more than {MAX_DEPTH} deep")
        if self._stack:
            self._place(value, None)
        elif isinstance(value, dict):
            self.top = value
        else:
            raise _UnreadableError("a list where keys and values are expected")
        self._stack.append(_Open(value))

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        if not self._stack and not event.value:
            return
        self._place(_resolve(event.value) if event.implicit[0] else event.value, event.value)

    def _place(self, value: Any, as_key: str | None) -> None:
        """Put `value` into the open collection; `as_key` is its spelling as a key, None for a collection."""
        if not self._stack:
            raise _UnreadableError("text where keys and values are expected")
        inside = self._stack[-1]
        if isinstance(inside.value, list):
            inside.value.append(value)
        elif inside.awaits_key:
            inside.key, inside.awaits_key = as_key, False
            if as_key is None:
                self.problems["a key that is not text was left out"] = None
        else:
            inside.awaits_key = True
            self._pair(inside.value, inside.key, value)

    def _pair(self, into: dict[str, Any], key: str | None, value: Any) -> None:
        if key in into:
            self.problems["a key was given twice; the first stands"] = None
        elif key is not None:
            into[key] = value


@dataclass(slots=True)
class _Open:
    value: dict[str, Any] | list[Any]
    key: str | None = None
    awaits_key: bool = True


def _resolve(plain: str) -> Any:
    if plain in _CONSTANTS:
        return _CONSTANTS[plain]
    if _INTEGER.fullmatch(plain):
        return int(plain)
    if _FLOAT.fullmatch(plain):
        return float(plain)
    return plain
