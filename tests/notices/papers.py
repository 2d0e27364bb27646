"""Drafts read back: what a reader sees in one, and everything that a file holds, hidden places included."""

import io
from collections.abc import Iterator
from typing import Any

import pypdf

from hubscan.notices import Draft


def opened(data: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(data), strict=True)


def shown(draft: Draft) -> str:
    """Return what a reader sees, a PDF's on one line."""
    if draft.suffix != ".pdf":
        return draft.text.decode("utf-8")
    return " ".join(" ".join(page.extract_text() for page in opened(draft.text).pages).split())


def attached(draft: Draft, name: str = "notice.json") -> bytes:
    (data,) = opened(draft.text).attachments[name]
    return bytes(data)


def everything(draft: Draft) -> str:
    """Return all text in the file: for a PDF every string and stream of every object, undone, and what pages show."""
    if draft.suffix != ".pdf":
        return draft.text.decode("utf-8")
    parts = [part for one in _objects(draft) for part in _strings(one)]
    return "\n".join([draft.text.decode("latin-1"), shown(draft), *parts])


def keys(draft: Draft) -> set[str]:
    """Return every key of every dictionary in a PDF: what it can do stands there."""
    return {key for one in _objects(draft) for key in _keys(one)}


def _objects(draft: Draft) -> Iterator[Any]:
    reader = opened(draft.text)
    for number in range(1, len(reader.xref[0]) + len(reader.xref_objStm) + 1):
        yield reader.get_object(number)


def _keys(value: Any) -> Iterator[str]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    yield from value if isinstance(value, dict) else ()
    for one in inner:
        yield from _keys(one)


def _strings(value: Any) -> list[str]:
    found = [value.get_data().decode("utf-8", "replace")] if isinstance(value, pypdf.generic.StreamObject) else []
    if isinstance(value, dict):
        return [*found, *(part for pair in value.items() for one in pair for part in _strings(one))]
    if isinstance(value, list):
        return [part for one in value for part in _strings(one)]
    return [*found, str(value)] if isinstance(value, str | bytes) else found
