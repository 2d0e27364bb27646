"""Civitai: models as https://civitai.com/api/v1/models lists and describes them.

Reference: https://developer.civitai.com/site/reference/models.md. A model has versions, each with its trigger words,
files and base model; pictures, which the API sends along, are never read. The public list leaves out every model marked
`poi` (and, on an adult pass, `minor`), so `False` there is what the reply said and no proof.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hubscan.findings import ScanError
from hubscan.hubs._fields import Fields, clean, headers, instant, repo_id, sha256, unusable, without_pictures
from hubscan.records import BaseModel, FileEntry, RepoRecord, RepoRef, StoredRecord, TextField

SITE = "https://civitai.com"

_BOOLEANS = ("nsfw", "minor", "poi", "sfwOnly", "supportsGeneration")
_PERMISSIONS = ("allowNoCredit", "allowDerivatives", "allowDifferentLicense")
_WORDS = ("type", "mode", "availability")
_HASHES = ("AutoV1", "AutoV2", "AutoV3", "CRC32", "BLAKE3")
_MAX_WORD = 64
_MAX_KILOBYTES = 2**50
_SHOWING = re.compile(r"<(?:img|picture|source|video|audio|iframe|embed)\b[^<>]*", re.IGNORECASE)
_SOURCE = re.compile(r"""\b((?:src|srcset|poster)\s*=)\s*(?:"[^"]*"?|'[^']*'?|[^\s"'>]+)""", re.IGNORECASE)


class Civitai:
    """The hub of https://civitai.com."""

    name = "civitai"
    title = "Civitai"

    def parse(self, stored: StoredRecord) -> RepoRecord | ScanError:
        """Read one object of the API; see `Hub.parse`."""
        native = Fields(stored.native)
        number = _id(native)
        return unusable(stored) if number is None else _record(stored, native, number)

    def scrub(self, native: Mapping[str, Any]) -> dict[str, Any]:
        """Drop the sample pictures, the uploader's portrait and picture addresses in texts; see `Hub.scrub`."""
        kept: dict[str, Any] = without_pictures(native)
        versions = kept.get("modelVersions")
        for holder in (kept, *(versions if isinstance(versions, list) else ())):
            if isinstance(holder, dict) and isinstance(html := holder.get("description"), str):
                holder["description"] = _without_sources(html)
        return kept


def _id(native: Fields) -> str | None:
    said = native.raw("id")
    if isinstance(said, str):
        return repo_id(said) if said.isascii() and said.isdigit() else None
    number = native.count("id")
    return None if number is None else str(number)


def _record(stored: StoredRecord, native: Fields, number: str) -> RepoRecord:
    versions = native.inside("modelVersions")
    dates = sorted(date for version in versions or () if (date := _published(version)))
    stats = native.mapping("stats")
    counts = Fields(stats or {}, "stats.", native.malformed)
    return RepoRecord(
        ref=RepoRef(stored.hub, stored.kind, number),
        url=f"{SITE}/models/{number}",
        title=native.text("name") or number,
        author=_creator(native),
        tags=_tags(native),
        texts=tuple(_texts(native, versions or ())),
        card=_card_state(native),
        files=_files(versions),
        headers=headers(stored),
        base_models=_base_models(native, versions),
        gated=_availability(native, "EarlyAccess"),
        private=_availability(native, "Private"),
        disabled=True if native.raw("mode") == "TakenDown" else None,
        downloads=counts.count("downloadCount"),
        likes=counts.count("thumbsUpCount"),
        created_at=native.date("createdAt") or (dates[0] if dates else None),
        updated_at=native.date("lastVersionAt") or (dates[-1] if dates else None),
        flags=dict(_flags(native)),
        fetched_at=instant(stored.fetched_at) if stored.fetched_at else None,
        malformed=tuple(native.malformed),
    )


def _creator(native: Fields) -> str | None:
    return Fields(native.mapping("creator") or {}, "creator.", native.malformed).text("username")


def _published(version: Fields) -> str | None:
    return version.date("publishedAt") or version.date("createdAt")


