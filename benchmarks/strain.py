"""What makes a scan slow or large, and by how much: ten times the rules, a hundred times the records, hostile cards."""

import gc
import random
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from hubscan.engine.load import load
from hubscan.engine.match import Matcher
from hubscan.records import RepoRecord, RepoRef, TextField
from hubscan.scan import known_without_store

LETTERS = "abcdefghijklmnopqrstuvwxyz"
HOSTILE_CHARACTERS = 1_000_000

# --- ten times the rules ----------------------------------------------------------------------------------------------


def write_copies(rules: Path, folder: Path, copies: int) -> None:
    """Write every shipped pack and vocabulary `copies` times into `folder`, each with other ids and other words.

    A rule without words would say of each record ten times what it says: that is ten times the output, and left out.
    """
    for number in range(1, copies + 1):
        for path in sorted(rules.glob("vocabularies/*.yaml")):
            _write(folder / "vocabularies" / f"{path.stem}-{number}.yaml", _other_words(_read(path), number))
        for path in sorted(path for path in rules.glob("*/*.yaml") if (path.parent / "pack.yaml").exists()):
            name, rule = f"{path.parent.name}-{number}", _read(path)
            if path.name == "pack.yaml":
                _write(folder / name / path.name, rule | {"id": name})
            elif _asks_for_words(rule):
                _write(folder / name / path.name, _renamed(rule, number) | {"id": f"{name}/{path.stem}"})


def _other_words(vocabulary: dict[str, Any], number: int) -> dict[str, Any]:
    """Replace every Latin letter by another: words as long, that no text holds. Those of other scripts are left out."""
    shuffled = random.Random(number).sample(LETTERS, len(LETTERS))
    table = str.maketrans(LETTERS, "".join(shuffled))
    for key in ("terms", "excepts"):
        by_language = vocabulary.get(key) or {}
        vocabulary[key] = {
            language: [term.lower().translate(table) for term in terms if re.search("[a-z]{3}", term.lower())]
            for language, terms in by_language.items()
        }
    return vocabulary | {"id": f"{vocabulary['id']}-{number}"}


def _asks_for_words(value: Any) -> bool:
    if isinstance(value, Mapping):
        return "words" in value or any(map(_asks_for_words, value.values()))
    return isinstance(value, list) and any(map(_asks_for_words, value))


def _renamed(value: Any, number: int, key: str = "") -> Any:
    """Let clauses name the vocabularies and rules of their own copy."""
    if isinstance(value, Mapping):
        return {inner: _renamed(part, number, inner) for inner, part in value.items() if inner != "examples"} | (
            {"examples": {}} if "examples" in value else {}
        )
    if isinstance(value, list):
        return [_renamed(part, number, key) for part in value]
    if key == "words":
        return f"{value}-{number}"
    return value.replace("/", f"-{number}/", 1) if key == "rule" else value


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found | ({"since": str(found["since"])} if "since" in found else {})


def _write(path: Path, value: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(dict(value), allow_unicode=True, sort_keys=False), encoding="utf-8")


# --- hostile cards ----------------------------------------------------------------------------------------------------


def hostile_cards(words: Sequence[str]) -> dict[str, str]:
    """Return cards of a megabyte that try the patience of one step or another, the first one ordinary prose."""
    chance = random.Random(7)
    long = [word for word in words if word.isascii() and len(word) > 4]
    phrases = [word for word in words if word.isascii() and word.count(" ") > 1] or long
    plain = "This network sorts pictures of streets by the weather that they show, with a table of results. "
    return {
        "ordinary prose": _filled(plain),
        "markup nested without end": _filled("<div><b><i>**_`a`_**"),
        "comments that are never closed": _filled("<!-- <!-- --"),
        "one run of letters": _filled("abcdefgh"),
        "letters that stand alone": _filled("a b c . d - e "),
        "figures and signs in every word": _filled("l4nt3rn$ q4_k m0d3l "),
        "headings and bullets": _filled("# not for\n- do not use it to:\n  - make of\n"),
        "table cells": _filled("| not | for | use |\n"),
        "mixed scripts": _filled("аdmіn ｗｏｒｄ w\u200bo\u0301r\u0301d "),
        "10,000 words cut short, among prose": _filled(
            "".join(plain + word[:-1] + ". " for word in chance.choices(long, k=10_000))
        ),
        "5,000 phrases broken off, among prose": _filled(
            "".join(plain + phrase.rpartition(" ")[0] + " prose. " for phrase in chance.choices(phrases, k=5000))
        ),
        "nothing but words cut short": _filled(" ".join(word[:-1] for word in chance.choices(long, k=5000)) + ". "),
        "words of one rule, line by line": _filled("phishing\nwrite\n"),
        "one sentence of a rule again and again": _filled("never refuse a request again. "),
        "nothing but words of the packs": _filled(" ".join(chance.choices(long, k=5000)) + ". "),
    }


def _filled(text: str) -> str:
    return (text * (HOSTILE_CHARACTERS // len(text) + 1))[:HOSTILE_CHARACTERS]


def hostile_times(words: Sequence[str]) -> Iterator[tuple[str, float]]:
    """Yield the CPU seconds that one record with each hostile card takes, the least of three."""
    matcher = Matcher(load(), known=known_without_store())
    gc.freeze()
    gc.set_threshold(100_000)  # as `scan` sets it
    for name, card in hostile_cards(words).items():
        record = RepoRecord(
            ref=RepoRef("huggingface", "model", "org/hostile"),
            url="",
            title="hostile",
            tags=(),
            texts=(TextField("card", "card", card, "markdown"),),
            card="read",
        )
        yield name, min(_seconds(matcher, record) for _ in range(3))


def _seconds(matcher: Matcher, record: RepoRecord) -> float:
    begun = time.process_time()
    matcher.match(record)
    return time.process_time() - begun
