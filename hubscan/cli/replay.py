"""`hubscan replay`: a hub on this machine that serves a dump or a recorded run."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hubscan.cli._voice import voice
from hubscan.errors import UsageError

if TYPE_CHECKING:
    from hubscan.records import StoredRecord
    from hubscan.replay import Quota


def replay(
    dump: Annotated[
        list[str], typer.Argument(metavar="DUMP...", help="Files of stored metadata, or one folder of `scan --record`.")
    ],
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="The port; 0 takes a free one.")] = 0,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="A loopback address: nobody else is served.")
    ] = "127.0.0.1",
    seconds: Annotated[
        float, typer.Option(metavar="S", min=0, help="How long to serve. It always ends by itself.")
    ] = 3600,
    without: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID", show_default=False, help="Leave this upload out, as if taken down; may be given again."
        ),
    ] = None,
    quota: Annotated[
        str | None,
        typer.Option(
            metavar="N:S", show_default=False, help="Grant N requests of each kind in S seconds, then say 429."
        ),
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN=NAME[:ARGUMENT]",
            show_default=False,
            help="Misbehave where PATTERN is in the address: status:503, cut, slow:5, ... May be given again.",
        ),
    ] = None,
) -> None:
    """Serve a dump as a hub on loopback, to try a crawl on it: `hubscan scan huggingface --endpoint URL --all`.

    Of several files the later one counts where both hold an upload: a hub as it stood first, then what changed there.
    The address is printed on stdout once the hub is there.
    """
    from hubscan import dumps
    from hubscan.records import StoredRecord
    from hubscan.replay import Tape, named_fault, run

    faults, granted = [named_fault(text) for text in fault or ()], _quota(quota)
    tape = None
    if len(dump) == 1 and Path(dump[0]).is_dir():
        if without:
            raise UsageError("a recorded run is played back as it was", todo="Leave --without out, or serve a dump")
        from hubscan.http.recording import load

        tape, records = Tape(load(Path(dump[0]))), list[StoredRecord]()
    else:
        read = list(dumps.read(dump))
        records = _without([record for record in read if isinstance(record, StoredRecord)], without or [])
        unreadable = sum(not isinstance(record, StoredRecord) for record in read)
        voice().say(f"Serving {len(records):,} records for {seconds:g} seconds; {unreadable} are unreadable.")
    run(records, host, port, seconds, quota=granted, faults=faults, tape=tape, started=_started)


def _without(records: "list[StoredRecord]", ids: list[str]) -> "list[StoredRecord]":
    """Return the records but those of these ids; `UsageError` for an id that none has."""
    known = {_id(record) for record in records}
    if unknown := [one for one in ids if one not in known]:
        raise UsageError(f"the dump holds no {unknown[0]!r}", todo="Write its id as the dump does")
    return [record for record in records if _id(record) not in ids]


def _id(record: "StoredRecord") -> str:
    return str(record.native.get("id")) if isinstance(record.native, Mapping) else ""


def _started(url: str) -> None:
    typer.echo(url)


def _quota(said: str | None) -> "Quota | None":
    from hubscan.replay import Quota

    if said is None:
        return None
    if not re.fullmatch(r"[1-9]\d{0,8}:[1-9]\d{0,5}", said):
        raise UsageError(f"{said!r} is no quota", todo="Write it as 500:300: so many requests in so many seconds")
    number, window = map(int, said.split(":"))
    return Quota(dict.fromkeys(("api", "resolvers", "pages"), number), window)
