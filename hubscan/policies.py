"""What hubs and laws say, as data: reporting channels, policy clauses, reason codes, legal bases.

One TOML file per hub in `reports/hubs/` and per law in `reports/laws/`; the types below are the format, key by key.
A fact that was not read at its source has `verified = false` and says so wherever it is used; nothing here is legal
advice. Rules cite clause ids in `policies:` and law ids in `laws:`. Reading and checking only: letters are written in
`notices/`.
"""

import dataclasses
import difflib
import re
import tomllib
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from hubscan import resources
from hubscan.errors import PolicyError, Problem, UsageError
from hubscan.rulebook import CATEGORIES


class Visibility(StrEnum):
    """Who sees a report that goes this way. Unknown is never taken for private."""

    PUBLIC = "public"
    PRIVATE = "private"
    UNKNOWN = "unknown"


class Login(StrEnum):
    """Whether an account at the hub is needed."""

    REQUIRED = "required"
    NOT_REQUIRED = "not-required"
    UNKNOWN = "unknown"


class ChannelKind(StrEnum):
    """How a report is handed over."""

    WEB_FORM = "web-form"
    EMAIL = "email"


class Role(StrEnum):
    """What a law is to a notice: how to give one, why something is illegal, or nothing a researcher may invoke."""

    PROCEDURE = "procedure"
    GROUND = "ground"
    VICTIM_ONLY = "victim-only"
    PROVIDER_DUTY = "provider-duty"


