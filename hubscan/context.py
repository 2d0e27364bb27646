"""Which stretches of a text forbid, filter, cite or negate: what decides whether a word marks the upload.

The method is ConText (Harkema et al. 2009, J. Biomed. Inform. 42:839): trigger phrases with a direction, a scope, and
phrases that end the scope, plus pseudo-triggers. It is extended by what model cards add: the line that introduces a
list governs its bullets, a heading governs its section, a table row is a sentence of its own. The phrases are data
(`rules/contexts/*.yaml`).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import NamedTuple

from hubscan.layout import Layout
from hubscan.lexicon import Lexicon
from hubscan.reach import Reaches, Trigger
from hubscan.rulebook import Context
from hubscan.text import Folded
from hubscan.wordforms import Form, forms

ENDS = "ends"
"""The id of the context file whose phrases end a scope (`but`, `however`) and that discounts nothing itself."""
LEADS = "leads"
"""The id of the context file whose phrases say that a list follows; it discounts nothing itself either."""
SCOPES = (ENDS, LEADS)
QUOTES = "quotes"
"""The context of code blocks and block quotations, known by layout alone."""
POLICY = "policy"
"""The context of a stretch that names several kinds of harm at once, as rules of use and taxonomies do."""
_OPENING = 400
_MOST_LITERALS = 8
"""Of a phrase; each is compiled, and for single sentences that does not pay."""
_LONGEST_ANSWER = 40
_QUESTION = ("?", "\uff1f", "\u061f")
_OURS = frozenset({"this", "our", "ours", "us", "we", "here", "mine", "my"})
"""Words of a table's header that name the upload itself."""
_MARKS = " \t\n*_\"'>|:-»«”“’)]」』"
_LEADING = frozenset({"before", "near_before", "after", "heading"})
_OPEN = frozenset({"before", "near_before"})


class _Around(NamedTuple):
    """What governs the words of one sentence in one line: phrases by their reach, the answer to it, and what is above.

    In a table row the cells come before the phrases.
    """

    reaches: Reaches
    answer: tuple[str, ...]
    beyond: tuple[str, ...]
    is_row: bool


