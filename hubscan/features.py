"""From a record to what a rule may test: pieces of text by kind, and facts. Knows nothing of rules or hubs."""

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sized
from typing import NamedTuple

from hubscan import declared, frontmatter, names, tasks, training
from hubscan.records import FileHeader, RepoRecord

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

Fact = str | int | bool
FLAG = "flag."
"""What the name of a fact begins with that is one of the hub's own flags."""


class Piece(NamedTuple):
    """A stretch of text of one kind; `offset` is where it starts in the text of `field` (0 but for a card's body)."""

    field: str
    kind: str
    text: str
    markup: str
    offset: int


_REPEATED = ("base_model:", "dataset:", "license:", "region:", "arxiv:", "doi:")
"""Tags that the hub makes from other fields of the record, which are read there."""


def pieces(record: RepoRecord, idle: Container[str] = ()) -> Iterator[Piece]:
    """Yield every piece of text of a record, short ones first; no label, tag or file name whose text is `idle`."""
    for place, kind, texts in _lists(record):
        for number, text in enumerate(texts):
            if text and text not in idle and not (kind == "tag" and text.startswith(_REPEATED)):
                yield Piece(place.format(number), kind, text, "plain", 0)
    yield from said(record)


def said(record: RepoRecord) -> Iterator[Piece]:
    """Yield what headers, cards and other texts say: all pieces but names, tags and the like."""
    for number, header in enumerate(record.headers):
        yield from _header_pieces(f"headers[{number}]", header)
    for field in record.texts:
        if field.kind == "card":
            yield from _card_pieces(field.text)
        elif not (field.field.startswith(_WIDGET) and len(field.text) > _LONGEST_SAMPLE):
            yield Piece(field.field, field.kind, field.text, field.markup, 0)


def _lists(record: RepoRecord) -> Iterator[tuple[str, str, Iterable[str]]]:
    """Yield short texts by the place of each in the record, and their kind."""
    yield "name", "name", (record.title,)
    yield "author", "author", (record.author or "",)
    yield "license", "license", (record.license or "",)
    yield "tags[{}]", "tag", record.tags or ()
    yield "base_models[{}]", "base_model", [base.name for base in record.base_models or ()]
    yield "datasets[{}]", "dataset", record.datasets or ()
    yield "files[{}].name", "file_name", [file.name for file in record.files or ()]


def _header_pieces(place: str, header: FileHeader) -> Iterator[Piece]:
    for said in declared.texts(header.values):
        if not said.place[1:].startswith(training.DECODED):
            yield Piece(f"{place}{said.place}", said.kind, said.text, "plain", 0)
    for number, word in enumerate(training.triggers(header.values)):
        yield Piece(f"{place}:training_triggers[{number}]", "trigger_word", word, "plain", 0)
    for number, tag in enumerate(training.tags(header.values)):
        yield Piece(f"{place}:training_tags[{number}]", "training_tag", tag.tag, "plain", 0)
    for number, folder in enumerate(training.folders(header.values)):
        yield Piece(f"{place}:training_folders[{number}]", "training_tag", folder, "plain", 0)


def shares(record: RepoRecord) -> Mapping[str, float]:
    """Return, for the address of each training tag, the share of its file's training images that carry it (0 to 1)."""
    found: dict[str, float] = {}
    for number, header in enumerate(record.headers):
        place, by_folder = f"headers[{number}]", training.folder_shares(header.values)
        found |= {f"{place}:training_tags[{n}]": tag.share for n, tag in enumerate(training.tags(header.values))}
        found |= {f"{place}:training_folders[{n}]": by_folder[name] for n, name in enumerate(by_folder)}
    return found


_WIDGET = "front_matter.widget"
_LONGEST_SAMPLE = 1000
_SAMPLE = re.compile(rf"^[ \t]*(?:- )?(?:text|context|source_sentence): .{{{_LONGEST_SAMPLE},}}$", re.MULTILINE)
"""A whole document in the front matter: what a model is to be tried on, no word of what it is (a prompt is shorter)."""


def _card_pieces(card: str) -> Iterator[Piece]:
    start = frontmatter.split(card)[1]
    if start:
        fence = card.rfind("\n", 0, len(card[:start].rstrip()))  # under text it would make a heading of the last line
        yield from _around_samples(card[: fence + 1], "front_matter", "plain")
    elif card.startswith("---"):  # front matter that never ends, as where a card was cut
        yield from _around_samples(card, "card", "markdown")
        return
    yield Piece("card", "card", card[start:], "markdown", start)


def _around_samples(text: str, kind: str, markup: str) -> Iterator[Piece]:
    at = 0
    for sample in _SAMPLE.finditer(text):
        yield Piece("card", kind, text[at : sample.start()], markup, at)
        at = sample.end()
    yield Piece("card", kind, text[at:], markup, at)


def fact(record: RepoRecord, name: str) -> Fact | None:
    """Return one fact of a record, or one of the hub's own flags as `flag.<name>`; None where the hub did not say."""
    if name.startswith(FLAG):
        return record.flags.get(name.removeprefix(FLAG))
    return FACTS[name](record)


def flags_set(record: RepoRecord) -> list[str]:
    """Return the facts that are flags and neither off nor 0."""
    return [FLAG + name for name, value in record.flags.items() if value]


def _count(values: Sized | None) -> int | None:
    return None if values is None else len(values)


def _weight_files(record: RepoRecord) -> int | None:
    if record.files is None:
        return None
    return sum(file.name.lower().endswith(_WEIGHTS) for file in record.files)


def _card_length(record: RepoRecord) -> int | None:
    if record.card is None:
        return None
    return sum(len(piece.text.strip()) for piece in pieces(record) if piece.kind == "card")


def _makes(record: RepoRecord) -> str | None:
    if record.pipeline:
        return tasks.makes(record.pipeline)
    return tasks.makes_by_signs(record.tags or (), (file.name for file in record.files or ()))


def _title_in_card(record: RepoRecord) -> bool | None:
    if record.card is None:
        return None
    return any(record.title in field.text for field in record.texts if field.kind in ("card", "description"))


_WEIGHTS = (".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".gguf", ".onnx")

FACTS: Mapping[str, Callable[[RepoRecord], Fact | None]] = {
    "hub": lambda record: record.ref.hub,
    "kind": lambda record: record.ref.kind,
    "name_shape": lambda record: names.shape(record.title),
    "title_in_card": _title_in_card,
    "pipeline": lambda record: record.pipeline,
    "makes": _makes,
    "library": lambda record: record.library,
    "license": lambda record: record.license,
    "card": lambda record: record.card,
    "card_length": _card_length,
    "gated": lambda record: record.gated,
    "private": lambda record: record.private,
    "disabled": lambda record: record.disabled,
    "downloads": lambda record: record.downloads,
    "likes": lambda record: record.likes,
    "files": lambda record: _count(record.files),
    "weights": _weight_files,
    "tags": lambda record: _count(record.tags),
    "base_models": lambda record: _count(record.base_models),
    "datasets": lambda record: _count(record.datasets),
    "created_at": lambda record: record.created_at,
    "updated_at": lambda record: record.updated_at,
}
"""What a `field` clause may test; a text, a number, a date (RFC 3339) or yes or no."""


def field_text(record: RepoRecord, field: str) -> str | None:
    """Return the whole original text of `field` as evidence addresses it, or None: how evidence is read again."""
    whole = record.text(field)
    return whole if whole is not None else next((piece.text for piece in pieces(record) if piece.field == field), None)
