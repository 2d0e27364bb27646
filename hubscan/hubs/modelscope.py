"""ModelScope: models as https://modelscope.cn/openapi/v1 lists them, with card and files by its older interface.

Sources: modelscope-hub 0.5.1 (`_openapi.py`, `_legacy_api.py`) and recorded replies in the tests of other readers. A
list item has name, tags, tasks and dates; the card (`ReadMeContent`) and the files with their SHA-256 are two more
questions. The hub has two sites with repos of their own: this is the one of modelscope.cn, `modelscope_ai` the other.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from hubscan.findings import ScanError
from hubscan.http import Client, Fault, Page, Reply, UrlClass
from hubscan.hubs._cards import Card, as_relation, declared
from hubscan.hubs._fields import Fields, clean, headers, instant, repo_id, sha256, unusable, without_pictures
from hubscan.hubs._usual import Usual, account, error, odd, unread
from hubscan.hubs.base import Account, Listed, Order, Query, Unread
from hubscan.records import BaseModel, FileEntry, RepoRecord, RepoRef, StoredRecord, TextField

LIST_END = 3_000
"""No list goes past so many repos, whatever there is: page_number * page_size above it is refused."""

FILES_END = 3_000
"""A list of files is cut here, and nothing in the reply says so."""

_PAGE = 50
_SORT = {Order.CREATED: "default", Order.CHANGED: "last_modified"}
_NAME = re.compile(r"(?!\.+/)[\w.-]+/(?!\.+$)[\w.-]+", re.ASCII)
_KIND = "model"


class ModelScope(Usual):
    """One of the two sites of ModelScope."""

    with_card = ("Files",)
    refused = MappingProxyType(
        {
            "hashes": "it has no look-up by hash: file hashes come with single models only",
            "reports": "it shows nobody what was reported",
        }
    )
    blind_spots = (
        "ModelScope lists 3,000 models at most, whatever is asked: a sweep sees a part of the hub, an account or a "
        "search mostly all of theirs.",
        "Its lists are read by page number; what moves while they are read may be passed over.",
        "It lists 3,000 files of a model at most and does not say when there are more.",
        "modelscope.cn and modelscope.ai are two sites with models of their own.",
    )
    unverified = (
        "No reply of the live hub was seen: shapes are those of its client library and of other readers' tests.",
        "How it orders a list that no order is asked of, and the most it lists on a page, are not documented.",
        "The pace of one request a second is a guess: the hub publishes no limit.",
        "Whether asking for a card counts as a download is not known.",
    )

    def __init__(self, name: str, title: str, *sites: str) -> None:
        self.name, self.title, self._sites = name, title, sites

    def account(self, endpoint: str | None) -> Account:
        """Ask the site itself, or the endpoint given; see `Connector.account`."""
        return account(self.name, self._sites, endpoint)

    def parse(self, stored: StoredRecord) -> RepoRecord | ScanError:
        """Read one object of either interface; see `Hub.parse`."""
        native = Fields(stored.native)
        name = _name(native)
        if name is None:
            return unusable(stored)
        return _record(stored, native, name, f"{self._sites[0]}/models/{quote(name)}")

    def scrub(self, native: Mapping[str, Any]) -> dict[str, Any]:
        """Drop covers, avatars and picture addresses; see `Hub.scrub`."""
        kept: dict[str, Any] = without_pictures(native)
        return kept

    def pages(self, client: Client, query: Query, start: str | None = None) -> Iterator[Listed]:
        """Yield the list by page number, up to where the hub ends every list; see `Connector.pages`."""
        first = f"{client.settings.endpoint}/openapi/v1/models?{urlencode(_parameters(query))}"
        for page in client.pages(start or first, UrlClass.LISTING, next_of=_onward):
            if isinstance(page, Fault):
                yield Listed((error(page),), None, cut=True)
                continue
            items = (*self._listed(page), *map(error, page.faults), *_capped(page))
            yield Listed(items, page.next_url)

    def fetch(self, client: Client, ref: RepoRef) -> StoredRecord | Unread:
        """Read one model by its name; see `Connector.fetch`."""
        if not _NAME.fullmatch(ref.repo_id):
            return odd(ref)
        url = f"{client.settings.endpoint}/openapi/v1/models/{quote(ref.repo_id)}"
        told = _data(client, url, UrlClass.INFO, ref)
        if not isinstance(told, Mapping):
            return told
        return self._stored(told, url) if _name(Fields(told)) == ref.repo_id else _strange(url, ref)

    def has_card(self, stored: StoredRecord) -> bool | None:
        """Say that only asking tells, but of a private model; see `Connector.has_card`."""
        return False if stored.native.get("private") is True else None

    def card(self, client: Client, stored: StoredRecord) -> StoredRecord | Unread:
        """Read the card, and the files with their hashes: two questions; see `Connector.card`."""
        ref = RepoRef(self.name, _KIND, _name(Fields(stored.native)) or "")
        if not _NAME.fullmatch(ref.repo_id):
            return odd(ref)
        place = f"{client.settings.endpoint}/api/v1/models/{quote(ref.repo_id)}"
        told = _data(client, place, UrlClass.CARD, ref)
        if not isinstance(told, Mapping):
            return told
        tree = _data(client, f"{place}/repo/files?Revision=master&Recursive=True", UrlClass.INFO, ref)
        if not isinstance(tree, Mapping):
            return tree
        card, files = told.get("ReadMeContent"), tree.get("Files")
        if not isinstance(card, str | None) or not isinstance(files, list):
            return _strange(place, ref)
        return replace(stored, card=card or "", native={**stored.native, "Files": files})

    def version(self, stored: StoredRecord) -> str:
        """Return when the list says it last changed: it names no commit."""
        return self.changed_at(stored) or ""

    def changed_at(self, stored: StoredRecord) -> str | None:
        """Return `last_modified`, None where it is no date."""
        return _date(Fields(stored.native), "last_modified", "LastUpdatedTime")

    def _listed(self, page: Page) -> Iterator[StoredRecord | ScanError]:
        where = page.url.partition("?")[0]
        models = _models(page.value)
        if models is None:
            yield ScanError(where, "bad_body", "the hub sent a page without a list of models")
        for number, item in enumerate(models or ()):
            if isinstance(item, Mapping):
                yield self._stored(item, where)
            else:
                yield ScanError(where, "not-a-record", f"item {number} of a page is no object")

    def _stored(self, item: Mapping[str, Any], where: str) -> StoredRecord:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return StoredRecord(self.name, _KIND, item, fetched_at=now, where=where)


def _parameters(query: Query) -> list[tuple[str, str]]:
    wanted = (("owner", query.author), ("search", query.search), ("filter.custom_tag", query.tag))
    return [
        *((name, value) for name, value in wanted if value is not None),
        ("sort", _SORT[query.order]),
        ("page_size", str(min(query.page_size, _PAGE))),
        ("page_number", "1"),
    ]


def _onward(page: Reply[Any]) -> str | None:
    """Name the next page by the number of this one; None behind the last, and where the hub ends every list."""
    place, _, query = page.url.partition("?")
    asked = dict(parse_qsl(query))
    number, size = int(asked["page_number"]), int(asked["page_size"])
    there_is_more = number * size < _total(page.value) and bool(_models(page.value))
    if not there_is_more or (number + 1) * size > LIST_END:
        return None
    return f"{place}?{urlencode(asked | {'page_number': str(number + 1)})}"


def _capped(page: Page) -> Iterator[ScanError]:
    """Say at the end of a list that there is more than the hub lists."""
    asked = dict(parse_qsl(urlsplit(page.url).query))
    seen = int(asked["page_number"]) * int(asked["page_size"])
    if page.next_url is None and _models(page.value) and seen < _total(page.value):
        what = f"the hub has {_total(page.value):,} of these and lists the first {seen:,}"
        yield ScanError(page.url.partition("?")[0], "list_capped", f"{what}: narrow it by --author, --search or --tag")


def _within(value: Any) -> Mapping[str, Any]:
    data = value.get("data") if isinstance(value, Mapping) else None
    return data if isinstance(data, Mapping) else {}


def _models(value: Any) -> list[Any] | None:
    models = _within(value).get("models")
    return models if isinstance(models, list) else None


def _total(value: Any) -> int:
    return Fields(_within(value)).count("total_count") or 0


def _data(client: Client, url: str, url_class: UrlClass, ref: RepoRef) -> Mapping[str, Any] | Unread:
    """Ask about one model: what is under `data` of the one interface and `Data` of the other."""
    reply = client.get_json(url, url_class)
    if isinstance(reply, Fault):
        return unread(reply, ref)
    told = reply.value if isinstance(reply.value, Mapping) else {}
    data = told.get("data", told.get("Data"))
    return data if isinstance(data, Mapping) else _strange(url, ref)


def _strange(url: str, ref: RepoRef) -> ScanError:
    return ScanError(url.partition("?")[0], "bad_body", "the hub sent no such model", ref)


def _name(native: Fields) -> str | None:
    """The id as one interface has it, or owner (`Path`) and `Name` as the other does."""
    said = repo_id(native.text("id")) if isinstance(native.raw("id"), str) else None
    owner, name = native.raw("Path"), native.raw("Name")
    if said is None and isinstance(owner, str) and isinstance(name, str):
        return repo_id(f"{clean(owner)}/{clean(name)}")
    return said


def _record(stored: StoredRecord, native: Fields, name: str, url: str) -> RepoRecord:
    card = declared(stored, native)
    tags = _words(native, "tags", "Tags") or card.fields.texts("tags")
    return RepoRecord(
        ref=RepoRef(stored.hub, stored.kind, name),
        url=url,
        title=native.text("display_name") or name.rpartition("/")[2] or name,
        author=name.rpartition("/")[0] or None,
        tags=tags,
        texts=tuple(_texts(stored, native, card)),
        card=None if stored.card is None else "read" if stored.card.strip() else "none",
        files=_files(native),
        headers=headers(stored),
        base_models=_base_models(tags, card),
        datasets=card.fields.texts("datasets"),
        license=_license(native, card),
        pipeline=next(iter(_words(native, "tasks", "Tasks") or ()), None) or card.fields.text("pipeline_tag"),
        library=card.fields.text("library_name"),
        gated=native.flag("gated"),
        private=native.flag("private"),
        downloads=native.count("downloads") or native.count("Downloads"),
        likes=native.count("likes") or native.count("Stars"),
        created_at=_date(native, "created_at", "CreatedTime"),
        updated_at=_date(native, "last_modified", "LastUpdatedTime"),
        flags=dict(_flags(native)),
        fetched_at=instant(stored.fetched_at) if stored.fetched_at else None,
        malformed=tuple(native.malformed),
    )


def _words(native: Fields, *keys: str) -> tuple[str, ...] | None:
    """Read the first of these lists: texts, or objects with a `Name` as the older interface writes them."""
    for key in keys:
        said = native.raw(key)
        if isinstance(said, list):
            names = [entry.get("Name") if isinstance(entry, Mapping) else entry for entry in said]
            return Fields({key: names}, "", native.malformed).texts(key)
        if said is not None:
            return native.texts(key)
    return None


def _license(native: Fields, card: Card) -> str | None:
    said = (native.text("license") or native.text("License")) if isinstance(native.raw("license"), str | None) else None
    return said or next(iter(card.fields.texts("license") or ()), None) or ("" if native.has("license") else None)


def _base_models(tags: tuple[str, ...] | None, card: Card) -> tuple[BaseModel, ...] | None:
    relations: dict[str, str | None] = {}
    tagged = [tag.partition(":")[2] for tag in tags or () if tag.startswith("base_model:")]
    for rest in tagged:
        word, colon, parent = rest.partition(":")
        relations[parent if colon else rest] = as_relation(word) if colon else None
    for parent, said in card.bases():
        relations[parent] = relations.get(parent) or said
    known = bool(relations) or card.known
    return tuple(BaseModel(parent, said) for parent, said in relations.items() if parent) if known else None


def _files(native: Fields) -> tuple[FileEntry, ...] | None:
    listed = native.inside("Files")
    if listed is None:
        return None
    return tuple(file for entry in listed if entry.raw("Type") != "tree" and (file := _file(entry)))


def _file(entry: Fields) -> FileEntry | None:
    name = entry.text("Path") or entry.text("Name")
    if not name:
        entry.note("Path")
        return None
    said = entry.text("Sha256")
    digest = sha256(said)
    if said and digest is None:
        entry.note("Sha256")
    return FileEntry(name, entry.count("Size"), digest)


def _texts(stored: StoredRecord, native: Fields, card: Card) -> Iterator[TextField]:
    if stored.card:
        yield TextField("card", "card", clean(stored.card), "markdown")
    for key in ("description", "Description", "ChineseName"):
        if text := native.text(key):
            yield TextField(key, "description", text)
    yield from card.texts()


def _flags(native: Fields) -> Iterator[tuple[str, bool | int]]:
    if (mode := native.count("ApprovalMode")) is not None:
        yield "ApprovalMode", mode
    if isinstance(files := native.raw("Files"), list) and len(files) >= FILES_END:
        yield "files cut", True


def _date(native: Fields, key: str, older: str) -> str | None:
    """Read a date as text, or as the seconds since 1970 that the older interface sends."""
    if native.raw(key) is not None or native.raw(older) is None:
        return native.date(key)
    seconds = native.count(older)
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, OSError, ValueError):
        native.note(older)
        return None


HUB = ModelScope("modelscope", "ModelScope", "https://modelscope.cn", "https://www.modelscope.cn")
