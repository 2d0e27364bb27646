"""What stands of a hash after all that was said of it: a fold, as the state of a case is."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby

from hubscan import filehashes
from hubscan.hashlists import CONFIRMED, HashEntry, HashEvent, Opinion
from hubscan.records import RepoRecord


def entries(events: Iterable[HashEvent], now: str, overturned: Collection[int] = ()) -> Iterator[HashEntry]:
    """Yield what stands at `now`; `events` come by list and hash, oldest first.

    Each source's latest opinion counts until it expires; opinions that differ are disputed; what came from a case that
    was since decided otherwise (`overturned`) does not count. An entry all of whose opinions were taken back, or have
    run out, is `withdrawn`, and its events tell why.
    """
    for (list_id, algorithm, value), group in groupby(events, key=lambda one: (one.list, one.algorithm, one.value)):
        said = tuple(group)
        counting = standing(said, now, overturned)
        yield HashEntry(list_id, algorithm, value, opinion(counting), said, counting)


def standing(events: Iterable[HashEvent], now: str, overturned: Collection[int] = ()) -> tuple[HashEvent, ...]:
    """Return the events of one hash that count at `now`: of each source the latest, if it counts still."""
    latest: dict[str, HashEvent] = {}
    withdrawn = False
    for event in events:
        if event.opinion is Opinion.WITHDRAWN:
            latest, withdrawn = {}, True
        elif event.case is not None or not withdrawn:
            latest[event.source] = event
            withdrawn = withdrawn and event.case is None
    return tuple(event for event in latest.values() if _counts(event, now, overturned))


def opinion(standing: Iterable[HashEvent]) -> Opinion:
    """Return what the events that count come to."""
    held = {event.opinion for event in standing}
    if not held:
        return Opinion.WITHDRAWN
    return held.pop() if len(held) == 1 else Opinion.DISPUTED


def _counts(event: HashEvent, now: str, overturned: Collection[int]) -> bool:
    return (event.expires_at is None or event.expires_at > now) and event.case not in overturned


class Opinions:
    """Hash lists as a matcher asks them: see `hashlists.HashOpinions`."""

    def __init__(self, entries: Iterable[HashEntry]) -> None:
        self._held: dict[str, dict[tuple[str, str], Opinion]] = {}
        for entry in entries:
            held = self._held.setdefault(entry.list, {})
            if entry.opinion is not Opinion.WITHDRAWN:
                held[entry.algorithm, entry.value] = entry.opinion

    def has(self, list_id: str) -> bool:
        """Whether anything was ever said of the list; the one that decisions fill is there from the start."""
        return list_id == CONFIRMED or list_id in self._held

    def held(self, list_id: str, record: RepoRecord) -> Iterator[tuple[int, Opinion]]:
        """Yield the opinions on a record's weight files, with each file's place among its files."""
        held: Mapping[tuple[str, str], Opinion] = self._held.get(list_id, {})
        if not held:
            return
        for place, hashes in filehashes.by_file(record):
            for one in hashes:
                if (one.algorithm, one.value) in held:
                    yield place, held[one.algorithm, one.value]
