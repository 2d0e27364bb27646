"""Term lists: made from the operator's file, kept as JSON without words, read back."""

import itertools
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
import numpy

from hubscan import resources
from hubscan.errors import TermListError
from hubscan.rulebook import TermList
from hubscan.terms.finder import BARE, PLAIN, Finder
from hubscan.terms.keys import KEY, KEY_FILE, Key, key
from hubscan.terms.tokens import Hasher, Hashes, Tokens, pairs, undisguised
from hubscan.text import fold

SCHEMA = "hubscan.terms/1"
MAX_WORDS = 8
MAX_SPELLINGS = 64
MIN_LETTERS = 3
_JOINED = 8
"""Letters from which a phrase is also looked for with its words run together: `not a` is not `nota`."""
_ROOM = 100
"""Bits of the table for each that is set."""
_SMALLEST = 12
_BRACES = re.compile(r"\{([^{}]*)\}")


def digested(list_id: str, lines: Iterable[str], key: Key, added_at: str) -> TermList:
    """Return the list of the terms in `lines`: one a line, `#` begins a comment, `{a,b}` are alternatives.

    `TermListError` names every line that cannot be used, and holds none of them.
    """
    hasher = Hasher(key.bits)
    spelt: set[str] = set()
    faults, entries = [], 0
    for number, line in enumerate(lines, 1):
        term = line.partition("#")[0].strip("\ufeff \t\r\n")
        try:
            spelt |= spellings(term, hasher) if term else set()
            entries += bool(term)
        except ValueError as error:
            faults.append(f"line {number}: {error}")
    if faults:
        raise TermListError(f"{len(faults)} terms cannot be used\n" + "\n".join(faults), list_id, "Mend these lines")
    if not spelt:
        raise TermListError("there is no term in it", list_id, "Write one term a line")
    return _built(list_id, spelt, entries, key, added_at)


def spellings(term: str, hasher: Hasher) -> set[str]:
    """Return the spellings of a term, folded; `ValueError` says what is wrong, without the term.

    A phrase of some length is also spelt with its words run together.
    """
    if "*" in term:
        raise ValueError("an open ending (*) cannot be kept as a digest; write the endings as {,a,b}")
    pieces = _BRACES.split(term)
    if any(brace in piece for piece in pieces for brace in "{}"):
        raise ValueError("a brace has no partner, or stands in another pair")
    choices = [piece.split(",") if number % 2 else [piece] for number, piece in enumerate(pieces)]
    if (count := math.prod(map(len, choices))) > MAX_SPELLINGS:
        raise ValueError(f"{count} spellings are more than {MAX_SPELLINGS}")
    found = {fold("".join(parts)).text for parts in itertools.product(*choices)}
    return found | {_joined(text, _words(text, hasher.plain(text))) for text in found}


def _words(text: str, tokens: Tokens) -> list[str]:
    return [text[start:end] for start, end in zip(tokens.starts.tolist(), tokens.ends.tolist(), strict=True)]


def _joined(spelling: str, words: list[str]) -> str:
    """Return a spelling with its words run together, if it is long and of letters alone; else as it is."""
    whole = "".join(words)
    if len(words) > MAX_WORDS:
        raise ValueError(f"more than {MAX_WORDS} words (or characters, in a script without spaces)")
    if sum(3 if ord(char) >= 0x2E80 else 1 for char in whole) < MIN_LETTERS:
        raise ValueError(f"fewer than {MIN_LETTERS} letters or digits are left after folding")
    return whole if len(whole) >= _JOINED and whole.isalpha() else spelling


def _built(list_id: str, spelt: set[str], entries: int, key: Key, added_at: str) -> TermList:
    hasher = Hasher(key.bits)
    marked = [(PLAIN, text, hasher.plain(text)) for text in spelt]
    marked += [(BARE, undisguised(text), hasher.bare(text)[0]) for text in spelt]
    alone = [tokens.hashes for _, _, tokens in marked if tokens.starts.size == 1]
    begun = [pairs(tokens.hashes[:2]) for _, _, tokens in marked if tokens.starts.size > 1]
    size = 1 << max(_SMALLEST, (_ROOM * len(marked)).bit_length())
    return TermList(
        id=list_id,
        key_id=key.id,
        added_at=added_at,
        entries=entries,
        longest=max(tokens.starts.size for _, _, tokens in marked),
        digests=frozenset(key.digested(mark + " ".join(_words(text, tokens))) for mark, text, tokens in marked),
        size=size,
        alone=_bits(hasher, alone, size),
        pairs=_bits(hasher, begun, size),
    )


def _bits(hasher: Hasher, hashes: list[Hashes], size: int) -> frozenset[int]:
    return frozenset(hasher.bits(numpy.concatenate(hashes), size).tolist()) if hashes else frozenset()


class _File(msgspec.Struct):
    """What a list's file holds, as JSON."""

    schema: str
    terms: TermList


def file_of(list_id: str) -> Path:
    """Return where the list called `list_id` is kept; nothing is made."""
    return resources.terms_folder() / f"{list_id}.json"


def encoded(terms: TermList) -> bytes:
    """Return a list as it is kept: JSON, no words, the same bytes for the same list."""
    return msgspec.json.encode(_File(SCHEMA, terms), order="deterministic") + b"\n"


def read(path: Path) -> TermList:
    """Return the list kept in `path`; `TermListError` if it is none."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_File)
    except OSError as error:
        raise TermListError(f"it cannot be read ({error.strerror})", str(path)) from None
    except ValueError:  # not its message, which may quote the file
        found = None
    if found is None or found.schema != SCHEMA or found.terms.id != path.stem:
        raise TermListError("it is not a term list of this version", str(path), "Add the list again")
    return found.terms


def kept() -> list[Path]:
    """Return the files of the lists that are kept, by name."""
    return sorted(resources.terms_folder().glob("*.json"))


def loaded(environ: Mapping[str, str]) -> tuple[dict[str, Finder], dict[str, str]]:
    """Return the lists that can be matched by id, and for each other list on file why it cannot."""
    paths = kept()
    secret = key(environ) if paths else None
    finders: dict[str, Finder] = {}
    faults: dict[str, str] = {}
    for path in paths:
        if secret is None:
            faults[path.stem] = f"neither {KEY_FILE} nor {KEY} names its key"
            continue
        terms = read(path)
        if terms.key_id == secret.id:
            finders[path.stem] = Finder(terms, secret)
        else:
            faults[path.stem] = "it was added under another key"
    return finders, faults