class Status(StrEnum):
    """How far a law has come. Only `in_force`, or `adopted` once `applies_from` has passed, can be relied on."""

    IN_FORCE = "in_force"
    ADOPTED = "adopted"
    ENACTED = "enacted"
    AGREED_NOT_ADOPTED = "agreed_not_adopted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One choice a report form offers: the hub's own code, its label, and the categories it fits best."""

    code: str
    title: str
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One way to report. `route` tells a person what to do; empty `categories` means it takes any.

    `verified` is the day the fact was read at its source, or None (`false` in the file); `source` says where it comes
    from and what was not checked.
    """

    id: str
    title: str
    kind: ChannelKind
    visibility: Visibility
    login: Login
    route: str
    verified: date | None
    source: str
    address: str = ""
    categories: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    notes: tuple[str, ...] = ()

    def warnings(self) -> Iterator[str]:
        """Say in sentences what a sender must know: who may read along, and what nobody has verified."""
        if self.visibility is Visibility.PUBLIC:
            yield f"The channel {self.title!r} is public: the uploader and everyone else can read what you write there."
        if self.visibility is Visibility.UNKNOWN:
            yield f"It is not known who can read reports sent through {self.title!r}."
        if self.verified is None:
            yield f"The channel {self.title!r} has not been verified ({self.source})."

    def accepts(self, category: str) -> bool:
        """Say whether reports of `category` may go this way."""
        return not self.categories or category in self.categories

    def reason(self, category: str) -> Reason | None:
        """Return the form's choice that fits `category`, or None where the form offers none."""
        return next((reason for reason in self.reasons if category in reason.categories), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One rule of a hub, in this project's words (`says`), with the categories it covers.

    `effective` is the day the hub's text took effect, `text_sha256` the digest of the document named in `source`.
    """

    id: str
    title: str
    url: str
    categories: tuple[str, ...]
    says: str
    verified: date | None
    source: str
    effective: date | None = None
    text_sha256: str = ""
    notes: tuple[str, ...] = ()

    def warnings(self) -> Iterator[str]:
        """Say in a sentence if nobody has read the clause at its source."""
        if self.verified is None:
            yield f"The clause {self.id} has not been verified ({self.source})."


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """One hub's desk: how to reach it and what its rules are. `contact` maps a purpose to an address."""

    name: str
    title: str
    home: str
    verified: date | None
    source: str
    contact: Mapping[str, str] = dataclasses.field(default_factory=dict)
    channels: tuple[Channel, ...] = ()
    clauses: tuple[Clause, ...] = ()
    notes: tuple[str, ...] = ()

    def desk_warnings(self) -> Iterator[str]:
        """Say in a sentence if nothing about this hub was read at its source."""
        if self.verified is None:
            yield f"Nothing about the desk of {self.title} has been verified ({self.source})."

    def warnings(self) -> Iterator[str]:
        """Say in sentences what about this desk is public or was never verified, channel by channel."""
        yield from self.desk_warnings()
        for channel in self.channels:
            yield from channel.warnings()
        for clause in self.clauses:
            yield from clause.warnings()

    def channel(self, channel_id: str) -> Channel:
        """Return the channel with this id; `UsageError` names those on file."""
        found = next((channel for channel in self.channels if channel.id == channel_id), None)
        return found or _unknown(f"channel of {self.name}", channel_id, [channel.id for channel in self.channels])

    def channel_for(self, category: str) -> Channel | None:
        """Return the channel to use for `category`: the first private one that takes it, else the first, else None."""
        takers = [channel for channel in self.channels if channel.accepts(category)]
        private = (channel for channel in takers if channel.visibility is Visibility.PRIVATE)
        return next(private, next(iter(takers), None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One thing a notice under a law must hold: a short id that templates use, and what it is in our words."""

    element: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """One legal basis; `says` is its gist in this project's words.

    `anonymous_categories` are those for which it may let the sender stay unnamed.
    """

    id: str
    title: str
    jurisdiction: str
    instrument: str
    role: Role
    status: Status
    who_may_send: str
    reviewed_by_counsel: bool
    verified: date | None
    source: str
    says: str = ""
    applies_from: date | None = None
    categories: tuple[str, ...] = ()
    requires: tuple[Requirement, ...] = ()
    anonymous_categories: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    references: tuple[str, ...] = ()

    def warnings(self) -> Iterator[str]:
        """Say in sentences if nobody has read the law at its source, or no counsel has reviewed its use here."""
        if self.verified is None:
            yield f"The law {self.id} has not been verified ({self.source})."
        if not self.reviewed_by_counsel:
            yield f"No counsel has reviewed how {self.id} is used here. This is not legal advice."

    def applies(self, on: date) -> bool:
        """Say whether the law can be relied on that day, as far as this file knows."""
        if self.status is Status.ADOPTED:
            return self.applies_from is not None and self.applies_from <= on
        return self.status is Status.IN_FORCE


@dataclass(frozen=True, slots=True)
class Policies:
    """Everything on file, by hub name and law id."""

    hubs: Mapping[str, Hub]
    laws: Mapping[str, Law]

    def hub(self, name: str) -> Hub:
        """Return the hub called `name`; `UsageError` names those on file."""
        return self.hubs.get(name) or _unknown("hub with policy data", name, self.hubs)

    def clause(self, clause_id: str) -> Clause:
        """Return the clause with this id (`github/synthetic-media`); `UsageError` names the nearest."""
        found = next((clause for clause in self._clauses() if clause.id == clause_id), None)
        return found or _unknown("policy clause", clause_id, self.clause_ids())

    def law(self, law_id: str) -> Law:
        """Return the law with this id (`eu/dsa-art16`); `UsageError` names the nearest."""
        return self.laws.get(law_id) or _unknown("law", law_id, self.laws)

    def clauses_for(self, hub: str, category: str) -> tuple[Clause, ...]:
        """Return the clauses of `hub` that cover `category`, in the file's order (the most specific first)."""
        return tuple(clause for clause in self.hub(hub).clauses if category in clause.categories)

    def grounds(self, category: str, jurisdiction: str, on: date) -> tuple[Law, ...]:
        """Return the laws of `jurisdiction` that make `category` illegal and apply on that day."""
        return tuple(
            law
            for law in self.laws.values()
            if law.role is Role.GROUND and law.jurisdiction == jurisdiction
            if category in law.categories and law.applies(on)
        )

    def clause_ids(self) -> frozenset[str]:
        """Return every clause id a rule may cite in `policies:`."""
        return frozenset(clause.id for clause in self._clauses())

    def law_ids(self) -> frozenset[str]:
        """Return every law id a rule may cite in `laws:`."""
        return frozenset(self.laws)

    def _clauses(self) -> Iterator[Clause]:
        return (clause for hub in self.hubs.values() for clause in hub.clauses)


def operator_channel(address: str) -> Channel:
    """Return the private channel an operator vouches for: an address a hub gave them. It stays unverified."""
    return Channel(
        id="operator",
        title="Address given by the operator",
        kind=ChannelKind.EMAIL,
        visibility=Visibility.PRIVATE,
        login=Login.UNKNOWN,
        route="Send to the address below.",
        address=address,
        verified=None,
        source="the operator's own settings; not verified by this project",
    )


def load(reports: Path | None = None) -> Policies:
    """Read every hub and law under `reports` (default: the shipped folder); `PolicyError` names every fault at once."""
    root = reports or resources.folder("reports")
    problems: list[Problem] = []
    hubs = _read(Hub, root, "hubs", problems)
    laws = _read(Law, root, "laws", problems)
    problems += [problem for file, hub in hubs for problem in _hub_faults(file, hub)]
    problems += [problem for file, law in laws for problem in _law_faults(file, law)]
    problems += _twice((file, "id", law.id) for file, law in laws)
    if problems:
        raise PolicyError(sorted(problems, key=lambda problem: (problem.path, problem.line, problem.what)))
    return Policies({hub.name: hub for _, hub in hubs}, {law.id: law for _, law in laws})


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


_T = typing.TypeVar("_T", Hub, Law)


def _read(kind: type[_T], root: Path, name: str, problems: list[Problem]) -> list[tuple[_File, _T]]:
    found = []
    for path in sorted((root / name).glob("*.toml")):
        file = _File(f"{name}/{path.name}", path.stem, path.read_text(encoding="utf-8"))
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
                file.fault(where, "", f"the key {field.name} is missing", "add it; see hubscan/policies.py")
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


def _hub_faults(file: _File, hub: Hub) -> Iterator[Problem]:
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


def _unknown(what: str, name: str, known: Iterable[str]) -> typing.NoReturn:
    names: Sequence[str] = sorted(known)
    close = difflib.get_close_matches(name, names, 3) or names
    raise UsageError(f"no {what} is called {name!r}", todo=f"On file: {', '.join(close) or 'none'}")
