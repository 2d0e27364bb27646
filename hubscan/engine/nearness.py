"""Which occurrences of several groups stand near one another: in one stretch, or within words of one sentence."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain

from hubscan.engine.view import Occurrence
from hubscan.layout import Layout


def together(found: Sequence[Sequence[Occurrence]], within: str | int) -> list[Occurrence]:
    """Return the occurrences that stand near one another, one of each part: in one `within`, or so many words apart."""
    if isinstance(within, int):
        return _within_words(found, within) if all(found) else []
    return list(chain.from_iterable(candidates(found, within)))


def candidates(found: Sequence[Sequence[Occurrence]], within: str | int) -> list[list[Occurrence]]:
    """Return of each part what shares a `within` with one of every other part; a sentence, where words are counted."""
    if not all(found):
        return [[] for _ in found]
    unit = "sentence" if isinstance(within, int) else within
    places = [_by_place(occurrences, unit) for occurrences in found]
    shared = sorted(set(places[0]).intersection(*places[1:]))
    return [[occurrence for key in shared for occurrence in place[key]] for place in places]


_STRETCHES: Mapping[str, Callable[[Layout, int], tuple[int, int]]] = {
    "sentence": Layout.sentence,
    "paragraph": Layout.paragraph,
    "block": Layout.block,
}


_Place = tuple[str, str, int]
"""A stretch of a record: field, kind and start. A card's front matter and body are one field, but not one text."""


def _place(occurrence: Occurrence, unit: str) -> _Place:
    start, _ = _STRETCHES[unit](occurrence.stretch.reader.layout, occurrence.start)
    return occurrence.field, occurrence.kind, start


def _by_place(occurrences: Iterable[Occurrence], unit: str) -> Mapping[_Place, list[Occurrence]]:
    places: dict[_Place, list[Occurrence]] = defaultdict(list)
    for occurrence in occurrences:
        places[_place(occurrence, unit)].append(occurrence)
    return places


def _within_words(found: Sequence[Sequence[Occurrence]], words: int) -> list[Occurrence]:
    places = [_by_place(part, "sentence") for part in found[1:]]
    near = [[first, *(_nearby(first, place, words) for place in places)] for first in found[0]]
    return [o for group in near if None not in group for o in group if o is not None]


def _nearby(first: Occurrence, places: Mapping[_Place, list[Occurrence]], words: int) -> Occurrence | None:
    beside = places.get(_place(first, "sentence"), ())
    return next((other for other in beside if _gap(first, other) <= words), None)


def _gap(first: Occurrence, second: Occurrence) -> int:
    """The words between two occurrences of one sentence."""
    low, high = sorted((first, second), key=lambda o: o.start)
    return len(low.stretch.text[low.end : high.start].split())
