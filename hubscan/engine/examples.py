"""Records made from the examples inside rules: what `rules test` runs and `rules docs` shows."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hubscan import bases
from hubscan.engine import grammar
from hubscan.engine.elsewhere import Known, term_lists
from hubscan.engine.match import Matcher
from hubscan.hashlists import Opinion
from hubscan.records import BaseModel, FileEntry, FileHeader, RepoRecord, RepoRef, TextField
from hubscan.rulebook import Example, Rule
from hubscan.uploads import COUNTS, Counts, Uploader

_PLAIN = ("license", "pipeline", "library", "gated", "downloads", "likes", "created_at", "updated_at")


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """An example that does not do what its list says: `expected` is match or no_match, `line` its line in the file."""

    rule: str
    path: str
    line: int
    expected: str


def record(example: Mapping[str, Any]) -> RepoRecord:
    """Return the record an example describes; what it leaves out is unknown."""
    name = str(example.get("name", "example"))
    card = example.get("card")
    plain: dict[str, Any] = {key: example[key] for key in _PLAIN if key in example}
    return RepoRecord(
        ref=RepoRef(example.get("hub", "huggingface"), example.get("kind", "model"), f"example/{name}"),
        url=f"https://hub.example/example/{name}",
        title=name,
        author=_author(example),
        tags=_strings(example, "tags"),
        texts=tuple(_texts(example)),
        card=None if card is None else "read" if card else "none",
        files=_files(example),
        headers=tuple(FileHeader(file, values) for file, values in example.get("headers", {}).items()),
        base_models=_bases(example),
        datasets=_strings(example, "datasets"),
        flags=example.get("flags", {}),
        **plain,
    )


def _strings(example: Mapping[str, Any], key: str) -> tuple[str, ...] | None:
    return tuple(map(str, example[key])) if key in example else None


def _files(example: Mapping[str, Any]) -> tuple[FileEntry, ...] | None:
    names = tuple(FileEntry(str(file)) for file in example.get("files", ()))
    if "file_hash" not in example:
        return names if "files" in example else None
    digest = _digest(str(example["file_hash"].get("list")), str(example["file_hash"].get("opinion")))
    return (*names, FileEntry("weights.safetensors", 10_000_000, digest))


def _author(example: Mapping[str, Any]) -> str | None:
    """An uploader whose counts an example gives is called by them, so that they are found again by the name."""
    if "uploader" not in example:
        return example.get("author")
    return " ".join(f"{count}={example['uploader'].get(count, 0)}" for count in COUNTS)


class _Uploaders(Mapping[Uploader, Counts]):
    """Counts as examples have them: by the name that `_author` makes of them."""

    def __getitem__(self, uploader: Uploader) -> Counts:
        told = dict(part.split("=") for part in uploader[1].split(" ") if "=" in part)
        if told.keys() != set(COUNTS):
            raise KeyError(uploader)
        return Counts(**{count: int(number) for count, number in told.items()})

    def __iter__(self) -> Iterator[Uploader]:
        return iter(())

    def __len__(self) -> int:
        return 0


class _Opinions:
    """Hash lists as examples have them: an example's `file_hash` says which list holds what of its file."""

    def has(self, _: str) -> bool:
        return True

    def held(self, list_id: str, record: RepoRecord) -> Iterator[tuple[int, Opinion]]:
        by_digest = {_digest(list_id, opinion): opinion for opinion in Opinion}
        for place, file in enumerate(record.files or ()):
            if file.sha256 in by_digest:
                yield place, by_digest[file.sha256]


def _digest(list_id: str, opinion: str) -> str:
    return hashlib.sha256(f"{list_id}/{opinion}".encode()).hexdigest()


def known() -> Known:
    """Return what rules may know while their examples are run: what the examples say, and the bases on file."""
    return Known(_Opinions(), bases.shipped(), uploaders=_Uploaders())


def _bases(example: Mapping[str, Any]) -> tuple[BaseModel, ...] | None:
    names = _strings(example, "base_models")
    return None if names is None else tuple(BaseModel(name, example.get("relation")) for name in names)


def _texts(example: Mapping[str, Any]) -> Iterator[TextField]:
    for number, word in enumerate(example.get("trigger_words", ())):
        yield TextField(f"versions[0].trained_words[{number}]", "trigger_word", word)
    for number, version in enumerate(example.get("versions", ())):
        yield TextField(f"versions[{number}].name", "version", version)
    if example.get("description"):
        yield TextField("description", "description", example["description"], "html")
    if example.get("card"):
        yield TextField("card", "card", example["card"], "markdown")


def can_match(rule: Rule) -> bool:
    """Whether a rule can have examples that match: one that asks for confidential terms may not show any."""
    return not any(map(term_lists, grammar.walk(rule.match)))


def run(rule: Rule, matcher: Matcher) -> Iterator[Misbehaviour]:
    """Yield the examples of a rule that misbehave."""
    for expected, examples in (("match", rule.matches), ("no_match", rule.no_matches)):
        for example in examples:
            if _matches(rule, matcher, example) != (expected == "match"):
                yield Misbehaviour(rule.id, rule.path, example.line, expected)


def _matches(rule: Rule, matcher: Matcher, example: Example) -> bool:
    return matcher.explain(rule.id, record(example.fields)).matched
