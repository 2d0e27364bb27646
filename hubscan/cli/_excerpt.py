"""Reading evidence again in a stored record: its shape by default, its text only where somebody asked for it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hubscan.escape import visible
from hubscan.features import field_text
from hubscan.findings import Evidence, Span
from hubscan.records import RepoRecord
from hubscan.text import redact

AROUND = 40
"""Code points shown on each side."""
REVEALED = "stored text is shown below: uploaders wrote it. Do not copy it on."
_MOST = 400


@dataclass(frozen=True, slots=True)
class Show:
    """What is done to a stretch of text before it is shown; what stands at `hidden` is never more than its shape."""

    written: Callable[[str], str]
    hidden: tuple[Span, ...] = ()


def showing(reveal: bool, evidence: Iterable[Evidence] = ()) -> Show:
    """Return what shows text as it is, or its redacted shape; of `evidence`, confidential terms stay hidden."""
    hidden = {item.span for item in evidence if item.is_confidential}
    return Show(_as_it_is if reveal else redact, tuple(sorted(hidden)))


def excerpt(record: RepoRecord, span: Span, show: Show) -> str | None:
    """Return the text of `span` between `[` and `]`, with what stands around it; None for a fact or a lost place."""
    text = field_text(record, span.field)
    if text is None or span.start == span.end or span.end > len(text):
        return None
    for place in show.hidden:
        if place.field == span.field:
            text = text[: place.start] + redact(text[place.start : place.end]) + text[place.end :]
    around = text[max(0, span.start - AROUND) : span.start], text[span.end : span.end + AROUND]
    before, found, after = map(show.written, (around[0], text[span.start : span.end], around[1]))
    return visible(f"{before}[{found}]{after}".replace("\n", " "), _MOST)


def _as_it_is(text: str) -> str:
    return text
