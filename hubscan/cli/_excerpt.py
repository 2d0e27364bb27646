"""Reading evidence again in a stored record: its shape by default, its text only where somebody asked for it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hubscan.escape import visible
from hubscan.features import field_text
from hubscan.findings import Evidence, Span
from hubscan.records import RepoRecord
from hubscan.text import fold, redact

if TYPE_CHECKING:
    from hubscan.terms import Finder

AROUND = 40
"""Code points shown on each side."""
REVEALED = "stored text is shown below: uploaders wrote it. Do not copy it on."
_MOST = 400
_MARGIN = 400
"""Code points beyond what is shown in which a term may begin or end."""


@dataclass(frozen=True, slots=True)
class Show:
    """What is done to a stretch of text before it is shown.

    What stands at `hidden`, and whatever one of `lists` finds, is never more than its shape.
    """

    written: Callable[[str], str]
    hidden: tuple[Span, ...] = ()
    lists: tuple["Finder", ...] = ()


def showing(reveal: bool, evidence: Iterable[Evidence], lists: tuple["Finder", ...]) -> Show:
    """Return what shows text as it is, or its redacted shape; confidential terms stay hidden in either case.

    They are those of `evidence`, and, so that none shows beside another rule's evidence, all that `lists` find.
    """
    hidden = {item.span for item in evidence if item.is_confidential}
    return Show(_as_it_is, tuple(sorted(hidden)), lists) if reveal else Show(redact, tuple(sorted(hidden)))


def excerpt(record: RepoRecord, span: Span, show: Show) -> str | None:
    """Return the text of `span` between `[` and `]`, with what stands around it; None for a fact or a lost place."""
    text = field_text(record, span.field)
    if text is None or span.start == span.end or span.end > len(text):
        return None
    hidden = [(place.start, place.end) for place in show.hidden if place.field == span.field]
    for start, end in (*hidden, *_found(text, span, show)):
        text = text[:start] + redact(text[start:end]) + text[end:]
    around = text[max(0, span.start - AROUND) : span.start], text[span.end : span.end + AROUND]
    before, found, after = map(show.written, (around[0], text[span.start : span.end], around[1]))
    return visible(f"{before}[{found}]{after}".replace("\n", " "), _MOST)


def _found(text: str, span: Span, show: Show) -> Iterator[tuple[int, int]]:
    """Yield where terms of the lists stand near `span`."""
    if not show.lists:
        return
    first = max(0, span.start - AROUND - _MARGIN)
    folded = fold(text[first : span.end + AROUND + _MARGIN])
    for one in show.lists:
        for hit in one.scan(folded):
            start, end = folded.original(hit.start, hit.end)
            yield first + start, first + end


def _as_it_is(text: str) -> str:
    return text
