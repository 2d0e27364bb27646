"""`hubscan notices`: draft the letter of a confirmed case, for a person to read and send."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hubscan.cli import _options
from hubscan.cli._output import Listing, show
from hubscan.cli._voice import voice
from hubscan.errors import UsageError

if TYPE_CHECKING:
    from hubscan.casework import CaseFile
    from hubscan.notices import Mode, NoticeSubject, Notifier, TrustedFlagger
    from hubscan.policies import Channel, Policies

app = typer.Typer(name="notices", help="Draft letters. Nothing is ever sent: a person does that.", no_args_is_help=True)

_EDITIONS = "restricted: the letter to the hub. public: what kind of notice it was, naming nobody and nothing."


@app.command("list")
def list_templates(fmt: _options.Format = Listing.TABLE) -> None:
    """List the templates."""
    from hubscan import policies, resources
    from hubscan.notices import load, templates

    on_file = policies.load()
    found = [load(name, language, on_file) for name, language in templates.available(resources.folder("reports"))]
    columns = ("name", "language", "title", "audience", "law")
    rows = [(one.name, one.language, one.front.title, one.front.audience, one.front.law or "none") for one in found]
    show(fmt, [dict(zip(columns, row, strict=True)) for row in rows], columns, rows)


CaseNumber = Annotated[int, typer.Argument(metavar="CASE", help="The number of a confirmed case.")]
TemplateName = Annotated[str, typer.Option("--template", metavar="NAME", help="See `hubscan notices list`.")]
Edition = Annotated[str, typer.Option("--edition", metavar="restricted|public", help=_EDITIONS)]
DraftFormat = Annotated[str, typer.Option("--format", metavar="html|pdf|markdown|json", help="What to write.")]
Language = Annotated[str, typer.Option("--language", metavar="L", help="The template's language.")]
ChannelId = Annotated[
    str | None,
    typer.Option("--channel", metavar="ID", show_default=False, help="The hub's channel to use (hubs show)."),
]
Address = Annotated[
    str | None,
    typer.Option("--address", metavar="MAIL", show_default=False, help="A private address the hub gave you."),
]
Name = Annotated[
    str | None,
    typer.Option("--name", envvar="HUBSCAN_NOTIFIER_NAME", show_default=False, help="Who answers for the letter."),
]
Email = Annotated[
    str | None, typer.Option("--email", envvar="HUBSCAN_NOTIFIER_EMAIL", show_default=False, help="Their address.")
]
Organisation = Annotated[
    str, typer.Option("--organisation", envvar="HUBSCAN_NOTIFIER_ORGANISATION", show_default=False)
]
Unnamed = Annotated[
    bool, typer.Option("--anonymous", help="Leave the sender out, where the law lets a letter go unnamed.")
]
ModeName = Annotated[
    str, typer.Option("--mode", metavar="researcher|person-shown|agent|provider", help="Who you are, on your word.")
]
Depiction = Annotated[
    str,
    typer.Option("--depiction", metavar="URL", show_default=False, help="For a person shown: where the depiction is."),
]
Coordinator = Annotated[
    str | None,
    typer.Option(
        "--coordinator",
        envvar="HUBSCAN_FLAGGER_COORDINATOR",
        show_default=False,
        help="Who certified you as a trusted flagger.",
    ),
]
FlaggerNumber = Annotated[
    str | None,
    typer.Option(
        "--flagger-number", envvar="HUBSCAN_FLAGGER_NUMBER", show_default=False, help="The certification's number."
    ),
]
Evidence = Annotated[
    Path | None,
    typer.Option(
        "--evidence", metavar="FILE", show_default=False, help="An evidence file of this case to attach to a PDF."
    ),
]
Day = Annotated[
    datetime | None,
    typer.Option("--date", formats=["%Y-%m-%d"], show_default=False, help="The date it bears; today without it."),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", metavar="FILE", show_default=False, help="Write there, readable by you alone."),
]


@app.command("draft")
def draft_notice(
    case: CaseNumber,
    template: TemplateName,
    edition: Edition = "restricted",
    fmt: DraftFormat = "html",
    language: Language = "en",
    channel: ChannelId = None,
    address: Address = None,
    name: Name = None,
    email: Email = None,
    organisation: Organisation = "",
    anonymous: Unnamed = False,
    mode: ModeName = "researcher",
    depiction: Depiction = "",
    coordinator: Coordinator = None,
    flagger_number: FlaggerNumber = None,
    evidence: Evidence = None,
    day: Day = None,
    output: Output = None,
    database: _options.Database = None,
) -> None:
    """Draft a notice for a confirmed case. It is written to stdout or FILE, and its digest is kept with the case."""
    import hashlib
    from contextlib import ExitStack
    from dataclasses import replace

    from hubscan import cases, notices, policies, precision
    from hubscan.cli import _output
    from hubscan.notices import ANONYMOUS

    on_file, flagger = policies.load(), _flagger(coordinator, flagger_number)
    sender = ANONYMOUS if anonymous else _notifier(name, email, organisation, flagger)
    form, now = notices.load(template, language, on_file), datetime.now(UTC).replace(microsecond=0)
    if day:
        now = datetime.combine(day, now.time(), UTC)
    with _options.opened_store(database) as store:
        file = cases.show_case(store, case)
        paused = precision.paused(store, precision.limits(), file.case.ref.hub)
        subject = _subject(file, on_file, _channel(on_file, file.case.ref.hub, channel, address))
        held = _evidence(evidence, case) if evidence else ""
        subject = replace(subject, mode=_mode(mode), depiction=depiction, paused=paused, evidence=held)
        draft = notices.draft(form, edition, fmt, subject, sender, now)
        with ExitStack() as stack:
            if form.front.addressee == "hub":  # a checklist is no notice: no hub's clock runs from it
                drafted = replace(draft.notice, at=store.now())
                stack.enter_context(cases.noticing(store, drafted, hashlib.sha256(draft.text).hexdigest()))
            stack.enter_context(_output.opened(output)).write(draft.text)
    for warning in draft.warnings:
        voice().warn(warning)
    if output:
        voice().say(f"Written: {output}. A person must read and send it.")


@app.command("sent")
def record_sent(
    case: Annotated[int, typer.Argument(metavar="CASE", help="The case whose drafted notice you sent.")],
    reviewer: _options.Reviewer,
    database: _options.Database = None,
) -> None:
    """Record that you sent the notice drafted last. The hub's clock runs from here, and its answer will be counted."""
    from hubscan import cases

    with _options.opened_store(database) as store:
        found = cases.record_sent(store, case, reviewer=reviewer, now=store.now())
    voice().say(f"Recorded. To be checked on the hub from {found.due_at} on: hubscan checks run")


