"""Ollama: models by name from https://registry.ollama.ai, a registry of layers: manifest, config and the small texts.

Sources: ollama/ollama `server/images.go` and `server/create.go` (media types), the OCI distribution specification
(digests), and public reading of manifests (ollama/ollama#6470). A manifest names each layer with its media type, size
and SHA-256. Only layers of text are asked for, under their stated size and never above `TEXT_CAP`; the weights are
known by their digest, which is the SHA-256 of the very file. The native object is made here of those replies:
`manifest` and `config` as they came, `layers` with the texts by kind, `unread` with what could not be read and why.

Nothing lists the registry (ollama/ollama#286), so models are named. Rows of a library page, with `name`, `description`
and `readme` as the card, are read from dumps.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from hubscan.findings import ScanError
from hubscan.http import Client, Fault, Reply, UrlClass, parse_json, text_of
from hubscan.hubs._fields import Fields, clean, headers, instant, repo_id, sha256, unusable, without_pictures
from hubscan.hubs._usual import Usual, account, odd, unread
from hubscan.hubs.base import Account, Listed, Query, Unread
from hubscan.records import FileEntry, RepoRecord, RepoRef, StoredRecord, TextField

SITE = "https://ollama.com"
REGISTRY = "https://registry.ollama.ai"
FILE_HOSTS = (".r2.cloudflarestorage.com",)
"""Where the registry keeps its layers (ollama/ollama#5021). No token goes along."""

TEXTS = ("system", "template", "messages", "params", "license")
"""Kinds of layer that are text, those that say most first."""

TEXT_CAP = 256 * 1024
"""Bytes. A licence, the longest of them, has some 30 KiB."""

MOST_TEXTS = 24
"""Of one model; what is beyond is told as `too_many`."""

_LAYER = "application/vnd.ollama.image."
_NAME = re.compile(r"(?:([A-Za-z0-9][\w.-]{0,79})/)?([A-Za-z0-9][\w.-]{0,79})(?::(\w[\w.-]{0,79}))?", re.ASCII)
_ABILITIES = re.compile(r"tools|thinking|vision|embedding|audio|cloud|insert")
_ABOUT = ("model_format", "model_family", "model_type", "file_type", "remote_host", "remote_model")
_LONGEST_LICENSE = 80
_MAX_WORD = 64


class Ollama(Usual):
    """The registry behind `ollama pull`."""

    name = "ollama"
    title = "Ollama"
    refused = MappingProxyType(
        {
            "list": "its registry lists nothing, neither all models nor those of an account",
            "author": "its registry does not list what an account has",
            "search": "its registry has no search",
            "tag": "its registry knows no tags but those that tell versions of one model apart",
            "since": "its registry gives no dates",
            "hashes": "its registry finds layers within a named model only",
            "reports": "it shows nobody what was reported",
        }
    )
    blind_spots = (
        "Ollama's registry lists nothing: only models that were named were looked at, each at the one tag named.",
        "Its registry does not have what stands on a model's page: description, README, dates and counts.",
    )
    unverified = (
        "No reply of the live registry was seen: shapes are those of the program's source and of manifests in issues.",
        "Whether the registry counts a manifest that is asked for as a pull is not known; no layer of weights ever is.",
        "That layers lie with one storage provider, so that a redirect there is followed, was read in an issue only.",
        "The pace of one request a second is a guess: the registry publishes no limit.",
    )

    def account(self, endpoint: str | None) -> Account:
        """Ask the registry, or the endpoint given; see `Connector.account`."""
        return account(self.name, (REGISTRY,), endpoint)

    def parse(self, stored: StoredRecord) -> RepoRecord | ScanError:
        """Read what `fetch` put together, or a row of the library; see `Hub.parse`."""
        native = Fields(stored.native)
        key = "id" if native.has("id") else "name"  # a row of the library page, stored as it is, has a name alone
        name = repo_id(native.text(key)) if isinstance(native.raw(key), str) else None
        return unusable(stored) if name is None else _record(stored, native, name)

    def scrub(self, native: Mapping[str, Any]) -> dict[str, Any]:
        """Drop what is no text metadata; see `Hub.scrub`."""
        kept: dict[str, Any] = without_pictures(native)
        return kept

    def pages(self, client: Client, query: Query, start: str | None = None) -> Iterator[Listed]:  # noqa: ARG002
        """Yield nothing: there is no list; see `refused`."""
        return iter(())

    def fetch(self, client: Client, ref: RepoRef) -> StoredRecord | Unread:
        """Read manifest, config and texts of one model; a layer that cannot be read costs no other."""
        entry = self.entry(client, ref)
        if not isinstance(entry, StoredRecord):
            return entry
        place = entry.where.rpartition("/manifests/")[0]
        return replace(entry, native={**entry.native, **_read(client, place, entry.native["manifest"])})

    def entry(self, client: Client, ref: RepoRef) -> StoredRecord | Unread:
        """Read the manifest alone: it names every layer by its digest; see `Connector.entry`."""
        named = _NAME.fullmatch(ref.repo_id)
        if not named or ".." in ref.repo_id:
            return odd(ref)
        url = f"{client.settings.endpoint}/v2/{named[1] or 'library'}/{named[2]}/manifests/{named[3] or 'latest'}"
        reply = client.get_json(url, UrlClass.INFO)
        if isinstance(reply, Fault):
            return unread(reply, ref)
        if not isinstance(reply.value, Mapping) or not isinstance(reply.value.get("layers"), list):
            return ScanError(url, "bad_body", "the registry sent no manifest", ref)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        native = {"id": _canonical(named), "manifest": reply.value}
        return StoredRecord(self.name, self.kinds[0], native, fetched_at=now, where=url)

    def gaps(self, stored: StoredRecord) -> tuple[ScanError, ...]:
        """Name each text of the model that could not be read; see `Connector.gaps`."""
        said = stored.native.get("unread")
        record = self.parse(stored)
        if not isinstance(said, Mapping) or isinstance(record, ScanError):
            return ()
        return tuple(
            ScanError(stored.where, str(why), f"its {kind} could not be read", record.ref) for kind, why in said.items()
        )

    def version(self, stored: StoredRecord) -> str:
        """Return a digest of the manifest; see `Connector.version`."""
        manifest = stored.native.get("manifest")
        return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest() if manifest else ""

    def changed_at(self, stored: StoredRecord) -> str | None:  # noqa: ARG002
        """Return None: the registry gives no dates; see `refused`."""
        return None


def _canonical(named: re.Match[str]) -> str:
    """The name as people write it: `library/` and `:latest` go without saying."""
    owner = "" if named[1] in (None, "library") else f"{named[1]}/"
    return owner + named[2] + ("" if named[3] in (None, "latest") else f":{named[3]}")


def _read(client: Client, place: str, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return `config`, `layers` and `unread` of a model."""
    config: Any = {}
    texts: dict[str, list[str]] = {}
    missing: dict[str, str] = {}
    body = _blob(client, place, manifest.get("config"), UrlClass.INFO)
    try:
        config = parse_json(body) if isinstance(body, bytes) else {}
    except ValueError:
        body = "bad_body"
    if isinstance(body, str):
        missing["config"] = body
    listed = _texts_of(manifest["layers"])
    for kind, layer in listed[:MOST_TEXTS]:
        body = _blob(client, place, layer, UrlClass.CARD)
        if isinstance(body, bytes):
            texts.setdefault(kind, []).append(clean(text_of(body)))
        else:
            missing.setdefault(kind, body)
    for kind, _ in listed[MOST_TEXTS:]:
        missing.setdefault(kind, "too_many")
    return {"config": config, "layers": texts, "unread": missing}


def _texts_of(layers: Sequence[Any]) -> list[tuple[str, Any]]:
    """The layers of text with their kind, those that say most first."""
    kinds = [(_kind(layer), layer) for layer in layers]
    return sorted((one for one in kinds if one[0] in TEXTS), key=lambda one: TEXTS.index(one[0]))


def _kind(layer: Any) -> str:
    said = layer.get("mediaType") if isinstance(layer, Mapping) else None
    return said.removeprefix(_LAYER) if isinstance(said, str) and said.startswith(_LAYER) else ""


def _blob(client: Client, place: str, layer: Any, url_class: UrlClass) -> bytes | str:
    """Return a small layer whose bytes have the digest that the manifest names, or in a word why not."""
    fields = Fields(layer if isinstance(layer, Mapping) else {})
    digest, size = _digest(fields), fields.count("size")
    if digest is None or size is None:
        return "bad_manifest"
    if size > TEXT_CAP:
        return "too_large"
    reply = client.get_blob(f"{place}/blobs/sha256:{digest}", url_class, cap=size, also_hosts=FILE_HOSTS)
    if isinstance(reply, Fault):
        return reply.kind.value
    return _proven(reply, digest)


def _proven(reply: Reply[bytes], digest: str) -> bytes | str:
    if hashlib.sha256(reply.value).hexdigest() != digest:
        return "bad_digest"
    return "wrong_type" if b"\0" in reply.value else reply.value  # no text holds a null byte; weights do


def _digest(layer: Fields) -> str | None:
    algorithm, _, digest = (layer.text("digest") or "").partition(":")
    return sha256(digest) if algorithm == "sha256" else None


def _record(stored: StoredRecord, native: Fields, name: str) -> RepoRecord:
    owner, _, bare = name.rpartition("/")
    manifest = Fields(native.mapping("manifest") or {}, "manifest.", native.malformed)
    config = Fields(native.mapping("config") or {}, "config.", native.malformed)
    layers = Fields(native.mapping("layers") or {}, "layers.", native.malformed)
    return RepoRecord(
        ref=RepoRef(stored.hub, stored.kind, name, _revision(manifest)),
        url=f"{SITE}/{quote(owner or 'library')}/{quote(bare, safe=':')}",
        title=bare or name,
        author=owner or None,
        tags=_abilities(native),
        texts=tuple(_texts(stored, native, layers)),
        card=None if stored.card is None else "read" if stored.card.strip() else "none",
        files=_files(manifest),
        headers=headers(stored),
        license=_license(native, layers),
        library=config.text("model_format"),
        flags={key: word[:_MAX_WORD] for key in _ABOUT if (word := config.text(key))},
        fetched_at=instant(stored.fetched_at) if stored.fetched_at else None,
        malformed=tuple(native.malformed),
    )


def _revision(manifest: Fields) -> str | None:
    config = manifest.mapping("config")
    return _digest(Fields(config)) if config else None


def _abilities(native: Fields) -> tuple[str, ...] | None:
    """What a library page says a model can be used for: words that stand there without anything between them."""
    said = native.text("capabilities")
    if said is None:
        return None
    return tuple(dict.fromkeys(_ABILITIES.findall(said))) or ((said[:_MAX_WORD],) if said else ())


def _texts(stored: StoredRecord, native: Fields, layers: Fields) -> Iterator[TextField]:
    if stored.card:
        yield TextField("card", "card", clean(stored.card), "markdown")
    if description := native.text("description"):
        yield TextField("description", "description", description)
    for kind in TEXTS:
        for number, text in enumerate(layers.texts(kind) or ()):
            if text:
                yield TextField(f"{kind}[{number}]", "description", text)


def _files(manifest: Fields) -> tuple[FileEntry, ...] | None:
    """The layers as files: a weight layer's digest is the SHA-256 of the file it was made from."""
    listed = manifest.inside("layers")
    if listed is None:
        return None
    kinds = [_kind({"mediaType": layer.text("mediaType")}) or "layer" for layer in listed]
    names = [f"{kind}[{kinds[:number].count(kind)}]" for number, kind in enumerate(kinds)]
    return tuple(
        FileEntry(clean(name), layer.count("size"), _digest(layer)) for name, layer in zip(names, listed, strict=True)
    )


def _license(native: Fields, layers: Fields) -> str | None:
    """The first line of the licence; none where all layers were read and no licence is among them."""
    texts = layers.texts("license")
    lines = (line.strip() for text in texts or () for line in text.splitlines() if line.strip())
    if first := next(lines, None):
        return first[:_LONGEST_LICENSE]
    missing = native.raw("unread")
    return "" if isinstance(missing, Mapping) and "license" not in missing and native.raw("manifest") else None


HUB = Ollama()
