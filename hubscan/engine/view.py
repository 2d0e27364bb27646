"""One record as clauses see it: where each group of words stands, and what the text around it does with it."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple, Protocol, TypeVar

from hubscan import features, tasks
from hubscan.context import POLICY, ContextReader, Contexts
from hubscan.cutwords import CutWords
from hubscan.features import Fact, Piece
from hubscan.findings import Span
from hubscan.layout import Layout
from hubscan.leet import KnownWords
from hubscan.lexicon import Hit, Lexicon, Pattern, ends_word, starts_word
from hubscan.records import RepoRecord
from hubscan.text import BREAK, Folded, fold
from hubscan.wordforms import Form

_LONG_KINDS = frozenset({"card", "description", "front_matter"})
_PURPOSE_KINDS = frozenset({"name", "tag", "card", "description"})
_NAME_KINDS = frozenset({"name", "tag", "file_name", "trigger_word", "training_tag", "author"})
_DECLARED_KINDS = frozenset({"base_model", "dataset"})
"""What is declared of the upload is so, whatever the document is for."""
_LONE_JOINED, _LONE_INSIDE = 7, 9
"""Letters from which a word run together with others is taken on its own, at an end of the run and inside it."""


Reading = Callable[[Folded], Folded]
Grouped = TypeVar("Grouped", Form, Pattern)


class Scanner(Protocol):
    """What finds words in a folded text: a lexicon, or a confidential list."""

    def scan(self, folded: Folded) -> list[Hit]:
        """Return where its words stand, in order."""
        ...


class Occurrence(NamedTuple):
    """A form of a group at a place of a record; `start` and `end` are positions in the folded text of `stretch`."""

    group: str
    ref: str
    kind: str
    field: str
    stretch: "Stretch"
    start: int
    end: int
    block: "Block"
    hit: Hit

    @property
    def facet(self) -> str:
        """The independent place of the record that the occurrence counts for."""
        return features.KINDS[self.kind]

    @property
    def span(self) -> Span:
        """Where the form stands in the original text of the field."""
        return self.block.span(self.hit)

    @property
    def contexts(self) -> tuple[str, ...]:
        """The contexts this occurrence stands in, worked out when first asked."""
        return self.stretch.contexts(self.start, self.end)


Places = dict[tuple[str, str, int], list[Occurrence]]
"""Occurrences by field, kind and start of a stretch: a card's front matter and body are one field, but not one text."""


class Stretch:
    """A piece as people read it: its folded text, with the contexts that govern its words."""

    __slots__ = ("_memo", "_phrases", "_reader", "_starts", "text")

    def __init__(self, text: str, phrases: Contexts) -> None:
        self.text, self._phrases = text, phrases
        self._reader: ContextReader | None = None
        self._memo: dict[tuple[int, int], tuple[str, ...]] = {}
        self._starts: dict[tuple[str, int], tuple[int, ...]] = {}

    @property
    def reader(self) -> ContextReader:
        """The context phrases of the stretch, found when first needed."""
        if self._reader is None:
            self._reader = self._phrases.read(self.text)
        return self._reader

    def contexts(self, start: int, end: int) -> tuple[str, ...]:
        """The contexts that govern a folded span."""
        key = (start, end)
        if key not in self._memo:
            self._memo[key] = self.reader.at(start, end)
        return self._memo[key]

    def places(self, unit: str, position: int) -> tuple[int, ...]:
        """Where the sentence, paragraph or windows of lines start that a position is in. Kept: groups share words."""
        key = (unit, position)
        if key not in self._starts:
            self._starts[key] = _UNITS[unit](self.reader.layout, position)
        return self._starts[key]

    def purposes(self) -> set[str]:
        """The contexts that the opening of the stretch names as a purpose."""
        return self.reader.purposes(0, len(self.text))

    def heads(self) -> set[str]:
        """The contexts that the last words of the stretch name as a purpose."""
        return self.reader.heads(len(self.text))


