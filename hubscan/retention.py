"""Retention: how long what is kept of uploaders stays, legal holds, and a trail of what was purged.

A purge is counted before it is made, by the same queries, and is one transaction.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from hubscan import cases, resources
from hubscan.errors import CaseError, InputError
from hubscan.records import RepoRef
from hubscan.store import Store, purging

_KEYS = ("unflagged", "settled")


@dataclass(frozen=True, slots=True)
class Policy:
    """Days that records without a case, and settled cases, are kept; `digest` is the SHA-256 (hex) of the file."""

    unflagged: int
    settled: int
    digest: str


@dataclass(frozen=True, slots=True)
class Purge:
    """What is past its time. `held` stay.

    That is repos without a case, the errors of old crawls, crawls that nobody went on with, the names that old scans
    were narrowed to (by scope, with their last run), and settled cases.
    """

    repos: tuple[RepoRef, ...]
    errors: int
    crawls: tuple[int, ...]
    scopes: Mapping[str, int]
    cases: tuple[int, ...]
    held: tuple[int, ...]

    @property
    def counts(self) -> Mapping[str, int]:
        """How many of what, by the words of the audit trail."""
        return {
            "repos without a case": len(self.repos),
            "errors": self.errors,
            "crawls given up": len(self.crawls),
            "names in scopes of scans": len(self.scopes),
            "settled cases": len(self.cases),
        }


def policy(path: Path | None = None) -> Policy:
    """Read a policy from `path`, by default the user's own file or the shipped one; `InputError` where it is odd."""
    path = path or resources.retention_file()
    try:
        body = path.read_bytes()
        said = tomllib.loads(body.decode("utf-8"))
        days = [said[key] for key in _KEYS]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"the policy cannot be read ({error})", str(path), "Copy reports/retention.toml again"
        ) from error
    if unknown := sorted(said.keys() - set(_KEYS)):
        raise InputError(f"{unknown[0]!r} is nothing that can be kept", str(path), f"There are: {', '.join(_KEYS)}")
    if not all(isinstance(number, int) and not isinstance(number, bool) and number >= 1 for number in days):
        raise InputError("days are whole numbers from 1 on", str(path), "Mend the file")
    return Policy(said["unflagged"], said["settled"], hashlib.sha256(body).hexdigest())


def preview(store: Store, policy: Policy, now: str) -> Purge:
    """Return what `purge` would take out now, and change nothing."""
    with store.reading() as connection:
        return _past(connection, policy, now)


def purge(store: Store, policy: Policy, *, actor: str, now: str) -> Purge:
    """Take out what is past its time, and say so in the audit trail. Runs that read a hub must have ended.

    An SQLite file is written anew, so that nothing of it stays behind in the file.
    """
    who = cases.pseudonym(actor)
    with store.writing() as connection:
        found = _past(connection, policy, now)
        purging.forget(connection, found.repos)
        purging.forget_errors(connection, _before(now, policy.unflagged))
        purging.give_up(connection, found.crawls, now)
        purging.unname(connection, found.scopes)
        for number in found.cases:
            purging.anonymise(connection, number)
        purging.enter(connection, _entries(found, policy, who, now))
    store.write_anew()
    return found


def trail(store: Store) -> list[dict[str, Any]]:
    """Return what was purged so far, when, by whom and under which policy."""
    with store.reading() as connection:
        return [row._asdict() for row in purging.trail(connection)]


def hold(store: Store, number: int, *, reviewer: str, reason: str, now: str) -> None:
    """Keep a case from being purged; `CaseError` where there is none of that number."""
    _hold(store, number, reviewer, reason, now, held=True)


def release(store: Store, number: int, *, reviewer: str, reason: str, now: str) -> None:
    """Lift the hold of a case; `CaseError` where none stands."""
    with store.reading() as connection:
        standing = purging.held(connection, [number])
    if not standing:
        raise CaseError("no hold stands", f"case {number}", "There is nothing to lift")
    _hold(store, number, reviewer, reason, now, held=False)


def held(store: Store, number: int) -> str | None:
    """Return why a case is under hold, None where it is not."""
    with store.reading() as connection:
        found = purging.held(connection, [number]).get(number)
    return f"{found.reason} ({found.actor}, {found.at})" if found else None


def _hold(store: Store, number: int, reviewer: str, reason: str, now: str, *, held: bool) -> None:
    who, why = cases.pseudonym(reviewer), cases.said(reason)
    with store.writing() as connection:
        if not cases.by_number(connection, [number]):
            raise CaseError(f"there is no case {number}", todo="hubscan cases list shows their numbers")
        purging.hold(connection, number, held=held, actor=who, reason=why, now=now)


def _past(connection: Connection, policy: Policy, now: str) -> Purge:
    before = _before(now, policy.unflagged)
    idle = purging.idle(connection, before)
    return Purge(
        repos=tuple(purging.unflagged(connection, before)),
        errors=purging.errors(connection, before),
        crawls=tuple(idle),
        scopes=purging.scopes(connection, before, idle),
        cases=tuple(purging.settled(connection, _before(now, policy.settled))),
        held=tuple(sorted(purging.held(connection))),
    )


def _entries(found: Purge, policy: Policy, who: str, now: str) -> list[dict[str, Any]]:
    days = {"settled cases": policy.settled}
    return [
        {
            "at": now,
            "actor": who,
            "policy": policy.digest,
            "what": what,
            "days": days.get(what, policy.unflagged),
            "rows": n,
        }
        for what, n in found.counts.items()
        if n
    ]


def _before(now: str, days: int) -> str:
    return (datetime.fromisoformat(now) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
