"""`hubscan identity`: the same file on several hubs, and lists of file hashes."""

import subprocess
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hubscan.cli import _options
from hubscan.cli._output import Listing, opened, show
from hubscan.cli._voice import voice
from hubscan.hashlists import CONFIRMED

if TYPE_CHECKING:
    from hubscan.holders import Holder
    from hubscan.identity.clusters import Match

app = typer.Typer(
    name="identity", help="Find the same file on several hubs, and keep lists of file hashes.", no_args_is_help=True
)

ListId = Annotated[str, typer.Option("--list", metavar="ID", help="Which list.")]
Reviewer = Annotated[str, typer.Option("--reviewer", metavar="NAME", help="The pseudonym you review under.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, in a sentence.")]


class HashFile(StrEnum):
    """The formats of a hash list."""

    CSV = "csv"
    JSON = "json"


@app.command("match")
def match_files(
    scan: Annotated[
        list[str] | None,
        typer.Option(
            "--scan",
            metavar="NAME",
            show_default=False,
            help="First run this scan of `hubscan schedule list`, of the same database; may be given again.",
        ),
    ] = None,
    database: _options.Database = None,
    fmt: _options.Format = Listing.TABLE,
) -> None:
    """List files that went from one place and are up in another. A match is evidence to look, never a verdict.

    With --scan it ends with the highest exit code of the scans: 4 where one is incomplete.
    """
    from hubscan import tracing

    code = max((_scanned(name) for name in scan or ()), default=0)
    with _options.opened_store(database) as store:
        found = list(tracing.matches(store))
    columns = ("gone from", "why", "still up at", "uploader", "matched by", "hash")
    show(fmt, [_told(one) for one in found], columns, [row for one in found for row in _rows(one)])
    if any(one.common for one in found):
        voice().say("A file that very many people share (common in --format json) says little by itself.")
    raise typer.Exit(code)


def _scanned(name: str) -> int:
    """Run a scan by its name and return its exit code; its summary goes to people. Told to end, it ends in its way."""
    command = [sys.executable, "-m", "hubscan.cli", "schedule", "run", name]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr) as process:  # noqa: S603 - our own
        try:
            return process.wait()
        except BaseException:
            process.terminate()
            raise


@app.command("seed")
def seed(
    case: Annotated[int, typer.Argument(metavar="CASE", help="A case you or somebody else confirmed.")],
    reviewer: Reviewer,
    reason: Reason,
    list_id: ListId = CONFIRMED,
    expires_at: Annotated[
        str | None, typer.Option("--expires", metavar="TIME", show_default=False, help="RFC 3339 in UTC, with a Z.")
    ] = None,
    database: _options.Database = None,
) -> None:
    """Put the weight files of a confirmed case on a hash list. Parts that everybody shares are left out."""
    from hubscan import tracing
    from hubscan.identity.exchange import time_or_none

    expires = time_or_none(expires_at)
    with _options.opened_store(database) as store:
        now = store.now()
        events = tracing.seed(
            store, case, reviewer=reviewer, reason=reason, now=now, list_id=list_id, expires_at=expires
        )
    voice().say(f"The list {list_id} took in {len(events):,} hashes of case {case}.")


@app.command("withdraw")
def withdraw(
    value: Annotated[str, typer.Argument(metavar="HASH", help="Its hex digits.")],
    reviewer: Reviewer,
    reason: Reason,
    list_id: ListId = CONFIRMED,
    database: _options.Database = None,
) -> None:
    """Take a hash off a list for good: it is remembered, and no import brings it back."""
    from hubscan import tracing

    with _options.opened_store(database) as store:
        tracing.withdraw(store, list_id, value, reviewer=reviewer, reason=reason, now=store.now())
    voice().say(f"Withdrawn from the list {list_id}.")


@app.command("import")
def import_list(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or JSON; docs/hash-lists.md says which.")],
    list_id: Annotated[str, typer.Option("--list", metavar="ID", help="The list it becomes part of.")],
    source: Annotated[str, typer.Option("--source", metavar="NAME", help="Who made it.")],
    database: _options.Database = None,
) -> None:
    """Take in a hash list of somebody else's. All of it is read, or nothing."""
    from hubscan import tracing
    from hubscan.errors import InputError
    from hubscan.identity import exchange

    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(f"it cannot be read ({error.strerror})", str(file)) from error
    with _options.opened_store(database) as store:
        events = exchange.parse(data, str(file), list_id, source, store.now())
        tracing.record_events(store, events)
    voice().say(f"The list {list_id} took in {len(events):,} hashes by {source}.")


@app.command("export")
def export_list(
    list_id: ListId = CONFIRMED,
    fmt: Annotated[HashFile, typer.Option("--format", help="How to write it.")] = HashFile.CSV,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", show_default=False, help="Write there, readable by you alone."),
    ] = None,
    database: _options.Database = None,
) -> None:
    """Write out what stands on a hash list."""
    from hubscan import tracing
    from hubscan.identity import exchange

    with _options.opened_store(database) as store:
        entries = tracing.entries(store, list_id, store.now())
    data = exchange.as_csv(entries) if fmt is HashFile.CSV else exchange.as_json(list_id, entries)
    with opened(output) as out:
        out.write(data)


def _told(found: "Match") -> dict[str, Any]:
    from hubscan.identity.clusters import WORTH

    cluster = found.cluster
    return {
        "schema": "hubscan.match/1",
        "matched_by": {"algorithm": cluster.algorithm, "value": cluster.value, "worth": WORTH[cluster.algorithm]},
        "common": found.common,
        "gone": [_holder(holder, found) for holder in found.gone],
        "up": [{**_holder(holder, found), "uploader_relation": relation.value} for holder, relation in found.up],
        "unknown": [_holder(holder, found) for holder in found.unknown],
    }


def _holder(holder: "Holder", found: "Match") -> dict[str, Any]:
    ref = holder.ref
    return {
        "repo": {"hub": ref.hub, "kind": ref.kind, "id": ref.repo_id, "url": holder.url, "revision": ref.revision},
        "uploader": holder.uploader,
        "files": list(found.cluster.files[ref]),
        "presence": holder.presence.value,
        "why": holder.why,
        "as_of": holder.as_of,
    }


def _rows(found: "Match") -> Iterator[tuple[object, ...]]:
    first, more = found.gone[0], f" and {len(found.gone) - 1:,} more" if len(found.gone) > 1 else ""
    cluster = found.cluster
    for holder, relation in found.up:
        why = f"{first.presence}: {first.why}"
        yield f"{first.ref}{more}", why, holder.ref, relation, cluster.algorithm, cluster.value
