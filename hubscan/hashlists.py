"""Lists of file hashes and what people hold of each: the types. A match is evidence to look, never a verdict."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from hubscan.records import RepoRecord

CONFIRMED = "confirmed"
"""The list that decisions on cases fill."""


class Opinion(StrEnum):
    """What somebody holds of a hash. `positive`: it is what the list is about; `negative`: it is not.

    `disputed` is also what differing opinions come to. `withdrawn` takes everything said before back for good: only
    a new decision of a person brings the hash back, not the next import.
    """

    POSITIVE = "positive"
    NEGATIVE = "negative"
    DISPUTED = "disputed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class HashEvent:
    """Something said of a hash, kept for good. `source` is a reviewer or where a list came from; `case` None: imported.

    Times are RFC 3339 in UTC; from `expires_at` on it counts no more.
    """

    list: str
    algorithm: str
    value: str
    opinion: Opinion
    source: str
    reason: str
    at: str
    case: int | None = None
    expires_at: str | None = None


@dataclass(frozen=True, slots=True)
class HashEntry:
    """What stands of a hash now: `standing` are the opinions that count, `events` all that was said, oldest first."""

    list: str
    algorithm: str
    value: str
    opinion: Opinion
    events: tuple[HashEvent, ...]
    standing: tuple[HashEvent, ...] = ()


class HashOpinions(Protocol):
    """What a matcher asks of hash lists."""

    def has(self, list_id: str) -> bool:
        """Whether there is such a list; a rule that names another is reported as not run."""
        ...

    def held(self, list_id: str, record: RepoRecord) -> Iterable[tuple[int, Opinion]]:
        """Return the opinions on a record's files, with each file's place among them."""
        ...
