"""Hugging Face's REST shapes (https://huggingface.co/docs/hub/api, huggingface_hub 2.4 `hf_api.py`).

List, info, README and other files by `/resolve/`, discussions. Paging is by key, as on the hub: what moves to the front
of a list while it is read is not seen again behind the cursor.
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from hubscan.records import StoredRecord
from hubscan.replay.blobs import blob_of, ranged
from hubscan.replay.catalog import Catalog, Key, Order, Shelf, revision
from hubscan.replay.wire import Answer, Asked, json_answer, refusal

HUB = "huggingface"
KINDS = {"models": "model", "datasets": "dataset", "spaces": "space"}
SORTS = ("trendingScore", "lastModified", "createdAt", "downloads", "likes")
DISABLED = "Access to this resource is disabled."

_LIST = re.compile(r"/api/(models|datasets|spaces)")
_DISCUSSIONS = re.compile(r"/api/(models|datasets|spaces)/(.+)/discussions")
_INFO = re.compile(r"/api/(models|datasets|spaces)/(.+?)(?:/revision/([^/]+))?")
_FILE = re.compile(r"/(?:(datasets|spaces)/)?([^/]+(?:/[^/]+)?)/resolve/([^/]+)/(.+)")
_SHORT = ("_id", "id", "modelId", "createdAt", "likes", "trendingScore", "private", "downloads", "tags")
_KNOWN = ("pipeline_tag", "library_name")
_FULL = ("author", "sha", "lastModified", "gated", "disabled", "siblings")


def answer(catalog: Catalog, asked: Asked) -> Answer | None:
    """Return the hub's answer, or None where the address is not one of its."""
    if match := _LIST.fullmatch(asked.path):
        return _listing(catalog.shelf(HUB, KINDS[match[1]]), asked)
    if match := _DISCUSSIONS.fullmatch(asked.path):
        return _discussions(catalog.discussions.get(match[2], []))
    if match := _INFO.fullmatch(asked.path):
        found = _find(catalog, asked, match[1], match[2], match[3])
        return found if isinstance(found, Answer) else _info(found, asked)
    if match := _FILE.fullmatch(asked.path):
        found = _find(catalog, asked, match[1] or "models", match[2], match[3])
        return found if isinstance(found, Answer) else _file(catalog, found, asked, match[4])
    return None


def _listing(shelf: Shelf, asked: Asked) -> Answer:
    sort = asked.first("sort", "trendingScore")
    if sort not in SORTS:
        return refusal(400, message=f"sort must be one of {', '.join(SORTS)}")
    limit, before = asked.number("limit", 1000, 1000), _cursor(asked.first("cursor"))
    wanted = tuple((key, value) for key, value in asked.query if key in ("author", "search", "filter"))
    order = Order((sort, wanted), lambda record: _sort_value(record, sort), lambda record: _wanted(record, wanted))
    keys, onward = shelf.page(order, before, limit)
    fields = _fields(asked)
    items = [_shape(shelf.records[repo_id].native, fields) for _, repo_id in keys]
    return json_answer(items, _link(asked, onward) if onward else {})


def _sort_value(record: StoredRecord, sort: str) -> Any:
    """Text for dates, a number for counts; what lacks it comes last."""
    value = record.native.get(sort)
    if sort in ("lastModified", "createdAt"):
        return value if isinstance(value, str) else ""
    return value if isinstance(value, int | float) else 0


def _wanted(record: StoredRecord, wanted: tuple[tuple[str, str], ...]) -> bool:
    repo_id = str(record.native["id"])
    tags = record.native.get("tags")
    checks: dict[str, Callable[[str], bool]] = {
        "author": lambda value: repo_id.partition("/")[0] == value,
        "search": lambda value: value.lower() in repo_id.lower(),
        "filter": lambda value: isinstance(tags, list) and all(tag in tags for tag in value.split(",")),
    }
    return not record.native.get("private") and all(checks[key](value) for key, value in wanted)


def _fields(asked: Asked) -> frozenset[str]:
    """The fields a list item has: those asked for, or the hub's short or full set."""
    if expand := asked.all("expand") + asked.all("expand[]"):
        return frozenset({"_id", "id", *expand})
    full = _FULL if asked.on("full") else ()
    return frozenset({*_SHORT, *_KNOWN, *full, *(("cardData",) if asked.on("cardData") else ())})


def _shape(native: Mapping[str, Any], fields: frozenset[str] | None) -> dict[str, Any]:
    shaped = {key: value for key, value in native.items() if fields is None or key in fields}
    return shaped | {"siblings": _bare(shaped["siblings"])} if "siblings" in shaped else shaped


def _bare(siblings: Any) -> Any:
    """File names only: sizes and hashes come with `blobs=true` and never in a list."""
    if not isinstance(siblings, list):
        return siblings
    return [{"rfilename": file.get("rfilename")} if isinstance(file, dict) else file for file in siblings]


def _link(asked: Asked, onward: Key) -> dict[str, str]:
    cursor = base64.urlsafe_b64encode(json.dumps(onward).encode()).decode()
    query = urlencode([*((key, value) for key, value in asked.query if key != "cursor"), ("cursor", cursor)])
    return {"Link": f'<{asked.base}{asked.path}?{query}>; rel="next"'}


def _cursor(text: str) -> Key | None:
    if not text:
        return None
    value, repo_id = json.loads(base64.urlsafe_b64decode(text))
    return value, repo_id


def _find(catalog: Catalog, asked: Asked, kinds: str, repo_id: str, rev: str | None) -> StoredRecord | Answer:
    """The record, or the way the hub says no: moved, unknown, not for you, no such commit."""
    if new := catalog.renamed.get(repo_id):
        return Answer(307, {"Location": asked.target.replace(repo_id, new, 1)})
    record = catalog.shelf(HUB, KINDS[kinds]).records.get(repo_id)
    if record is None or (record.native.get("private") and "authorization" not in asked.headers):
        return refusal(401, "RepoNotFound", "Repository not found")
    if record.native.get("disabled"):
        return refusal(403, message=DISABLED)
    if rev not in (None, "main", revision(record)):
        return refusal(404, "RevisionNotFound", f"Invalid rev id: {rev}")
    return record


def _info(record: StoredRecord, asked: Asked) -> Answer:
    native = {**record.native, "sha": revision(record)}
    if expand := asked.all("expand") + asked.all("expand[]"):
        return json_answer(_shape(native, frozenset({"_id", "id", *expand})))
    return json_answer(native if asked.on("blobs") else _shape(native, None))


def _discussions(found: list[dict[str, Any]]) -> Answer:
    return json_answer({"discussions": found, "count": len(found), "start": 0})


def _file(catalog: Catalog, record: StoredRecord, asked: Asked, name: str) -> Answer:
    """A file's bytes. Of a gated repo nothing is shown, README included: what the real hub does there varies."""
    if record.native.get("gated") and "authorization" not in asked.headers:
        return refusal(401, "GatedRepo", "Access to this repo is restricted")
    commit = {"X-Repo-Commit": revision(record)}
    if name == "README.md" and record.card:
        body = record.card.encode("utf-8", "replace")
        etag = f'"{hashlib.sha256(body).hexdigest()[:40]}"'
        return Answer(200, {"Content-Type": "text/plain; charset=utf-8", "ETag": etag, **commit}, body)
    blob = blob_of(catalog, record, name)
    return ranged(blob, asked, commit) if blob else refusal(404, "EntryNotFound", "Entry not found")
