"""Which occurrences of several groups stand near one another: in one stretch, or within words of one sentence."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from hubscan.engine.view import Occurrence


def shared(found: Sequence[Iterable[Occurrence]], within: str | int) -> Iterator[list[list[Occurrence]]]:
    """Yield place by place what of every part stands in one `within`; in one sentence, where words are counted."""
    unit = "sentence" if isinstance(within, int) else within
    places = [_by_place(occurrences, unit) for occurrences in found]
    for place in sorted(set(places[0]).intersection(*places[1:])):
        yield [part[place] for part in places]


def together(parts: Sequence[Sequence[Occurrence]], within: str | int) -> list[Occurrence]:
    """Return what is near one of every other part, of occurrences in one place: all, or those so many words apart."""
    if not all(parts):
        return []
    if isinstance(within, str):
        return list(chain.from_iterable(parts))
    groups = [[first, *(_nearby(first, part, within) for part in parts[1:])] for first in parts[0]]
    return [o for group in groups if None not in group for o in group if o is not None]


_Place = tuple[str, str, int]
"""A stretch of a record: field, kind and start. A card's front matter and body are one field, but not one text."""


def _by_place(occurrences: Iterable[Occurrence], unit: str) -> Mapping[_Place, list[Occurrence]]:
    places = defaultdict[_Place, list[Occurrence]](list)
    for occurrence in occurrences:
        for start in occurrence.stretch.places(unit, occurrence.start):
            places[occurrence.field, occurrence.kind, start].append(occurrence)
    return places


def _nearby(first: Occurrence, part: Iterable[Occurrence], words: int) -> Occurrence | None:
    return next((other for other in part if _gap(first, other) <= words), None)


def _gap(first: Occurrence, second: Occurrence) -> int:
    """The words between two occurrences of one sentence."""
    low, high = sorted((first, second), key=lambda o: o.start)
    return len(low.stretch.text[low.end : high.start].split())
