"""What one question to a hub can end in: a reply, or a fault in one word. Types only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class FaultKind(StrEnum):
    """Why there is no value. The word is what `ScanError.kind` and `SkippedRepo.reason` carry.

    `blocked` (451) is a statement about this region and `unauthorized` one about this token: neither says that the
    repo is gone. Only `not_found` and `gone` come near to that.
    """

    NOT_FOUND = "not_found"
    GONE = "gone"
    GATED = "gated"
    DISABLED = "disabled"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    BLOCKED = "blocked"
    RATE_LIMITED = "rate_limited"
    REJECTED = "rejected"
    SERVER = "server"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    CUT = "cut"
    TOO_LARGE = "too_large"
    WRONG_TYPE = "wrong_type"
    BAD_BODY = "bad_body"
    BAD_RANGE = "bad_range"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """A body that was read whole and decoded. `url` is where it came from, `asked` where it was looked for.

    They differ when the hub redirected, which is how a renamed repo shows. `headers` has lower-case names.
    """

    value: T
    url: str
    asked: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def moved(self) -> bool:
        """True if the hub redirected the question."""
        return self.url != self.asked


@dataclass(frozen=True, slots=True)
class Fault:
    """A question without a value.

    `where` is the address without its query, so that no signature or cursor is printed. `code` is the hub's own word
    (`X-Error-Code`: EntryNotFound, RepoNotFound, ...). `headers` are those of the reply that failed, if there was one.
    """

    kind: FaultKind
    where: str
    message: str
    status: int | None = None
    code: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: the decoded JSON, its own address, and the address to go on from (None: the end).

    `faults` name the items that could not be decoded; the rest of the page is in `value`.
    """

    value: Any
    url: str
    next_url: str | None
    faults: tuple[Fault, ...] = ()
