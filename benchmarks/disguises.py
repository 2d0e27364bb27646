"""Disguise words in stored records: a reader still reads them, a plain word search does not.

`disguised` writes the given words otherwise wherever the uploader typed them: name, tags, front matter, card,
description, trigger words, file names. What links to something else (base models, data sets, licences, addresses),
the account, and what a trainer wrote into a header stay as they are. The same record, words and disguise always give
the same copy.

A hub does not take every character everywhere. Where a place cannot hold a disguised word, the word leaves that place
(`FILLER` takes its seat) if it stands disguised somewhere else in the record, as it would when somebody hides on
purpose; a word that stands nowhere else stays plain, or the record would no longer be what its label says.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from enum import Enum
from typing import Any

from hubscan import frontmatter
from hubscan.records import StoredRecord


class Place(Enum):
    """What a place takes."""

    SLUG = "ASCII letters, digits, dots, dashes and underscores: repo and file names"
    LINE = "any characters, shown as they are: titles, tags, trigger words"
    RENDERED = "Markdown or HTML"


FILLER = "edition"
Disguise = Callable[[str, Place, int], str]
"""Write a word or phrase otherwise. The number picks a manner of doing so; the result may not fit the place."""

Change = Callable[[str, Place], str]


# --- manners ----------------------------------------------------------------------------------------------------------

LEET = str.maketrans("aeiostbAEIOSTB", "43105784310578")
LOOKALIKES = (
    str.maketrans("aceopsxyihjdlACEHKMOPTXB", "асеорѕхуіһјԁӏАСЕНКМОРТХВ"),
    str.maketrans("aeoucdhlinsgkvАЕОАСа", "аеօսсԁհӏіոѕցкνAEOACa"),
    str.maketrans("асеорхуіѕАСЕНКМОРТХВ", "aceopxyisACEHKMOPTXB"),
)
"""Cyrillic for Latin; Cyrillic, Armenian and Greek mixed; and Latin for Cyrillic, for words in Cyrillic."""

ZERO_WIDTH = "\u200b\u2060\u200d\ufeff\u200c\u00ad"
_RUNS = re.compile(r"([^\W_]+|\s+)")
MARKS = "\u0323\u0331\u0308\u0301\u0336\u0317"


def leet(text: str, _: Place, manner: int) -> str:
    """Signs for all letters that have one or for every second; two letters of a word and the shortest words stay."""
    return "".join(_leet(run, manner) if len(run) > 2 else run for run in _RUNS.split(text))


def _leet(word: str, manner: int) -> str:
    places = [at for at, char in enumerate(word) if ord(char) in LEET]
    chosen = ((places[::2], places[1::2], places)[manner % 3] or places)[: len(word) - 2]
    return "".join(char.translate(LEET) if at in chosen else char for at, char in enumerate(word))


def lookalikes(text: str, _: Place, manner: int) -> str:
    """Letters of other scripts that look the same."""
    if re.search("[а-я]", text.lower()):
        return text.translate(LOOKALIKES[2])
    return text.translate(LOOKALIKES[manner % 2])


def zero_width(text: str, _: Place, manner: int) -> str:
    """Characters without width between letters, after each or each second."""
    step = 1 + manner % 2
    marked = (
        char + (ZERO_WIDTH[(at + manner) % len(ZERO_WIDTH)] if at % step == 0 and at < len(text) - 1 else "")
        for at, char in enumerate(text)
    )
    return "".join(marked)


def spaced(text: str, place: Place, _: int) -> str:
    """Letters apart: by spaces, or by dashes where a name takes none."""
    if place is Place.SLUG:
        return _apart(re.sub("[_-]+", "_", text), "-", "_")
    return _apart(text, " ", "   ")


def dotted(text: str, _: Place, __: int) -> str:
    """Letters apart by dots."""
    return _apart(text, ".", " ")


def _apart(text: str, between: str, gap: str) -> str:
    """Hold the letters of words apart; numbers and the shortest words stay whole, as people write it."""
    spread = (between.join(word) if len(word) > 2 and word.isalpha() else word for word in _RUNS.split(text))
    return "".join(gap if run.isspace() else run for run in spread)


def full_width(text: str, _: Place, manner: int) -> str:
    """The wide forms that East Asian fonts have of ASCII."""
    wide = "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)
    return wide.replace(" ", "\u3000") if manner % 2 else wide


def combining(text: str, _: Place, manner: int) -> str:
    """Marks over and under letters, on each or each second."""
    step = 1 + manner % 2
    return "".join(
        char + (MARKS[(at + manner) % len(MARKS)] if char.isalpha() and at % step == 0 else "")
        for at, char in enumerate(text)
    )


def joined(text: str, _: Place, manner: int) -> str:
    """Words grown together with each other and with ordinary neighbours, as in names of files."""
    parts = words(text)
    cased = all(part[0].lower() != part[0].upper() for part in parts)
    if manner % 2 and cased:
        return "my" + "".join(part[0].upper() + part[1:] for part in parts) + "Mix"
    return "_".join(["v2", *parts, "xl"])


def entities(text: str, _: Place, __: int) -> str:
    """Character references, decimal and hexadecimal by turns."""
    return "".join(f"&#x{ord(char):x};" if at % 2 else f"&#{ord(char)};" for at, char in enumerate(text))


DISGUISES: Mapping[str, Disguise] = {
    "leetspeak": leet,
    "look-alikes": lookalikes,
    "zero-width": zero_width,
    "spaced": spaced,
    "dotted": dotted,
    "full-width": full_width,
    "combining": combining,
    "joined": joined,
    "entities": entities,
}


def words(text: str) -> list[str]:
    """Return the words of a phrase, whatever holds them apart."""
    return re.findall(r"[^\W_]+(?:[^\w\s-]+[^\W_]+)*", text)


# --- records ----------------------------------------------------------------------------------------------------------

LONGEST = 60
"""Code points of the longest stretch that is disguised: what is longer was matched for its shape, not its words."""

SLUG = re.compile(r"(?!.*(?:--|\.\.))[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?")
ADDRESS_OR_TAG = r"https?://[^\s<>()\"']+|<[^<>]*>|&#?\w+;"
EDGES = (r"(?:(?<![^\W\d_])|(?-i:(?<=[a-z])(?=[A-Z])))", r"(?:(?![^\W\d_])|(?-i:(?<=[a-z])(?=[A-Z])))")
"""Where a short word may begin and end: not inside another word, unless a capital tells them apart."""

LINKS = frozenset({"base_model", "base_model_relation", "datasets", "license", "license_name", "license_link"})
LINKS |= frozenset({"language", "library_name", "pipeline_tag", "sdk", "metrics", "model-index", "thumbnail"})
"""Front matter that links or is chosen from a list."""

LINES = (("name",), ("modelVersions", "name"), ("modelVersions", "trainedWords"))
RENDERED = (("description",), ("modelVersions", "description"))
REPO_NAMES = (("id",), ("modelId",))
FILE_NAMES = (("siblings", "rfilename"), ("modelVersions", "files", "name"))
"""Where hubs' own objects hold what an uploader typed; lists are gone through, a missing key is no place."""


