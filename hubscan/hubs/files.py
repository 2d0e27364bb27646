"""Weight files on one's own disk, each read as an upload of which only the name, size and header text are known.

The native object is made by `localfiles`: `id` (the path within the folder), `size` in bytes and `modified`.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from hubscan.findings import ScanError
from hubscan.hubs._fields import Fields, headers, instant, repo_id, unusable, without_pictures
from hubscan.records import FileEntry, RepoRecord, RepoRef, StoredRecord


class Files:
    """Local files, as `hubscan scan files` reads them."""

    name = "files"
    title = "Local files"

    def parse(self, stored: StoredRecord) -> RepoRecord | ScanError:
        """Read one file's object; see `Hub.parse`."""
        native = Fields(stored.native)
        name = repo_id(native.text("id"))
        if name is None:
            return unusable(stored)
        return RepoRecord(
            ref=RepoRef(stored.hub, stored.kind, name),
            url=f"file:{quote(name)}",
            title=PurePosixPath(name).stem or name,
            files=(FileEntry(name, native.count("size")),),
            headers=headers(stored),
            updated_at=native.date("modified"),
            fetched_at=instant(stored.fetched_at) if stored.fetched_at else None,
            malformed=tuple(native.malformed),
        )

    def scrub(self, native: Mapping[str, Any]) -> dict[str, Any]:
        """Drop what is no text metadata; see `Hub.scrub`."""
        kept: dict[str, Any] = without_pictures(native)
        return kept


HUB = Files()
