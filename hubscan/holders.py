"""Who holds a file or a model, and whether it was still there when last looked at. Types only."""

from dataclasses import dataclass
from enum import StrEnum

from hubscan.records import RepoRef


class Presence(StrEnum):
    """What the latest look at a repo said. Only the hub's own word, or an answer for that one repo, is `removed`.

    `unlisted`: a later complete run over the same scope no longer had it; it may be removed, renamed or hidden.
    """

    UP = "up"
    REMOVED = "removed"
    UNLISTED = "unlisted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Holder:
    """A repo, its uploader as the hub names them, and its presence as of the time given (RFC 3339 in UTC)."""

    ref: RepoRef
    url: str
    uploader: str | None
    presence: Presence
    why: str
    as_of: str
