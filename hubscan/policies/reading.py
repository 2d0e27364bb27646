"""Reading the files under `reports/`, and an operator's own beside them; every fault is told at once, with its place.

An operator's file of the same format, `hubs/<hub>.toml` in the configuration folder, adds to what ships or stands in
its place: a channel or clause by its id, a practice by its recommendation, any other key by its name. Whoever sees such
a fact is told whose it is.
"""

import dataclasses
import difflib
import re
import tomllib
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from hubscan import resources
from hubscan.errors import PolicyError, Problem
from hubscan.policies.facts import (
    Asked,
    Channel,
    Clause,
    Follows,
    Hub,
    Law,
    Policies,
    Practice,
    Recommendation,
    Role,
    Stance,
)
from hubscan.rulebook import CATEGORIES

OWN = " (from the operator's own file)"
"""Stands behind the source of a fact that is not this project's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recommendations:
    """The file of recommendations."""

    recommendations: tuple[Recommendation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _OwnHub:
    """An operator's file: as `Hub`, of which it need only hold what it changes."""

    name: str
    title: str = ""
    home: str = ""
    verified: date | None = None
    source: str = ""
    contact: Mapping[str, str] = dataclasses.field(default_factory=dict)
    channels: tuple[Channel, ...] = ()
    clauses: tuple[Clause, ...] = ()
    practices: tuple[Practice, ...] = ()
    notes: tuple[str, ...] = ()


def load(reports: Path | None = None, own: Path | None = None) -> Policies:
    """Read everything under `reports` (default: the shipped folder), joined with the hubs in the folder `own`.

    `own` None: the operator's own folder, unless `reports` is given. `PolicyError` names every fault at once.
    """
    root, own = reports or resources.folder("reports"), own or (None if reports else resources.hubs_folder())
    problems: list[Problem] = []
    asked = [
        (file, one)
        for file, found in _read(_Recommendations, root / "scorecard", "scorecard/", problems)
        for one in found.recommendations
    ]
    hubs = _read(Hub, root / "hubs", "hubs/", problems)
    laws = _read(Law, root / "laws", "laws/", problems)
    known = {one.id: one for _, one in asked}
    problems += [problem for file, hub in hubs for problem in _hub_faults(file, hub, known)]
    problems += [problem for file, law in laws for problem in _law_faults(file, law)]
    problems += _twice((file, "id", law.id) for file, law in laws)
    problems += _twice((file, "id", one.id) for file, one in asked)
    joined = {hub.name: hub for _, hub in hubs}
    for file, part in _read(_OwnHub, own, f"{own}/", problems) if own else ():
        problems += _join(joined, file, part, known)
    if problems:
        raise PolicyError(sorted(problems, key=lambda problem: (problem.path, problem.line, problem.what)))
    return Policies(joined, {law.id: law for _, law in laws}, tuple(one for _, one in asked))


@dataclass(frozen=True, slots=True)
class _File:
    """A TOML file with its text, so that a fault can be given a line."""

    path: str
    stem: str
    text: str

    def fault(self, where: "_Where", key: str, what: str, fix: str = "") -> Problem:
        return Problem(self.path, self._line(where, key), what, fix)

    def _line(self, where: "_Where", key: str) -> int:
        lines = self.text.splitlines()
        heads = [number for number, line in enumerate(lines) if line.strip() == f"[[{where.table}]]"]
        start = heads[where.index] if where.table and where.index < len(heads) else 0
        for number in range(start, len(lines)):
            if number > start and where.table and lines[number].startswith("["):
                break
            if re.match(rf"\s*\[?{re.escape(key)}\b", lines[number]):
                return number + 1
        return start + 1


@dataclass(frozen=True, slots=True)
class _Where:
    """Which table of a file: `[[table]]` number `index`, or the top."""

    table: str = ""
    index: int = 0


_TOP = _Where()


_T = typing.TypeVar("_T", Hub, Law, _Recommendations, _OwnHub)