@app.command("reasons")
def state_reasons(
    case: Annotated[int, typer.Argument(metavar="CASE", help="The number of a confirmed case on your own hub.")],
    restriction: Annotated[
        str,
        typer.Option("--restriction", metavar="removed|disabled|demoted|age-restricted|labelled", help="What you did."),
    ],
    redress: Annotated[
        list[str], typer.Option("--redress", metavar="TEXT", help="A way to contest it; may be given again.")
    ],
    since: Annotated[datetime, typer.Option("--since", formats=["%Y-%m-%d"], help="The day it took effect.")],
    until: Annotated[
        datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], show_default=False, help="The day it ends.")
    ] = None,
    source: Annotated[
        str,
        typer.Option("--source", metavar="own-initiative|notice|trusted-flagger|other", help="How you heard of it."),
    ] = "own-initiative",
    automated: Annotated[
        str, typer.Option("--automated", metavar="no|partially|fully", help="How far machines took the decision.")
    ] = "no",
    puid: Annotated[
        str, typer.Option("--puid", show_default=False, help="Your reference in the public record; names no upload.")
    ] = "",
    language: Annotated[str, typer.Option("--language", metavar="L", help="The statement's language.")] = "en",
    fmt: Annotated[
        str, typer.Option("--format", metavar="html|pdf|markdown|json|transparency", help="What to write.")
    ] = "html",
    output: Output = None,
    database: _options.Database = None,
) -> None:
    """State reasons to the uploader (DSA, Article 17), or write the public record of it; for a hub's operator."""
    from dataclasses import replace

    from hubscan import cases, notices, policies, precision
    from hubscan.cli import _output

    on_file = policies.load()
    made = notices.Restriction(
        visibility=restriction,
        redress=tuple(redress),
        since=since.date(),
        until=until.date() if until else None,
        source=source,
        automated=automated,
        puid=puid,
    )
    form = notices.load("statement", language, on_file, family="reasons")
    with _options.opened_store(database) as store:
        file = cases.show_case(store, case)
        paused = precision.paused(store, precision.limits(), file.case.ref.hub)
    subject = replace(_subject(file, on_file, None), paused=paused)
    text, warnings = notices.state(form, fmt, subject, made, datetime.now(UTC))
    with _output.opened(output) as out:
        out.write(text)
    for warning in warnings:
        voice().warn(warning)
    if output:
        voice().say(f"Written: {output}. A person must read and send it.")


def _subject(file: "CaseFile", on_file: "Policies", channel: "Channel | None") -> "NoticeSubject":
    from hubscan.hubs import base
    from hubscan.notices import NoticeSubject
    from hubscan.records import RepoRecord

    record = base.parse(file.decided_on or file.record)
    known = record if isinstance(record, RepoRecord) else None
    return NoticeSubject(case=file.case, findings=file.findings, record=known, policies=on_file, channel=channel)


def _channel(on_file: "Policies", hub: str, channel: str | None, address: str | None) -> "Channel | None":
    from hubscan.policies import operator_channel

    if channel and address:
        raise UsageError("--channel and --address exclude each other", todo="Give the one the letter shall go to")
    if address:
        return operator_channel(address)
    return on_file.hub(hub).channel(channel) if channel else None


def _evidence(file: Path, case: int) -> str:
    from hubscan import evidence
    from hubscan.cli.evidence import read

    data = read(file)
    told = {link.kind: link.body for link in evidence.parse(data).chain}
    if told.get("case", {}).get("number") != case:
        raise UsageError(f"this evidence is not of case {case}", str(file), f"Make it: hubscan evidence export {case}")
    return data.decode("ascii")


def _mode(name: str) -> "Mode":
    from hubscan.notices import Mode

    if name not in tuple(Mode):
        raise UsageError(f"no mode {name!r}", todo=f"Choose one of {', '.join(Mode)}")
    return Mode(name)


def _flagger(coordinator: str | None, number: str | None) -> "TrustedFlagger | None":
    from hubscan.notices import TrustedFlagger

    if not coordinator and not number:
        return None
    if not (coordinator and number):
        raise UsageError("a certification has a coordinator and a number", todo="Give both, or neither")
    return TrustedFlagger(coordinator, number)


def _notifier(
    name: str | None, email: str | None, organisation: str, flagger: "TrustedFlagger | None"
) -> "Notifier | None":
    from hubscan.notices import Notifier

    if not name and not email:
        return None
    if not (name and email):
        raise UsageError("the notifier needs a name and an email", todo="Give both --name and --email, or --anonymous")
    return Notifier(name, email, organisation, flagger)
