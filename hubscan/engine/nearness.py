"""Which occurrences of several groups stand near one another: in one stretch, or within words of one sentence."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from hubscan.engine.view import Occurrence, Places


def shared(found: Sequence[Sequence[Places]]) -> Iterator[list[list[Occurrence]]]:
    """Yield place by place what of every part, each some groups by their places, stands in one."""
    rarest = min(found, key=lambda groups: sum(map(len, groups)))
    for place in sorted(dict.fromkeys(chain.from_iterable(rarest))):
        if all(any(place in group for group in groups) for groups in found):
            yield [[o for group in groups for o in group.get(place, ())] for groups in found]


def together(parts: Sequence[Sequence[Occurrence]], within: str | int) -> list[Occurrence]:
    """Return what is near one of every other part, of occurrences in one place: all, or those so many words apart."""
    if not all(parts):
        return []
    if isinstance(within, str):
        return list(chain.from_iterable(parts))
    groups = [[first, *(_nearby(first, part, within) for part in parts[1:])] for first in parts[0]]
    return [o for group in groups if None not in group for o in group if o is not None]


def _nearby(first: Occurrence, part: Iterable[Occurrence], words: int) -> Occurrence | None:
    return next((other for other in part if _gap(first, other) <= words), None)


def _gap(first: Occurrence, second: Occurrence) -> int:
    """The words between two occurrences of one sentence."""
    low, high = sorted((first, second), key=lambda o: o.start)
    return len(low.stretch.text[low.end : high.start].split())
