"""The network half of Hugging Face: lists, single repos, cards and community reports, as raw REST.

Reference: https://huggingface.co/docs/hub/api and the `expand` lists of huggingface_hub 2.4 `hf_api.py`. That library
serves here only to find the endpoint and the token. Its own list calls lose all that follows one bad item, wait without
end and send the token to whatever host a link names, and its card reader counts as a download.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Self
from urllib.parse import quote, urlencode, urlsplit

from hubscan.findings import ScanError, SkippedRepo
from hubscan.http import Client, Fault, FaultKind, Page, Reply, UrlClass
from hubscan.hubs._fields import clean, instant, repo_id
from hubscan.hubs._usual import TOKEN_VARIABLE, Usual, error, odd, unread
from hubscan.hubs.base import Account, Listed, Order, Query, Unread
from hubscan.records import RepoRef, StoredRecord

REPORT_MARK = "\U0001f6a9 Report"
"""How the title of a discussion begins that was opened by "Report the repository" (docs/hub/moderation)."""

FILE_HOSTS = (".hf.co", ".huggingface.co")
"""Where the hub keeps large files (https://huggingface.co/.well-known/meta.json, `lfsDomains` and `cdnDomains`). A
README that was pushed as one leads there, and so does nearly every weight file. No token goes along."""

_EVERYWHERE = (
    "author",
    "cardData",
    "createdAt",
    "disabled",
    "lastModified",
    "likes",
    "private",
    "sha",
    "siblings",
    "tags",
)
_EXPAND = {
    "model": (*_EVERYWHERE, "baseModels", "downloads", "gated", "library_name", "pipeline_tag"),
    "dataset": (*_EVERYWHERE, "description", "downloads", "gated"),
    "space": (*_EVERYWHERE, "sdk"),
}
_PARSED = {"model": ("gguf",)}
"""What the hub tells of headers it has read: architecture and chat template of a GGUF file. Of safetensors it tells
numbers of parameters only."""
_SORT = {Order.CREATED: "createdAt", Order.CHANGED: "lastModified"}
BLOBS = "blobs"
"""The key of our own in the stored object under which files stand with their hashes, and the commit they are of."""
_TITLE = 200
_NO_PART = frozenset({"", ".", ".."})
_NAME = re.compile(r"(?!\.+(?:/|$))[\w.-]+(?:/(?!\.+$)[\w.-]+)?", re.ASCII)
"""Names the hub gives (huggingface_hub `validate_repo_id`). Others are judged by the list, never put in an address."""


class HuggingFaceApi(Usual):
    """What `huggingface.HuggingFace` asks over the network; see `base.Connector`."""

    name = "huggingface"
    file_hosts = FILE_HOSTS
    _parsed: Mapping[str, tuple[str, ...]] = {}
    kinds = ("model", "dataset", "space")
    with_card: tuple[str, ...] = ()
    refused = MappingProxyType({"hashes": "it has no look-up by hash: file hashes come with single repos only"})
    interval = 0.0
    blind_spots = (
        "Private repos, and repos the hub leaves out of its lists, are not seen.",
        "What was created and taken down between two sweeps is not seen.",
    )
    unverified = (
        "Page sizes, the quota headers and the shape of lists are those of the library's source and documentation.",
        "Whether the card of a gated repo can be read without a token varies, and was not tried.",
    )

    def account(self, endpoint: str | None) -> Account:
        """Find endpoint and token as huggingface_hub does; elsewhere than there, only `HUBSCAN_TOKEN` is used."""
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        from huggingface_hub import constants, get_token

        if endpoint is None or endpoint.rstrip("/") == constants.ENDPOINT:
            return Account(constants.ENDPOINT, os.environ.get(TOKEN_VARIABLE) or get_token() or None)
        return Account(endpoint.rstrip("/"), os.environ.get(TOKEN_VARIABLE) or None)

    def with_headers(self) -> Self:
        """See `base.HeaderSource`."""
        other = copy(self)
        other._parsed = _PARSED
        return other

    def file_address(self, endpoint: str, ref: RepoRef, name: str) -> str | None:
        """Return the file's `/resolve/` address at the listed commit; a large file is redirected to `FILE_HOSTS`."""
        if not _NAME.fullmatch(ref.repo_id) or any(part in _NO_PART for part in name.split("/")):
            return None
        return f"{endpoint}/{_path(ref)}/resolve/{quote(ref.revision or 'main', safe='')}/{quote(name)}"

    def with_file_hashes(self) -> Self:
        """See `base.HashSource`: its lists have names of files only, single repos their sizes and hashes too."""
        other = copy(self)
        other.with_card = (BLOBS,)
        return other

    def pages(self, client: Client, query: Query, start: str | None = None) -> Iterator[Listed]:
        """Yield a list page by page; a page that cannot be read is a `ScanError` among its items."""
        asked = urlencode(_parameters(query, self._expand(query.kind)))
        place = start or f"{client.settings.endpoint}/api/{query.kind}s?{asked}"
        onward: str | None = place
        for page in client.pages(place, UrlClass.LISTING):
            if isinstance(page, Fault):
                # The client goes on behind a broken page whose head named the next; then the next item is that page.
                yield Listed((error(page),), None, cut=True)
                continue
            onward = page.next_url
            yield Listed((*_items(page, query.kind), *map(error, page.faults)), onward)

    def fetch(self, client: Client, ref: RepoRef) -> StoredRecord | Unread:
        """Read one repo by its name at the head of its main branch."""
        if not _NAME.fullmatch(ref.repo_id):
            return odd(ref)
        expand = urlencode([("expand", field) for field in self._expand(ref.kind)])
        url = f"{client.settings.endpoint}/api/{ref.kind}s/{quote(ref.repo_id)}/revision/main?{expand}"
        reply = client.get_json(url, UrlClass.INFO)
        if isinstance(reply, Fault):
            return unread(reply, ref)
        if not isinstance(reply.value, Mapping):
            return ScanError(reply.url.partition("?")[0], "bad_body", "the hub sent no object", ref)
        stored = _stored(reply.value, ref.kind, reply.url.partition("?")[0])
        return SkippedRepo(ref, "renamed") if reply.moved and _ref(stored) != ref else stored

    def kept(self, client: Client, ref: RepoRef) -> bool | None:
        """Ask for the entry at that commit: a new commit on top takes nothing of the old ones away."""
        if not ref.revision or not _NAME.fullmatch(ref.repo_id):
            return None
        place = f"{client.settings.endpoint}/api/{ref.kind}s/{quote(ref.repo_id)}/revision/"
        reply = client.get_json(f"{place}{quote(ref.revision, safe='')}?expand=sha", UrlClass.INFO)
        if isinstance(reply, Fault):
            return False if reply.kind is FaultKind.NOT_FOUND else None
        return isinstance(reply.value, Mapping) and reply.value.get("sha") == ref.revision

    def has_card(self, stored: StoredRecord) -> bool | None:
        """Say whether the listed files hold a README.md, or any whose hash is to be asked for."""
        files = stored.native.get("siblings")
        return None if not isinstance(files, list) else bool(self.with_card and files) or _readme(files) is not None

    def card(self, client: Client, stored: StoredRecord) -> StoredRecord | Unread:
        """Read README.md at the listed commit: a plain GET, which the hub does not count as a download."""
        ref = _ref(stored)
        if not _NAME.fullmatch(ref.repo_id):
            return odd(ref)
        if BLOBS not in self.with_card:
            return self._card(client, stored, ref)
        hashed = self._hashed(client, stored, ref)
        return self._card(client, hashed, ref) if isinstance(hashed, StoredRecord) else hashed

    def _hashed(self, client: Client, stored: StoredRecord, ref: RepoRef) -> StoredRecord | Unread:
        url = f"{client.settings.endpoint}/api/{ref.kind}s/{quote(ref.repo_id)}/revision/{_revision(stored)}?blobs=true"
        reply = client.get_json(url, UrlClass.INFO)
        if isinstance(reply, Fault):
            return unread(reply, ref)
        if not isinstance(reply.value, Mapping) or not isinstance(reply.value.get("siblings"), list):
            return ScanError(url.partition("?")[0], "bad_body", "the hub sent no list of files", ref)
        blobs = {key: reply.value.get(key) for key in ("sha", "siblings")}
        return replace(stored, native={**stored.native, BLOBS: blobs})

    def _card(self, client: Client, stored: StoredRecord, ref: RepoRef) -> StoredRecord | Unread:
        files = stored.native.get("siblings")
        name = (_readme(files) if isinstance(files, list) else None) or "README.md"
        url = f"{client.settings.endpoint}/{_path(ref)}/resolve/{_revision(stored)}/{name}"
        reply = client.get_text(url, UrlClass.CARD, also_hosts=FILE_HOSTS)
        if isinstance(reply, Reply):
            return SkippedRepo(ref, "renamed") if _renamed(reply, ref) else replace(stored, card=reply.value)
        return replace(stored, card="") if reply.code == "EntryNotFound" else unread(reply, ref)

    def reports(self, client: Client, stored: StoredRecord) -> StoredRecord | Unread:
        """Add the discussions that report the repo, title and date, under `discussions` of its object."""
        ref = _ref(stored)
        if not _NAME.fullmatch(ref.repo_id):
            return odd(ref)
        url = f"{client.settings.endpoint}/api/{ref.kind}s/{quote(ref.repo_id)}/discussions?type=discussion&status=all"
        reply = client.get_json(url, UrlClass.INFO)
        if isinstance(reply, Fault):
            return unread(reply, ref)
        found = reply.value.get("discussions") if isinstance(reply.value, Mapping) else None
        if not isinstance(found, list):
            return ScanError(url.partition("?")[0], "bad_body", "the hub sent no list of discussions", ref)
        return replace(stored, native={**stored.native, "discussions": list(_reports(found))})

    def version(self, stored: StoredRecord) -> str:
        """Return the commit and the time of the last change, as far as the list has them."""
        said = (stored.native.get("sha"), stored.native.get("lastModified"))
        return " ".join(part for part in said if isinstance(part, str))

    def changed_at(self, stored: StoredRecord) -> str | None:
        """Return `lastModified`, None where it is no date."""
        said = stored.native.get("lastModified")
        return instant(said) if isinstance(said, str) else None

    def _expand(self, kind: str) -> tuple[str, ...]:
        return (*_EXPAND[kind], *self._parsed.get(kind, ()))


def _revision(stored: StoredRecord) -> str:
    sha = stored.native.get("sha")
    return quote(sha if isinstance(sha, str) and sha else "main", safe="")


def _parameters(query: Query, expand: Sequence[str]) -> list[tuple[str, str]]:
    wanted = (("author", query.author), ("search", query.search), ("filter", query.tag))
    return [
        *((name, value) for name, value in wanted if value is not None),
        ("sort", _SORT[query.order]),
        ("limit", str(query.page_size)),
        *(("expand", field) for field in expand),
    ]


def _items(page: Page, kind: str) -> Iterator[StoredRecord | ScanError]:
    where = page.url.partition("?")[0]
    if not isinstance(page.value, list):
        yield ScanError(where, "bad_body", "the hub sent an object where a list was asked for")
        return
    for number, item in enumerate(page.value):
        if not isinstance(item, Mapping):
            yield ScanError(where, "not-a-record", f"item {number} of a page is no object")
        else:
            yield _stored(item, kind, where)


def _stored(item: Mapping[str, Any], kind: str, where: str) -> StoredRecord:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return StoredRecord("huggingface", kind, item, fetched_at=now, where=where)


def _ref(stored: StoredRecord) -> RepoRef:
    said = (stored.native.get(key) for key in ("id", "modelId"))
    name = next((name for name in said if isinstance(name, str) and repo_id(name)), "")
    sha = stored.native.get("sha")
    return RepoRef(stored.hub, stored.kind, name, sha if isinstance(sha, str) else None)


def _path(ref: RepoRef) -> str:
    return quote(ref.repo_id if ref.kind == "model" else f"{ref.kind}s/{ref.repo_id}")


def _readme(files: Sequence[Any]) -> str | None:
    names = (entry.get("rfilename") for entry in files if isinstance(entry, Mapping))
    return next((quote(name) for name in names if isinstance(name, str) and name.lower() == "readme.md"), None)


def _renamed(reply: Reply[str], ref: RepoRef) -> bool:
    # A redirect to a store of files is no renaming; one to the same kind of address under another name is.
    there = urlsplit(reply.url).path
    return reply.moved and "/resolve/" in there and f"/{_path(ref)}/resolve/" not in there


def _reports(found: Sequence[Any]) -> Iterator[dict[str, str]]:
    for entry in found:
        title = entry.get("title") if isinstance(entry, Mapping) else None
        if isinstance(title, str) and title.startswith(REPORT_MARK):
            at = entry.get("createdAt")
            yield {"title": clean(title)[:_TITLE], "createdAt": at if isinstance(at, str) else ""}