def _read(kind: type[_T], folder: Path, shown: str, problems: list[Problem]) -> list[tuple[_File, _T]]:
    """Read the files of a folder that is called `shown` in messages."""
    found = []
    for path in sorted(folder.glob("*.toml")):
        try:
            file = _File(f"{shown}{path.name}", path.stem, path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(f"{shown}{path.name}", 1, f"cannot be read: {error}"))
            continue
        try:
            table = tomllib.loads(file.text)
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"line (\d+)", str(error))
            problems.append(Problem(file.path, int(line[1]) if line else 1, f"not TOML: {error}"))
            continue
        faults: list[Problem] = []
        built = _build(kind, table, file, _TOP, faults)
        problems += faults
        if built is not None:
            found.append((file, built))
    return found


def _build(kind: Any, table: Mapping[str, Any], file: _File, where: _Where, problems: list[Problem]) -> Any:
    """Return `kind` made from `table`, or None with its faults added: unknown and missing keys, wrong types."""
    hints, before = typing.get_type_hints(kind), len(problems)
    for key in table.keys() - hints.keys():
        close = difflib.get_close_matches(key, hints, 1)
        fix = f"did you mean {close[0]}?" if close else f"known keys: {', '.join(hints)}"
        problems.append(file.fault(where, key, f"unknown key {key}", fix))
    for field in dataclasses.fields(kind):
        needed = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if needed and field.name not in table:
            problems.append(
                file.fault(where, "", f"the key {field.name} is missing", "add it; see hubscan/policies/facts.py")
            )
    values = {key: _value(hints[key], table[key], key, file, where, problems) for key in hints.keys() & table.keys()}
    return kind(**values) if len(problems) == before else None


def _value(hint: Any, raw: Any, key: str, file: _File, where: _Where, problems: list[Problem]) -> Any:
    member = next(iter(typing.get_args(hint)), None)
    if dataclasses.is_dataclass(member) and isinstance(raw, list) and all(isinstance(entry, dict) for entry in raw):
        places = [_Where(key, index) if f"[[{key}]]" in file.text else where for index in range(len(raw))]
        return tuple(_build(member, entry, file, place, problems) for entry, place in zip(raw, places, strict=True))
    raw = None if key == "verified" and raw is False else raw
    try:
        value = msgspec.convert(raw, hint)
    except msgspec.ValidationError as error:
        problems.append(file.fault(where, key, f"{key}: {error}", _choices(key, hint)))
        return None
    if key.endswith("categories"):
        unknown = sorted(set(value) - CATEGORIES.keys())
        fix = f"one of {', '.join(CATEGORIES)}"
        problems += [file.fault(where, key, f"unknown category {category}", fix) for category in unknown]
    return value


def _choices(key: str, hint: Any) -> str:
    if key == "verified":
        return "a date (2026-11-22) or false"
    return f"one of {', '.join(hint)}" if isinstance(hint, type) and issubclass(hint, StrEnum) else ""


def _join(hubs: dict[str, Hub], file: _File, part: _OwnHub, known: Mapping[str, Recommendation]) -> Iterator[Problem]:
    """Put an operator's file beside or over what is on file for its hub."""
    given = {key: value for key in ("title", "home", "source") if (value := getattr(part, key))}
    if part.name not in hubs and len(given) < 3:
        fix = f"on file: {', '.join(sorted(hubs))}; a new hub needs title, home and source"
        yield file.fault(_TOP, "name", f"no hub on file is called {part.name}", fix)
        return
    before = hubs.get(part.name) or Hub(name=part.name, title="", home="", verified=None, source="")
    if "source" in given:
        given |= {"source": part.source + OWN, "verified": part.verified}
    joined = dataclasses.replace(
        before,
        **given,
        contact={**before.contact, **part.contact},
        channels=_over(before.channels, part.channels, "id"),
        clauses=_over(before.clauses, part.clauses, "id"),
        practices=_over(before.practices, part.practices, "recommendation"),
        notes=(*before.notes, *part.notes),
    )
    hubs[part.name] = joined
    yield from _hub_faults(file, joined, known)