_UNITS: Mapping[str, Callable[[Layout, int], tuple[int, ...]]] = {
    "sentence": lambda layout, position: layout.sentence(position)[:1],
    "paragraph": lambda layout, position: layout.paragraph(position)[:1],
    "block": Layout.windows,
}


class Block:
    """What is folded and searched in one step: one long piece, or all short pieces joined."""

    __slots__ = ("_phrases", "_starts", "_stretches", "folded", "pieces")

    def __init__(self, pieces: Sequence[Piece], undisguised: Reading, contexts: Contexts) -> None:
        self.pieces, self._phrases = pieces, contexts
        self._stretches: dict[int, tuple[Stretch, int]] = {}
        self._starts: list[int] = []
        at = 0
        for piece in pieces:
            self._starts.append(at)
            at += len(piece.text) + len(BREAK)
        text = pieces[0].text if len(pieces) == 1 else BREAK.join(piece.text for piece in pieces)
        self.folded = undisguised(fold(text, pieces[0].markup if len(pieces) == 1 else "plain"))

    def scan(self, lexicon: Scanner) -> Iterable[Occurrence]:
        """Find the lexicon's forms; letters run together count only where names are, and with good reason."""
        hits = lexicon.scan(self.folded)
        starts, ends = {hit.start for hit in hits}, {hit.end for hit in hits}
        for hit in hits:
            found = self._occurrence(hit)
            if not hit.joined or (found.kind in _NAME_KINDS and _stands_joined(self.folded, hit, starts, ends)):
                yield found

    def piece_of(self, position: int) -> int:
        """Number of the piece that original `position` of the block is in."""
        return bisect_right(self._starts, position) - 1

    def stretch(self, number: int) -> tuple[Stretch, int]:
        """The piece of a number by itself, and where its folded text starts in that of the block."""
        if number not in self._stretches:
            at = self._starts[number]
            start, end = self.folded.stretch(at, at + len(self.pieces[number].text))
            self._stretches[number] = Stretch(self.folded.text[start:end], self._phrases), start
        return self._stretches[number]

    def purposes(self) -> Iterator[str]:
        """Yield a context for each facet whose words name a purpose: a title, tags, the opening of a card.

        Twice for a title that ends in them: it says what the thing is (`scam-call-detector`), not what it is near.
        """
        hints = self._phrases.purpose_hints(self.folded.text)
        numbers = {self.piece_of(self.folded.original(*place)[0]) for place in hints}
        pieces = [(self.pieces[number].kind, self.stretch(number)[0]) for number in sorted(numbers)]
        named = {
            (features.KINDS[kind], what) for kind, at in pieces if kind in _PURPOSE_KINDS for what in at.purposes()
        }
        yield from (what for _, what in sorted(named))
        yield from sorted({what for kind, at in pieces if kind == "name" for what in at.heads()})

    def span(self, hit: Hit) -> Span:
        """Where a hit stands in the original text of its field."""
        start, end = self.folded.original(hit.start, hit.end)
        number = self.piece_of(start)
        piece = self.pieces[number]
        shift = piece.offset - self._starts[number]
        return Span(piece.field, start + shift, end + shift)

    def _occurrence(self, hit: Hit) -> Occurrence:
        alone = len(self.pieces) == 1
        number = 0 if alone else self.piece_of(self.folded.original(hit.start, hit.end)[0])
        piece, (stretch, at) = self.pieces[number], self.stretch(number)
        return Occurrence(hit.group, hit.ref, piece.kind, piece.field, stretch, hit.start - at, hit.end - at, self, hit)


def _stands_joined(folded: Folded, hit: Hit, starts: set[int], ends: set[int]) -> bool:
    """Whether a word without boundaries is one by its length, or because other known words stand right beside it."""
    left, right = starts_word(folded, hit.start), ends_word(folded, hit.end)
    if (left or hit.start in ends) and (right or hit.end in starts):
        return True
    if hit.end - hit.start < (_LONE_JOINED if left or right else _LONE_INSIDE):
        return False
    return (left or _is_word(folded.text, hit.start - _LEAST_WORD)) and (right or _is_word(folded.text, hit.end))


