"""Hugging Face: models, data sets and spaces, as https://huggingface.co/api lists and describes them.

Both shapes are read, the listing's and the single repo's. The hub repeats the card's front matter in three places
(`cardData`, tags such as `license:mit`, and `baseModels`); they are read together, tags first. The card's own YAML is
parsed only where the hub sent no `cardData`, because that costs more than all the rest. What is asked over the network
is in `_huggingface_api`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias
from urllib.parse import quote

from hubscan.findings import ScanError
from hubscan.hubs._cards import Card, as_relation, declared
from hubscan.hubs._fields import Fields, clean, headers, instant, repo_id, sha256, unusable, without_pictures
from hubscan.hubs._huggingface_api import BLOBS, HuggingFaceApi
from hubscan.records import BaseModel, FileEntry, FileHeader, RepoRecord, RepoRef, StoredRecord, TextField

SITE = "https://huggingface.co"
_ADULT_TAG = "not-for-all-audiences"
_PREFIX = {"model": "", "dataset": "datasets/", "space": "spaces/"}
_GATES = {"auto": True, "manual": True, "true": True, "false": False}
_PARSED_FILE = "*.gguf"
"""The hub does not say which of the GGUF files it has read."""
_PARSED_KEYS = {"architecture": "general.architecture", "chat_template": "tokenizer.chat_template"}
_Tagged: TypeAlias = dict[str, list[str]]


_PLAIN = re.compile(r"[\w.\-~/]*", re.ASCII)


class HuggingFace(HuggingFaceApi):
    """The hub of https://huggingface.co."""

    title = "Hugging Face"

    def parse(self, stored: StoredRecord) -> RepoRecord | ScanError:
        """Read one object of the API; see `Hub.parse`."""
        native = Fields(stored.native)
        name = repo_id(native.text("id")) or repo_id(native.text("modelId"))
        if name is None:
            return unusable(stored)
        return _record(stored, native, name, declared(stored, native))

    def scrub(self, native: Mapping[str, Any]) -> dict[str, Any]:
        """Drop widgets' pictures, thumbnails and their addresses; see `Hub.scrub`."""
        kept: dict[str, Any] = without_pictures(native)
        return kept


def _record(stored: StoredRecord, native: Fields, name: str, card: Card) -> RepoRecord:
    tags = native.texts("tags")
    tagged = None if tags is None else _by_prefix(tags)
    files = _files(native)
    return RepoRecord(
        ref=RepoRef(stored.hub, stored.kind, name, native.text("sha")),
        url=_address(stored.kind, name),
        title=name.rpartition("/")[2] or name,
        author=native.text("author") or name.rpartition("/")[0] or None,
        tags=tags if tags is not None else card.fields.texts("tags"),
        texts=tuple(_texts(stored, native, card)),
        card=_card_state(stored.card, files),
        files=files,
        headers=(*headers(stored), *_parsed_header(stored, native)),
        base_models=_base_models(native, tagged, card),
        datasets=_datasets(tagged, card),
        license=_license(tagged, card),
        pipeline=native.text("pipeline_tag") or card.fields.text("pipeline_tag") or _task(tagged, card),
        library=native.text("library_name") or native.text("sdk") or card.fields.text("library_name"),
        gated=_gated(native),
        private=native.flag("private"),
        disabled=native.flag("disabled"),
        downloads=native.count("downloads"),
        likes=native.count("likes"),
        created_at=native.date("createdAt"),
        updated_at=native.date("lastModified"),
        flags=dict(_flags(native, tags)),
        fetched_at=instant(stored.fetched_at) if stored.fetched_at else None,
        malformed=tuple(native.malformed),
    )


def _parsed_header(stored: StoredRecord, native: Fields) -> Iterator[FileHeader]:
    """Yield what the hub has read of a GGUF header, under the keys it has there; the file itself says more."""
    told = native.mapping("gguf")
    if not told or any(name.lower().endswith(".gguf") for name in stored.headers or {}):
        return
    fields = Fields(told, "gguf.", native.malformed)
    found = {key: text for name, key in _PARSED_KEYS.items() if (text := fields.text(name))}
    if found:
        yield FileHeader(_PARSED_FILE, found)


def _address(kind: str, name: str) -> str:
    prefix = _PREFIX.get(kind)
    path = name if _PLAIN.fullmatch(name) else quote(name)
    return f"{SITE}/{f'{quote(kind)}s/' if prefix is None else prefix}{path}"


