"""A corpus of any size from a little real hub metadata: each round of it has ids and rare words of its own.

A search engine that has seen a text is faster on the same text again (ripgrep builds its automaton while it reads), so
to repeat the sources would flatter it. Words that occur a few times, as names do, are spelled anew in each round;
common words stay, and so do the words of the packs, since what they cost is what is measured.
"""

import gzip
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count, zip_longest
from pathlib import Path
from typing import Any

SOURCES = ("hf-listing.jsonl.gz", "hf-cards.jsonl.gz")
_RARE = 5
_WORD = re.compile(r"[A-Za-z]{4,}")
_VOWELS, _CONSONANTS = "aeiou", "bcdfghjklmnpqrstvwxyz"
_KEPT_KEYS = frozenset({"pipeline_tag", "library_name", "createdAt", "lastModified"})
"""Fields of the hub's own words, not the uploader's."""


def sources(data: Path) -> list[str]:
    """Return the lines of all sources, one of each in turn, so that any stretch holds listings and cards alike."""
    texts = [gzip.decompress((data / name).read_bytes()).decode() for name in SOURCES]
    turns = zip_longest(*(text.splitlines() for text in texts))
    return [line for turn in turns for line in turn if line]


def write_corpus(path: Path, data: Path, size: int, known: Iterable[str]) -> int:
    """Fill `path` with records up to about `size` bytes, the words `known` kept; return how many."""
    return _write(path, data, known, lambda _, written: written >= size)


def write_records(path: Path, data: Path, number: int, known: Iterable[str]) -> int:
    """Fill `path` with `number` records."""
    return _write(path, data, known, lambda records, _: records == number)


def _write(path: Path, data: Path, known: Iterable[str], done: Callable[[int, int], bool]) -> int:
    written = 0
    with path.open("w", encoding="utf-8") as out:
        for number, record in enumerate(_records(sources(data), known), 1):
            written += out.write(json.dumps(record, ensure_ascii=False) + "\n")
            if done(number, written):
                break
    return number


def _records(lines: Sequence[str], known: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    rare = _rare_words(lines, known)
    number = 0
    for turn in count():
        spelling = _spelling(turn)
        for line in lines:
            number += 1
            record = _respelled(json.loads(line), rare, spelling) if turn else json.loads(line)
            record["native"]["id"] += f"-{number}"
            yield record


def _rare_words(lines: Iterable[str], known: Iterable[str]) -> set[str]:
    counted = Counter(word for line in lines for word in _WORD.findall(line))
    kept = {word.lower() for phrase in known for word in _WORD.findall(phrase)}
    return {word for word, times in counted.items() if times <= _RARE and word.lower() not in kept}


def _spelling(turn: int) -> dict[int, str]:
    """Exchange vowels for vowels and consonants for consonants."""
    chance = random.Random(turn)
    new = "".join(chance.sample(_VOWELS, len(_VOWELS)) + chance.sample(_CONSONANTS, len(_CONSONANTS)))
    old = _VOWELS + _CONSONANTS
    return str.maketrans(old + old.upper(), new + new.upper())


def _respelled(value: Any, rare: set[str], spelling: Mapping[int, str]) -> Any:
    if isinstance(value, str):
        return _WORD.sub(lambda word: word[0].translate(spelling) if word[0] in rare else word[0], value)
    if isinstance(value, list):
        return [_respelled(entry, rare, spelling) for entry in value]
    if isinstance(value, dict):
        return {key: entry if key in _KEPT_KEYS else _respelled(entry, rare, spelling) for key, entry in value.items()}
    return value
