"""Suppressions: findings that somebody has looked at and does not want to see again, with reason, author and expiry.

One YAML file beside the rules, never inside them. A suppressed finding is kept and counted, and listed apart; an entry
that met nothing, or is past its day, is reported.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from hubscan.engine import yamlfile
from hubscan.engine.yamlfile import Document, Place
from hubscan.errors import InputError, SuppressionError
from hubscan.findings import Finding, IdleSuppression, Suppression
from hubscan.records import RepoRecord

KEYS = ("rule", "repo", "digest", "reason", "author", "expires")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_REPO = re.compile(r"[^:\s]+:[^:\s]+:\S+")


def read(path: Path, rules: frozenset[str]) -> tuple[Suppression, ...]:
    """Return the entries of a file; `SuppressionError` names every fault with path and line.

    `rules` are the ids there are: an entry for another would never meet anything.
    """
    if not path.is_file():
        raise InputError("there is no such file", str(path), "docs/rules.md shows what a suppressions file holds")
    document = yamlfile.read(path, str(path))
    value = document.value
    if not document.problems and not (isinstance(value, dict) and isinstance(value.get("suppressions"), list)):
        document.problem((), "the file must be a mapping with the list `suppressions`")
    if document.problems:
        raise SuppressionError(document.problems)
    for key in value.keys() - {"suppressions"}:
        document.problem((key,), f"unknown key {key!r}", "known: suppressions")
    found = [_entry(document, ("suppressions", n), entry, rules) for n, entry in enumerate(value["suppressions"])]
    if document.problems:
        raise SuppressionError(document.problems)
    return tuple(filter(None, found))


def _entry(document: Document, place: Place, entry: Any, rules: frozenset[str]) -> Suppression | None:
    if not isinstance(entry, dict):
        document.problem(place, "an entry must be a mapping", f"with {', '.join(KEYS)}")
        return None
    before = len(document.problems)
    for key in entry.keys() - set(KEYS):
        document.problem((*place, key), f"unknown key {key!r}", f"known: {', '.join(KEYS)}")
    for key in ("rule", "reason", "author", "expires"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            document.problem((*place, key), f"{key!r} must be a text")
    if isinstance(entry.get("rule"), str) and entry["rule"] not in rules:
        document.problem((*place, "rule"), f"there is no rule {entry['rule']!r}", "`hubscan rules list` shows them")
    _check_target(document, place, entry)
    _check_day(document, place, entry.get("expires"))
    if len(document.problems) > before:
        return None
    told: dict[str, Any] = {key: entry.get(key) for key in KEYS}
    return Suppression(where=f"{document.path}:{document.line(place)}", **told)


def _check_target(document: Document, place: Place, entry: Mapping[str, Any]) -> None:
    if ("repo" in entry) == ("digest" in entry):
        document.problem(place, "an entry names either `repo` or `digest`")
    if "repo" in entry and not _REPO.fullmatch(str(entry["repo"])):
        document.problem((*place, "repo"), "must be hub:kind:id", "as findings name it: huggingface:model:org/name")
    if "digest" in entry and not _DIGEST.fullmatch(str(entry["digest"])):
        document.problem(
            (*place, "digest"), "must be the 64 hex digits of a record's content digest", "put quotes round"
        )


def _check_day(document: Document, place: Place, day: Any) -> None:
    try:
        date.fromisoformat(str(day))
    except ValueError:
        if isinstance(day, str):
            document.problem((*place, "expires"), f"{day!r} is not a day", "as 2026-01-31")


class Sieve:
    """The entries of a file on one day. Asked finding by finding; remembers which entries met one."""

    def __init__(self, entries: Sequence[Suppression], today: str) -> None:
        self._entries, self._today = tuple(entries), today
        self._met: set[str] = set()
        self._by_rule: dict[str, list[Suppression]] = defaultdict(list)
        for entry in entries:
            if entry.expires >= today:
                self._by_rule[entry.rule].append(entry)

    def suppresses(self, finding: Finding, record: RepoRecord) -> Suppression | None:
        """Return the entry that takes a finding out of sight, None if there is none."""
        for entry in self._by_rule.get(finding.rule.id, ()):
            if entry.repo == str(finding.ref) or (entry.digest and entry.digest == record.digest):
                self._met.add(entry.where)
                return entry
        return None

    def idle(self) -> tuple[IdleSuppression, ...]:
        """Return the entries that are past their day, and those that met nothing so far."""
        waiting = (entry for entry in self._entries if entry.where not in self._met)
        return tuple(
            IdleSuppression(entry, f"expired on {entry.expires}" if entry.expires < self._today else "met nothing")
            for entry in waiting
        )
