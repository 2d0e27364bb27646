"""`hubscan replay`: a hub on this machine that serves a dump or a recorded run."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hubscan.cli._voice import voice
from hubscan.errors import UsageError

if TYPE_CHECKING:
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

    The address is printed on stdout once the hub is there.
    """
    from hubscan import dumps
    from hubscan.records import StoredRecord
    from hubscan.replay import Tape, named_fault, run

    faults, granted = [named_fault(text) for text in fault or ()], _quota(quota)
    tape = None
    if len(dump) == 1 and Path(dump[0]).is_dir():
        from hubscan.http.recording import load

        tape, records = Tape(load(Path(dump[0]))), list[StoredRecord]()
    else:
        read = list(dumps.read(dump))
        records = [record for record in read if isinstance(record, StoredRecord)]
        voice().say(
            f"Serving {len(records):,} records for {seconds:g} seconds; {len(read) - len(records)} are unreadable."
        )
    run(records, host, port, seconds, quota=granted, faults=faults, tape=tape, started=_started)


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