def _is_word(text: str, start: int) -> bool:
    return start >= 0 and bool(_LEAST.match(text, start))


_LEAST_WORD = 3
_LEAST = re.compile(rf"[^\W\d_]{{{_LEAST_WORD}}}")
"""Room for another word beside a joined one; less is an ending, which vocabularies spell out."""


_MOST_IDLE, _LONGEST_IDLE = 1 << 16, 100


class Words:
    """The words of all rules: one lexicon of the groups by which rules are entered, and one for each other group.

    Most records hold no word of the first, and then nothing else is looked for.
    """

    def __init__(
        self,
        forms: Iterable[Form],
        patterns: Iterable[Pattern],
        entering: frozenset[str],
        harms: Mapping[str, str],
        lists: Mapping[str, Scanner],
        honest: Iterable[str] = (),
    ) -> None:
        self._forms, self._patterns = _grouped(forms), _grouped(patterns)
        self.idle: set[str] = set()
        words = {word for some in self._forms.values() for form in some for word in form.words}
        self._known = KnownWords(words, honest)
        self._cut = CutWords((word for group in entering for form in self._forms[group] for word in form.whole), words)
        self.entering = entering
        self.harms = dict(harms)
        self.first = self._lexicon(entering)
        self._others: dict[str, Scanner] = dict(lists)

    def undisguised(self, folded: Folded) -> Folded:
        """Return a text with known words in letters and in one piece."""
        return self._cut.made_whole(self._known.written_out(folded))

    def learn(self, texts: Iterable[str]) -> None:
        """Remember short texts that hold no word of the first lexicon; hubs repeat tags and file names endlessly."""
        if len(self.idle) > _MOST_IDLE:
            self.idle.clear()
        self.idle.update(text for text in texts if len(text) <= _LONGEST_IDLE)

    def other(self, group: str) -> Scanner:
        """What finds one group by which no rule is entered: a lexicon of its own, or its confidential list."""
        if group not in self._others:
            self._others[group] = self._lexicon(frozenset({group}))
        return self._others[group]

    def _lexicon(self, groups: frozenset[str]) -> Lexicon:
        forms = (form for group in groups for form in self._forms[group])
        return Lexicon(forms, (pattern for group in groups for pattern in self._patterns[group]))


def _grouped(items: Iterable[Grouped]) -> dict[str, list[Grouped]]:
    """Sort forms or patterns by their group; a group without any has none."""
    groups: dict[str, list[Grouped]] = defaultdict(list)
    for item in items:
        groups[item.group].append(item)
    return groups


