"""From a record to what a rule may test: pieces of text by kind, and facts. Knows nothing of rules or hubs."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from hubscan import frontmatter
from hubscan.records import RepoRecord

KINDS: Mapping[str, str] = {
    "name": "name",
    "author": "uploader",
    "tag": "tags",
    "front_matter": "tags",
    "license": "tags",
    "dataset": "tags",
    "card": "card",
    "description": "card",
    "version": "card",
    "trigger_word": "trigger_words",
    "training_tag": "training_tags",
    "header": "files",
    "file_name": "files",
    "base_model": "lineage",
}
"""What a clause may look `in`, and the facet each kind counts for."""

FACTS: Mapping[str, str] = {
    "hub": "text",
    "kind": "text",
    "pipeline": "text",
    "library": "text",
    "license": "text",
    "card": "text",
    "gated": "yes or no",
    "private": "yes or no",
    "disabled": "yes or no",
    "downloads": "number",
    "likes": "number",
    "files": "number",
    "weights": "number",
    "tags": "number",
    "base_models": "number",
    "datasets": "number",
    "card_length": "number",
    "name_shape": "text",
    "created_at": "date",
    "updated_at": "date",
}
"""What a `field` clause may test, with its type; the hub's own flags come beside them as `flag.<name>`."""

Fact = str | int | bool


class Piece(NamedTuple):
    """A stretch of text of one kind; `offset` is where it starts in the text of `field` (0 but for a card's body)."""

    field: str
    kind: str
    text: str
    markup: str
    offset: int


def pieces(record: RepoRecord) -> Iterator[Piece]:
    """Yield every piece of text of a record, short ones first."""
    yield Piece("name", "name", record.title, "plain", 0)
    if record.author:
        yield Piece("author", "author", record.author, "plain", 0)
    for number, tag in enumerate(record.tags or ()):
        yield Piece(f"tags[{number}]", "tag", tag, "plain", 0)
    for number, base in enumerate(record.base_models or ()):
        yield Piece(f"base_models[{number}]", "base_model", base.name, "plain", 0)
    for number, dataset in enumerate(record.datasets or ()):
        yield Piece(f"datasets[{number}]", "dataset", dataset, "plain", 0)
    if record.license:
        yield Piece("license", "license", record.license, "plain", 0)
    for number, file in enumerate(record.files or ()):
        yield Piece(f"files[{number}].name", "file_name", file.name, "plain", 0)
    for header in record.headers:
        for key, value in header.values.items():
            yield Piece(f"headers[{header.file}].{key}", "header", value, "plain", 0)
    for text in record.texts:
        yield from (
            _card_pieces(text.text)
            if text.kind == "card"
            else (Piece(text.field, text.kind, text.text, text.markup, 0),)
        )


def _card_pieces(card: str) -> Iterator[Piece]:
    start = frontmatter.split(card)[1]
    if start:
        yield Piece("card", "front_matter", card[:start], "plain", 0)
    yield Piece("card", "card", card[start:], "markdown", start)


def facts(record: RepoRecord) -> dict[str, Fact | None]:
    """Return the facts of a record; None where the hub did not say."""
    found: dict[str, Fact | None] = {
        "hub": record.ref.hub,
        "kind": record.ref.kind,
        "files": None if record.files is None else len(record.files),
        "weights": _weight_files(record),
        "name_shape": "number" if _NUMBER_NAME.fullmatch(record.title) else "words",
        "tags": None if record.tags is None else len(record.tags),
        "base_models": None if record.base_models is None else len(record.base_models),
        "datasets": None if record.datasets is None else len(record.datasets),
        "card_length": _card_length(record),
    }
    for name in ("pipeline", "library", "license", "card", "gated", "private", "disabled"):
        found[name] = getattr(record, name)
    for name in ("downloads", "likes", "created_at", "updated_at"):
        found[name] = getattr(record, name)
    found.update({f"flag.{name}": value for name, value in record.flags.items()})
    return found


_NUMBER_NAME = re.compile(r"[0-9][0-9_.\- ]{2,}")
_WEIGHTS = (".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".gguf", ".onnx")


def _weight_files(record: RepoRecord) -> int | None:
    if record.files is None:
        return None
    return sum(file.name.lower().endswith(_WEIGHTS) for file in record.files)


def _card_length(record: RepoRecord) -> int | None:
    if record.card is None:
        return None
    return sum(len(piece.text.strip()) for piece in pieces(record) if piece.kind == "card")


def field_text(record: RepoRecord, field: str) -> str | None:
    """Return the whole original text of `field` as evidence addresses it, or None: how evidence is read again."""
    whole = record.text(field)
    return whole if whole is not None else next((piece.text for piece in pieces(record) if piece.field == field), None)
