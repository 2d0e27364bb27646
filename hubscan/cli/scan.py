"""`hubscan scan`: judge what a hub says about its uploads, by rules."""

from pathlib import Path
from typing import Annotated

import typer

from hubscan.cli import _options
from hubscan.cli._voice import SILENT, voice
from hubscan.errors import UsageError

DUMP = "dump"


def scan(
    hub: Annotated[str, typer.Argument(metavar="HUB", help=f"`{DUMP}`: read stored metadata from the files named.")],
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH...",
            show_default=False,
            help="JSONL (plain, .gz, .zst) or Parquet, also at hf://datasets/...",
        ),
    ] = None,
    packs: _options.Packs = None,
    database: _options.Database = None,
    no_store: Annotated[
        bool, typer.Option("--no-store", help="Keep nothing: no records, no findings, no cases.")
    ] = False,
    fmt: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="F",
            help="table, json, jsonl, sarif, csv or html. `jsonl` is written while the scan runs, in the order of the "
            "records; the others are written at its end, gravest first.",
        ),
    ] = "table",
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", show_default=False, help="Write there, readable by you alone."),
    ] = None,
    fail_on: Annotated[
        str | None,
        typer.Option(
            "--fail-on",
            metavar=_options.SEVERITIES,
            show_default=False,
            help="End with 11 to 15 (info to critical) when the gravest finding reaches this severity.",
        ),
    ] = None,
    min_confidence: Annotated[
        str,
        typer.Option("--min-confidence", metavar="low|medium|high", help="Leave out what the rules are less sure of."),
    ] = "low",
    draft: Annotated[
        bool, typer.Option("--draft", help="Let rules run that are still drafts. They open no case.")
    ] = False,
    open_cases: Annotated[
        str,
        typer.Option(
            "--open-cases",
            metavar=f"{_options.SEVERITIES}|none",
            help="Open a case for each upload with a finding this grave or graver (not with --no-store).",
        ),
    ] = "medium",
    save_dump: Annotated[
        Path | None,
        typer.Option(
            "--save-dump",
            metavar="FILE",
            show_default=False,
            help="Also write the records read as a dump: .jsonl, .jsonl.gz, .jsonl.zst or .parquet.",
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing on stderr but errors.")] = False,
) -> None:
    """Judge uploads by rules and report what they are marked as.

    Data goes to stdout (or FILE), all else to stderr. Exit codes: 0 done; 1 failed; 2 wrong usage; 3 nothing collected;
    4 incomplete, part could not be read; 11 to 15 with --fail-on.
    """
    _require_dump(hub, paths or [])
    from hubscan.cli._scanning import Plan, run

    plan = Plan(
        paths=tuple(paths or ()),
        packs=tuple(packs or ()),
        database=database,
        keep=not no_store,
        format=fmt,
        output=output,
        save_dump=save_dump,
        fail_on=_options.severity(fail_on) if fail_on else None,
        open_cases=_options.severity_or_none(open_cases),
        min_confidence=_options.confidence(min_confidence),
        draft=draft,
    )
    raise typer.Exit(run(plan, SILENT if quiet else voice()))


def _require_dump(hub: str, paths: list[str]) -> None:
    if hub == DUMP:
        if not paths:
            raise UsageError("no dump is named", todo="Name its files: hubscan scan dump FILE...")
        return
    from hubscan.hubs import base

    todo = "Scan stored metadata instead: hubscan scan dump FILE..."
    if hub in base.names():
        raise UsageError(f"{base.load(hub).title} cannot be crawled by this version", todo=todo)
    raise UsageError(f"there is no hub {hub!r}", todo=f"hubscan hubs list shows those there are. {todo}")
