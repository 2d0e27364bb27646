"""Civitai: models as https://civitai.com/api/v1/models lists and describes them.

Reference: https://developer.civitai.com/site/reference/models.md. A model has versions, each with its trigger words,
files and base model; pictures, which the API sends along, are never read. The public list leaves out every model marked
`poi` (and, on an adult pass, `minor`), so `False` there is what the reply said and no proof (civitai/civitai
src/server/services/model-search.service.ts, August 2026).

The list is read by cursor, never by page number: past 1,000 models that gets a 429 for ever. A cursor is opaque, and
the address of the next page that comes with it may name the hub's other host, so only the cursor is taken from it.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from hubscan.findings import ScanError
from hubscan.http import Client, Fault, Page, Reply, UrlClass
from hubscan.hubs._fields import Fields, clean, headers, instant, repo_id, sha256, unusable, without_pictures
from hubscan.hubs._usual import Usual, account, error, odd, unread
from hubscan.hubs.base import Account, Holder, Listed, Order, Query, Unread
from hubscan.records import BaseModel, FileEntry, RepoRecord, RepoRef, StoredRecord, TextField

SITES = ("https://civitai.com", "https://civitai.red")
"""The same hub under two names since April 2026; which models either shows is not stated anywhere."""

ADULT = "nsfw"
"""The second list: without it only models that are shown to everybody, with it all but those marked minor."""

HASHES_A_CALL = 10_000
EMPTY_PAGES = 50
"""Filters work behind the paging, so a page may be empty and have a next one (civitai/civitai#1848)."""

DEEPEST = 1_000
"""page * limit above this is answered with a 429 that never clears."""

_SORT = {Order.CREATED: "Oldest", Order.CHANGED: "Newest"}
"""Both are by the time of the last version. What changes while the oldest are read first moves to the end of the list
and is met there again; so nothing is passed over."""

_ACCOUNTS_A_PAGE = 200
_MAX_CURSOR = 2_000

_BOOLEANS = ("nsfw", "minor", "poi", "sfwOnly", "supportsGeneration")
_PERMISSIONS = ("allowNoCredit", "allowDerivatives", "allowDifferentLicense")
_WORDS = ("type", "mode", "availability")
_HASHES = ("AutoV1", "AutoV2", "AutoV3", "CRC32", "BLAKE3")
_DIGITS = re.compile(r"[0-9]{1,19}")
_MAX_WORD = 64
_MAX_KILOBYTES = 2**50
_SHOWING = re.compile(r"<(?:img|picture|source|video|audio|iframe|embed)\b[^<>]*", re.IGNORECASE)
_SOURCE = re.compile(r"""\b((?:src|srcset|poster)\s*=)\s*(?:"[^"]*"?|'[^']*'?|[^\s"'>]+)""", re.IGNORECASE)


class Civitai(Usual):
    """The hub of https://civitai.com."""

    name = "civitai"
    title = "Civitai"
    views = ("", ADULT)
    refused = MappingProxyType(
        {
            "reports": "it shows nobody what was reported",
            "headers": "a file is had by its download address alone, and that counts as a download",
        }
    )
    blind_spots = (
        "Civitai's list never has models that it marks as showing a real person, nor, among adult ones, those that it "
        "marks as showing a minor: look those up by id or by hash.",
        "Civitai shows less in some countries and says so nowhere. A model it does not show may be there.",
        "A tag that Civitai has blocked finds nothing, as if nothing carried it.",
        "By reports of its users, a list by cursor may leave out a model between two pages (civitai/civitai#1372).",
        "A description that changes without a new version does not move a model in the list by change.",
    )
    unverified = (
        "No reply of the live hub was seen: shapes are those of its documentation and of its source of August 2026.",
        "What the hub hides from lists is a setting of its servers and may have changed.",
        "Whether civitai.com and civitai.red list the same models is not known.",
        "The pace of one request a second is a guess: the hub publishes no limit.",
        "Accounts are counted by page number, which may be refused past the first thousand accounts.",
    )

    def parse(self, stored: StoredRecord) -> RepoRecord | ScanError:
        """Read one object of the API; see `Hub.parse`."""
        native = Fields(stored.native)
        number = _id(native)
        return unusable(stored) if number is None else _record(stored, native, number)

    def scrub(self, native: Mapping[str, Any]) -> dict[str, Any]:
        """Drop the sample pictures, the uploader's portrait and picture addresses in texts; see `Hub.scrub`."""
        kept: dict[str, Any] = _without_sources_within(without_pictures(native))
        return kept

    def account(self, endpoint: str | None) -> Account:
        """Ask civitai.com, or civitai.red where that is the endpoint; see `Connector.account`."""
        return account(self.name, SITES, endpoint)

    def pages(self, client: Client, query: Query, start: str | None = None) -> Iterator[Listed]:
        """Yield the list, or its adult part, by cursor; see `Connector.pages`."""
        first = f"{client.settings.endpoint}/api/v1/models?{urlencode(_parameters(query))}"
        for page in client.pages(start or first, UrlClass.LISTING, next_of=_onward(first), empty_pages=EMPTY_PAGES):
            if isinstance(page, Fault):
                yield Listed((error(page),), None, cut=True)
                continue
            yield Listed((*_listed(page), *map(error, page.faults)), page.next_url)

    def fetch(self, client: Client, ref: RepoRef) -> StoredRecord | Unread:
        """Read one model by its id: also one that the lists hide for being marked as showing a minor."""
        if not _DIGITS.fullmatch(ref.repo_id):
            return odd(ref)
        reply = client.get_json(f"{client.settings.endpoint}/api/v1/models/{ref.repo_id}", UrlClass.INFO)
        if isinstance(reply, Fault):
            return unread(reply, ref)
        where = reply.url.partition("?")[0]
        if not isinstance(reply.value, Mapping) or _id(Fields(reply.value)) != ref.repo_id:
            return ScanError(where, "bad_body", "the hub sent no such model", ref)
        return _stored(reply.value, where)

    def hidden(self, client: Client, record: RepoRecord, vantage: str | None) -> str:
        """Look the model up by the hashes of its files, and ask for a stated vantage.

        By its id nobody is shown a model marked as showing a real person, and in some countries no adult one
        (`blind_spots`); the look-up by hash knows whatever is published (civitai/civitai, August 2026).
        """
        hashes = sorted({file.sha256 for file in record.files or () if file.sha256})
        if not hashes:
            return "not found by its id, and no SHA-256 of a file of it is known to look it up by"
        for found in self.holders(client, hashes):
            if isinstance(found, ScanError):
                return f"not found by its id, and the look-up by hash failed: {found.kind}"
            if found.ref == record.ref:
                return "not found by its id, but the look-up by hash still names it: it is hidden, not gone"
        if vantage is None:
            return "not found by its id or hashes, but Civitai hides models by country: say where you read from"
        return ""

    def holders(self, client: Client, hashes: Sequence[str]) -> Iterator[Holder | ScanError]:
        """Ask by-hash/ids, ten thousand SHA-256 a time; see `Connector.holders`."""
        for start in range(0, len(hashes), HASHES_A_CALL):
            asked = [digest.upper() for digest in hashes[start : start + HASHES_A_CALL]]
            url = f"{client.settings.endpoint}/api/v1/model-versions/by-hash/ids"
            reply = client.post_json(url, asked, UrlClass.HASH)
            if isinstance(reply, Fault):
                yield error(reply)
            elif not isinstance(reply.value, list):
                yield ScanError(url, "bad_body", "the hub sent no list of versions")
            else:
                yield from _holders(reply.value, {digest.lower() for digest in asked}, url)

    def counts(self, client: Client, author: str | None) -> Iterator[Mapping[str, int] | ScanError]:
        """Ask /creators: of one account in one request, of all of them two hundred a time; see `Connector.counts`."""
        number: int | None = 1
        while number is not None:
            final = {HTTPStatus.TOO_MANY_REQUESTS} if number * _ACCOUNTS_A_PAGE > DEEPEST else ()
            reply = client.get_json(*_creators(client.settings.endpoint, author, number), final=final)
            if isinstance(reply, Fault):
                yield error(reply)
                return
            counted, last = _counted(reply.value)
            yield counted
            number = number + 1 if author is None and counted and number < last else None

    def version(self, stored: StoredRecord) -> str:
        """Return a digest of what the list says, but for counts: the hub gives a model no revision."""
        record = self.parse(stored)
        return record.digest if isinstance(record, RepoRecord) else ""

    def changed_at(self, stored: StoredRecord) -> str | None:
        """Return when the latest version was published."""
        record = self.parse(stored)
        return record.updated_at if isinstance(record, RepoRecord) else None


def _parameters(query: Query) -> list[tuple[str, str]]:
    wanted = (("username", query.author), ("query", query.search), ("tag", query.tag))
    return [
        *((name, value) for name, value in wanted if value is not None),
        ("sort", _SORT[query.order]),
        ("limit", str(min(query.page_size, 100))),
        *((("nsfw", "true"),) if query.view == ADULT else ()),
    ]


def _onward(first: str) -> Callable[[Reply[Any]], str | None]:
    """Make the reader of a page's cursor: the next page is asked for where the first one was."""

    def onward(page: Reply[Any]) -> str | None:
        metadata = page.value.get("metadata") if isinstance(page.value, Mapping) else None
        cursor = _cursor(metadata) if isinstance(metadata, Mapping) else ""
        return f"{first}&{urlencode({'cursor': cursor})}" if cursor else None

    return onward


def _cursor(metadata: Mapping[str, Any]) -> str:
    said = metadata.get("nextCursor")
    if said is None and isinstance(place := metadata.get("nextPage"), str):
        said = _asked_in(place).get("cursor")
    cursor = str(said) if isinstance(said, str | int) and not isinstance(said, bool) else ""
    return cursor if len(cursor) <= _MAX_CURSOR else ""


def _asked_in(address: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(urlsplit(address).query))
    except ValueError:
        return {}


def _listed(page: Page) -> Iterator[StoredRecord | ScanError]:
    where = page.url.partition("?")[0]
    items = page.value.get("items") if isinstance(page.value, Mapping) else None
    if not isinstance(items, list):
        yield ScanError(where, "bad_body", "the hub sent a page without a list of models")
        return
    for number, item in enumerate(items):
        if isinstance(item, Mapping):
            yield _stored(item, where)
        else:
            yield ScanError(where, "not-a-record", f"item {number} of a page is no object")


def _stored(item: Mapping[str, Any], where: str) -> StoredRecord:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return StoredRecord(Civitai.name, Civitai.kinds[0], item, fetched_at=now, where=where)


def _holders(found: Sequence[Any], asked: Collection[str], where: str) -> Iterator[Holder | ScanError]:
    """Read the answer to a look-up; what was not asked for is no answer."""
    for number, entry in enumerate(found):
        fields = Fields(entry if isinstance(entry, Mapping) else {})
        model, digest = fields.count("modelId"), sha256(fields.text("hash"))
        if model is None or digest is None or digest not in asked:
            yield ScanError(where, "not-a-record", f"item {number} of the look-up names no model for a hash asked for")
        else:
            yield Holder(digest, RepoRef(Civitai.name, Civitai.kinds[0], str(model)))


def _creators(endpoint: str, author: str | None, number: int) -> tuple[str, UrlClass]:
    wanted = {"limit": str(_ACCOUNTS_A_PAGE), "page": str(number)} | ({"query": author} if author is not None else {})
    return f"{endpoint}/api/v1/creators?{urlencode(wanted)}", UrlClass.INFO


def _counted(page: Any) -> tuple[dict[str, int], int]:
    """Return the models by account of one page of accounts, and the number of the last page."""
    fields = Fields(page if isinstance(page, Mapping) else {})
    rows = ((row.text("username"), row.count("modelCount")) for row in fields.inside("items") or ())
    last = Fields(fields.mapping("metadata") or {}).count("totalPages")
    return {name: count for name, count in rows if name and count is not None}, last or 0


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
        url=f"{SITES[0]}/models/{number}",
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


def _without_sources_within(value: Any) -> Any:
    """Empty those addresses in each description of a model, a version or a page of models."""
    if isinstance(value, list):
        return [_without_sources_within(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    html = value.get("description")
    kept = {key: _without_sources_within(entry) for key, entry in value.items()}
    return kept | {"description": _without_sources(html)} if isinstance(html, str) else kept


HUB = Civitai()
