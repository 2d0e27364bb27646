"""Which stretches of a text forbid, filter, cite or negate: what decides whether a word marks the upload.

The method is ConText (Harkema et al. 2009, J. Biomed. Inform. 42:839): trigger phrases with a direction, a scope, and
phrases that end the scope, plus pseudo-triggers. It is extended by what model cards add: the line that introduces a
list governs its bullets, a heading governs its section, a table row is a sentence of its own. The phrases are data
(`rules/contexts/*.yaml`).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from hubscan.layout import Layout
from hubscan.lexicon import Form, Hit, Lexicon, forms
from hubscan.rulebook import Context
from hubscan.text import Folded

ENDS = "ends"
"""The id of the context file whose phrases end a scope (`but`, `however`) and that discounts nothing itself."""
_NEAR_WORDS = 4
_LONGEST_SCOPE = 400
_OPENING = 400


class Contexts:
    """All context phrases, compiled once."""

    def __init__(self, contexts: Sequence[Context]) -> None:
        self.kinds = tuple(context.id for context in contexts if context.id != ENDS)
        self._lexicon = Lexicon(_forms(contexts))

    def read(self, folded: Folded) -> "ContextReader":
        """Find the context phrases of one text."""
        return ContextReader(*self._lexicon.scan(folded))


def _forms(contexts: Sequence[Context]) -> list[Form]:
    return [
        form
        for context in contexts
        for place, terms in context.places.items()
        for form in forms(f"{context.id}:{place}", terms, context.excepts if place != "heading" else {})
    ]


class ContextReader:
    """The context phrases of one text and its layout; answers for one span at a time."""

    def __init__(self, folded: Folded, hits: Sequence[Hit]) -> None:
        self._text = folded.text
        self._layout: Layout | None = None
        self._hits = [hit for hit in hits if not hit.joined]
        self._starts = [hit.start for hit in self._hits]

    @property
    def layout(self) -> Layout:
        """The lines of the text, read when first needed."""
        if self._layout is None:
            self._layout = Layout(self._text)
        return self._layout

    def at(self, start: int, end: int) -> str | None:
        """Return the context that governs the span, or None where it stands as it is."""
        if not self._hits:
            return None
        sentence = self.layout.sentence(start)
        return (
            self._in_sentence(sentence, start, end)
            or self._in_list(start)
            or next(filter(None, map(self._in_heading, self.layout.headings(start))), None)
        )

    def purposes(self, start: int, end: int) -> set[str]:
        """Contexts whose `purpose` phrases open the stretch: what a document, or the thing a name names, is for."""
        low, high = self.layout.opening(start, min(end, start + _OPENING))
        return {kind for kind, place, _ in self._between(low, high) if place == "purpose"}

    def _between(self, start: int, end: int) -> list[tuple[str, str, Hit]]:
        first, last = bisect_left(self._starts, start), bisect_right(self._starts, end)
        return [(*hit.group.split(":"), hit) for hit in self._hits[first:last] if hit.end <= end]  # type: ignore[misc]

    def _in_sentence(self, sentence: tuple[int, int], start: int, end: int) -> str | None:
        low, high = max(sentence[0], start - _LONGEST_SCOPE), min(sentence[1], end + _LONGEST_SCOPE)
        triggers = self._between(low, high)
        stops = [hit for kind, _, hit in triggers if kind == ENDS]
        for kind, place, hit in triggers:
            if kind != ENDS and self._governs(place, hit, start, end, stops):
                return kind
        return None

    def _governs(self, place: str, hit: Hit, start: int, end: int, stops: Sequence[Hit]) -> bool:
        if hit.start < end and start < hit.end:
            return False
        forward = hit.end <= start
        if place not in (("before", "near_before") if forward else ("after", "near_after")):
            return False
        low, high = (hit.end, start) if forward else (end, hit.start)
        if any(low <= stop.start and stop.end <= high for stop in stops):
            return False
        return not place.startswith("near_") or _is_near(self._text[low:high])

    def _in_list(self, position: int) -> str | None:
        governing = self.layout.parent_bullets(position)
        lead_in = self.layout.lead_in(position)
        if lead_in:
            governing.append(lead_in)
        for low, high in governing:
            if self._text[low:high].rstrip().rstrip("*_").endswith((":", "：")):
                kind = self._leading(low, high)
                if kind:
                    return kind
        return None

    def _leading(self, low: int, high: int) -> str | None:
        """The context of a line that introduces a list: its last trigger that reaches the colon."""
        triggers = self._between(low, high)
        stops = [hit for kind, _, hit in triggers if kind == ENDS]
        for kind, place, hit in reversed(triggers):
            if kind != ENDS and place in ("before", "near_before", "after", "heading"):
                return None if any(stop.start >= hit.end for stop in stops) else kind
        return None

    def _in_heading(self, heading: tuple[int, int]) -> str | None:
        for kind, place, _ in self._between(*heading):
            if place == "heading":
                return kind
        return None


def _is_near(gap: str) -> bool:
    return not any(sign in gap for sign in ",;:，；：、") and len(gap.split()) <= _NEAR_WORDS
