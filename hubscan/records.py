"""What a hub said about one artefact, in one shape for every hub. Types only: parsing lives in `hubs/`.

Throughout, `None` means the hub did not say (not asked for, hidden, or not in the dump) and an empty value means the
hub said "none". The difference decides whether a rule is false or unknown.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import msgspec


@dataclass(frozen=True, slots=True, order=True)
class RepoRef:
    """Which artefact on which hub. `kind` is open-ended: model, dataset, space, bucket, ..."""

    hub: str
    kind: str
    repo_id: str
    revision: str | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"{self.hub}:{self.kind}:{self.repo_id}"


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """One repo as a dump or a crawl holds it: the hub's own API object, and what was read beside it.

    `native` keeps unknown keys; `card` is the whole README text, "" where the hub has none, None where it was not read;
    `headers` maps a file name to its header's key-values. `where` is the place it came from (file:line, URL).
    """

    hub: str
    kind: str
    native: Mapping[str, Any]
    card: str | None = None
    headers: Mapping[str, Mapping[str, str]] | None = None
    fetched_at: str | None = None
    where: str = ""


@dataclass(frozen=True, slots=True)
class TextField:
    """A stretch of text a hub holds for the repo.

    `field` is its address in outputs (`card`, `versions[0].description`), `kind` what a rule calls it (see
    `features.KINDS`), `markup` one of plain, markdown or html. `text` is as received but for embedded pictures, which
    are cut out, and half surrogate pairs, which become U+FFFD; spans count its code points.
    """

    field: str
    kind: str
    text: str
    markup: str = "plain"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file the hub lists: name, size in bytes, published SHA-256 (lower-case hex), other hashes by their name."""

    name: str
    size: int | None = None
    sha256: str | None = None
    hashes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FileHeader:
    """Text key-values from one file's header, embedded pictures already dropped."""

    file: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BaseModel:
    """A declared parent. `relation` is finetune, adapter, merge, quantized, or None where the hub does not say."""

    name: str
    relation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepoRecord:
    """One artefact as its hub described it at `fetched_at` (RFC 3339 UTC, None for an undated dump).

    `title` is the name people read: the last part of `org/name`, or a Civitai title. `texts` holds card, description,
    version texts, trigger words and front-matter strings. `flags` are the hub's own markings by the hub's own name
    (`poi`, `nsfw`, `not-for-all-audiences`, ...). Dates are RFC 3339 strings, already checked. `card` is "read",
    "none" (the hub has no card) or None (not looked at). `pipeline` is the task of a model, or of a data set that has
    one. `malformed` names the hub's fields that came in a shape nobody can read, so that what is None because of them
    can be told from what the hub never sent.
    """

    ref: RepoRef
    url: str
    title: str
    author: str | None = None
    tags: tuple[str, ...] | None = None
    texts: tuple[TextField, ...] = ()
    card: str | None = None
    files: tuple[FileEntry, ...] | None = None
    headers: tuple[FileHeader, ...] = ()
    base_models: tuple[BaseModel, ...] | None = None
    datasets: tuple[str, ...] | None = None
    license: str | None = None
    pipeline: str | None = None
    library: str | None = None
    gated: bool | None = None
    private: bool | None = None
    disabled: bool | None = None
    downloads: int | None = None
    likes: int | None = None
    created_at: str | None = None
    updated_at: str | None = None
    flags: Mapping[str, bool | int | str] = field(default_factory=dict)
    malformed: tuple[str, ...] = ()
    fetched_at: str | None = None

    @property
    def digest(self) -> str:
        """SHA-256 hex over what the uploader or hub wrote: no counts, no fetch time, no revision."""
        return hashlib.sha256(_canonical({name: getattr(self, name) for name in _DIGESTED})).hexdigest()

    def text(self, name: str) -> str | None:
        """Return the original text of the field addressed `name`, or None: how evidence is read again."""
        return next((t.text for t in self.texts if t.field == name), None)


_VOLATILE = frozenset({"downloads", "likes", "malformed", "fetched_at", "ref", "url"})
_DIGESTED = tuple(f.name for f in fields(RepoRecord) if f.name not in _VOLATILE)


def _canonical(value: Any) -> bytes:
    # `json` and not msgspec writes it: half a surrogate pair in a stranger's text must not end a scan.
    return json.dumps(msgspec.to_builtins(value), sort_keys=True, separators=(",", ":")).encode()
