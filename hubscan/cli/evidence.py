"""`hubscan evidence`: what a case rests on, in one signed file; and whether such a file is what was signed."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hubscan import resources
from hubscan.cli import _options
from hubscan.cli._voice import voice
from hubscan.errors import EvidenceError, UsageError

if TYPE_CHECKING:
    from hubscan.casework import CaseFile
    from hubscan.evidence import Bundle
    from hubscan.records import RepoRecord

app = typer.Typer(name="evidence", help="Export what a case rests on, signed; check such a file.", no_args_is_help=True)

RECIPIENT = "HUBSCAN_AGE_RECIPIENT"

File = Annotated[Path, typer.Argument(metavar="FILE", help="An evidence file.")]
Key = Annotated[
    Path | None,
    typer.Option(
        "--key",
        metavar="FILE",
        show_default=False,
        help=f"Your signing key. Without it: {resources.evidence_key_file()}",
    ),
]


@app.command("key")
def make_key(key: Key = None) -> None:
    """Make your signing key, once. Give the .pub file to whoever shall check what you sign, and keep the other."""
    from hubscan.evidence import envelope

    path = key or resources.evidence_key_file()
    made = envelope.make_key(path)
    voice().say(f"Made {path} (keep it secret) and {path.with_suffix('.pub')} (to give away), key id {made}.")


@app.command("export")
def export(
    case: Annotated[int, typer.Argument(metavar="CASE", help="A case's number.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write, readable by you alone.")],
    recipient: Annotated[
        list[str] | None,
        typer.Option(
            "--recipient",
            metavar="AGE",
            show_default=False,
            help=f"The age public key that may open the record's text; may be given again. Also: {RECIPIENT}",
        ),
    ] = None,
    without_text: Annotated[
        bool, typer.Option("--without-text", help="Leave the record's text out: its digests alone.")
    ] = False,
    key: Key = None,
    database: _options.Database = None,
) -> None:
    """Write what a case rests on to one file: record, requests, findings, decisions, chained, signed; text sealed."""
    from hubscan import cases, evidence
    from hubscan.evidence import chain, envelope, sealing
    from hubscan.render import write_atomically

    recipients = recipient or os.environ.get(RECIPIENT, "").split()
    if not recipients and not without_text:
        raise UsageError(
            "nobody is named who may open the record's text",
            todo=f"Give --recipient age1... (or set {RECIPIENT}), or leave the text out: --without-text",
        )
    signer = envelope.private_key(key or resources.evidence_key_file())
    with _options.opened_store(database) as store:
        told = cases.show_case(store, case)
        before = evidence.past(store, told)
    links = chain.forge(evidence.facts(told, _parsed(told), before))
    sealed = None if without_text else sealing.seal(evidence.text_of(told), recipients)
    write_atomically(file, evidence.export(links, sealed, signer).dump())
    voice().say(f"Written: {file}, {len(links)} links, signed with key {envelope.key_id(signer.public_key())}.")


@app.command("verify")
def verify(
    file: File,
    public_key: Annotated[
        Path | None,
        typer.Option(
            "--public-key", metavar="FILE", show_default=False, help="The signer's public key; your own without it."
        ),
    ] = None,
    identity: Annotated[
        Path | None,
        typer.Option("--identity", metavar="FILE", show_default=False, help="Your age key file, to open the text too."),
    ] = None,
    authority: Annotated[
        Path | None,
        typer.Option("--authority", metavar="FILE", show_default=False, help="The time stamp authority's root (PEM)."),
    ] = None,
) -> None:
    """Say whether a file is what was signed; any change is found. Nothing of the record is printed."""
    from hubscan import evidence
    from hubscan.cli._output import show_text
    from hubscan.evidence import envelope

    trusted = envelope.public_key(public_key or resources.evidence_key_file().with_suffix(".pub"))
    try:
        report = evidence.verify(read(file), trusted, identity, authority)
    except EvidenceError as error:
        raise EvidenceError(
            f"not what was signed, or it cannot be checked: {error.what}", str(file), error.todo
        ) from error
    show_text([*report.held, *(f"Not checked: {line}" for line in report.unchecked)])


@app.command("question")
def question(
    file: File,
    output: Annotated[Path, typer.Option("--output", metavar="FILE", help="Where to write the question (.tsq).")],
) -> None:
    """Write the question for a time stamp authority (RFC 3161). You send it; this tool asks nobody."""
    from hubscan.evidence import stamp
    from hubscan.render import write_atomically

    write_atomically(output, stamp.question(_bundle(file)))
    voice().say(f"Written: {output}. Post it to an authority as application/timestamp-query, and keep the reply.")


@app.command("stamp")
def put_stamp(
    file: File, reply: Annotated[Path, typer.Argument(metavar="REPLY", help="What the authority answered (.tsr).")]
) -> None:
    """Put an authority's time stamp into an evidence file."""
    from hubscan.evidence import stamp
    from hubscan.render import write_atomically

    write_atomically(file, stamp.stamped(_bundle(file), read(reply)).dump())
    voice().say(f"Stamped: {file}.")


def _bundle(file: Path) -> "Bundle":
    from hubscan import evidence

    return evidence.parse(read(file))


def _parsed(told: "CaseFile") -> "RepoRecord":
    from hubscan.hubs import base
    from hubscan.records import RepoRecord

    record = base.parse(told.decided_on or told.record)
    if not isinstance(record, RepoRecord):
        raise EvidenceError("its record cannot be read", f"case {told.case.number}", "Scan the repository again")
    return record


def read(file: Path) -> bytes:
    """Return an evidence file's bytes; `EvidenceError` where it cannot be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise EvidenceError(f"it cannot be read ({error.strerror})", str(file), "Name an evidence file") from error
