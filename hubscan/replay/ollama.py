"""A registry of layers as Ollama's (OCI distribution specification; ollama/ollama `server/images.go`).

The manifest is made anew, so that its digests fit the texts of the dump. A weight layer keeps its digest and size; its
bytes, which nobody should ask for, are zeros. What a dump knows from a library page alone has no manifest.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from hubscan.records import StoredRecord
from hubscan.replay.blobs import Blob, ranged
from hubscan.replay.catalog import Catalog, Shelf, rows
from hubscan.replay.wire import Answer, Asked, json_answer

HUB, KIND = "ollama", "model"
LAYER = "application/vnd.ollama.image."
CONFIG = "application/vnd.docker.container.image.v1+json"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"

_MANIFEST = re.compile(r"/v2/([^/]+)/([^/]+)/manifests/([^/]+)")
_BLOB = re.compile(r"/v2/([^/]+)/([^/]+)/blobs/sha256:([0-9a-f]{64})")


def answer(catalog: Catalog, asked: Asked) -> Answer | None:
    """Return the registry's answer, or None where the address is not one of its."""
    shelf = catalog.shelf(HUB, KIND)
    if match := _MANIFEST.fullmatch(asked.path):
        record = shelf.records.get(_named(match[1], match[2], match[3]))
        if record is None or not isinstance(record.native.get("manifest"), Mapping):
            return _missing("MANIFEST_UNKNOWN")
        return json_answer(manifest_of(record), {"Content-Type": "text/plain; charset=utf-8"})
    if match := _BLOB.fullmatch(asked.path):
        found = next(_blobs(shelf, _named(match[1], match[2], "latest"), match[3]), None)
        if isinstance(found, bytes):
            return Answer(200, {"Content-Type": "application/octet-stream"}, found)
        return _missing("BLOB_UNKNOWN") if found is None else ranged(found, asked, {})
    return None


def manifest_of(record: StoredRecord) -> dict[str, Any]:
    """Return the manifest whose digests are those of what is served."""
    texts = {kind: iter(bodies) for kind, bodies in _texts(record).items()}
    layers = []
    for layer in rows(_manifest(record).get("layers")):
        kind = str(layer.get("mediaType")).removeprefix(LAYER)
        body = next(texts.get(kind, iter(())), None)
        layers.append(layer if body is None else {**layer, **_described(body)})
    config = {"mediaType": CONFIG, **_described(_config(record))}
    return {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers}


def _named(account: str, name: str, tag: str) -> str:
    owner = "" if account == "library" else f"{account}/"
    return owner + name + ("" if tag == "latest" else f":{tag}")


def _blobs(shelf: Shelf, name: str, digest: str) -> Iterator[bytes | Blob]:
    """What has this digest among the layers of all tags of a model: a text, or weights that are zeros."""
    for repo_id, record in shelf.records.items():
        if repo_id != name and not repo_id.startswith(f"{name}:"):
            continue
        bodies = [_config(record), *(body for some in _texts(record).values() for body in some)]
        yield from (body for body in bodies if hashlib.sha256(body).hexdigest() == digest)
        for layer in rows(_manifest(record).get("layers")):
            if layer.get("digest") == f"sha256:{digest}" and isinstance(size := layer.get("size"), int):
                yield Blob(b"", size)


def _manifest(record: StoredRecord) -> Mapping[str, Any]:
    manifest = record.native.get("manifest")
    return manifest if isinstance(manifest, Mapping) else {}


def _config(record: StoredRecord) -> bytes:
    return json.dumps(record.native.get("config") or {}).encode()


def _texts(record: StoredRecord) -> dict[str, list[bytes]]:
    layers = record.native.get("layers")
    told = layers.items() if isinstance(layers, Mapping) else ()
    return {
        str(kind): [str(text).encode("utf-8", "replace") for text in texts]
        for kind, texts in told
        if isinstance(texts, list)
    }


def _described(body: bytes) -> dict[str, Any]:
    return {"digest": f"sha256:{hashlib.sha256(body).hexdigest()}", "size": len(body)}


def _missing(code: str) -> Answer:
    return json_answer({"errors": [{"code": code}]}, status=404)
