"""`hubscan cases`: one case per upload, for a person to decide on."""

from typing import TYPE_CHECKING, Annotated

import typer

from hubscan.casework import Appellant, CaseState, HubAction, Verdict
from hubscan.cli import _case_counts, _options
from hubscan.cli._output import Listing, show, show_json, show_text
from hubscan.cli._voice import voice
from hubscan.errors import UsageError

if TYPE_CHECKING:
    from hubscan.casework import Case, CaseFilter

app = typer.Typer(name="cases", help="Review what was found: list, look, decide, follow up.", no_args_is_help=True)

app.command("sample")(_case_counts.sample)
app.command("samples")(_case_counts.samples)
app.command("precision")(_case_counts.precision)

Number = Annotated[int, typer.Argument(metavar="CASE", help="A case's number, as `hubscan cases list` shows it.")]
Decided = Annotated[Verdict, typer.Argument(metavar="VERDICT", help="confirmed, rejected or unsure.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="What you saw, in a sentence.")]
Policy = Annotated[
    str | None,
    typer.Option("--policy", metavar="ID", show_default=False, help="The hub's clause it breaks (hubs show)."),
]
Note = Annotated[str | None, typer.Option("--note", metavar="TEXT", show_default=False, help="What else was said.")]

State = Annotated[CaseState | None, typer.Option("--state", show_default=False, help="Only cases in it.")]
OnHub = Annotated[str | None, typer.Option("--hub", metavar="H", show_default=False, help="Only this hub's.")]
Assignee = Annotated[
    str | None, typer.Option("--assignee", metavar="NAME", show_default=False, help="Only those given to NAME.")
]
OfRule = Annotated[
    str | None, typer.Option("--rule", metavar="ID", show_default=False, help="Only those with a finding of this rule.")
]
Sampled = Annotated[bool, typer.Option("--sampled", help="Only those drawn at random (cases sample).")]


@app.command("list")
def list_cases(
    state: State = None,
    hub: OnHub = None,
    min_severity: _options.MinSeverity = "info",
    assignee: Assignee = None,
    rule: OfRule = None,
    sampled: Sampled = False,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="At most so many.")] = 200,
    database: _options.Database = None,
    fmt: _options.Format = Listing.TABLE,
) -> None:
    """List cases, those to be looked at first in front, and say why they come first."""
    from hubscan import cases
    from hubscan.cli import _casepage

    wanted = _wanted(state, hub, min_severity, assignee, rule, sampled)
    with _options.opened_store(database) as store:
        found = list(cases.list_cases(store, wanted, limit + 1))
    shown = found[:limit]
    show(fmt, list(map(_casepage.summary, shown)), _casepage.COLUMNS, map(_casepage.row, shown))
    if len(found) > limit:
        voice().say(f"The first {limit:,} are shown, and there are more: filter them, or give --limit.")


@app.command("show")
def show_case(
    number: Number,
    reveal: _options.Reveal = False,
    database: _options.Database = None,
    fmt: _options.Format = Listing.TABLE,
) -> None:
    """Show what was found in an upload, where, what was set aside, and all that has happened so far."""
    from hubscan import cases, retention, tracing
    from hubscan.cli import _casepage, _excerpt, _terms

    with _options.opened_store(database) as store:
        file = cases.show_case(store, number)
        others, held = tracing.elsewhere(store, file.case.ref), retention.held(store, number)
    record = _casepage.parsed(file.record, number)
    if reveal:
        voice().warn(_excerpt.REVEALED)
    shown = _excerpt.showing(reveal, _casepage.places(file), _terms.kept() if reveal else ())
    told = {**_casepage.told(file, record, lambda _: shown, others), "held": held}
    if fmt is Listing.JSON:
        show_json(told)
    else:
        show_text(_casepage.page(told))


@app.command("review")
def review(
    reviewer: _options.Reviewer,
    state: State = None,
    hub: OnHub = None,
    min_severity: _options.MinSeverity = "info",
    assignee: Assignee = None,
    rule: OfRule = None,
    sampled: Sampled = False,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="At most so many in one sitting.")] = 50,
    database: _options.Database = None,
) -> None:
    """Go through the cases that wait for you, by single keys on this terminal. Text is redacted until you ask for it.

    Without --state: what is open, unsure or appealed, and critical cases that need a second person.
    """
    import sys

    from hubscan import cases, policies
    from hubscan.cli import _review, _terms

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("a review needs a terminal", todo="In a script use hubscan cases list, show and decide")
    who, wanted = cases.pseudonym(reviewer), _wanted(state, hub, min_severity, assignee, rule, sampled)
    with _options.opened_store(database) as store:
        numbers = cases.to_review(store, wanted, who, limit)
        done = _review.sit(store, policies.load(), who, numbers, _terms.kept())
    decided = ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(done.items()))
    voice().say(f"Waiting were {len(numbers):,}; you decided on {done.total():,}{decided and f' ({decided})'}.")


@app.command("open")
def open_cases(min_severity: _options.MinSeverity = "medium", database: _options.Database = None) -> None:
    """Open a case for each upload with a standing finding this grave or graver."""
    from hubscan import cases
    from hubscan.store.store import utc_now

    least = _options.severity(min_severity)
    with _options.opened_store(database) as store:
        standing = (finding for finding in store.findings(least) if finding.rule.status != "draft")
        new = cases.open_cases(store, list(standing), least, utc_now())
    voice().say(f"Opened {len(new):,} cases for findings of severity {least.label} or higher.")


