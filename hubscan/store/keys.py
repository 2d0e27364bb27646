"""Naming repos in SQL: hub, kind and repo id are columns of every table that speaks of one."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement

from hubscan.records import RepoRef

_IN = 500  # repo ids in one statement: far below every database's limit on parameters


def key(ref: RepoRef) -> dict[str, str]:
    """Return the columns that name `ref`."""
    return {"hub": ref.hub, "kind": ref.kind, "repo_id": ref.repo_id}


def of(table: Any, ref: RepoRef) -> ColumnElement[bool]:
    """Return the condition that a row of `table` speaks of `ref`."""
    return among(table, ref.hub, ref.kind, [ref.repo_id])


def among(table: Any, hub: str, kind: str, ids: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that a row of `table` speaks of one of `ids`."""
    found: ColumnElement[bool] = (table.c.hub == hub) & (table.c.kind == kind) & table.c.repo_id.in_(list(ids))
    return found


def same_repo(one: Any, other: Any) -> ColumnElement[bool]:
    """Return the condition that rows of two tables speak of the same repo."""
    same: ColumnElement[bool] = (
        (one.c.hub == other.c.hub) & (one.c.kind == other.c.kind) & (one.c.repo_id == other.c.repo_id)
    )
    return same


def together(refs: Iterable[RepoRef]) -> Iterator[tuple[str, str, list[str]]]:
    """Yield hub, kind and repo ids, in groups that one statement can name."""
    for (hub, kind), some in groupby(sorted(refs), attrgetter("hub", "kind")):
        ids = [ref.repo_id for ref in some]
        for start in range(0, len(ids), _IN):
            yield hub, kind, ids[start : start + _IN]
