"""Civitai's public REST shapes (https://developer.civitai.com/site/reference/models.md; civitai/civitai source).

What the real list hides is hidden here: real-person models always, models above PG unless `nsfw=true`, and with it
those flagged minor. A page number too deep gets a 429 that never clears.
"""

import base64
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from hubscan.records import StoredRecord
from hubscan.replay.catalog import Catalog, Key, Order, Shelf, rows
from hubscan.replay.wire import Answer, Asked, json_answer

HUB, KIND = "civitai", "model"
DEEPEST = 1000
"""page * limit above this is refused for ever."""

MOST_HASHES = 10_000
PG = 1
_MODEL = re.compile(r"/api/v1/models/(\d+)")
_BY_HASH = re.compile(r"/api/v1/model-versions/by-hash/([0-9A-Za-z]+)")
_FILTERS = ("username", "tag", "ids", "query", "types", "nsfw")


def answer(catalog: Catalog, asked: Asked) -> Answer | None:
    """Return the hub's answer, or None where the address is not one of its."""
    shelf = catalog.shelf(HUB, KIND)
    if asked.path == "/api/v1/models":
        return _listing(shelf, asked)
    if asked.path == "/api/v1/creators":
        return _creators(shelf, asked)
    if match := _MODEL.fullmatch(asked.path):
        record = shelf.records.get(match[1])
        return _missing("model") if record is None or record.native.get("poi") else json_answer(record.native)
    if asked.path == "/api/v1/model-versions/by-hash/ids" and asked.method == "POST":
        return _ids_by_hash(shelf, asked)
    if match := _BY_HASH.fullmatch(asked.path):
        return _version_by_hash(shelf, match[1].upper())
    return None


def _listing(shelf: Shelf, asked: Asked) -> Answer:
    limit, number = asked.number("limit", 100, 100), asked.number("page", 1, 10**6)
    if number * limit > DEEPEST:
        return json_answer({"error": "Rate limit exceeded"}, status=429)
    if asked.first("page") and asked.first("query"):
        return json_answer({"error": "Cannot use page with query"}, status=400)
    wanted = tuple((key, value) for key, value in asked.query if key in _FILTERS)
    value_of = _newest if asked.first("sort") in ("Newest", "Oldest") else _downloads
    order = Order((value_of.__name__, wanted), value_of, lambda record: _wanted(record.native, asked))
    page = shelf.page_up if asked.first("sort") == "Oldest" else shelf.page
    keys, before = page(order, _cursor(asked.first("cursor")), limit)
    for _ in range(number - 1):
        keys, before = page(order, before, limit) if before else ([], None)
    items = [shelf.records[repo_id].native for _, repo_id in keys]
    return json_answer({"items": items, "metadata": _onward(asked, before, limit)})


def _newest(record: StoredRecord) -> str:
    return max((str(v.get("publishedAt") or "") for v in rows(record.native.get("modelVersions"))), default="")


def _downloads(record: StoredRecord) -> int:
    count = _part(record.native, "stats").get("downloadCount")
    return count if isinstance(count, int) else 0


def _wanted(native: Mapping[str, Any], asked: Asked) -> bool:
    tags = native.get("tags")
    ids = [part for value in asked.all("ids") for part in value.split(",")]
    checks = (
        not native.get("poi"),
        not native.get("minor") if asked.on("nsfw") else _is_pg(native),
        not ids or str(native["id"]) in ids,
        asked.first("username") in ("", _part(native, "creator").get("username")),
        not asked.first("tag") or (isinstance(tags, list) and asked.first("tag") in tags),
        asked.first("query").lower() in str(native.get("name", "")).lower(),
        not asked.all("types") or native.get("type") in asked.all("types"),
    )
    return all(checks)


def _is_pg(native: Mapping[str, Any]) -> bool:
    level = native.get("nsfwLevel")
    return bool(level & PG) if isinstance(level, int) else not native.get("nsfw")


def _onward(asked: Asked, before: Key | None, limit: int) -> dict[str, Any]:
    if before is None:
        return {"pageSize": limit}
    cursor = base64.urlsafe_b64encode(json.dumps(before).encode()).decode()
    query = urlencode([*((k, v) for k, v in asked.query if k not in ("cursor", "page")), ("cursor", cursor)])
    return {"pageSize": limit, "nextCursor": cursor, "nextPage": f"{asked.base}{asked.path}?{query}"}


def _cursor(text: str) -> Key | None:
    if not text:
        return None
    value, repo_id = json.loads(base64.urlsafe_b64decode(text))
    return value, repo_id


def _creators(shelf: Shelf, asked: Asked) -> Answer:
    """Accounts with the number of all their models, those that no list shows included: as the hub counts."""
    limit, number = asked.number("limit", 20, 200), asked.number("page", 1, 10**6)
    counted = Counter(_part(record.native, "creator").get("username") for record in shelf.records.values())
    names = sorted(name for name in counted if isinstance(name, str) and asked.first("query").lower() in name.lower())
    shown = names[(number - 1) * limit : number * limit]
    items = [{"username": name, "modelCount": counted[name]} for name in shown]
    pages = -(-len(names) // limit)
    return json_answer({"items": items, "metadata": {"totalPages": pages, "currentPage": number, "pageSize": limit}})


def _ids_by_hash(shelf: Shelf, asked: Asked) -> Answer:
    hashes = json.loads(asked.body or b"[]")
    if len(hashes) > MOST_HASHES:
        return json_answer({"error": "Too many hashes"}, status=400)
    wanted = {str(value).upper() for value in hashes}
    found = [
        {"modelVersionId": version.get("id"), "modelId": record.native["id"], "hash": sha}
        for record, version, hashes in _versions(shelf)
        for sha in sorted(hashes & wanted)
    ]
    return json_answer(found)


def _version_by_hash(shelf: Shelf, wanted: str) -> Answer:
    for record, version, hashes in _versions(shelf):
        if wanted in hashes:
            return json_answer({**version, "modelId": record.native["id"]})
    return _missing("model version")


def _versions(shelf: Shelf) -> Iterator[tuple[StoredRecord, Mapping[str, Any], set[str]]]:
    """Every version with all hashes of its files, upper-case as the hub writes them."""
    for record in shelf.records.values():
        for version in rows(record.native.get("modelVersions")):
            files = rows(version.get("files"))
            yield record, version, {str(h).upper() for file in files for h in _part(file, "hashes").values()}


def _part(native: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = native.get(name)
    return part if isinstance(part, Mapping) else {}


def _missing(what: str) -> Answer:
    return json_answer({"error": f"No {what} found"}, status=404)
