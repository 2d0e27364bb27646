"""`hubscan checks`: look whether what was written about is still there."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hubscan.casework import Cause, CheckOutcome, EventKind
from hubscan.cli import _network, _options
from hubscan.cli._output import Listing, show
from hubscan.cli._voice import voice
from hubscan.errors import StoppedError, UsageError
from hubscan.holders import Presence

if TYPE_CHECKING:
    from hubscan.casework import Case, Check
    from hubscan.followup import Means
    from hubscan.holders import Holder
    from hubscan.store import Store

app = typer.Typer(name="checks", help="Follow up: is what was written about still there?", no_args_is_help=True)

INCOMPLETE = 4
_COLUMNS = ("case", "outcome", "repository", "state", "checked", "what was seen")

OnHub = Annotated[str | None, typer.Option("--hub", metavar="H", show_default=False, help="Only this hub's.")]
Outcome = Annotated[
    CheckOutcome | None, typer.Option("--outcome", show_default=False, help="Only checks that ended so.")
]


@dataclass(frozen=True, slots=True)
class _Manners:
    """How a hub is asked; see the options of `hubscan scan`."""

    endpoint: str | None
    max_requests: int | None
    max_minutes: float | None
    contact: str | None
    vantage: str | None


@app.command("run")
def run_checks(
    case: Annotated[
        list[int] | None,
        typer.Option("--case", metavar="CASE", show_default=False, help="This one, due or not; may be repeated."),
    ] = None,
    hub: OnHub = None,
    endpoint: _network.Endpoint = None,
    max_requests: _network.MaxRequests = None,
    max_minutes: _network.MaxMinutes = None,
    contact: _network.Contact = None,
    vantage: _network.Vantage = None,
    database: _options.Database = None,
    fmt: _options.Format = Listing.TABLE,
) -> None:
    """Check what is due: 24 and 48 hours, 7 and 30 days after a notice, then monthly. The most urgent come first.

    Exit code 4 where something could not be seen: it is unknown, and stays due.
    """
    from hubscan import tracing
    from hubscan.cli import _casepage

    if endpoint and not hub:
        raise UsageError("--endpoint is the address of one hub", todo="Name the hub with --hub")
    manners = _Manners(endpoint, max_requests, max_minutes, contact, _network.stated_vantage(vantage))
    done: list[tuple[Case, Check]] = []
    with _options.opened_store(database) as store:
        asked = _asked(store, hub, case or [])
        try:
            for result in _results(store, asked, manners):
                done.append(result)
        except StoppedError as stop:
            voice().say(f"Stopped ({stop.reason}): {stop}")
        others = {case.number: tracing.elsewhere(store, case.ref) for case, _ in done}
    missing = sum(map(len, asked.values())) - len(done)
    told = [{**_told(*one), "elsewhere": _casepage.elsewhere(others[one[0].number])} for one in done]
    show(fmt, told, _COLUMNS, [_row(*one) for one in done])
    _say_others(others)
    _say(done, missing)
    unseen = any(check.outcome is CheckOutcome.UNKNOWN for _, check in done)
    raise typer.Exit(INCOMPLETE if unseen or missing else 0)


@app.command("list")
def list_checks(
    case: Annotated[
        int | None, typer.Option("--case", metavar="CASE", show_default=False, help="Only this case's.")
    ] = None,
    hub: OnHub = None,
    outcome: Outcome = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="At most so many.")] = 200,
    database: _options.Database = None,
    fmt: _options.Format = Listing.TABLE,
) -> None:
    """List the checks made so far, newest first, and say how many are due."""
    from hubscan import followup

    with _options.opened_store(database) as store:
        found = followup.past(store, case, hub, outcome, limit)
        due = sum(len(followup.due(store, name, store.now())) for name in followup.hubs_due(store, store.now()))
    show(fmt, [_told(*one) for one in found], _COLUMNS, [_row(*one) for one in found])
    voice().say(f"Due now: {due:,}. To look: hubscan checks run")


def _asked(store: "Store", hub: str | None, numbers: Sequence[int]) -> dict[str, Sequence[int]]:
    """Return the cases to check by hub: those named, or all that are due."""
    from hubscan import cases, followup

    if not numbers:
        now = store.now()
        return {name: followup.due(store, name, now) for name in followup.hubs_due(store, now) if hub in (None, name)}
    asked: dict[str, list[int]] = {}
    for number in dict.fromkeys(numbers):
        asked.setdefault(cases.show_case(store, number).case.ref.hub, []).append(number)
    if hub and set(asked) - {hub}:
        raise UsageError(f"a case is not on {hub}", todo="Leave --hub out, or the case")
    return dict(asked)


def _results(store: "Store", asked: "dict[str, Sequence[int]]", manners: _Manners) -> "Iterator[tuple[Case, Check]]":
    from hubscan import followup

    for name, numbers in asked.items():
        if not followup.checkable(name):
            voice().say(f"{name} cannot be asked by this version: {len(numbers):,} stay due there.")
            continue
        with _means(store, name, manners) as means:
            yield from followup.run(means, numbers)


@contextmanager
def _means(store: "Store", name: str, manners: _Manners) -> "Iterator[Means]":
    from hubscan import tracing
    from hubscan.cli._crawling import CONTACT_VARIABLE
    from hubscan.crawl import StopSign
    from hubscan.followup import CheckLedger, Means
    from hubscan.http import Budget, Client, Settings
    from hubscan.hubs import base

    hub, sign, ledger = base.connector(name), StopSign(), CheckLedger()
    account = hub.account(manners.endpoint)
    contact = manners.contact or os.environ.get(CONTACT_VARIABLE)
    settings = Settings(endpoint=account.endpoint, token=account.token, contact=contact, interval=hub.interval)
    budget = Budget(requests=manners.max_requests, minutes=manners.max_minutes)
    with ExitStack() as stack:
        stack.enter_context(sign.watching())
        client = stack.enter_context(Client(settings, ledger, budget, sign.clock()))
        yield Means(store, hub, client, ledger, manners.vantage, partial(tracing.reuploads, store))


def _told(case: "Case", check: "Check") -> dict[str, Any]:
    ref = case.ref
    return {
        "case": check.case,
        "repo": {"hub": ref.hub, "kind": ref.kind, "id": ref.repo_id, "url": case.url},
        "outcome": check.outcome,
        "detail": check.detail,
        "at": check.at,
        "state": case.state,
        "due_at": case.due_at,
    }


def _row(case: "Case", check: "Check") -> tuple[object, ...]:
    return check.case, check.outcome, case.ref, case.state, check.at, check.detail or "as it was"


def _say_others(elsewhere: "dict[int, list[tuple[Holder, str]]]") -> None:
    from hubscan.render import counted

    for number, found in elsewhere.items():
        if up := [one for one, _ in found if one.presence is not Presence.REMOVED]:
            others = counted(len(up), "other repository", "other repositories")
            voice().say(f"A file of case {number} stands in {others}: hubscan cases show {number}")


def _say(done: "Sequence[tuple[Case, Check]]", missing: int) -> None:
    counts = Counter(check.outcome.value for _, check in done)
    listed = ", ".join(f"{counts[word]:,} {word}" for word in sorted(counts)) or "nothing was due"
    voice().say(f"Checked {len(done):,}: {listed}.")
    again = [(case, case.events[-1]) for case, _ in done if case.events[-1].kind is EventKind.REOPENED]
    if back := [case.number for case, event in again if event.word == Cause.REAPPEARED]:
        voice().say(f"Back again, and in the queue: {', '.join(map(str, back))}.")
    for case, event in again:
        if event.word == Cause.ELSEWHERE:
            voice().say(f"Case {case.number} is in the queue again: its file is up as {event.note}.")
    if missing:
        voice().say(f"Not looked at, and still due: {missing:,}.")
