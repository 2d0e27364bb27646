"""The options of a scan that reads a hub over the network, and what they amount to."""

import os
import re
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from hubscan.errors import InputError, UsageError

if TYPE_CHECKING:
    from hubscan.cli._crawling import Asked


Choice = TypeVar("Choice", bound=StrEnum)
_JOBS = 4

Endpoint = Annotated[
    str | None,
    typer.Option(metavar="URL", show_default=False, help="Another server of the same kind."),
]
Kind = Annotated[
    list[str] | None,
    typer.Option(metavar="model|dataset|space", show_default=False, help="Only this; may be given again."),
]
Author = Annotated[str | None, typer.Option(metavar="A", show_default=False, help="Only this account's.")]
Search = Annotated[str | None, typer.Option(metavar="S", show_default=False, help="Only what the hub finds by this.")]
Tag = Annotated[str | None, typer.Option(metavar="T", show_default=False, help="Only what carries this tag.")]
Repo = Annotated[
    list[str] | None,
    typer.Option(metavar="ID", show_default=False, help="Only this one, with --kind; may be given again."),
]
Repos = Annotated[
    Path | None,
    typer.Option(metavar="FILE", show_default=False, help="Only those named in FILE, one a line; with --kind."),
]
Hashes = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        show_default=False,
        help="Only what holds a file with one of the SHA-256 in FILE, one a line, where the hub looks that up.",
    ),
]
Since = Annotated[
    str | None,
    typer.Option(metavar="DATE", show_default=False, help="Only what changed on or after this day (2026-11-01)."),
]
SinceLast = Annotated[
    bool, typer.Option("--since-last", help="Only what changed since the last crawl with these options ended.")
]
Limit = Annotated[int | None, typer.Option(metavar="N", min=1, show_default=False, help="At most so many repos.")]
All = Annotated[bool, typer.Option("--all", help="The whole of it, however much that is.")]
CardsOption = Annotated[
    str,
    typer.Option(
        "--cards",
        metavar="none|changed|candidates|all",
        help="Which cards to read: `candidates` are those that lists give reason to read, a tenth at most.",
    ),
]
HeadersOption = Annotated[
    str,
    typer.Option(
        "--headers",
        metavar="none|hub|files",
        help="What to look at of the headers of weight files: what the `hub` has read of them, or those of the `files` "
        "too, of the repos whose cards are read; never where a csae rule has found something.",
    ),
]
FileHashes = Annotated[
    bool,
    typer.Option(
        "--file-hashes", help="Where cards are read, also ask for the hashes of files, on a hub whose lists lack them."
    ),
]
Reports = Annotated[
    bool, typer.Option("--reports", help="Where cards are read, also count the community's reports of the repo.")
]
Jobs = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        max=16,
        show_default="4; 1 for `dump`",
        help="Repos read at the same time; for `dump`, processes that read it.",
    ),
]
MaxRequests = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, show_default=False, help="Stop after so many requests, to go on later."),
]
MaxMinutes = Annotated[
    float | None,
    typer.Option(metavar="N", min=0, show_default=False, help="Stop after so many minutes, to go on later."),
]
Record = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR", show_default=False, help="Keep the hub's replies there, scrubbed, for `hubscan replay`."
    ),
]
Interval = Annotated[
    float | None,
    typer.Option(
        metavar="S", min=0, show_default=False, help="Seconds between two requests; without it the hub's usual."
    ),
]
Vantage = Annotated[
    str | None,
    typer.Option(
        metavar="WHERE",
        show_default=False,
        help="The country or network you read from, for the report; or HUBSCAN_VANTAGE. It is never guessed.",
    ),
]
Contact = Annotated[
    str | None,
    typer.Option(
        metavar="WHO", show_default=False, help="A page or address for the hub to write to; or HUBSCAN_CONTACT."
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options as they were given."""

    hub: str
    endpoint: str | None = None
    kinds: tuple[str, ...] = ()
    author: str | None = None
    search: str | None = None
    tag: str | None = None
    repos: tuple[str, ...] = ()
    repos_file: Path | None = None
    hashes: Path | None = None
    since: str | None = None
    since_last: bool = False
    limit: int | None = None
    everything: bool = False
    cards: str = "candidates"
    headers: str = "none"
    file_hashes: bool = False
    reports: bool = False
    jobs: int | None = None
    max_requests: int | None = None
    max_minutes: float | None = None
    record: Path | None = None
    interval: float | None = None
    vantage: str | None = None
    contact: str | None = None


VANTAGE_VARIABLE = "HUBSCAN_VANTAGE"
_SPELLED = {"kinds": "--kind", "repos": "--repo", "repos_file": "--repos", "everything": "--all"}
_LONGEST_VANTAGE = 100


def given(options: Options) -> str | None:
    """Return the first option that is not at its default, as a person writes it."""
    plain = Options(hub=options.hub)
    changed = (one.name for one in fields(options) if getattr(options, one.name) != getattr(plain, one.name))
    return next((_SPELLED.get(name, f"--{name.replace('_', '-')}") for name in changed), None)


def asked(options: Options, packs: list[Path], draft: bool) -> "Asked":
    """Return what the options ask for; `UsageError` for a hub, kind, date or choice of cards there is not."""
    from hubscan.cli._crawling import Asked
    from hubscan.crawl import Cards, Headers, Plan, check_fit
    from hubscan.hubs import base

    hub = base.connector(options.hub)
    if options.file_hashes:
        base.hash_source(hub)
    if unknown := [kind for kind in options.kinds if kind not in hub.kinds]:
        raise UsageError(f"{hub.title} has no {unknown[0]!r}", todo=f"Choose of {', '.join(hub.kinds)}")
    rules = ", ".join(str(pack.resolve()) for pack in packs) or "shipped"
    plan = Plan(
        kinds=options.kinds or hub.kinds,
        author=options.author,
        search=options.search,
        tag=options.tag,
        since=_date(options.since) if options.since else None,
        since_last=options.since_last,
        limit=options.limit,
        all=options.everything,
        repos=(*options.repos, *(_lines(options.repos_file) if options.repos_file else ())),
        hashes=_hashes(options.hashes) if options.hashes else (),
        vantage=stated_vantage(options.vantage),
        cards=_choice("--cards", options.cards, Cards),
        headers=_choice("--headers", options.headers, Headers),
        file_hashes=options.file_hashes,
        reports=options.reports,
        rules=f"{rules} {'with' if draft else 'without'} drafts",
        jobs=options.jobs or _JOBS,
    )
    check_fit(plan, hub)
    return Asked(
        hub=options.hub,
        endpoint=options.endpoint,
        plan=plan,
        max_requests=options.max_requests,
        max_minutes=options.max_minutes,
        record=options.record,
        interval=options.interval,
        contact=options.contact,
    )


def _lines(path: Path) -> tuple[str, ...]:
    """The lines of a file, each once, without blank ones and those that begin with `#`."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise InputError(f"the file cannot be read ({reason})", str(path)) from error
    named = tuple(dict.fromkeys(line.strip() for line in lines if line.strip() and not line.startswith("#")))
    if not named:
        raise UsageError("the file names nothing", str(path), "Write one name or hash a line")
    return named


def _hashes(path: Path) -> tuple[str, ...]:
    digests = _lines(path)
    for digest in digests:
        if not re.fullmatch(r"[0-9A-Fa-f]{64}", digest):
            raise UsageError(f"{digest[:70]!r} is no SHA-256", str(path), "Write 64 hexadecimal digits a line")
    return tuple(dict.fromkeys(digest.lower() for digest in digests))


def stated_vantage(option: str | None) -> str | None:
    """Return where somebody says they read from, by the option or the environment; `UsageError` if it says nothing."""
    said = option or os.environ.get(VANTAGE_VARIABLE)
    if said is not None and not (said.strip() and said.isprintable() and len(said) <= _LONGEST_VANTAGE):
        raise UsageError("the vantage is no country or network that a report can state", todo="Write a few plain words")
    return said.strip() if said else None


def _choice(option: str, said: str, choices: type[Choice]) -> Choice:
    try:
        return choices(said)
    except ValueError:
        raise UsageError(f"{option} {said!r} is no choice", todo=f"Choose of {', '.join(choices)}") from None


def _date(said: str) -> str:
    from datetime import UTC, datetime

    try:
        when = datetime.fromisoformat(said)
    except ValueError:
        raise UsageError(f"{said!r} is no date", todo="Write it as 2026-11-01 or 2026-11-01T12:00:00Z") from None
    when = when.astimezone(UTC) if when.tzinfo else when
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
