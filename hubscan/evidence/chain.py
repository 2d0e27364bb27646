"""Links that hold each other: each has the digest of the one before, so none can change, go, come or move unseen."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

START = "0" * 64
"""What stands for the link before the first."""


@dataclass(frozen=True, slots=True)
class Link:
    """One fact: what kind it is, what it says, the digest (SHA-256, hex) of the link before it and its own."""

    number: int
    kind: str
    body: Mapping[str, Any]
    previous: str
    digest: str


def canonical(value: Any) -> bytes:
    """Return `value` as the one JSON text it has here: sorted keys, ASCII, no spaces. Half a surrogate pair is kept."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def digest_of(number: int, kind: str, body: Mapping[str, Any], previous: str) -> str:
    """Return the digest of a link."""
    return hashlib.sha256(canonical([number, kind, body, previous])).hexdigest()


def forge(facts: Iterable[tuple[str, Mapping[str, Any]]]) -> tuple[Link, ...]:
    """Return a chain of (kind, body), in the order given."""
    links: list[Link] = []
    for number, (kind, body) in enumerate(facts):
        previous = links[-1].digest if links else START
        links.append(Link(number, kind, body, previous, digest_of(number, kind, body, previous)))
    return tuple(links)


def broken(links: Iterable[Link]) -> int | None:
    """Return the number of the first place where a chain does not hold, or None."""
    previous = START
    for number, link in enumerate(links):
        if (link.number, link.previous, link.digest) != (
            number,
            previous,
            digest_of(number, link.kind, link.body, previous),
        ):
            return number
        previous = link.digest
    return None
