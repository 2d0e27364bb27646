"""`hubscan scan`: judge what a hub says about its uploads, by rules."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from hubscan.cli import _network, _options
from hubscan.cli._voice import SILENT, voice
from hubscan.errors import UsageError

DUMP, FILES = "dump", "files"


def scan(
    hub: Annotated[
        str,
        typer.Argument(
            metavar="HUB",
            help=f"A hub that can be crawled (`hubscan hubs list` shows which), or `{DUMP}`: read stored metadata from "
            f"the files named, or `{FILES}`: read the headers of the safetensors and GGUF files in a folder.",
        ),
    ],
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH...",
            show_default=False,
            help="JSONL (plain, .gz, .zst) or Parquet, also at hf://datasets/...; for `files`, one folder.",
        ),
    ] = None,
    endpoint: _network.Endpoint = None,
    kind: _network.Kind = None,
    author: _network.Author = None,
    search: _network.Search = None,
    tag: _network.Tag = None,
    repo: _network.Repo = None,
    repos: _network.Repos = None,
    hashes: _network.Hashes = None,
    since: _network.Since = None,
    since_last: _network.SinceLast = False,
    limit: _network.Limit = None,
    everything: _network.All = False,
    cards: _network.CardsOption = "candidates",
    headers: _network.HeadersOption = "none",
    file_hashes: _network.FileHashes = False,
    reports: _network.Reports = False,
    jobs: _network.Jobs = None,
    max_requests: _network.MaxRequests = None,
    max_minutes: _network.MaxMinutes = None,
    record: _network.Record = None,
    interval: _network.Interval = None,
    vantage: _network.Vantage = None,
    contact: _network.Contact = None,
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
    suppressions: Annotated[
        Path | None,
        typer.Option(
            "--suppressions",
            metavar="FILE",
            envvar="HUBSCAN_SUPPRESSIONS",
            show_default=False,
            help="YAML: findings that need not be shown, with reason, author and expiry. They are counted apart.",
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing on stderr but errors.")] = False,
) -> None:
    """Judge uploads by rules and report what they are marked as.

    Data goes to stdout (or FILE), all else to stderr. Exit codes: 0 done; 1 failed; 2 wrong usage; 3 nothing collected;
    4 incomplete: part could not be read, or a budget, a quota or Ctrl-C ended it, and the same command goes on; 11 to
    15 with --fail-on.
    """
    crawled = _network.Options(
        hub=hub,
        endpoint=endpoint,
        kinds=tuple(kind or ()),
        author=author,
        search=search,
        tag=tag,
        repos=tuple(repo or ()),
        repos_file=repos,
        hashes=hashes,
        since=since,
        since_last=since_last,
        limit=limit,
        everything=everything,
        cards=cards,
        headers=headers,
        file_hashes=file_hashes,
        reports=reports,
        jobs=jobs,
        max_requests=max_requests,
        max_minutes=max_minutes,
        record=record,
        interval=interval,
        vantage=vantage,
        contact=contact,
    )
    _require_fit(crawled, paths or [])
    from hubscan.cli._scanning import Plan, run

    plan = Plan(
        hub=hub,
        paths=tuple(paths or ()),
        asked=None if hub in (DUMP, FILES) else _network.asked(crawled, packs or [], draft),
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
        suppressions=suppressions,
        jobs=(jobs or 1) if hub == DUMP else 1,
    )
    raise typer.Exit(run(plan, SILENT if quiet else voice()))


def _require_fit(crawled: _network.Options, paths: list[str]) -> None:
    if crawled.hub not in (DUMP, FILES):
        _require_hub(crawled.hub)
        if paths:
            todo = f"For files: hubscan scan {DUMP} FILE..."
            raise UsageError("a hub is read over the network, not from files", todo=todo)
        return
    if crawled.hub == DUMP and not paths:
        raise UsageError("no dump is named", todo="Name its files: hubscan scan dump FILE...")
    if crawled.hub == FILES and len(paths) != 1:
        raise UsageError("one folder is to be named", todo="Name that with the files: hubscan scan files DIR")
    if given := _network.given(replace(crawled, jobs=None) if crawled.hub == DUMP else crawled):
        raise UsageError(f"{given} is for hubs read over the network", todo=f"Leave it out for `{crawled.hub}`")


def _require_hub(name: str) -> None:
    from hubscan.hubs import base

    if name not in base.names():
        todo = "`hubscan hubs list` shows those there are; for stored metadata: hubscan scan dump FILE..."
        raise UsageError(f"there is no hub {name!r}", todo=todo)
    base.connector(name)
