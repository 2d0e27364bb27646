"""Scans and checks that run by themselves: what, when, how a timer starts it, and what a person reads afterwards.

Schedules are tables of a TOML file, by name: what `runs` (scan, or checks for `hubscan checks run`), its `arguments`,
`every` (hour, day or week) and `at` (HH:MM, local time; for `hour` the minute counts; a week begins on Monday). hubscan
has no clock of its own: systemd or cron has, and runs `hubscan schedule run NAME`.
"""

import json
import re
import shlex
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubscan.errors import InputError, OutputError, UsageError
from hubscan.escape import visible
from hubscan.render import counted

PERIODS = ("hour", "day", "week")
COMMANDS = {"scan": ("scan",), "checks": ("checks", "run")}
"""What a schedule may run, by the word in its table, as the words of the command."""
OWN = ("--format", "--output")
"""Options of a scan that a schedule sets itself."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
_AT = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_NEW_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A scan, or checks, with a name and a time. `arguments` are those of the command that `runs`."""

    name: str
    arguments: tuple[str, ...]
    every: str = "day"
    at: str = "03:30"
    runs: str = "scan"

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise UsageError(f"{self.name!r} is no name", todo="Use small letters, digits and hyphens")
        if self.every not in PERIODS:
            raise UsageError(f"every {self.every!r} is no period", todo=f"Choose of {', '.join(PERIODS)}")
        if not _AT.fullmatch(self.at):
            raise UsageError(f"{self.at!r} is no time", todo="Write it as 03:30")
        if self.runs not in COMMANDS:
            raise UsageError(f"{self.runs!r} cannot be scheduled", todo=f"Choose of {', '.join(COMMANDS)}")
        if not self.arguments and self.runs == "scan":
            raise UsageError("nothing is to be scanned", todo="Give the arguments of hubscan scan behind --")
        for argument in self.arguments:
            if argument.partition("=")[0] in OWN:
                raise UsageError(f"{argument} is the schedule's own", todo="Leave it out")


def load(path: Path) -> dict[str, Schedule]:
    """Return the schedules of a file by name, none where there is no file; `InputError` if it cannot be read."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InputError(
            f"the schedules cannot be read ({error})", str(path), "Mend the file or move it away"
        ) from error
    try:
        return {name: _schedule(name, table) for name, table in sorted(tables.items())}
    except (TypeError, AttributeError) as error:
        raise InputError(f"a schedule has the wrong shape ({error})", str(path), "Mend it or move it away") from error


def add(path: Path, schedule: Schedule) -> None:
    """Add a schedule to the file, or replace the one of its name."""
    kept = load(path) | {schedule.name: schedule}
    text = "\n".join(_table(kept[name]) for name in sorted(kept))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"the schedule cannot be kept ({error.strerror})", str(path)) from error


def systemd(schedule: Schedule, command: Sequence[str]) -> dict[str, str]:
    """Return a service and a timer by file name; `command` is how hubscan is started (systemd.service, systemd.timer).

    Exit codes 4 (incomplete, goes on next time) and 11 to 15 (found) are no failure of the unit.
    """
    run = " ".join(_quoted(part) for part in (*command, "schedule", "run", schedule.name))
    service = (
        f"[Unit]\nDescription=hubscan: {schedule.name}\nWants=network-online.target\nAfter=network-online.target\n\n"
        f"[Service]\nType=oneshot\nExecStart={run}\nSuccessExitStatus=4 11 12 13 14 15\n"
        "KillMode=mixed\nTimeoutStopSec=180\nNice=10\nNoNewPrivileges=true\nPrivateTmp=true\n"
    )
    timer = (
        f"[Unit]\nDescription=hubscan: when {schedule.name} runs\n\n[Timer]\nOnCalendar={_calendar(schedule)}\n"
        "RandomizedDelaySec=300\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n"
    )
    return {f"hubscan-{schedule.name}.service": service, f"hubscan-{schedule.name}.timer": timer}


def cron(schedule: Schedule, command: Sequence[str]) -> str:
    """Return a line of a crontab. Cron mails what a run prints: the summary."""
    hour, minute = schedule.at.split(":")
    when = {"hour": "* * *", "day": f"{int(hour)} * * *", "week": f"{int(hour)} * * 1"}[schedule.every]
    when = f"* {when}" if schedule.every == "hour" else when
    run = shlex.join((*command, "schedule", "run", schedule.name)).replace("%", "\\%")
    return f"{int(minute)} {when} {run}"


def summary(name: str, report: Mapping[str, Any], code: int) -> Iterator[str]:
    """Yield what a person reads in the morning: what came and went, what was looked at, what is missing.

    `report` is a scan's JSON report, `code` how the scan ended.
    """
    delta, coverage = report["delta"], report["coverage"]
    if delta:
        counts = ", ".join(f"{len(delta[what]):,} {what}" for what in ("new", "changed", "gone"))
        yield f"{name}: {counts} since {delta['since']}"
    else:
        yield f"{name}: {counted(len(report['findings']), 'finding')} in the first run"
    looked = ", ".join(f"{what} {coverage[what]:,}" for what in ("listed", "read", "cards", "unchanged"))
    yield f"  {looked}; exit code {code}"
    if skipped := Counter(one["reason"] for one in report["skipped"]):
        yield "  not read: " + ", ".join(f"{number:,} {reason}" for reason, number in sorted(skipped.items()))
    if not coverage["complete"]:
        why = next(iter(coverage["unknown"]), "")
        yield f"  INCOMPLETE: {counted(len(report['errors']), 'thing')} could not be read. {why}"
    yield from _shown([one for one in report["findings"] if one["change"] or not delta])


def _shown(findings: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for one in findings[:_NEW_SHOWN]:
        line = f"  {one['change'] or 'new':8}{one['severity']:9}{one['rule']['id']}  {one['repo']['url']}"
        yield visible(line, 300)
    if len(findings) > _NEW_SHOWN:
        yield f"  and {len(findings) - _NEW_SHOWN:,} more; `hubscan cases list` shows the cases"


def _schedule(name: str, table: Mapping[str, Any]) -> Schedule:
    arguments = tuple(map(str, table["arguments"])) if isinstance(table.get("arguments"), list) else ()
    return Schedule(
        name=name,
        arguments=arguments,
        every=str(table.get("every", "day")),
        at=str(table.get("at", "03:30")),
        runs=str(table.get("runs", "scan")),
    )


def _table(schedule: Schedule) -> str:
    # JSON's strings and arrays are TOML's too, as long as nothing beyond ASCII is written raw.
    values = {"runs": schedule.runs, "arguments": list(schedule.arguments), "every": schedule.every, "at": schedule.at}
    return f"[{schedule.name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())


def _calendar(schedule: Schedule) -> str:
    hour, minute = schedule.at.split(":")
    day = "Mon *-*-*" if schedule.every == "week" else "*-*-*"
    return f"{day} {'*' if schedule.every == 'hour' else hour}:{minute}:00"


def _quoted(part: str) -> str:
    return json.dumps(part.replace("%", "%%").replace("$", "$$")) if re.search(r"[^\w@:,./+=-]", part) else part
