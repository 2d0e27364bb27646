"""The types of a scorecard: hubs side by side, a row for each measure, an answer for each recommendation. Types only.

Unknown is a value of its own, with the reason, and never a zero.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from hubscan.findings import Severity
from hubscan.policies import Login, Recommendation, Visibility


class Edition(StrEnum):
    """Public holds sums alone; restricted also names repositories."""

    PUBLIC = "public"
    RESTRICTED = "restricted"


class Unit(StrEnum):
    """What a measure counts. A share is 0 to 1."""

    REPOS = "repos"
    VERSIONS = "versions"
    SHARE = "share"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Value:
    """One measure of one hub. `value` None is unknown, and `note` says why.

    `low` and `high` hold 95 % (None: open on that side); `of` is how many it was counted among.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    of: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One measure over all hubs: what is counted and how (`method`), in the order of the scorecard's hubs."""

    key: str
    title: str
    group: str
    unit: Unit
    method: str
    values: tuple[Value, ...]


class Standing(StrEnum):
    """What is known of a hub and a recommendation. `none` is said by a source; where none speaks, it is unknown."""

    DOCUMENTED = "documented"
    NONE = "none"
    UNKNOWN = "unknown"
    NOT_ASKED = "not-asked"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of one hub: `says` in a sentence, where it stands, and the day it was read there.

    `read` is None where nobody has read it at its source; then the standing is unknown.
    """

    standing: Standing
    says: str
    url: str = ""
    read: date | None = None
    effective: date | None = None
    text_sha256: str = ""
    source: str = ""
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """One recommendation with the answer of each hub."""

    recommendation: Recommendation
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Covered:
    """One category of harm, and whether a rule of each hub covers it."""

    category: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """One repository that is up, for the restricted edition: why it is listed, and the last look at it."""

    hub: str
    why: str
    repo: str
    detail: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Kept:
    """One model of a creator: when and why it became historical ("" for one that is not), and how many hold it.

    The counts are of repositories by hub: up, gone, and unknown.
    """

    title: str
    status: str
    since: str
    reason: str
    references: tuple[str, ...]
    days: int | None
    up: tuple[Value, ...]
    gone: tuple[int, ...]
    unknown: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """Something a creator may consider to ask of a hub, and the way to do so; nothing is ever sent.

    `channel` is "" where none is on file. `reasons` are the choices its form offers for this, `warnings` what a sender
    must know first.
    """

    hub: str
    about: str
    ask: str
    channel: str = ""
    route: str = ""
    visibility: Visibility = Visibility.UNKNOWN
    login: Login = Login.UNKNOWN
    reasons: tuple[str, ...] = ()
    read: date | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Creator:
    """A creator's own view: its models, and what it may ask of whom."""

    model: str
    versions: tuple[Kept, ...]
    requests: tuple[Request, ...]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Platform evaluation: `hubs` are names, `titles` what people call them; all other tuples follow their order.

    `rules` are the clauses on file of each hub, their `parts` the categories of harm that they cover.
    """

    made_at: str
    min_severity: Severity
    edition: Edition
    hubs: tuple[str, ...]
    titles: tuple[str, ...]
    rows: tuple[Row, ...]
    answered: tuple[Answered, ...]
    covered: tuple[Covered, ...]
    rules: tuple[tuple[Answer, ...], ...]
    blind_spots: tuple[tuple[str, ...], ...]
    named: tuple[Named, ...] = ()
    creator: Creator | None = None

    schema = "hubscan.scorecard/2"

    def row(self, key: str) -> Row:
        """Return the row of a measure; `KeyError` where there is none."""
        found = next((row for row in self.rows if row.key == key), None)
        if found is None:
            raise KeyError(key)
        return found