class View:
    """A record, its facts, and where each group of words stands; `groups` are those by which rules are entered.

    Of a record known to be `quiet` the short texts are not searched for them, and of one known not to be at once all
    are: see `quiet`.
    """

    def __init__(self, record: RepoRecord, words: Words, contexts: Contexts, *, quiet: bool | None = None) -> None:
        self.record = record
        self._words, self._contexts = words, contexts
        texts = features.pieces(record, words.idle) if quiet is None else features.said(record)
        new, self._long = _by_length(texts, words.undisguised, contexts)
        loud = self._is_loud(new) if quiet is None else not quiet
        self._found = self._scanned(words.first) if loud else _by_group(self._long, words.first)
        self.groups = tuple(self._found)
        self._policies: dict[tuple[int, int, int], bool] = {}
        self._harm_places: dict[int, list[tuple[str, list[int]]]] = {}
        self._facts: dict[str, Fact | None] = {}
        self._kinds: dict[str, frozenset[str]] = {}
        self._places: dict[tuple[str, str], Places] = {}

    def _is_loud(self, new: Sequence[Piece]) -> bool:
        """Whether short texts hold words by which rules are entered; those known to hold none are not read again."""
        found = list(self._block(new).scan(self._words.first)) if new else []
        fields = {occurrence.field for occurrence in found}
        # What says nothing where words may be run together says nothing elsewhere either.
        self._words.learn(piece.text for piece in new if piece.kind in _NAME_KINDS and piece.field not in fields)
        return bool(found)

    def _block(self, pieces: Sequence[Piece]) -> Block:
        return Block(pieces, self._words.undisguised, self._contexts)

    @cached_property
    def blocks(self) -> Sequence[Block]:
        """All texts of the record as they are searched: the short ones as one, then each long one."""
        return self._block([piece for piece in features.pieces(self.record) if not _is_long(piece)]), *self._long

    def fact(self, name: str) -> Fact | None:
        """One fact of the record, worked out once."""
        if name not in self._facts:
            self._facts[name] = features.fact(self.record, name)
        return self._facts[name]

    def text(self, field: str) -> str:
        """The original text of a field that evidence names; "" for a fact, which has none."""
        whole = self.record.text(field)
        return whole if whole is not None else self._short_texts.get(field, "")

    @cached_property
    def _short_texts(self) -> Mapping[str, str]:
        return {piece.field: piece.text for piece in features.pieces(self.record)}

    def hits(self, group: str) -> Sequence[Occurrence]:
        """Where a group stands, in order."""
        if group not in self._found and group not in self._words.entering:
            self._found[group] = self._scanned(self._words.other(group)).get(group, [])
        return self._found.get(group, ())

    def places(self, group: str, unit: str) -> Places:
        """Where a group stands, by the stretches of a unit: sorted once, since many clauses join the same words."""
        key = (group, unit)
        if key not in self._places:
            places = self._places[key] = {}
            for o in self.hits(group):
                for start in o.stretch.places(unit, o.start):
                    places.setdefault((o.field, o.kind, start), []).append(o)
        return self._places[key]

    def kinds(self, group: str) -> frozenset[str]:
        """The kinds of fields that a group stands in."""
        if group not in self._kinds:
            self._kinds[group] = frozenset(occurrence.kind for occurrence in self.hits(group))
        return self._kinds[group]

    def contexts(self, occurrence: Occurrence) -> Iterator[str]:
        """Yield the contexts an occurrence stands in: by the text around it, by its stretch, by the document."""
        yield from occurrence.contexts
        if occurrence.kind in _LONG_KINDS and self._is_policy(occurrence):
            yield POLICY
        if occurrence.kind not in _DECLARED_KINDS and self.purpose:
            yield self.purpose

    def share(self, field: str) -> float:
        """Return the share of training images that carry the tag of a field; 1 for what is no such tag."""
        return self._shares.get(field, 1.0)

    @cached_property
    def _shares(self) -> Mapping[str, float]:
        return features.shares(self.record)

    def _is_policy(self, occurrence: Occurrence) -> bool:
        """Whether the lines around name kinds of harm that no one upload is for: rules of use, or a taxonomy."""
        stretch = occurrence.stretch
        low, high = stretch.reader.layout.block(occurrence.start)
        key = (id(stretch), low, high)
        if key not in self._policies:
            named = {harm for harm, starts in self._harms(stretch) if _any_within(starts, low, high)}
            self._policies[key] = len(named - _BESIDE) >= _MOST_HARMS or named >= _FAR_APART
        return self._policies[key]

    def _harms(self, stretch: Stretch) -> list[tuple[str, list[int]]]:
        """Where a stretch names each kind of harm, in order: found once, since every few lines are asked about."""
        if id(stretch) not in self._harm_places:
            places = (
                (harm, [o.start for o in self.hits(group) if o.stretch is stretch])
                for group, harm in self._words.harms.items()
            )
            self._harm_places[id(stretch)] = [(harm, starts) for harm, starts in places if starts]
        return self._harm_places[id(stretch)]

    def _scanned(self, lexicon: Scanner) -> dict[str, list[Occurrence]]:
        return _by_group(self.blocks, lexicon)

    @cached_property
    def purpose(self) -> str | None:
        """The context the whole document stands in (a classifier, a moderation data set), or None.

        Two facets must agree, and nothing may say that the upload makes pictures: a word in a title is cheap.
        """
        task = self.record.pipeline
        if tasks.depicts(task) or any(text.kind == "trigger_word" for text in self.record.texts):
            return None
        votes = Counter(kind for block in self.blocks for kind in block.purposes())
        if tasks.makes(task) == tasks.NOTHING:
            votes["filters"] += 1
        best = max(votes, key=lambda kind: (votes[kind], kind), default=None)
        return best if best and votes[best] >= _AGREEING else None

    def is_known(self, kinds: Iterable[str]) -> bool:
        """Whether the hub let us see every one of `kinds`; else finding nothing there means nothing."""
        return not any(_HIDDEN[kind](self.record) for kind in kinds if kind in _HIDDEN)


