"""Uploads whose every text is hostile, and a house that has scanned, judged and written about them.

`House.run` runs a command and keeps what came of it. The texts are those of one table, `TEXTS`, and are in names, tags,
cards, file names, base models and trigger words alike, with one term of a confidential list among them, `TERM`.
"""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import typer

from hubscan.cli import app
from hubscan.formats import base as formats
from tests.forking import Workshop

TEXTS = {
    "script": "<script>alert(1)</script>",
    "attribute": "\"'><img src=x onerror=alert(1)>",
    "template": "{{ 7*191 }}{% include 'x' %}${7*191}#{7*191}",
    "bidi": "\u202egnp.exe\u2066\u200b",
    "terminal": "\x1b[31m\x1b]0;owned\x07\x9b2J\x08\x00\r",
    "markdown": "](https://example.org) ![x](https://example.org/p) <http://example.org> www.example.org **b** `` ` ``",
    "blocks": "a\n\n# heading\n- item\n> quote\n---\n| a | b |\n<b>",
    "formula": '=HYPERLINK("https://evil.example";"x")',
    "command": "@SUM(A1)|cmd' /C calc'!A0",
    "typst": '"; #panic("x") #read("/etc/passwd") $x$ <label> // /* \\',
    "pdf": "endstream endobj << /S /JavaScript /JS (app.alert(1)) >> trailer ) >> (",
    "letters": "مرحبا 123 中文 ไทย \U0001f600 \ue000",
    "surrogate": "\ud800 lone",
    "long": "x" * 1_000_000,
}
TERM = "kettlefish"
"""What the confidential list holds. It stands beside a match of another rule, in a tag, and in a trigger word."""

SECRET = {"HUBSCAN_TERMS_KEY": "a secret of the operator, long enough"}
SHA = "ab" * 32
PACK = {
    "pack.yaml": "id: mine\ntitle: Mine\nversion: 1.0.0\nformat: 1\n",
    "word.yaml": "id: mine/word\ntitle: A word\ncategory: ncii\nmatch: {phrase: [pytorch], in: [name, tag, card]}\n",
    "listed.yaml": "id: mine/listed\ntitle: A listed word\ncategory: ncii\n"
    "match: {term_list: partner, in: [name, tag, card, trigger_word]}\n",
}
REST = (
    "status: stable\nseverity: high\nconfidence: low\nsince: 2026-01-01\nwhy: To test.\naction: None.\n"
    "false_positives: [Others.]\nexamples: {no_match: [{tags: [a]}, {tags: [b]}, {tags: [c]}]}\n"
)
WHO = ("--reviewer", "r-1")


def native(name: str, texts: list[str], **more: Any) -> dict[str, Any]:
    """Return a hub's own object of an upload with these texts; a tag is its own line of evidence."""
    files = [{"rfilename": text, "size": 9_000_000} for text in texts]
    weights = {"rfilename": f"{name[:40]}.safetensors", "size": 9_000_000, "lfs": {"sha256": SHA, "size": 9_000_000}}
    tags = [*(f"pytorch {text}" for text in texts), TERM]
    card = {"base_model": [text for text in texts if len(text) < 100], "instance_prompt": f"x {TERM}"}
    return {"id": name, "author": name, "tags": tags, "siblings": [weights, *files], "cardData": card, **more}


SHORT = [text for kind, text in TEXTS.items() if kind != "long"]


def record(name: str, texts: list[str], rest: str = "", **more: Any) -> str:
    """Return the line of a dump for an upload of this name."""
    card = "\n\n".join(f"{text[-200:]} pytorch {text}" for text in texts) + rest
    card = f"---\ninstance_prompt: a {TERM}\n---\n\nA {TERM} in pytorch and a kettle-fish of ours.\n\n{card}"
    told = native(name, texts, sha="a" * 40, **more)
    return json.dumps({"hub": "huggingface", "kind": "model", "native": told, "card": card}) + "\n"


def uploads() -> str:
    """Return a dump with an upload for each text, by whose name it goes, and one that its hub has taken down."""
    named = [record(name, SHORT) for name in SHORT]
    return "".join([*named, record("</script><b>down", SHORT, disabled=True)])


def long_upload() -> str:
    """Return a dump of one upload that has a line of a million letters, and much of it in a tag and a file name."""
    return record("evil/long", [*SHORT, TEXTS["long"][:50_000]], TEXTS["long"])


@dataclass(frozen=True)
class Output:
    """What one command wrote and said, and in which format."""

    command: str
    fmt: str
    code: int
    data: bytes
    said: str

    def __str__(self) -> str:
        return f"{self.command} --format {self.fmt}"


class House:
    """A folder with a database in it, and what commands made there."""

    def __init__(self, folder: Path, workshop: Workshop) -> None:
        self.folder, self._workshop = folder, workshop
        self.outputs: list[Output] = []

    def write(self) -> None:
        """Write the uploads, the rules and the confidential list."""
        (self.folder / "hub.jsonl").write_text(uploads())
        (self.folder / "long.jsonl").write_text(long_upload())
        (self.folder / "words.txt").write_text("kettle fish\n")
        (self.folder / "mine").mkdir()
        for name, text in PACK.items():
            (self.folder / "mine" / name).write_text(text + (REST if name != "pack.yaml" else ""))

    def run(self, line: str, *more: object) -> Output:
        """Run one command line in its format of choice; a file that `--output FILE` names is its output."""
        words = [*shlex.split(line), *map(str, more)]
        ended = self._workshop.run(*words)
        file = self.folder / words[words.index("--output") + 1] if "--output" in words else None
        made = file.read_bytes() if file and file.exists() else ended.written
        fmt = words[words.index("--format") + 1] if "--format" in words else "text"
        output = Output(command_of(words), fmt, ended.code, made, ended.said)
        self.outputs.append(output)
        return output

    def run_all(self, line: str) -> None:
        """Run a command in each of its formats and editions, with and without --reveal."""
        for options in variants(command_of(shlex.split(line))):
            self.run(line, *options)


@cache
def commands() -> dict[str, Any]:
    """Return every command there is, by its words."""

    def walk(one: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        for name, inner in getattr(one, "commands", {}).items():
            yield from walk(inner, (*words, name))
        if not getattr(one, "commands", None):
            yield " ".join(words), one

    return dict(walk(typer.main.get_command(app), ()))


def command_of(words: list[str]) -> str:
    """Return which command a line is."""
    known = commands()
    return next(name for name in (" ".join(words[:2]), words[0]) if name in known)


def choices(command: str, option: str) -> list[str]:
    """Return what may stand behind an option of a command, nothing where it has none."""
    found = next((one for one in commands()[command].params if option in one.opts), None)
    if found is None:
        return []
    if command == "scan" and option == "--format":
        return list(formats.names())
    default = found.default
    return [one.value for one in type(default)] if hasattr(type(default), "__members__") else found.metavar.split("|")


def variants(command: str) -> Iterator[tuple[str, ...]]:
    """Yield the options that ask for each format and edition, hidden and revealed."""
    reveals = [(), ("--reveal",)] if any("--reveal" in one.opts for one in commands()[command].params) else [()]
    for fmt in choices(command, "--format") or [""]:
        for edition in choices(command, "--edition") or [""]:
            for reveal in reveals:
                asked = ("--format", fmt) if fmt else ()
                yield (*asked, *(("--edition", edition) if edition else ()), *reveal)
