"""What changed rules would add and drop on records that are stored already: both sets of rules, the same records.

Nothing is asked of a hub and nothing is kept.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from hubscan.engine.match import Matcher
from hubscan.findings import Finding, ScanError, Severity
from hubscan.hubs import base
from hubscan.records import RepoRef, StoredRecord


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One rule on one repo: `before` and `after` are the severity of its finding, None where there is none."""

    rule: str
    category: str
    ref: RepoRef
    before: Severity | None
    after: Severity | None

    @property
    def kind(self) -> str:
        """Whether the changed rules add the finding, drop it, or give it another severity."""
        return "added" if self.before is None else "dropped" if self.after is None else "severity"


@dataclass(slots=True)
class Shadow:
    """What came of a comparison: findings that stay by rule, changes, and what could not be read."""

    read: int = 0
    same: Counter[str] = field(default_factory=Counter)
    changes: list[Change] = field(default_factory=list)
    errors: list[ScanError] = field(default_factory=list)

    def by(self, name: str) -> dict[str, Counter[str]]:
        """Return changes by kind, for each `rule` or `category` that has any, in order."""
        found: dict[str, Counter[str]] = {}
        for change in self.changes:
            found.setdefault(getattr(change, name), Counter())[change.kind] += 1
        return dict(sorted(found.items()))


def compared(records: Iterable[StoredRecord], before: Matcher, after: Matcher) -> Shadow:
    """Judge each record by both and return the differences, in the order of rules and repos."""
    shadow = Shadow()
    for stored in records:
        record = base.parse(stored)
        if isinstance(record, ScanError):
            shadow.errors.append(record)
            continue
        shadow.read += 1
        old, new = _by_rule(before.match(record)), _by_rule(after.match(record))
        for change in _changes(old, new):
            if change.before == change.after:
                shadow.same[change.rule] += 1
            else:
                shadow.changes.append(change)
    shadow.changes.sort(key=lambda change: (change.rule, change.ref, change.kind))
    return shadow


def _by_rule(found: Iterable[Finding]) -> dict[str, Finding]:
    return {finding.rule.id: finding for finding in found}


def _changes(old: dict[str, Finding], new: dict[str, Finding]) -> Iterator[Change]:
    for rule in sorted(old.keys() | new.keys()):
        one = new.get(rule) or old[rule]
        before, after = (found[rule].severity if rule in found else None for found in (old, new))
        yield Change(rule, one.rule.category, one.ref, before, after)