def _card_state(card: str | None, files: tuple[FileEntry, ...] | None) -> str | None:
    if card:
        return "none" if card.isspace() else "read"
    listed_without = files is not None and not any(file.name.lower() == "readme.md" for file in files)
    return "none" if card == "" or listed_without else None


def _gated(native: Fields) -> bool | None:
    said = native.raw("gated")
    if not isinstance(said, str):
        return native.flag("gated")
    if said.lower() not in _GATES:
        native.note("gated")
    return _GATES.get(said.lower())


def _flags(native: Fields, tags: tuple[str, ...] | None) -> Iterator[tuple[str, bool | int]]:
    if tags is not None:
        yield _ADULT_TAG, _ADULT_TAG in tags
    if (reports := native.inside("discussions")) is not None:
        yield "reports", len(reports)


def _by_prefix(tags: tuple[str, ...]) -> _Tagged:
    """Group tags such as `license:mit` by what stands before the colon."""
    groups: _Tagged = {}
    for tag in tags:
        prefix, _, rest = tag.partition(":")
        if rest:
            groups.setdefault(prefix, []).append(rest)
    return groups


def _license(tagged: _Tagged | None, card: Card) -> str | None:
    said = (tagged or {}).get("license") or card.fields.texts("license")
    return next(iter(said or ()), None) or ("" if tagged is not None or card.known else None)


def _task(tagged: _Tagged | None, card: Card) -> str | None:
    """Return what a data set is for, where it names one task alone: the hub has no pipeline for data sets."""
    tasks = (tagged or {}).get("task_categories") or card.fields.texts("task_categories") or ()
    return next(iter(tasks)) if len(set(tasks)) == 1 else None


def _datasets(tagged: _Tagged | None, card: Card) -> tuple[str, ...] | None:
    declared = card.fields.texts("datasets")
    if tagged is None and declared is None and not card.known:
        return None
    return tuple(dict.fromkeys((*(tagged or {}).get("dataset", ()), *(declared or ()))))


def _base_models(native: Fields, tagged: _Tagged | None, card: Card) -> tuple[BaseModel, ...] | None:
    """Join the three places; a name keeps the first relation any of them gives it."""
    relations: dict[str, str | None] = {}
    said = native.mapping("baseModels")
    for name, relation in (*_from_base_models(said, native), *_from_tags(tagged), *card.bases()):
        relations[name] = relations.get(name) or relation
    if not relations and said is None and tagged is None and not card.known:
        return None
    return tuple(BaseModel(name, relation) for name, relation in relations.items())


def _from_base_models(said: Mapping[str, Any] | None, native: Fields) -> Iterator[tuple[str, str | None]]:
    if not said:
        return
    fields = Fields(said, "baseModels.", native.malformed)
    relation = as_relation(fields.text("relation"))
    for model in fields.inside("models") or ():
        if name := model.text("id"):
            yield name, relation


def _from_tags(tagged: _Tagged | None) -> Iterator[tuple[str, str | None]]:
    for rest in (tagged or {}).get("base_model", ()):
        relation, colon, name = rest.partition(":")
        if not colon:
            yield rest, None
        elif name:
            yield name, as_relation(relation)


def _files(native: Fields) -> tuple[FileEntry, ...] | None:
    blobs = Fields(native.mapping(BLOBS) or {}, f"{BLOBS}.", native.malformed)
    hashed = blobs.raw("sha") is not None and blobs.raw("sha") == native.raw("sha")  # else of another version
    siblings = (blobs if hashed else native).inside("siblings")
    return None if siblings is None else tuple(file for entry in siblings if (file := _file(entry)))


def _file(entry: Fields) -> FileEntry | None:
    name = entry.text("rfilename")
    if not name:
        entry.note("rfilename")
        return None
    digest = (entry.mapping("lfs") or {}).get("sha256")
    known = sha256(digest) if isinstance(digest, str) else None
    if digest is not None and known is None:
        entry.note("lfs.sha256")
    return FileEntry(name, entry.count("size"), known)


def _texts(stored: StoredRecord, native: Fields, card: Card) -> Iterator[TextField]:
    if stored.card:
        yield TextField("card", "card", clean(stored.card), "markdown")
    if description := native.text("description"):
        yield TextField("description", "description", description)
    yield from card.texts()


HUB = HuggingFace()
