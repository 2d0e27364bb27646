"""Follow-up: whether an upload that was written about is still there, asked of its hub as politely as a crawl asks.

A check asks for the repo's own entry, never for a file. What cannot be seen is `unknown`: a block in this region, a
failed request and a hub that answers nothing at all say nothing of the upload. `gone` is what the hub does not find
while it shows other things, unless the hub is known to hide what is there (`Connector.hidden`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from hubscan import __version__, caseflow, cases
from hubscan.casework import Case, Check, CheckOutcome
from hubscan.findings import Coverage, SkippedRepo
from hubscan.http import Client, Entry, UrlClass
from hubscan.hubs import base
from hubscan.hubs.base import Connector, Query, Unread
from hubscan.records import RepoRecord, RepoRef, StoredRecord
from hubscan.store import Store, casebook, ledger, reading
from hubscan.store.runs import Run

_SKIPS = {
    "gated": CheckOutcome.GATED,
    "disabled": CheckOutcome.DISABLED,
    "vanished": CheckOutcome.GONE,
    "renamed": CheckOutcome.CHANGED,
    "blocked": CheckOutcome.BLOCKED_HERE,
}
"""By the reason a hub gives for not showing a repo. All others (unauthorized, forbidden, ...) leave it unknown."""

_CONTROLS = 3
"""On a hub without lists: how many other repos to ask for before it counts as one that shows nothing."""


class CheckLedger:
    """Takes what a run of checks asks, whatever the connector says it is for: here every request is a check."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def note(self, entry: Entry) -> None:
        """Take one entry; see `http.Ledger`."""
        self._entries.append(replace(entry, url_class=UrlClass.CHECK))

    def take(self) -> list[Entry]:
        """Return what was noted since the last call."""
        taken, self._entries = self._entries, []
        return taken


@dataclass(slots=True)
class Means:
    """What a run of checks works with: one hub, and a client that notes into `ledger`.

    `vantage` is where it is read from, as far as somebody said so. `reuploads` tells for a case who shows a file of it
    since people last dealt with it (`tracing.reuploads`).
    """

    store: Store
    hub: Connector
    client: Client
    ledger: CheckLedger
    vantage: str | None = None
    reuploads: Callable[[Case], Sequence[RepoRef]] = lambda _: ()
    _alive: dict[str, bool] = field(default_factory=dict, init=False)

    def alive(self, ref: RepoRef) -> bool:
        """Say whether the hub shows anything but `ref`; asked once in a run, when something seems to be gone."""
        if ref.kind not in self._alive:
            shown = self._known_shown(ref) if "list" in self.hub.refused else self._lists(ref.kind)
            self._alive[ref.kind] = shown
        return self._alive[ref.kind]

    def _lists(self, kind: str) -> bool:
        page = next(self.hub.pages(self.client, Query(kind=kind, view=self.hub.views[0], page_size=1)), None)
        return any(isinstance(item, StoredRecord) for item in (page.items if page else ()))

    def _known_shown(self, ref: RepoRef) -> bool:
        with self.store.reading() as connection:
            others = reading.others(connection, ref, _CONTROLS)
        return any(isinstance(self.hub.entry(self.client, other), StoredRecord) for other in others)


def hubs_due(store: Store, now: str) -> tuple[str, ...]:
    """Return the hubs on which checks are due."""
    with store.reading() as connection:
        return tuple(casebook.due_hubs(connection, now))


def due(store: Store, hub: str, now: str) -> tuple[int, ...]:
    """Return the cases on `hub` whose repo is to be checked by `now`, the most urgent first."""
    with store.reading() as connection:
        return tuple(casebook.due(connection, now, hub))


def past(
    store: Store, number: int | None, hub: str | None, outcome: CheckOutcome | None, limit: int
) -> list[tuple[Case, Check]]:
    """Return the checks made so far, newest first, each with its case as it stands now; None for all."""
    with store.reading() as connection:
        found = casebook.checks_of(connection, number, hub, outcome, limit)
        by_number = cases.by_number(connection, sorted({check.case for check in found}))
    return [(by_number[check.case], check) for check in found]


def checkable(hub: str) -> bool:
    """Return whether this version can ask `hub` anything."""
    return hub in base.names() and isinstance(base.load(hub), Connector)