class Contexts:
    """All context phrases, compiled once, and their `words`; `unnamed` contexts discount where a clause names none."""

    def __init__(self, contexts: Sequence[Context]) -> None:
        kinds = (context.id for context in contexts if context.id not in SCOPES and not context.named)
        self.unnamed = frozenset((QUOTES, POLICY, *kinds))
        phrases = _forms(contexts)
        self.words = frozenset(word for form in phrases for word in form.words)
        self._lexicon = Lexicon(phrases)
        self._purposes = Lexicon(form for form in phrases if form.group.endswith(":purpose"))

    def read(self, text: str) -> "ContextReader":
        """Give a reader of one folded text."""
        return ContextReader(text, self._lexicon)

    def purpose_hints(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where a folded text may hold a `purpose` phrase: a quick look, where most hold none."""
        yield from ((start, end) for _, start, end in self._purposes.find(text))


def _forms(contexts: Sequence[Context]) -> list[Form]:
    return [
        _plainer(form)
        for context in contexts
        for place, terms in context.places.items()
        for form in forms(f"{context.id}:{place}", terms, context.excepts if place != "heading" else {})
    ]


def _plainer(form: Form) -> Form:
    """A form that is looked for by its anchor alone where it has many literals: only single sentences are searched."""
    few = len(form.literals) <= _MOST_LITERALS or " " in form.anchor
    return form if few else replace(form, literals=(form.anchor,))


class ContextReader:
    """The context phrases of one text and its layout; answers for one span at a time."""

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self._text, self._lexicon = text, lexicon
        self._layout: Layout | None = None
        self._found: dict[tuple[int, int], list[Trigger]] = {}
        self._said: dict[str, list[Trigger]] = {}
        self._arounds: dict[tuple[int, int, int], _Around] = {}
        self._governed: dict[tuple[int, int], tuple[Reaches, tuple[str, ...]]] = {}
        self._compared: dict[range, tuple[Sequence[str], frozenset[int]]] = {}

    @property
    def layout(self) -> Layout:
        """The lines of the text, read when first needed."""
        if self._layout is None:
            self._layout = Layout(self._text)
        return self._layout

    def at(self, start: int, end: int) -> tuple[str, ...]:
        """Return the contexts that govern the span, each once, the nearest first; none where it stands as it is."""
        around = self._around(start)
        row = self._in_row(start) if around.is_row else None
        said = (*around.reaches.at(start, end), *around.answer) if row is None else row
        others = self._of_others(start) if around.is_row else ()
        return tuple(dict.fromkeys((*said, *others, *around.beyond)))

    def _around(self, position: int) -> _Around:
        """What governs the sentence at a position: worked out once, since a hostile text asks at each of its words."""
        statement = self.layout.statement(position)
        key = (self.layout.line_at(position), *statement)
        if key not in self._arounds:
            quoted = (QUOTES,) if self.layout.is_quoted(position) else ()
            headings = (kind for heading in self.layout.headings(position) for kind in self._in_heading(heading))
            labels = self._in_label(statement[0])
            beyond = tuple(dict.fromkeys(chain(quoted, labels, self._in_list(position), headings)))
            self._arounds[key] = _Around(*self._governing(statement), beyond, self.layout.is_table(position))
        return self._arounds[key]

    def purposes(self, start: int, end: int) -> set[str]:
        """Contexts whose `purpose` phrases open the stretch: what a document, or the thing a name names, is for.

        Not those of a table: what it measures and compares (`bench`) is not what the document is.
        """
        low, high = self.layout.opening(start, min(end, start + _OPENING))
        said = (trigger for trigger in self._between(low, high) if trigger.place == "purpose")
        return {trigger.kind for trigger in said if not self.layout.is_table(trigger.start)}

    def heads(self, end: int) -> set[str]:
        """Contexts whose `purpose` phrases end at `end`."""
        return {trigger.kind for trigger in self._between(0, end) if (trigger.place, trigger.end) == ("purpose", end)}

    def _between(self, start: int, end: int) -> list[Trigger]:
        """The phrases of one stretch. Only stretches that govern a word in question are ever looked at."""
        if (start, end) not in self._found:
            said = self._said_in(self._text[start:end])
            self._found[start, end] = [trigger.moved(start) for trigger in said]
        return self._found[start, end]

    def _said_in(self, piece: str) -> list[Trigger]:
        """The phrases of a stretch by its words: rows and sentences that repeat are searched once."""
        if piece not in self._said:
            hits = (hit for hit in self._lexicon.scan(Folded(piece, piece)) if not hit.joined)
            self._said[piece] = [Trigger(*hit.group.split(":", 1), hit.start, hit.end) for hit in hits]  # type: ignore[arg-type, call-arg]
        return self._said[piece]

    def _governing(self, statement: tuple[int, int]) -> tuple[Reaches, tuple[str, ...]]:
        """How far each phrase of a sentence governs, and its answer: worked out once, however many lines it has."""
        if statement not in self._governed:
            triggers = self._between(*statement)
            phrases = (trigger for trigger in triggers if trigger.kind not in SCOPES)
            stops = self._stops(triggers, statement)
            reaches = Reaches(self._text, phrases, stops, near=not self.layout.is_table(statement[0]))
            self._governed[statement] = reaches, (*self._in_answer(statement[1]), *self._on_its_line(statement))
        return self._governed[statement]

    def _stops(self, triggers: Iterable[Trigger], statement: tuple[int, int]) -> Iterator[Trigger]:
        """What ends a reach: words that say so, and the semicolon between two clauses. Several make a list of one."""
        yield from (trigger for trigger in triggers if trigger.kind == ENDS)
        signs = list(islice(_SEMICOLON.finditer(self._text, *statement), 2))
        if len(signs) == 1:
            yield Trigger(ENDS, "before", *signs[0].span())

    def _in_answer(self, end: int) -> Iterator[str]:
        """What is replied to a question that ends at `end`: `Can it ...? No.` says the opposite of its words."""
        if not self._text[max(0, end - _LONGEST_ANSWER) : end].rstrip(_MARKS).endswith(_QUESTION):
            return
        opening = _LABEL.match(self._text, end).end()  # type: ignore[union-attr]  # matches nothing at least
        for trigger in self._between(opening, opening + _LONGEST_ANSWER):
            if trigger.place == "answer" and trigger.start == opening:
                yield trigger.kind

    def _on_its_line(self, statement: tuple[int, int]) -> Iterator[str]:
        """What a line says of its words behind a colon, with nothing after it (`Retries: no.`)."""
        low, high = statement
        for trigger in (trigger for trigger in self._between(low, high) if trigger.place == "answer"):
            ends = _DONE.fullmatch(self._text, trigger.end, high)
            if ends and self._text[low : trigger.start].rstrip(_SPACES).endswith(_COLONS):
                yield trigger.kind

    def _in_row(self, position: int) -> tuple[str, ...] | None:
        """What a comparison says of the first cell of its row: the cell of this upload denies it, or does not.

        Where no column is headed as that of this upload, the first cell decides that says yes or no.

        None where the row is no such row: none of its cells begins with a bare `no`.
        """
        label, *cells = self.layout.cells(position) or [(0, 0)]
        denials = [self._denial(low, high) for low, high in cells]
        if not any(denials) or not label[0] <= position < label[1]:
            return None
        names = [self._text[low:high] for low, high in self.layout.header_cells(position)[1:]]
        ours = next((number for number, name in enumerate(names) if _names_us(name)), None)
        if ours is None:
            said = (d for d, (low, high) in zip(denials, cells, strict=True) if d or self._text[low:high] in _YES)
            denial = next(said, None)
        else:
            denial = denials[ours] if ours < len(denials) else None
        return (denial,) if denial else ()

    def _of_others(self, position: int) -> Sequence[str]:
        """The contexts of a row that speaks of other models, where another row of its table is that of the upload."""
        table = self.layout.table(position)
        if table not in self._compared:
            self._compared[table] = self._comparison(table)
        kinds, ours = self._compared[table]
        return () if self.layout.line_at(position) in ours else kinds

    def _comparison(self, table: range) -> tuple[Sequence[str], frozenset[int]]:
        """Which contexts a table gives the rows of others, and which lines are none: its header and those of ours."""
        labels = [next(iter(self.layout.cells_of(line)), (0, 0)) for line in table]
        heads = [trigger.kind for trigger in self._between(*labels[0]) if trigger.place == "column"]
        names = [self._text[low:high] for low, high in labels] if heads else []
        ours = [line for line, name in zip(table, names, strict=False) if _is_ours(name)]
        return (heads, frozenset((table.start, *ours))) if ours else ((), frozenset())

    def _denial(self, low: int, high: int) -> str | None:
        """The context of a cell that holds an answer such as `no`, alone or with its reason (`no, too old`)."""
        triggers = self._between(low, high)
        if any(trigger.kind == ENDS for trigger in triggers):
            return None
        answers = (t for t in triggers if t.place == "answer" and t.start == low)
        return next((t.kind for t in answers if t.end == high or _REASON.match(self._text, t.end, high)), None)

    def _in_list(self, position: int) -> Iterator[str]:
        governing = self.layout.parent_bullets(position)
        lead_in = self.layout.lead_in(position)
        if lead_in:
            governing.append(lead_in)
        for low, high in governing:
            if self._announces(low, high):
                yield from self._leading(low, high)

    def _announces(self, low: int, high: int) -> bool:
        """Whether a line introduces a list: it ends in a colon, says `the following`, or breaks off (`You may not`)."""
        said = self._text[low:high].rstrip(_AROUND)
        if said.endswith((":", "：")):
            return True
        return any(
            trigger.kind == LEADS or (trigger.place in _OPEN and trigger.end == low + len(said))
            for trigger in self._between(low, high)
        )

    def _leading(self, low: int, high: int) -> Iterator[str]:
        """The contexts of a line that introduces a list: those whose triggers reach the colon."""
        triggers = self._between(low, high)
        last_stop = max((trigger.start for trigger in triggers if trigger.kind == ENDS), default=-1)
        for trigger in triggers:
            if trigger.kind not in SCOPES and trigger.place in _LEADING and trigger.end > last_stop:
                yield trigger.kind

    def _in_label(self, position: int) -> Iterator[str]:
        """What bold words say that stand like a heading before the sentence at `position` (`**Not used.** A`)."""
        label = self.layout.label(position)
        if label is None:
            return
        for trigger in self._between(*label):
            if trigger.place == "heading" or (trigger.place in _OPEN and trigger.end == label[1]):
                yield trigger.kind

    def _in_heading(self, heading: tuple[int, int]) -> Iterator[str]:
        return (trigger.kind for trigger in self._between(*heading) if trigger.place == "heading")


def _names_us(name: str) -> bool:
    return not _OURS.isdisjoint(_LETTERS.findall(name))


def _is_ours(name: str) -> bool:
    """Whether the first cell of a row is the upload: it says so, or stands out in bold."""
    return _names_us(name) or bool(_BOLD.fullmatch(name))


_YES = frozenset("yes y ja oui si sim да так evet نعم 是 はい 예 네 ✓ ✔ ✅".split())  # noqa: SIM905
"""Cells that say so, as folded."""
_SEMICOLON = re.compile("[;；؛]")
_SPACES = " \t*_"
_AROUND = " \t\n*_#"
_COLONS = (":", "：")
_REASON = re.compile(r"\s?[,;:(\u2013\u3001\uff0c]")
"""What stands between a bare answer and the reason for it."""
_DONE = re.compile(r"[\s.!*_]*")
_REPLIES = (
    "a|r|answer|antwort|antwoord|respuesta|réponse|reponse|risposta|resposta|odpowiedź|ответ|відповідь|cevap|答|回答|답"
)
_LABEL = re.compile(rf"[{re.escape(_MARKS)}]{{0,20}}(?:(?:{_REPLIES}) ?:[{re.escape(_MARKS)}]{{0,20}})?")
"""What may stand before a reply: signs, and what some write there (`A:`)."""
_LETTERS = re.compile(r"[^\W\d_]+")
_BOLD = re.compile(r"(\*\*|__)[^|]+\1")
