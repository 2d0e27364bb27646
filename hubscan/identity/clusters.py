"""Which repos share a file, and for a file that went from one hub, where it still is and who put it there."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Protocol

from hubscan.holders import Holder, Presence
from hubscan.records import RepoRef

COMMON = 20
"""Uploaders from whom on a shared file is a common part (a text encoder, a popular base) and says little by itself."""

WORTH = {
    "sha256": "the whole file, as the hub works it out",
    "sshs": "the tensors, as the file's own header claims",
    "autov3": "the tensors, by 12 digits: may meet by chance",
    "autov2": "the whole file, by 10 digits: may meet by chance",
}
"""What each kind of hash proves, for people."""


class Shown(Protocol):
    """One file of one repo by one hash: what the store's index yields, by hash and then by repo."""

    @property
    def algorithm(self) -> str:
        """Kind of hash."""
        ...

    @property
    def value(self) -> str:
        """Hex digits."""
        ...

    @property
    def ref(self) -> RepoRef:
        """The repo."""
        ...

    @property
    def file(self) -> str:
        """The file's name there."""
        ...

    @property
    def current(self) -> bool:
        """Whether the repo still lists it."""
        ...


class Uploader(StrEnum):
    """How the uploader of one repo relates to that of another. Names on two hubs may be two people's."""

    SAME = "same uploader"
    SAME_NAME = "same name"
    OTHER = "another"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Cluster:
    """Repos that show or have shown one file, with its name in each; `current` are those that list it still."""

    algorithm: str
    value: str
    files: Mapping[RepoRef, tuple[str, ...]]
    current: frozenset[RepoRef]


@dataclass(frozen=True, slots=True)
class Match:
    """A file that went in some places and is up in others, each with its uploader's relation to those it went from."""

    cluster: Cluster
    gone: tuple[Holder, ...]
    up: tuple[tuple[Holder, Uploader], ...]
    unknown: tuple[Holder, ...]

    @property
    def common(self) -> bool:
        """Whether so many people share the file that it says little."""
        holders = (*self.gone, *(holder for holder, _ in self.up), *self.unknown)
        return len({(holder.ref.hub, holder.uploader) for holder in holders}) >= COMMON


def clusters(shown: Iterable[Shown], sha256: Callable[[RepoRef, str], Collection[str]]) -> Iterator[Cluster]:
    """Yield each file that more than one repo shows, by its surest hash only.

    `shown` comes by hash, surest kind first. `sha256` gives the whole-file hashes a repo has published for a file: two
    files that differ there are never joined by the first digits of a hash.
    """
    joined: dict[tuple[RepoRef, str], int] = {}
    number = 0
    for (algorithm, value), group in groupby(shown, key=lambda one: (one.algorithm, one.value)):
        for members in _parts(algorithm, list(group), sha256):
            already = {joined.get((one.ref, one.file)) for one in members}
            if len({one.ref for one in members}) < 2 or (len(already) == 1 and None not in already):
                continue
            number += 1
            for one in members:
                joined.setdefault((one.ref, one.file), number)
            yield _cluster(algorithm, value, members)


def match(cluster: Cluster, holders: Mapping[RepoRef, Holder]) -> Match | None:
    """Return the match a cluster is, None unless the file went somewhere and is up elsewhere."""
    known = {ref: holders[ref] for ref in cluster.files if ref in holders}
    gone = tuple(holder for ref, holder in sorted(known.items()) if _is_gone(holder))
    up = tuple(holder for ref, holder in sorted(known.items()) if _is_up(holder, cluster))
    unknown = tuple(holder for _, holder in sorted(known.items()) if holder not in gone and holder not in up)
    if not gone or not up:
        return None
    return Match(cluster, gone, tuple((holder, uploader(holder, gone)) for holder in up), unknown)


def uploader(holder: Holder, others: Iterable[Holder]) -> Uploader:
    """Return the nearest relation of a repo's uploader to the uploaders of `others`."""
    order = (Uploader.SAME, Uploader.SAME_NAME, Uploader.UNKNOWN, Uploader.OTHER)
    return min((_uploader(holder, other) for other in others), key=order.index)


def _uploader(one: Holder, other: Holder) -> Uploader:
    if not one.uploader or not other.uploader:
        return Uploader.UNKNOWN
    if one.uploader.casefold() != other.uploader.casefold():
        return Uploader.OTHER
    return Uploader.SAME if one.ref.hub == other.ref.hub else Uploader.SAME_NAME


def _is_gone(holder: Holder) -> bool:
    return holder.presence in (Presence.REMOVED, Presence.UNLISTED)


def _is_up(holder: Holder, cluster: Cluster) -> bool:
    return holder.presence is Presence.UP and holder.ref in cluster.current


def _parts(
    algorithm: str, group: list[Shown], sha256: Callable[[RepoRef, str], Collection[str]]
) -> Iterator[list[Shown]]:
    if algorithm != "autov2":
        yield group
        return
    whole = [(one, {digest for digest in sha256(one.ref, one.file) if digest.startswith(one.value)}) for one in group]
    for digest in sorted({digest for _, digests in whole for digest in digests}) or [""]:
        yield [one for one, digests in whole if not digests or digest in digests]


def _cluster(algorithm: str, value: str, members: Iterable[Shown]) -> Cluster:
    files: dict[RepoRef, list[str]] = {}
    current = set()
    for one in members:
        files.setdefault(one.ref, []).append(one.file)
        current |= {one.ref} if one.current else set()
    return Cluster(algorithm, value, {ref: tuple(names) for ref, names in files.items()}, frozenset(current))