def run(means: Means, numbers: Sequence[int]) -> Iterator[tuple[Case, Check]]:
    """Check the repos of these cases, one after the other, and yield each case as it then stands, with its check.

    A case whose upload is away is opened again where a file of it is up elsewhere and nobody has dealt with that yet.
    Each is kept before the next is asked for; `StoppedError` ends the run and loses none. Two runs on one hub exclude
    each other.
    """
    store, name = means.store, f"checks {means.hub.name}"
    with store.alone(f"checks-{means.hub.name}"):
        told = {"endpoint": means.client.settings.endpoint}
        told |= {"vantage": means.vantage} if means.vantage else {}
        entered = store.start_run(name, name, told, (), __version__)
        done = 0
        try:
            for number in numbers:
                yield _check(means, entered, number)
                done += 1
        finally:
            _note(means, entered)
            complete = done == len(numbers)
            store.finish_part(entered, Coverage(listed=len(numbers), read=done, complete=complete))


def outcome_of(hub: Connector, answer: StoredRecord | Unread, before: StoredRecord) -> tuple[CheckOutcome, str]:
    """Return what `answer` says of a repo that was `before` when it was decided on, and why, in a few words."""
    if isinstance(answer, SkippedRepo):
        return _SKIPS.get(answer.reason, CheckOutcome.UNKNOWN), answer.reason
    if not isinstance(answer, StoredRecord):
        return CheckOutcome.UNKNOWN, f"{answer.kind}: {answer.message}"
    now, then = base.parse(answer), base.parse(before)
    if not isinstance(now, RepoRecord):
        return CheckOutcome.UNKNOWN, f"{now.kind}: {now.message}"
    if isinstance(then, RepoRecord) and now.ref.repo_id.casefold() != then.ref.repo_id.casefold():
        return CheckOutcome.UNKNOWN, "the hub answered with another upload"
    if now.disabled:
        return CheckOutcome.DISABLED, "the hub marks it so"
    if now.gated or now.private:
        return CheckOutcome.GATED, "behind a gate" if now.gated else "private"
    if isinstance(then, RepoRecord) and _differs(hub, (answer, now), (before, then)):
        return CheckOutcome.CHANGED, f"revision {now.ref.revision}" if now.ref.revision else "other content"
    return CheckOutcome.UP, ""


def _check(means: Means, entered: Run, number: int) -> tuple[Case, Check]:
    file = cases.show_case(means.store, number)
    ref, before = file.case.ref, file.decided_on or file.record
    outcome, detail = outcome_of(means.hub, means.hub.entry(means.client, ref), before)
    if outcome is CheckOutcome.GONE:
        outcome, detail = _missing(means, ref, before)
    elif outcome is CheckOutcome.CHANGED and (older := _older(means, before)):
        detail = f"{detail}; {older}"
    _note(means, entered)  # first of all: what went out on the wire is never forgotten
    check = Check(number, means.store.now(), outcome, detail, entered.id)
    case = cases.record_check(means.store, check)
    if caseflow.away(caseflow.fold(case.events)) and (found := means.reuploads(case)):
        case = cases.reopen_elsewhere(means.store, number, found, check.at)
    return case, check


def _missing(means: Means, ref: RepoRef, before: StoredRecord) -> tuple[CheckOutcome, str]:
    """Return what it says of a repo that its hub does not find it."""
    if not means.alive(ref):
        return CheckOutcome.UNKNOWN, "not found, but the hub shows nothing else either"
    record = base.parse(before)
    doubt = means.hub.hidden(means.client, record, means.vantage) if isinstance(record, RepoRecord) else ""
    if doubt:
        return CheckOutcome.UNKNOWN, doubt
    return CheckOutcome.GONE, "not found" + (f", read from {means.vantage}" if means.vantage else "")


def _older(means: Means, before: StoredRecord) -> str:
    """Say whether what was decided on can still be had behind the newer revision; "" where nobody knows."""
    record = base.parse(before)
    kept = means.hub.kept(means.client, record.ref) if isinstance(record, RepoRecord) else None
    return "" if kept is None else f"the revision decided on is {'still' if kept else 'no longer'} served"


def _differs(hub: Connector, now: tuple[StoredRecord, RepoRecord], then: tuple[StoredRecord, RepoRecord]) -> bool:
    """By revision where both have one, else by the hub's word for a version, else by what both have said."""
    for one, other in (
        (now[1].ref.revision, then[1].ref.revision),
        (hub.version(now[0]), hub.version(then[0])),
    ):
        if one and other:
            return one != other
    pairs = ((getattr(now[1], name), getattr(then[1], name)) for name in ("title", "tags", "files", "base_models"))
    return any(one != other for one, other in pairs if one is not None and other is not None)


def _note(means: Means, entered: Run) -> None:
    if entries := means.ledger.take():
        with means.store.writing() as connection:
            ledger.add(connection, entered, entries)