@app.command("decide")
def decide(
    number: Number,
    verdict: Decided,
    reviewer: _options.Reviewer,
    reason: Reason,
    policy: Policy = None,
    database: _options.Database = None,
) -> None:
    """Add your decision to a case. Decisions are kept with the content they were made on, and are never changed."""
    from hubscan import cases, policies
    from hubscan.store.store import utc_now

    if policy:
        policies.load().clause(policy)
    with _options.opened_store(database) as store:
        case = cases.decide(store, number, verdict, reviewer=reviewer, reason=reason, policy=policy, now=utc_now())
    _say_state(case)


@app.command("decide-all")
def decide_all(
    verdict: Decided,
    reviewer: _options.Reviewer,
    reason: Reason,
    policy: Policy = None,
    state: State = None,
    hub: OnHub = None,
    min_severity: _options.MinSeverity = "info",
    assignee: Assignee = None,
    rule: OfRule = None,
    sampled: Sampled = False,
    yes: _options.Yes = False,
    database: _options.Database = None,
) -> None:
    """Decide alike on all cases that the filters name. Counts them only, unless --yes is given."""
    from hubscan import bulk_decisions, policies
    from hubscan.store.store import utc_now

    if policy:
        policies.load().clause(policy)
    wanted = _wanted(state, hub, min_severity, assignee, rule, sampled)
    with _options.opened_store(database) as store:
        if not yes:
            plan = bulk_decisions.preview(store, wanted, verdict)
            voice().say(f"Would decide {verdict} on {plan.words} Nothing was changed: to do it, add --yes.")
            return
        done = bulk_decisions.decide_all(
            store, wanted, verdict, reviewer=reviewer, reason=reason, policy=policy, now=utc_now()
        )
    voice().say(f"Decided {verdict} on {done.words}")


@app.command("assign")
def assign(
    number: Number,
    reviewer: Annotated[str, typer.Argument(metavar="NAME", help="The pseudonym of who is to look at it.")],
    database: _options.Database = None,
) -> None:
    """Give a case to a reviewer."""
    from hubscan import cases

    with _options.opened_store(database) as store:
        case = cases.assign(store, number, reviewer, now=store.now())
    voice().say(f"Case {case.number} is given to {case.assignee}.")


@app.command("appeal")
def appeal(
    number: Number,
    by: Annotated[Appellant, typer.Option("--by", help="Who objects.")],
    reviewer: _options.Reviewer,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="What they object to, in a sentence.")],
    database: _options.Database = None,
) -> None:
    """Record that somebody objects to a decision. The case goes back into the queue; the next decision settles it."""
    from hubscan import cases

    with _options.opened_store(database) as store:
        _say_state(cases.appeal(store, number, by, reviewer=reviewer, reason=reason, now=store.now()))


@app.command("acknowledge")
def acknowledge(
    number: Number,
    reviewer: _options.Reviewer,
    reference: Annotated[
        str | None, typer.Option("--reference", metavar="TEXT", show_default=False, help="The hub's number for it.")
    ] = None,
    database: _options.Database = None,
) -> None:
    """Record that the hub confirmed to have the notice."""
    from hubscan import cases

    with _options.opened_store(database) as store:
        _say_state(cases.acknowledge(store, number, reviewer=reviewer, reference=reference, now=store.now()))


@app.command("act")
def act(
    number: Number,
    action: Annotated[
        HubAction, typer.Argument(metavar="ACTION", help="removed, restricted, labelled or refused: what the hub said.")
    ],
    reviewer: _options.Reviewer,
    note: Note = None,
    database: _options.Database = None,
) -> None:
    """Record what the hub answered to the notice. Whether it is so is for `hubscan checks run` to see."""
    from hubscan import cases

    with _options.opened_store(database) as store:
        _say_state(cases.act(store, number, action, reviewer=reviewer, note=note, now=store.now()))


@app.command("close")
def close(number: Number, reviewer: _options.Reviewer, reason: Reason, database: _options.Database = None) -> None:
    """Record that nothing more is to be done. An upload that was written about is looked for all the same."""
    from hubscan import cases

    with _options.opened_store(database) as store:
        _say_state(cases.close(store, number, reviewer=reviewer, reason=reason, now=store.now()))


@app.command("reopen")
def reopen(number: Number, reviewer: _options.Reviewer, reason: Reason, database: _options.Database = None) -> None:
    """Take a case that ended back into the queue."""
    from hubscan import cases

    with _options.opened_store(database) as store:
        _say_state(cases.reopen(store, number, reviewer=reviewer, reason=reason, now=store.now()))


@app.command("hold")
def hold(number: Number, reviewer: _options.Reviewer, reason: Reason, database: _options.Database = None) -> None:
    """Put a case under legal hold: `hubscan db purge` leaves it alone."""
    from hubscan import retention

    with _options.opened_store(database) as store:
        retention.hold(store, number, reviewer=reviewer, reason=reason, now=store.now())
    voice().say(f"Case {number} is under hold.")


@app.command("release")
def release(number: Number, reviewer: _options.Reviewer, reason: Reason, database: _options.Database = None) -> None:
    """Lift the legal hold of a case."""
    from hubscan import retention

    with _options.opened_store(database) as store:
        retention.release(store, number, reviewer=reviewer, reason=reason, now=store.now())
    voice().say(f"Case {number} is no longer under hold.")


def _wanted(
    state: CaseState | None, hub: str | None, least: str, assignee: str | None, rule: str | None, sampled: bool
) -> "CaseFilter":
    from hubscan.casework import CaseFilter

    return CaseFilter(state, hub, _options.severity(least), assignee, rule, sampled)


def _say_state(case: "Case") -> None:
    voice().say(f"Case {case.number} is {case.state}.")
