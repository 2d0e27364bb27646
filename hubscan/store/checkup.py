"""A look at a database without changing it: is it whole, which schema has it, and how much is in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select

from hubscan.errors import StoreError
from hubscan.store import database
from hubscan.store.tables import metadata


@dataclass(frozen=True, slots=True)
class Checkup:
    """What was seen. `damage` is None where the server looks after that itself; `rows` counts by table."""

    place: str
    schema: str
    current: bool
    damage: tuple[str, ...] | None
    rows: Mapping[str, int]


def check(url: str) -> Checkup:
    """Look at the database at `url`; `StoreError` where there is none, or it cannot be opened."""
    parsed = database.parse(url)
    place = database.place(parsed)
    if parsed.drivername == "sqlite" and not Path(place).exists():
        raise StoreError("there is no database yet", place, "A scan makes it, or: hubscan db upgrade")
    engine = database.connect(parsed, database.WAIT)
    try:
        with database.reading(engine) as connection:
            schema, current = database.schema(connection)
            return Checkup(place, schema, current, _damage(connection), _rows(connection) if current else {})
    finally:
        engine.dispose()


def _damage(connection: Connection) -> tuple[str, ...] | None:
    if connection.dialect.name != "sqlite":
        return None
    said = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check(10)")]
    lost = [f"{row[0]}: a row points to nothing" for row in connection.exec_driver_sql("PRAGMA foreign_key_check")]
    return tuple([line for line in said if line != "ok"] + lost[:10])


def _rows(connection: Connection) -> dict[str, int]:
    return {
        table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in metadata.sorted_tables
    }
