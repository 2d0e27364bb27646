"""Reading a stranger's JSON object field by field, and keeping pictures out. Shared by the hubs, not one itself."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from hubscan import pictures
from hubscan.findings import ScanError
from hubscan.records import FileHeader, StoredRecord

_OBJECT = (dict, Mapping)
"""A JSON object. `dict` alone would do for what this package decodes; it stands first because to ask is cheap."""
_MAX_ID = 512
_MAX_COUNT = 2**63
_MAX_DEPTH = 64
_HALF_PAIR = re.compile("[\ud800-\udfff]")
_AS_HUBS_WRITE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?Z")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Fields:
    """One object of a hub, asked for by key. Absent and null are None; the wrong shape is None and noted.

    `malformed` collects the places (`modelVersions[].files`) in the order they were met, shared with `inside`.
    """

    __slots__ = ("_place", "_values", "malformed")

    def __init__(self, values: Mapping[str, Any], place: str = "", malformed: dict[str, None] | None = None) -> None:
        self._values = values
        self._place = place
        self.malformed: dict[str, None] = {} if malformed is None else malformed

    def raw(self, key: str) -> Any:
        """Return what stands there, unread."""
        return self._values.get(key)

    def has(self, key: str) -> bool:
        """Say whether the hub sent the key at all, null included."""
        return key in self._values

    def text(self, key: str) -> str | None:
        """Return text as it may be kept: see `clean`."""
        value = self._values.get(key)
        return clean(value) if isinstance(value, str) else self._none(key, value)

    def flag(self, key: str) -> bool | None:
        """Return true or false."""
        value = self._values.get(key)
        return value if isinstance(value, bool) else self._none(key, value)

    def count(self, key: str) -> int | None:
        """Return a whole number of 0 or more that a database can hold; `3.0` is one."""
        value = self._values.get(key)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MAX_COUNT
        return value if is_count else self._none(key, value)

    def date(self, key: str) -> str | None:
        """Return a time as RFC 3339 in UTC to the second."""
        value = self._values.get(key)
        return (instant(value) if isinstance(value, str) else None) or self._none(key, value)

    def texts(self, key: str) -> tuple[str, ...] | None:
        """Return a list of texts; one text alone is a list of one. Entries that are no text are left out and noted."""
        value = self._values.get(key)
        if isinstance(value, str):
            return (clean(value),)
        if not isinstance(value, list):
            self._none(key, value)
            return None
        if _all_plain(value):
            return tuple(value)
        kept = tuple(clean(entry) for entry in value if isinstance(entry, str))
        if len(kept) != len(value):
            self.note(key)
        return kept

    def mapping(self, key: str) -> Mapping[str, Any] | None:
        """Return an object as it is."""
        value = self._values.get(key)
        return value if value is None or isinstance(value, _OBJECT) else self._none(key, value)

    def inside(self, key: str) -> "tuple[Fields, ...] | None":
        """Return a list of objects, each to be asked in its turn; others in it are left out and noted."""
        value = self._values.get(key)
        if not isinstance(value, list):
            self._none(key, value)
            return None
        place = f"{self._place}{key}[]."
        kept = tuple(Fields(entry, place, self.malformed) for entry in value if isinstance(entry, _OBJECT))
        if len(kept) != len(value):
            self.note(key)
        return kept

    def note(self, key: str) -> None:
        """Say that what stands under `key` cannot be read."""
        self.malformed[self._place + key] = None

    def _none(self, key: str, value: Any) -> Any:
        if value is not None:
            self.note(key)
        return None


def _all_plain(entries: list[Any]) -> bool:
    """Say in one step, for speed, whether all are texts that `clean` would not touch."""
    try:
        joined = "\n".join(entries)
    except TypeError:
        return False
    return joined.isascii() and pictures.EMBEDDED_MARK not in joined


def clean(text: str) -> str:
    """Return `text` fit to keep: embedded pictures cut out, half surrogate pairs (no UTF-8 holds them) made U+FFFD."""
    text = pictures.without_embedded(text)
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return _HALF_PAIR.sub("\ufffd", text)
    return text


def instant(text: str) -> str | None:
    """Return an ISO 8601 time as RFC 3339 in UTC to the second, None if it is none. No zone is taken as UTC."""
    try:
        when = datetime.fromisoformat(text)
        if _AS_HUBS_WRITE.fullmatch(text):
            return f"{text[:19]}Z"
        if when.tzinfo:
            when = when.astimezone(UTC)
        return when.isoformat(timespec="seconds")[:19] + "Z"
    except (ValueError, OverflowError):
        return None


def sha256(text: str | None) -> str | None:
    """Return a SHA-256 as 64 lower-case hex digits, None if `text` is not one."""
    lower = text.lower() if text else ""
    return lower if _SHA256.fullmatch(lower) else None


def repo_id(text: str | None) -> str | None:
    """Return an id that can name a repo in one line of output, None if `text` cannot."""
    return text if text and len(text) <= _MAX_ID and text.isprintable() and text.strip() else None


def unusable(stored: StoredRecord) -> ScanError:
    """Say that a record names no repo, so nothing can be said about it."""
    return ScanError(stored.where, "no-id", f"a {stored.hub} object without a usable id")


def headers(stored: StoredRecord) -> tuple[FileHeader, ...]:
    """Return the stored file headers without embedded pictures."""
    return tuple(FileHeader(clean(file), _text_only(values)) for file, values in (stored.headers or {}).items())


def _text_only(values: Mapping[str, str]) -> dict[str, str]:
    return pictures.text_only((clean(key), clean(value)) for key, value in values.items())


def without_addresses(text: str) -> str:
    """Return a text without the addresses of pictures that stand in it, and without embedded ones."""
    return pictures.without_addresses(clean(text))


def without_pictures(value: Any, depth: int = 0) -> Any:
    """Return a JSON value without picture fields, picture addresses that stand alone, and embedded pictures."""
    if isinstance(value, str):
        return "" if pictures.is_address(value) else clean(value)
    if depth > _MAX_DEPTH:
        return None
    if isinstance(value, Mapping):
        kept = ((str(key), inner) for key, inner in value.items())
        return {clean(key): without_pictures(inner, depth + 1) for key, inner in kept if not pictures.is_key(key)}
    if isinstance(value, list):
        return [without_pictures(entry, depth + 1) for entry in value]
    return value
