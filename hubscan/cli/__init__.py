"""The command line: options in, one map from errors to messages and exit codes out.

One file a noun. Those files import at their top only what their options need, and each command imports what does its
work, so that `--help` is there at once. Files that start with `_` are what the commands share.
"""

import os
import shlex
import signal
import sys
import traceback
from contextlib import suppress
from typing import NoReturn

import typer

from hubscan import __version__
from hubscan.cli import (
    cases,
    checks,
    db,
    evidence,
    hubs,
    identity,
    lineage,
    notices,
    replay,
    rules,
    scan,
    schedule,
    scorecard,
    terms,
)
from hubscan.cli._output import CLOSED_PIPE, forget_standard_output
from hubscan.errors import HubscanError
from hubscan.escape import visible

DEBUG = "HUBSCAN_DEBUG"
"""The environment variable that shows where an error comes from."""

app = typer.Typer(
    name="hubscan",
    help="Find, report and follow up misuse-prone models on public model hubs, from text metadata only.",
    epilog="Each command has --help of its own. Nothing is ever sent to anyone: letters are files for you to read.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("scan")(scan.scan)
app.command("replay")(replay.replay)
for noun in (cases, notices, evidence, checks, rules, terms, hubs, identity, db, schedule):
    app.add_typer(noun.app)
app.command("lineage")(lineage.lineage)
app.command("scorecard")(scorecard.scorecard)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hubscan {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    pass


def main() -> NoReturn:
    """Run the command line of this process, and end it with the exit code of `errors.py` or of the command."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    code = _run()
    try:
        if sys.stdout:
            sys.stdout.flush()
    except OSError as error:
        forget_standard_output()
        code = CLOSED_PIPE if isinstance(error, BrokenPipeError) else _failed(f"standard output: {error.strerror}")
    sys.exit(code)


def _run() -> str | int | None:
    try:
        app(prog_name="hubscan")
    except SystemExit as end:
        return end.code
    except HubscanError as error:
        _trace()
        return _failed(str(error), error.exit_code)
    except OSError as error:  # help that cannot be printed, and the like
        _trace()
        forget_standard_output()
        return _failed(f"{error.filename or 'standard output'}: {error.strerror or type(error).__name__}")
    except Exception as error:
        # Its own message is left out: it may quote a record.
        again = shlex.join(["hubscan", *sys.argv[1:]])
        if not _trace():
            return _failed(f"unforeseen {type(error).__name__}. To see where, run: {DEBUG}=1 {again}")
    return 1


def _failed(message: str, code: int = 1) -> int:
    if sys.stderr:
        with suppress(OSError):
            lines = (visible(line, 4000) for line in f"Error: {message}".splitlines())
            print(*lines, sep="\n", file=sys.stderr, flush=True)  # noqa: T201 - this is where errors are said
    return code


def _trace() -> bool:
    wanted = bool(os.environ.get(DEBUG))
    if wanted:
        traceback.print_exc()
    return wanted


def _stop(number: int, _: object) -> NoReturn:
    # Not KeyboardInterrupt: this unwinds all the same, so nothing half-written stays, and ends as a shell expects.
    sys.exit(128 + number)
