"""The types of what hubs, laws and recommendations say: the format of the files under `reports/`, key by key."""

import dataclasses
import difflib
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from hubscan.errors import UsageError


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


class Stance(StrEnum):
    """What a source says of a practice: that the hub has it, or that it has none. Silence is neither."""

    DOCUMENTED = "documented"
    NONE = "none"


class Asked(StrEnum):
    """Of whom a recommendation asks something."""

    HUB = "hub"
    CREATOR = "creator"
    REGULATOR = "regulator"
    EVALUATOR = "evaluator"


class Follows(StrEnum):
    """Where a hub's answer to a recommendation stands, so that each fact has one home."""

    CLAUSES = "clauses"
    CHANNELS = "channels"
    PRACTICES = "practices"


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
    from and what was not checked, `url` is the address of the document that tells of it.
    """

    id: str
    title: str
    kind: ChannelKind
    visibility: Visibility
    login: Login
    route: str
    verified: date | None
    source: str
    url: str = ""
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
class Practice:
    """What a hub does about one recommendation (`H7`), as the document at `url` has it, in this project's words.

    `stance` is "none" only where a source says that the hub has no such thing. What no source speaks of is not on
    file, and unknown.
    """

    recommendation: str
    stance: Stance
    says: str
    url: str
    verified: date | None
    source: str

    def warnings(self) -> Iterator[str]:
        """Say in a sentence if nobody has read this at its source."""
        if self.verified is None:
            yield f"What is on file for {self.recommendation} has not been verified ({self.source})."


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """One hub's desk: how to reach it, what its rules are, and what it does. `contact` maps a purpose to an address."""

    name: str
    title: str
    home: str
    verified: date | None
    source: str
    contact: Mapping[str, str] = dataclasses.field(default_factory=dict)
    channels: tuple[Channel, ...] = ()
    clauses: tuple[Clause, ...] = ()
    practices: tuple[Practice, ...] = ()
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
        for practice in self.practices:
            yield from practice.warnings()

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a recommendation stands; `verified` is the day it was read there, or None (`false` in the file)."""

    title: str
    url: str
    verified: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """One thing that experts ask for, in this project's words (`says`).

    `follows` and `categories` say where a hub's answer is found; only what is asked of hubs has one. `measures` are
    the keys of the scorecard's rows that bear on it most, `kept` what this tool itself does about it, `ask` the
    question to a hub whose answer is unknown.
    """

    id: str
    title: str
    says: str
    asked: Asked
    sources: tuple[Source, ...]
    follows: Follows = Follows.PRACTICES
    categories: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    kept: str = ""
    ask: str = ""


@dataclass(frozen=True, slots=True)
class Policies:
    """Everything on file: hubs by name, laws by id, and the recommendations in their order."""

    hubs: Mapping[str, Hub]
    laws: Mapping[str, Law]
    recommendations: tuple[Recommendation, ...] = ()

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


def _unknown(what: str, name: str, known: Iterable[str]) -> typing.NoReturn:
    names: Sequence[str] = sorted(known)
    close = difflib.get_close_matches(name, names, 3) or names
    raise UsageError(f"no {what} is called {name!r}", todo=f"On file: {', '.join(close) or 'none'}")