def disguised(stored: StoredRecord, stretches: Collection[str], disguise: Disguise) -> StoredRecord:
    """Return a copy with the `stretches` of text written otherwise; the same object where nothing could be."""
    pattern = _pattern(stretches)
    if pattern is None:
        return stored
    spelled: set[str] = set()

    def spell(text: str, place: Place) -> str:
        written = disguise(text, place, _manner(text))
        own = _key(text).split()
        if not _fits(written, place):
            return FILLER if spelled.issuperset(own) else text
        spelled.update(own if written != text else [])
        return written

    _rewritten(stored, _over(pattern, spell))  # to know what stands disguised somewhere
    return _rewritten(stored, _over(pattern, spell)) if spelled else stored


def _pattern(stretches: Collection[str]) -> re.Pattern[str] | None:
    usable = {_key(text) for text in stretches if len(text) <= LONGEST and words(text) and "<" not in text}
    if not usable:
        return None
    phrase = f"(?:{'|'.join(map(_phrase, sorted(usable, key=lambda text: (-len(text), text))))})"
    return re.compile(f"(?P<kept>{ADDRESS_OR_TAG})|{phrase}(?:[ _-]{phrase})*", re.IGNORECASE)


def _phrase(key: str) -> str:
    """Match a phrase by its words. Only a short word must stand alone: a long one has endings and compounds."""
    body = r"[\s_-]+".join(map(re.escape, words(key)))
    return f"{EDGES[0]}{body}{EDGES[1]}" if len(key) < 5 and key.lower() != key.upper() else body


