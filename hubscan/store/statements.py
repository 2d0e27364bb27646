"""The few statements that SQLAlchemy spells by dialect: inserts that meet a row which is already there."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows whose key is not there yet, and leave the others as they are."""
    if rows:
        connection.execute(_insert(connection, table).on_conflict_do_nothing(), rows)


def insert_new_returning(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], column: Column[int]
) -> list[int]:
    """Do as `insert_new`, and return `column` of the rows that were not there yet, in no order."""
    if not rows:
        return []
    statement = _insert(connection, table).on_conflict_do_nothing().returning(column)
    return list(connection.scalars(statement, rows))


def upsert(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    keep: Iterable[str] = (),
    **settled: ColumnElement[Any],
) -> None:
    """Insert `rows`, or overwrite the row of the same key, except its columns in `keep`.

    `settled` gives a column its value on overwriting, from the table's own (old) columns.
    """
    if not rows:
        return
    statement = _insert(connection, table)
    key = [column.name for column in table.primary_key]
    fixed = {*key, *keep}
    values = {name: statement.excluded[name] for name in rows[0] if name not in fixed} | settled
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=values), rows)


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
