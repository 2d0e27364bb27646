"""ModelScope's REST shapes, both interfaces (modelscope-hub 0.5.1 `_openapi.py` and `_legacy_api.py`).

Lists by page number, refused past 3,000 as there; single models; cards; files, cut at 3,000 without a word. A dump of
the international site is served where it holds none of the other.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from hubscan.records import StoredRecord
from hubscan.replay.catalog import Catalog, Order, Shelf
from hubscan.replay.wire import Answer, Asked, json_answer

HUBS, KIND = ("modelscope", "modelscope_ai"), "model"
END = 3_000

_LIST = "/openapi/v1/models"
_MODEL = re.compile(r"/openapi/v1/models/([^/]+/[^/]+)")
_OLDER = re.compile(r"/api/v1/models/([^/]+/[^/]+?)(/repo/files)?")
_BESIDE = ("Files",)


def answer(catalog: Catalog, asked: Asked) -> Answer | None:
    """Return the hub's answer, or None where the address is not one of its."""
    shelf = next((shelf for hub in HUBS if (shelf := catalog.shelf(hub, KIND)).records), catalog.shelf(HUBS[0], KIND))
    if asked.path == _LIST:
        return _listing(shelf, asked)
    if match := _MODEL.fullmatch(asked.path):
        record = shelf.records.get(match[1])
        return _missing() if record is None else json_answer({"success": True, "data": _listed(record)})
    if match := _OLDER.fullmatch(asked.path):
        record = shelf.records.get(match[1])
        if record is None:
            return _missing()
        return _older(_files(record) if match[2] else _card(record))
    return None


def _listing(shelf: Shelf, asked: Asked) -> Answer:
    number, size = asked.number("page_number", 1, END), asked.number("page_size", 10, END)
    if number * size > END:
        return json_answer({"success": False, "message": "page_number * page_size must be <= 3000"}, status=400)
    sort = asked.first("sort", "default")
    wanted = tuple((key, value) for key, value in asked.query if key in ("owner", "search", "filter.custom_tag"))
    order = Order((sort, wanted), lambda record: _sort_value(record, sort), lambda record: _wanted(record, wanted))
    keys, _ = shelf.page(order, None, len(shelf.records))
    shown = keys[(number - 1) * size : number * size]
    models = [_listed(shelf.records[repo_id]) for _, repo_id in shown]
    told = {"models": models, "total_count": len(keys), "page_number": number, "page_size": size}
    return json_answer({"success": True, "data": told})


def _sort_value(record: StoredRecord, sort: str) -> Any:
    value = record.native.get("last_modified" if sort == "last_modified" else "downloads")
    wanted = str if sort == "last_modified" else int
    return value if isinstance(value, wanted) else wanted()


def _wanted(record: StoredRecord, wanted: tuple[tuple[str, str], ...]) -> bool:
    repo_id, tags = str(record.native["id"]), record.native.get("tags")
    checks: dict[str, Callable[[str], bool]] = {
        "owner": lambda value: repo_id.partition("/")[0] == value,
        "search": lambda value: value.lower() in repo_id.lower(),
        "filter.custom_tag": lambda value: isinstance(tags, list) and value in tags,
    }
    return not record.native.get("private") and all(checks[key](value) for key, value in wanted)


def _listed(record: StoredRecord) -> dict[str, Any]:
    return {key: value for key, value in record.native.items() if key not in _BESIDE}


def _card(record: StoredRecord) -> Mapping[str, Any]:
    owner, _, name = str(record.native["id"]).partition("/")
    return {"Path": owner, "Name": name, "ReadMeContent": record.card or ""}


def _files(record: StoredRecord) -> Mapping[str, Any]:
    files = record.native.get("Files")
    return {"Files": files[:END] if isinstance(files, list) else []}


def _older(data: Mapping[str, Any]) -> Answer:
    return json_answer({"Code": 200, "Success": True, "Message": "", "Data": data})


def _missing() -> Answer:
    return json_answer({"success": False, "message": "record not found"}, status=404)