_F = typing.TypeVar("_F", Channel, Clause, Practice)


def _over(shipped: tuple[_F, ...], own: tuple[_F, ...], key: str) -> tuple[_F, ...]:
    """The operator's facts first: a letter takes the first that fits."""
    named = {getattr(one, key) for one in own}
    marked = [dataclasses.replace(one, source=one.source + OWN) for one in own]
    return tuple(marked + [one for one in shipped if getattr(one, key) not in named])


def _practice_faults(file: _File, hub: Hub, known: Mapping[str, Recommendation]) -> Iterator[Problem]:
    for number, practice in enumerate(hub.practices if known else ()):  # their own file is broken otherwise
        where, one = _Where("practices", number), known.get(practice.recommendation)
        if one is None or one.asked is not Asked.HUB:
            ids = ", ".join(other.id for other in known.values() if other.asked is Asked.HUB)
            what = f"{practice.recommendation} is not asked of a hub"
            yield file.fault(where, "recommendation", what, f"one of {ids}")
        elif one.follows is not Follows.PRACTICES and practice.stance is Stance.DOCUMENTED:
            fix = f"write it as [[{one.follows}]]"
            yield file.fault(where, "stance", f"{one.id} follows from the hub's {one.follows}", fix)
        elif _has(hub, one):
            what = f"{one.id} is said to be none, and {one.follows} on file say otherwise"
            yield file.fault(where, "stance", what, "keep the one that is so")
        if not practice.url.startswith("https://"):
            yield file.fault(where, "url", "url is no https:// address", "name the document that was read")


def _has(hub: Hub, one: Recommendation) -> bool:
    """Whether a clause or channel on file answers a recommendation that follows from those."""
    covered = {category for clause in hub.clauses for category in clause.categories}
    by_home = {Follows.CLAUSES: bool(covered & set(one.categories)), Follows.CHANNELS: bool(hub.channels)}
    return by_home.get(one.follows, False)


def _hub_faults(file: _File, hub: Hub, known: Mapping[str, Recommendation]) -> Iterator[Problem]:
    if hub.name != file.stem:
        yield file.fault(_TOP, "name", f"name is {hub.name}, the file is called {file.stem}", "make them the same")
    for number, clause in enumerate(hub.clauses):
        where = _Where("clauses", number)
        if not re.fullmatch(r"([0-9a-f]{64})?", clause.text_sha256):
            yield file.fault(where, "text_sha256", "text_sha256 is no SHA-256", "64 lower-case hex digits, or leave it")
        if not clause.id.startswith(f"{hub.name}/"):
            yield file.fault(
                where, "id", f"clause id {clause.id} is outside {hub.name}/", "start it with the hub's name"
            )
    yield from _twice((file, "id", clause.id) for clause in hub.clauses)
    yield from _twice((file, "id", channel.id) for channel in hub.channels)
    yield from _twice((file, "recommendation", practice.recommendation) for practice in hub.practices)
    yield from _practice_faults(file, hub, known)


def _law_faults(file: _File, law: Law) -> Iterator[Problem]:
    if law.role is Role.GROUND and not (law.says and law.categories):
        yield file.fault(_TOP, "role", "a ground needs says and categories", "say what it makes illegal")
    if law.id.replace("/", "-") != file.stem:
        yield file.fault(_TOP, "id", f"id is {law.id}, the file is called {file.stem}", "name the file after the id")


def _twice(ids: Iterable[tuple[_File, str, str]]) -> Iterator[Problem]:
    seen: set[str] = set()
    for file, key, value in ids:
        if value in seen:
            yield file.fault(_TOP, key, f"{value} stands twice", "ids are unique")
        seen.add(value)
