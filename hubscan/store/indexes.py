"""The indexes over records, made as records are kept: whose they are, and the hashes of their files.

Each function runs in the caller's transaction.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select, update

from hubscan.records import RepoRecord, RepoRef, StoredRecord
from hubscan.store import codec, hashindex, keys, uploads
from hubscan.store.tables import records

_ROWS = 500


def save(connection: Connection, changed: Sequence[RepoRecord], now: str) -> None:
    """Enter records that were just kept."""
    hashindex.save(connection, changed, now)
    uploads.save(connection, changed)
    settle(connection, (record.ref for record in changed))


def waiting(connection: Connection) -> dict[RepoRef, StoredRecord]:
    """Return some records that are in no index: kept before there was one. None left gives none."""
    query = select(records).where(~records.c.indexed).order_by(*records.primary_key).limit(_ROWS)
    rows = connection.execute(query)
    return {RepoRef(row.hub, row.kind, row.repo_id): codec.unpack(row.body) for row in rows}


def settle(connection: Connection, refs: Iterable[RepoRef]) -> None:
    """Wait no longer for records: they are in the indexes, or cannot be read."""
    for hub, kind, ids in keys.together(refs):
        connection.execute(update(records).where(keys.among(records, hub, kind, ids)).values(indexed=True))