def quiet(records: Sequence[RepoRecord], words: Words, contexts: Contexts) -> set[int]:
    """Return the numbers of the records whose short texts hold no word by which a rule is entered.

    The texts of all are folded and searched as one, which costs a fraction of a step for each. Those beyond ASCII take
    longer to fold, and are searched apart.
    """
    short = [
        (number, piece)
        for number, record in enumerate(records)
        for piece in features.pieces(record, words.idle)
        if not _is_long(piece)
    ]
    plain = [item for item in short if item[1].text.isascii()]
    other = [item for item in short if not item[1].text.isascii()]
    loud = {number for some in (plain, other) if some for number in _loud(some, words, contexts)}
    return set(range(len(records))) - loud


def _loud(short: Sequence[tuple[int, Piece]], words: Words, contexts: Contexts) -> Iterator[int]:
    block = Block([piece for _, piece in short], words.undisguised, contexts)
    hits = words.first.scan(block.folded)
    found = {block.piece_of(block.folded.original(hit.start, hit.end)[0]) for hit in hits}
    rest = (piece for at, (_, piece) in enumerate(short) if at not in found)
    words.learn(piece.text for piece in rest if piece.kind in _NAME_KINDS)
    return (short[at][0] for at in found)


_AGREEING = 2
_MOST_HARMS = 3
_BESIDE = frozenset({"sexual"})
"""A kind of harm that is not counted by itself: an upload may be marked as sexual and as two others."""
_FAR_APART = frozenset({"minors", "sexual", "fraud"})
"""Kinds of harm that are named together only by those who forbid, filter or study them."""
_HIDDEN: Mapping[str, Callable[[RepoRecord], bool]] = {
    "author": lambda record: record.author is None,
    "tag": lambda record: record.tags is None,
    "license": lambda record: record.license is None,
    "dataset": lambda record: record.datasets is None,
    "card": lambda record: record.card is None,
    "front_matter": lambda record: record.card is None,
    "file_name": lambda record: record.files is None,
    "base_model": lambda record: record.base_models is None,
    "header": lambda record: not record.headers,
    "training_tag": lambda record: not record.headers,
}


def _by_length(pieces: Iterable[Piece], undisguised: Reading, contexts: Contexts) -> tuple[list[Piece], list[Block]]:
    """Short pieces, searched as one, and long ones, each folded as a block of its own."""
    short: list[Piece] = []
    blocks = []
    for piece in pieces:
        if _is_long(piece):
            blocks.append(Block((piece,), undisguised, contexts))
        else:
            short.append(piece)
    return short, blocks


def _any_within(starts: Sequence[int], low: int, high: int) -> bool:
    """Whether one of `starts`, which are in order, is from `low` to before `high`."""
    at = bisect_left(starts, low)
    return at < len(starts) and starts[at] < high


def _is_long(piece: Piece) -> bool:
    return piece.kind in _LONG_KINDS or piece.markup != "plain"


def _by_group(blocks: Iterable[Block], lexicon: Scanner) -> dict[str, list[Occurrence]]:
    found: dict[str, list[Occurrence]] = {}
    for block in blocks:
        for occurrence in block.scan(lexicon):
            found.setdefault(occurrence.group, []).append(occurrence)
    return found
