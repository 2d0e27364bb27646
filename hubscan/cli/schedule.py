"""`hubscan schedule`: scans and checks on a timer, and the summary to read in the morning."""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hubscan.cli import _options
from hubscan.cli._output import Listing, show, show_json, show_text
from hubscan.errors import UsageError

if TYPE_CHECKING:
    from hubscan.schedule import Schedule

app = typer.Typer(name="schedule", help="Run scans and checks on a timer.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="A name from `hubscan schedule list`.")]


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits and hyphens.")],
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="-- ARGUMENTS...", show_default=False, help="Those of the command; HUB first in a scan."
        ),
    ] = None,
    runs: Annotated[str, typer.Option(metavar="scan|checks", help="`hubscan scan` or `hubscan checks run`.")] = "scan",
    every: Annotated[str, typer.Option(metavar="hour|day|week", help="How often.")] = "day",
    at: Annotated[str, typer.Option(metavar="HH:MM", help="When, in local time.")] = "03:30",
) -> None:
    """Keep a scan or checks under a name: hubscan schedule add nightly -- huggingface --since-last --all."""
    from hubscan.schedule import Schedule
    from hubscan.schedule import add as keep

    keep(_file(), Schedule(name=name, arguments=tuple(arguments or ()), every=every, at=at, runs=runs))
    typer.echo(f"Kept. To put it on a timer: hubscan schedule emit {name} --format systemd", err=True)


@app.command("list")
def list_schedules(fmt: _options.Format = Listing.TABLE) -> None:
    """List the scans and checks that have a name."""
    from dataclasses import asdict

    from hubscan.schedule import load

    kept = load(_file()).values()
    rows = [(one.name, one.runs, one.every, one.at, " ".join(one.arguments)) for one in kept]
    show(fmt, [asdict(one) for one in kept], ("name", "runs", "every", "at", "arguments"), rows)


@app.command("emit")
def emit(
    name: Name,
    fmt: Annotated[str, typer.Option("--format", metavar="systemd|cron", help="Whose timer.")] = "systemd",
) -> None:
    """Print what a timer needs: the files of a systemd service and timer, or a line for a crontab. Installs nothing."""
    from hubscan.schedule import cron, systemd

    schedule = _find(name)
    if fmt == "cron":
        show_text([cron(schedule, _command())])
    elif fmt == "systemd":
        for file, text in systemd(schedule, _command()).items():
            show_text([f"# ~/.config/systemd/user/{file}", text])
    else:
        raise UsageError(f"there is no timer {fmt!r}", todo="Choose systemd or cron")


@app.command("run")
def run(name: Name, fmt: _options.Format = Listing.TABLE) -> None:
    """Run one by its name, print what is new, changed and gone or what was seen, and end with its exit code."""
    from hubscan.schedule import COMMANDS, summary

    schedule = _find(name)
    command = [sys.executable, "-m", "hubscan.cli", *COMMANDS[schedule.runs], *schedule.arguments]
    if schedule.runs != "scan":
        raise typer.Exit(_wait_for([*command, "--format", fmt.value]))
    with tempfile.TemporaryDirectory(prefix="hubscan-") as folder:
        report = Path(folder) / "report.json"
        own = ("--format", "json", "--output", str(report))
        code = _wait_for([*command, *own])
        told = json.loads(report.read_bytes()) if report.exists() else None
    if told is None:
        show_text([f"{name}: the scan ended with exit code {code} and no report"])
    elif fmt is Listing.JSON:
        show_json({"name": name, "exit_code": code, **{key: told[key] for key in ("coverage", "delta", "requests")}})
    else:
        show_text(summary(name, told, code))
    raise typer.Exit(code)


def _wait_for(command: list[str]) -> int:
    """Run a command that hears the signals this process gets: it ends in its own way, and is waited for."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:  # noqa: S603 - our own interpreter
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: process.send_signal(signal.SIGTERM))
        return process.wait()


def _find(name: str) -> "Schedule":
    from hubscan.schedule import load

    schedules = load(_file())
    if name not in schedules:
        raise UsageError(f"there is no schedule {name!r}", todo=f"There are: {', '.join(schedules) or 'none yet'}")
    return schedules[name]


def _file() -> Path:
    from hubscan import resources

    return resources.schedules_file()


def _command() -> list[str]:
    installed = shutil.which("hubscan") or shutil.which("hubscan", path=str(Path(sys.executable).parent))
    return [installed] if installed else [sys.executable, "-m", "hubscan.cli"]