def _availability(native: Fields, word: str) -> bool | None:
    said = native.raw("availability")
    return said == word if isinstance(said, str) else None


def _card_state(native: Fields) -> str | None:
    """The description is the card here; null is how the API says that there is none."""
    if not native.has("description"):
        return None
    said = native.raw("description")
    if said is None or (isinstance(said, str) and not said.strip()):
        return "none"
    return "read" if isinstance(said, str) else None


def _tags(native: Fields) -> tuple[str, ...] | None:
    """Read tags as texts, or as the objects with a `name` that some replies hold."""
    said = native.raw("tags")
    if not isinstance(said, list):
        return native.texts("tags")
    names = [tag.get("name") if isinstance(tag, Mapping) else tag for tag in said]
    return Fields({"tags": names}, "", native.malformed).texts("tags")


def _flags(native: Fields) -> Iterator[tuple[str, bool | int | str]]:
    for key in (*_BOOLEANS, *_PERMISSIONS):
        if (flag := native.flag(key)) is not None:
            yield key, flag
    if (level := native.count("nsfwLevel")) is not None:
        yield "nsfwLevel", level
    for key in _WORDS:
        if word := native.text(key):
            yield key, word[:_MAX_WORD]
    if (uses := native.texts("allowCommercialUse")) is not None:
        yield "allowCommercialUse", _uses(uses)


def _uses(said: tuple[str, ...]) -> str:
    """Join the permitted uses; older replies hold them as one text, `{Image,RentCivit}`."""
    words = ",".join(said).strip("{}").split(",")
    return ",".join(word.strip()[:_MAX_WORD] for word in words)


def _base_models(native: Fields, versions: tuple[Fields, ...] | None) -> tuple[BaseModel, ...] | None:
    listed = native.texts("baseModels")
    if versions is None and listed is None:
        return None
    names = (*(version.text("baseModel") for version in versions or ()), *(listed or ()))
    return tuple(BaseModel(name) for name in dict.fromkeys(names) if name)


def _files(versions: tuple[Fields, ...] | None) -> tuple[FileEntry, ...] | None:
    if versions is None:
        return None
    lists = [version.inside("files") for version in versions]
    if versions and all(files is None for files in lists):
        return None
    return tuple(file for files in lists for entry in files or () if (file := _file(entry)))


def _file(entry: Fields) -> FileEntry | None:
    name = entry.text("name")
    if not name:
        entry.note("name")
        return None
    hashes = entry.mapping("hashes") or {}
    said = hashes.get("SHA256")
    digest = sha256(said) if isinstance(said, str) else None
    if said is not None and digest is None:
        entry.note("hashes.SHA256")
    others = {key: clean(value) for key in _HASHES if isinstance(value := hashes.get(key), str)}
    return FileEntry(name, _size(entry), digest, others)


def _size(entry: Fields) -> int | None:
    kilobytes = entry.raw("sizeKB")
    if isinstance(kilobytes, int | float) and not isinstance(kilobytes, bool) and 0 <= kilobytes < _MAX_KILOBYTES:
        return round(kilobytes * 1024)
    if kilobytes is not None:
        entry.note("sizeKB")
    return None


def _texts(native: Fields, versions: tuple[Fields, ...]) -> Iterator[TextField]:
    if description := native.text("description"):
        yield TextField("description", "description", _without_sources(description), "html")
    for number, version in enumerate(versions):
        yield from _version_texts(version, f"versions[{number}]")


def _version_texts(version: Fields, place: str) -> Iterator[TextField]:
    if name := version.text("name"):
        yield TextField(f"{place}.name", "version", name)
    if description := version.text("description"):
        yield TextField(f"{place}.description", "version", _without_sources(description), "html")
    for number, words in enumerate(version.texts("trainedWords") or ()):
        yield TextField(f"{place}.trained_words[{number}]", "trigger_word", words)


def _without_sources(html: str) -> str:
    """Empty the picture and film addresses in HTML; links and alternative texts stay."""
    return _SHOWING.sub(lambda tag: _SOURCE.sub(r'\1""', tag[0]), html)


HUB = Civitai()
