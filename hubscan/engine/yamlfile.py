"""Read one YAML file of ours: values with the line each stands on. Strict where the YAML of cards is tolerant.

Scalars follow the YAML 1.2 core schema (`no` is a word, dates are text); duplicate keys, anchors, aliases and tags are
refused: a rule file says what it says once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from hubscan.errors import Problem

Place = tuple[str | int, ...]
_MAX_DEPTH = 50
_QUOTED = ("'", '"', "|", ">")
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}


class _RefusedError(Exception):
    """Something a rule file has no need of stands on the line given."""


@dataclass(slots=True)
class Document:
    """A parsed file: its value, the line of every key and item, and what was wrong with it."""

    path: str
    value: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, place: Place) -> int:
        """The line of `place` (a path of keys and indexes), or of the nearest enclosing place known."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def problem(self, place: Place, what: str, fix: str = "") -> None:
        """Note that something is wrong at `place`."""
        self.problems.append(Problem(self.path, self.line(place), what, fix))


def read(path: Path, shown: str) -> Document:
    """Parse `path`; faults become the document's problems. `shown` is how messages name the file."""
    document = Document(shown)
    try:
        text = path.read_text(encoding="utf-8-sig")
        _refuse_cleverness(text)
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
        document.value = _value(node, (), document) if node else None
    except _RefusedError as error:
        document.problems.append(Problem(shown, error.args[1], f"{error.args[0]} not used here", "write it out"))
    except (OSError, UnicodeDecodeError) as error:
        document.problems.append(Problem(shown, 1, f"cannot be read: {error}"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or "not YAML"
        document.problems.append(Problem(shown, mark.line + 1 if mark else 1, f"not valid YAML: {what}"))
    return document


def _refuse_cleverness(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _RefusedError("anchors and aliases are", line)
        if getattr(event, "tag", None):
            raise _RefusedError("tags are", line)
        if depth > _MAX_DEPTH:
            raise _RefusedError(f"more than {_MAX_DEPTH} levels are", line)


def _value(node: yaml.Node, place: Place, document: Document) -> Any:
    document.lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return dict(_items(node, place, document))
    if isinstance(node, yaml.SequenceNode):
        return [_value(child, (*place, index), document) for index, child in enumerate(node.value)]
    return _scalar(str(node.value), quoted=getattr(node, "style", None) in _QUOTED)


def _items(node: yaml.MappingNode, place: Place, document: Document) -> Iterator[tuple[str, Any]]:
    seen = set()
    for key_node, value_node in node.value:
        key = str(key_node.value)
        document.lines[(*place, key)] = key_node.start_mark.line + 1
        if key in seen:
            document.problem((*place, key), f"key {key!r} stands twice", "keep one")
        seen.add(key)
        yield key, _value(value_node, (*place, key), document)


def _scalar(text: str, *, quoted: bool) -> str | int | float | bool | None:
    if quoted:
        return text
    if text.lower() in _CONSTANTS and text in (text.lower(), text.title(), text.upper()):
        return _CONSTANTS[text.lower()]
    for kind in (int, float):
        try:
            return kind(text) if text[-1:].isdigit() and "_" not in text else text
        except ValueError:
            continue
    return text