def _key(text: str) -> str:
    return " ".join(words(text)).lower()


def _manner(text: str) -> int:
    return hashlib.sha256(_key(text).encode(errors="replace")).digest()[0]


def _fits(text: str, place: Place) -> bool:
    return place is Place.RENDERED or ("&#" not in text and (place is Place.LINE or text.isascii()))


def _over(pattern: re.Pattern[str], change: Change) -> Change:
    def everywhere(text: str, place: Place) -> str:
        return pattern.sub(lambda found: found[0] if found["kept"] else change(found[0], place), text)

    return everywhere


def _rewritten(stored: StoredRecord, change: Change) -> StoredRecord:
    edits: tuple[tuple[tuple[tuple[str, ...], ...], Callable[[str], str]], ...] = (
        ((("tags",),), lambda tag: change(tag, Place.LINE) if _typed(tag) else tag),
        (LINES, lambda text: change(text, Place.LINE)),
        (RENDERED, lambda text: change(text, Place.RENDERED)),
        (REPO_NAMES, lambda name: _repo_name(name, change)),
        (FILE_NAMES, lambda path: _file(path, change)),
        (_declared(stored), lambda text: change(text, Place.LINE)),
    )
    native: Any = stored.native
    for paths, edit in edits:
        for path in paths:
            native = _at(native, path, edit)
    return replace(stored, native=native, card=_card(stored.card, change))


def _declared(stored: StoredRecord) -> tuple[tuple[str, ...], ...]:
    declared = stored.native.get("cardData")
    return tuple(("cardData", key) for key in declared if key not in LINKS) if isinstance(declared, dict) else ()


def _at(value: Any, path: tuple[str, ...], edit: Callable[[str], str]) -> Any:
    """Return `value` with the texts at the end of `path` edited; lists are gone through, other shapes left alone."""
    if isinstance(value, list):
        return [_at(item, path, edit) for item in value]
    if path:
        inside = isinstance(value, Mapping) and path[0] in value
        return {**value, path[0]: _at(value[path[0]], path[1:], edit)} if inside else value
    return edit(value) if isinstance(value, str) else value


def _typed(tag: str) -> bool:
    """Whether a tag is the uploader's and not one that the hub made from another field (`license:mit`)."""
    return re.match(r"[a-z_]+:\S", tag) is None


def _repo_name(name: str, change: Change) -> str:
    owner, slash, own = name.rpartition("/")
    return owner + slash + _slug(own, change)


def _file(path: str, change: Change) -> str:
    folder, slash, name = path.rpartition("/")
    stem, dot, ending = name.rpartition(".")
    return path if not stem or stem == "README" else folder + slash + _slug(stem, change) + dot + ending


def _slug(name: str, change: Change) -> str:
    """Change a name, unless the whole is then no name that a hub takes."""
    written = change(name, Place.SLUG)
    return written if SLUG.fullmatch(written) and len(written) <= 96 else name


def _card(card: str | None, change: Change) -> str | None:
    if not card:
        return card
    start = frontmatter.split(card)[1]
    return "".join(_front_matter(card[:start], change)) + change(card[start:], Place.RENDERED)


def _front_matter(block: str, change: Change) -> Iterator[str]:
    """Change the values of a block line by line: keys, links and what opens a quotation stay, so YAML stays YAML."""
    key = ""
    for line in block.splitlines(keepends=True):
        head = re.match(r"([\w-]+):(?=\s)", line)
        key = head[1] if head else key
        at = head.end() if head else 0
        yield line if key in LINKS or not key else line[:at] + change(line[at:], Place.LINE)
