"""The little language that vocabulary terms are written in, and the forms they become.

A term is a word or phrase in ordinary spelling. `{,s}` stands for alternatives, a final `*` for any ending. Words of a
phrase may be joined or held apart by spaces, dashes, underscores and slashes. Arabic words may carry their article and
one-letter prepositions.
"""

import platform
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from hubscan import kept
from hubscan.anchors import LONGEST_GAP, SEPARATOR, Node, literals
from hubscan.text import BREAK, folded_word


@dataclass(frozen=True, slots=True)
class Form:
    """A term, or part of one: its folded words, the anchor among them, and a pattern where it is more than a word.

    Every spelling holds the anchor, one of `literals`, and of each of `parts` one. Patterns are compiled when a text
    first holds all that: most of some ten thousand forms never are.
    """

    group: str
    ref: str
    words: tuple[str, ...]
    anchor: str
    literals: tuple[str, ...]
    pattern: str | None
    parts: tuple[Node, ...]
    reach: int
    negative: bool

    @property
    def whole(self) -> tuple[str, ...]:
        """The spellings of a term that is a single word; none of a phrase."""
        return self.words if all(word.startswith(self.anchor) for word in self.words) else ()

    def around(self, text: str, start: int, end: int) -> Sequence[tuple[int, int]]:
        """Return where the form stands with one of its literals at `start` to `end`."""
        if self.pattern is None:  # searched as a space, a dot is any separator
            return ((start, end),) if text.startswith(self.anchor, start) else ()
        if _holds(self.parts, text, max(0, start - self.reach), end + self.reach):
            found = around(_regex(self.pattern), text, start, end, self.reach)
            return [span for span in found if not _SENTENCE_END.search(text, *span)]
        return ()

    def shorter(self, text: str, start: int, end: int) -> Iterator[int]:
        """Yield the ends, before `end`, of other spellings that start at `start`: `lantern` where `lanterns` ends."""
        regex = _regex(self.pattern) if self.pattern else None
        match = regex.match(text, start, end - 1) if regex else None
        while regex and match:
            yield match.end()
            match = regex.match(text, start, match.end() - 1)


def _holds(parts: Iterable[Node], text: str, start: int, end: int) -> bool:
    for part in parts:
        for choice in part:
            if text.find(choice, start, end) >= 0:
                break
        else:
            return False
    return True


def around(regex: re.Pattern[str], text: str, start: int, end: int, reach: int) -> Iterator[tuple[int, int]]:
    """Yield spans of `regex` that cover the literal at `start` to `end`: no farther than `reach`, and over no break."""
    at, stop = text.rfind(BREAK, max(0, start - reach), start), text.find(BREAK, end, end + reach)
    at, stop = max(at + len(BREAK) if at >= 0 else 0, start - reach), stop if stop >= 0 else end + reach
    while at <= start:
        match = regex.search(text, at, stop)
        if not match:
            return
        if match.start() <= start and match.end() >= end:
            yield match.span()
        at = match.start() + 1


