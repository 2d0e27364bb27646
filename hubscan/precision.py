"""The precision ledger: what hubs made of the notices that people sent, by hub and rule, and which rules are paused.

A notice is upheld when the hub acted on it, and rejected when the hub refused or the case was taken back afterwards.
One that nobody has answered counts as neither: it is unknown.
"""

import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hubscan import resources
from hubscan.casework import Event, EventKind, HubAction, NoticeStep, Verdict
from hubscan.errors import InputError
from hubscan.shares import Share
from hubscan.store import Store, casebook, tally


@dataclass(frozen=True, slots=True)
class Limits:
    """The share of answered notices that must be upheld, of how many answers at least; `rules` have their own."""

    limit: float = 0.8
    answers: int = 5
    rules: Mapping[str, float] = field(default_factory=dict)

    def of(self, rule: str) -> float:
        """Return the limit of one rule."""
        return self.rules.get(rule, self.limit)


@dataclass(frozen=True, slots=True)
class Entry:
    """What one hub made of the notices that rest on one rule. `limit` is the rule's, `answers` how many it takes."""

    hub: str
    rule: str
    sent: int
    upheld: int
    rejected: int
    limit: float
    answers: int

    @property
    def share(self) -> Share:
        """The upheld among the answered."""
        return Share(self.upheld, self.upheld + self.rejected)

    @property
    def paused(self) -> str | None:
        """Why no notice to this hub may rest on this rule for now; None where one may."""
        share = self.share
        if share.value is None or share.total < self.answers or share.value >= self.limit:
            return None
        return f"{self.hub} upheld {share.hits} of {share.total} notices, {share.words}; the limit is {self.limit:.0%}"


def limits(path: Path | None = None) -> Limits:
    """Read the limits from `path`, by default the user's own file or the shipped one; `InputError` if they are odd."""
    path = path or resources.precision_file()
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        rules = {str(rule): float(limit) for rule, limit in said.get("rules", {}).items()}
        found = Limits(float(said["limit"]), int(said["answers"]), rules)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        todo = "Copy reports/precision.toml again"
        raise InputError(f"the limits cannot be read ({error})", str(path), todo) from error
    if not all(0 <= limit <= 1 for limit in (found.limit, *found.rules.values())) or found.answers < 1:
        raise InputError("a limit is a share of 0 to 1, and answers at least 1", str(path), "Mend the file")
    return found


def ledger(store: Store, limits: Limits, hub: str | None = None) -> list[Entry]:
    """Return an entry for each hub and rule with a sent notice, in order; only those of `hub` if it is given."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    with store.reading() as connection:
        sent = tally.sent(connection, hub)
        numbers = sorted({one.case for one in sent})
        events = casebook.timelines(connection, numbers)
    for one in sent:
        later = (event for number, event in events[one.case] if number > one.event)
        counts[one.hub, one.rule].update(("sent", answer(later) or "unanswered"))
    return [
        Entry(*key, found["sent"], found["upheld"], found["rejected"], limits.of(key[1]), limits.answers)
        for key, found in sorted(counts.items())
    ]


def paused(store: Store, limits: Limits, hub: str) -> dict[str, str]:
    """Return the rules that are paused for notices to `hub`, and why."""
    return {entry.rule: entry.paused for entry in ledger(store, limits, hub) if entry.paused}


def answer(later: Iterable[Event]) -> str | None:
    """Return "upheld", "rejected" or None for a sent notice, by what happened to its case from then on."""
    found = None
    for event in _until_the_next(later):
        if event.kind is EventKind.ACTED:
            found = "rejected" if event.word == HubAction.REFUSED else "upheld"
        elif event.kind is EventKind.DECIDED and event.word == Verdict.REJECTED:
            found = "rejected"
    return found


def _until_the_next(later: Iterable[Event]) -> Iterator[Event]:
    for event in later:
        if event.kind is EventKind.NOTICED and event.word == NoticeStep.SENT:
            return
        yield event
