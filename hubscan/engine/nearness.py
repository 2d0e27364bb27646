"""Which occurrences of several groups stand near one another: in one stretch, or within words of one sentence."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from hubscan.engine.view import Occurrence
from hubscan.layout import Layout


def together(found: Sequence[Sequence[Occurrence]], within: str | int) -> list[Occurrence]:
    """Return the occurrences that stand near one another, one of each part: in one `within`, or so many words apart."""
    if not all(found):
        return []
    if isinstance(within, int):
        return _within_words(found, within)
    places = [_by_stretch(occurrences, within) for occurrences in found]
    shared = set(places[0]).intersection(*places[1:])
    return [occurrence for place in places for key in sorted(shared) for occurrence in place[key]]


_STRETCHES: Mapping[str, Callable[[Layout, int], tuple[int, int]]] = {
    "sentence": Layout.sentence,
    "paragraph": Layout.paragraph,
    "block": Layout.block,
}


def _by_stretch(occurrences: Iterable[Occurrence], unit: str) -> Mapping[tuple[str, str, int], list[Occurrence]]:
    places: dict[tuple[str, str, int], list[Occurrence]] = defaultdict(list)
    for occurrence in occurrences:
        layout = occurrence.stretch.reader.layout
        start = _STRETCHES[unit](layout, occurrence.start)[0]
        # A card's front matter and body are texts of their own, though their field is one.
        places[occurrence.field, occurrence.kind, start].append(occurrence)
    return places


def _within_words(found: Sequence[Sequence[Occurrence]], words: int) -> list[Occurrence]:
    places = [_by_sentence(part) for part in found[1:]]
    near = [[first, *(_nearby(first, place, words) for place in places)] for first in found[0]]
    return [o for group in near if None not in group for o in group if o is not None]


_Sentence = tuple[str, int, tuple[int, int]]


def _sentence(occurrence: Occurrence) -> _Sentence:
    stretch = occurrence.stretch
    return occurrence.field, id(stretch), stretch.reader.layout.sentence(occurrence.start)


def _by_sentence(occurrences: Iterable[Occurrence]) -> Mapping[_Sentence, list[Occurrence]]:
    places: dict[_Sentence, list[Occurrence]] = defaultdict(list)
    for occurrence in occurrences:
        places[_sentence(occurrence)].append(occurrence)
    return places


def _nearby(first: Occurrence, place: Mapping[_Sentence, list[Occurrence]], words: int) -> Occurrence | None:
    return next((other for other in place.get(_sentence(first), ()) if _gap(first, other) <= words), None)


def _gap(first: Occurrence, second: Occurrence) -> int:
    """The words between two occurrences of one sentence."""
    low, high = sorted((first, second), key=lambda o: o.start)
    return len(low.stretch.text[low.end : high.start].split())
