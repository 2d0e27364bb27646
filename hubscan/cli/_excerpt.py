"""Reading evidence again in a stored record: its shape by default, its text only where somebody asked for it."""

from collections.abc import Callable

from hubscan.escape import visible
from hubscan.features import field_text
from hubscan.findings import Span
from hubscan.records import RepoRecord
from hubscan.text import redact

AROUND = 40
"""Code points shown on each side."""
REVEALED = "stored text is shown below: uploaders wrote it. Do not copy it on."
_MOST = 400

Show = Callable[[str], str]
"""What is done to a stretch of text before it is shown."""


def showing(reveal: bool) -> Show:
    """Return what shows text as it is, or its redacted shape."""
    return _as_it_is if reveal else redact


def excerpt(record: RepoRecord, span: Span, show: Show) -> str | None:
    """Return the text of `span` between `[` and `]`, with what stands around it; None for a fact or a lost place."""
    text = field_text(record, span.field)
    if text is None or span.start == span.end or span.end > len(text):
        return None
    before, after = text[max(0, span.start - AROUND) : span.start], text[span.end : span.end + AROUND]
    return visible(f"{show(before)}[{show(text[span.start : span.end])}]{show(after)}".replace("\n", " "), _MOST)


def _as_it_is(text: str) -> str:
    return text