@lru_cache(maxsize=65536)
def _regex(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


_GROUP = re.compile(r"\{[^{}]*\}")
_NESTED = re.compile(r"(\{(?:[^{}]*,)?)([^{},]*)\{([^{}]*)\}([^{},]*)")
_MISWRITTEN = re.compile(r"[{}*]")
_PIECES = re.compile(r"\{([^{}]*)\}|([^{}]+)")
_GAP = r"[ \t\r\n\-_./:|]{{{least},{most}}}"
_SENTENCE_END = re.compile(r"(?<=\S)\.\s")
"""What no phrase reaches over. Looked for where one was found: in the gaps it would cost every place that is tried."""
_WORDS = re.compile(r"[^\s\-_/]+")
_LATIN_END, _OTHER_END = r"[a-z0-9\xdf-\xff]{0,24}", r"[^\W_]{0,24}"
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_ARABIC = re.compile(r"[\u0620-\u064a]")
_ARABIC_PREFIX = r"(?:[وف]?(?:[بك]?ال|لل|[بكل])?)"
_TOO_COMMON = 4
_ALONE = 1.3
"""How rare a word must be; less rare ones are looked for side by side."""
_EVERYWHERE = frozenset(
    """
    a about according add after again alignment all also an and answer answers any are as at author available
    back base based be block but by call came can cannot caption certain change character check checkpoint
    checkpoints classification code collection come con content contents create created das data dataset day
    der des die difference different do document documents does don't down download end error eval evaluation
    everything example face false feed file files filter find fine finetune finetuned first for from
    generation get github got had has have he her here him his how hub hugging huggingface human i if image
    images in inference information input instruct instruction instructions is it it's know known label
    language layers learning les library license life like list load loaded lora make makes management may me
    message messages model models more most must my name need needed needs new no non none not note notes
    number numbers of old on one only open or original other our out output outputs over own page pages people
    per person photo photos post prediction pretrained processing prompt prompts public put questions random
    rate rated ratio real release request resolution results return run safe safetensors same save saved say
    see set she should show shows site so some star table take task tasks ten test tests text than that the
    their them then there they this through time to train trained training transfer tune tuned turn two type
    una und under upload us use used user uses using version video was way we weights were what when which who
    why will with without work would you your
    """.split()  # noqa: SIM905
)
"""Words that stand in a good part of all cards (counted on public ones), and function words: anchors of last resort."""
_MOST_CHOICES = 12
"""Alternatives that are looked for one by one; a pattern is faster for more."""
_SHORT_PHRASE = 8
"""Letters below which the words of a phrase must be held apart: `not a` is not `nota`."""
Compiled = tuple[str, tuple[str, ...], str | None, tuple[str, ...], tuple[Node, ...], int]
"""The anchor, literals, pattern, words, parts and reach of a form."""


def forms(group: str, terms: Mapping[str, Sequence[str]], excepts: Mapping[str, Sequence[str]]) -> Iterator[Form]:
    """Yield the forms of a group's terms by language, those of its exceptions marked negative."""
    for by_language, negative in ((terms, False), (excepts, True)):
        for language, entries in by_language.items():
            for entry in entries:
                for anchor, found_by, pattern, words, parts, reach in compiled(entry):
                    yield Form(group, f"{group}/{language}", words, anchor, found_by, pattern, parts, reach, negative)


_COMPILED: dict[str, tuple[Compiled, ...]] = {}
_SOURCES = ("wordforms.py", "anchors.py", "text.py")


@contextmanager
def remembering(files: Iterable[bytes]) -> Iterator[None]:
    """Compile no term of `files` that an earlier run has compiled, and keep those of this run if nothing is raised."""
    code = (Path(__file__).with_name(name).read_bytes() for name in _SOURCES)
    made_from = [platform.python_version().encode(), *code, *files]
    known = kept.recall(made_from, dict[str, tuple[Compiled, ...]])
    _COMPILED.update(known or {})
    yield
    if known is None:
        kept.keep(made_from, _COMPILED)


def compiled(term: str) -> tuple[Compiled, ...]:
    """Return what the forms of a term are; `ValueError` if it is miswritten or folding leaves nothing of it."""
    if term not in _COMPILED:
        _COMPILED[term] = _compiled(term)
    return _COMPILED[term]


def _compiled(term: str) -> tuple[Compiled, ...]:
    # The anchor is the rarest text that every spelling holds. Where one group of alternatives holds rarer ones, the
    # term is taken apart by that group, an anchor for each.
    term = _flat(term)
    if _MISWRITTEN.search(_GROUP.sub("", term.rstrip("*"))):
        raise ValueError(f"{term!r} has a brace without its pair, or a star before its end")
    nodes = _nodes(term.rstrip("*"))
    anchor = _rarest(nodes)
    at = _taken_apart(nodes, anchor)
    if at is not None:
        choices = (_written([*nodes[:at], (choice,), *nodes[at + 1 :]], term.endswith("*")) for choice in nodes[at])
        return tuple(form for choice in choices for form in _compiled(choice))
    if not anchor:
        raise ValueError(f"{term!r} has no word left after folding")
    least_gap, words = _least_gap(nodes), tuple(sorted(_all_words(nodes)))
    found_by = literals(nodes, anchor, _rarity(anchor), least_gap)
    pattern = _pattern(nodes, least_gap, term.endswith("*"))
    return ((anchor, found_by, pattern, words, _parts(nodes, anchor), _reach(term)),)


def _parts(nodes: Sequence[Node], anchor: str) -> tuple[Node, ...]:
    """What else every spelling holds, the rarest first: a text of each group of alternatives, the longest of each."""
    fixed = {text for node in nodes if len(node) == 1 for text in SEPARATOR.split(node[0])} - {"", anchor}
    groups = [tuple(sorted({_literal(text) for text in node})) for node in nodes if len(node) > 1]
    told = [*((text,) for text in fixed), *(group for group in groups if len(group) <= _MOST_CHOICES and all(group))]
    return tuple(sorted(told, key=lambda part: (len(part), -min(map(len, part)), part)))


def _flat(term: str) -> str:
    """Write `{a,b {c,d}}` as `{a,b c,b d}`."""
    while nested := _NESTED.search(term):
        before, start, choices, end = nested.groups()
        inner = ",".join(start + choice + end for choice in choices.split(","))
        term = term[: nested.start()] + before + inner + term[nested.end() :]
    return term


def _taken_apart(nodes: Sequence[Node], anchor: str) -> int | None:
    """Which group to write out: none where the anchor will do; endings first, since they make a short stem longer."""
    groups = [at for at, node in enumerate(nodes) if len(node) > 1]
    if not groups or _rarity(anchor) >= _TOO_COMMON:
        return None
    endings = [at for at in groups if at and len(nodes[at - 1]) == 1 and nodes[at - 1][0][-1:].isalnum()]
    best = endings[0] if endings else max(groups, key=lambda at: _group_rarity(nodes[at]))
    return best if endings or _group_rarity(nodes[best]) > _rarity(anchor) else None


def _rarest(nodes: Sequence[Node]) -> str:
    fixed = [node[0] for node in nodes if len(node) == 1]
    best = max((_literal(word) for text in fixed for word in _WORDS.findall(text)), key=_rarity, default="")
    if _rarity(best) >= _ALONE:
        return best
    pairs = (pair for text in fixed for pair in pairwise(filter(None, SEPARATOR.split(text))))
    return max(map(" ".join, pairs), key=_rarity, default=best)


@lru_cache(maxsize=65536)
def _rarity(text: str) -> float:
    """How seldom a literal stands in texts, roughly: by its length, an ideograph worth three letters."""
    words = text.split(" ")
    if len(words) > 1:
        return sum(map(_rarity, words))
    size = sum(3 if ord(char) >= 0x2E80 else 1 for char in text)
    return 0.3 + size / 10 if text in _EVERYWHERE else size / 4 if size < _TOO_COMMON else size


def _group_rarity(group: Node) -> float:
    return min(max(map(_rarity, map(_literal, _WORDS.findall(choice))), default=0) for choice in group)


def _written(nodes: Sequence[Node], open_end: bool) -> str:
    return "".join("{" + ",".join(node) + "}" if len(node) > 1 else node[0] for node in nodes) + "*" * open_end


def _nodes(term: str) -> list[Node]:
    return [
        tuple(map(folded_word, match[1].split(","))) if match[1] is not None else (folded_word(match[2]),)
        for match in _PIECES.finditer(term.strip())
    ]


def _literal(word: str) -> str:
    """The part of a word that is written the same however its digits are held apart (`1.5`, `15`)."""
    return max(SEPARATOR.split(word), key=len)


def _least_gap(nodes: Sequence[Node]) -> int:
    """How many separators hold two words apart at least."""
    letters = sum(max(map(len, node)) for node in nodes)
    has_digits = any(char.isdigit() for node in nodes for text in node for char in text)
    return 0 if letters >= _SHORT_PHRASE or has_digits else 1


def _pattern(nodes: Sequence[Node], least_gap: int, open_end: bool) -> str | None:
    if len(nodes) == 1 and len(nodes[0]) == 1 and not open_end and not SEPARATOR.search(nodes[0][0]):
        return None if not _ARABIC.match(nodes[0][0]) else _ARABIC_PREFIX + re.escape(nodes[0][0])
    gap = _GAP.format(least=least_gap, most=LONGEST_GAP)
    body = "".join(_alternatives([_spaced(text, gap) for text in node]) for node in nodes)
    prefix = _ARABIC_PREFIX if _ARABIC.match(nodes[0][0]) else ""
    return prefix + body + (_open_end(nodes[-1][0][-1:]) if open_end else "")


def _open_end(last: str) -> str:
    """Any ending in the script of the `last` letter; in scripts without spaces there is none."""
    # Classes of few characters: to compile one of wide ranges takes milliseconds, and there are many forms.
    return _LATIN_END if last < "\u0370" or _UNSPACED.match(last) else _OTHER_END


def _spaced(text: str, gap: str) -> str:
    return gap.join(map(re.escape, SEPARATOR.split(text)))


def _alternatives(patterns: Sequence[str]) -> str:
    return patterns[0] if len(patterns) == 1 else f"(?:{'|'.join(sorted(patterns, key=len, reverse=True))})"


def _all_words(nodes: Sequence[Node]) -> set[str]:
    """Every word that a spelling may hold, endings joined to their stems."""
    done: set[str] = set()
    open_words = {""}
    for node in nodes:
        grown: set[str] = set()
        for text in node:
            first, *rest = re.split(r"[\s\-_/]+", text)
            grown |= {word + first for word in open_words} if not rest else {rest[-1]}
            done |= {word + first for word in open_words} | set(rest[:-1]) if rest else set()
        open_words = grown
    return (done | open_words) - {""}


def _reach(term: str) -> int:
    """How far from its anchor a flat term may stretch, in code points."""
    longest = _PIECES.sub(lambda match: max((match[1] or match[2] or "").split(","), key=len), term)
    return len(longest) + 3 * len(SEPARATOR.findall(longest)) + (28 if term.endswith("*") else 8)
