"""`hubscan db`: look after the database."""

from pathlib import Path
from typing import Annotated

import typer

from hubscan.cli import _options
from hubscan.cli._output import Listing, show
from hubscan.cli._voice import voice

app = typer.Typer(name="db", help="Upgrade, check and purge the database.", no_args_is_help=True)


@app.command("upgrade")
def upgrade(database: _options.Database = None) -> None:
    """Bring the database to this version's schema, making it where there is none. A scan does the same."""
    from hubscan.store import default_url
    from hubscan.store import upgrade as bring_up
    from hubscan.store.checkup import check

    url = database or default_url()
    bring_up(url)
    seen = check(url)
    voice().say(f"{seen.place} is at schema {seen.schema}.")


@app.command("check")
def check(database: _options.Database = None, fmt: _options.Format = Listing.TABLE) -> None:
    """Look whether the database opens, is whole and has this version's schema, and count its rows. Changes nothing."""
    from dataclasses import asdict

    from hubscan.store import checkup, default_url

    seen = checkup.check(database or default_url())
    state = "not looked at" if seen.damage is None else "damaged" if seen.damage else "whole"
    schema = seen.schema or "none"
    told = [("database", seen.place), ("integrity", state), ("schema", schema), ("up to date", seen.current)]
    show(fmt, asdict(seen), ("what", "is"), [*told, *seen.rows.items()])
    for line in seen.damage or ():
        voice().warn(line)
    if not seen.current:
        voice().warn("The schema is of an older version. To bring it up: hubscan db upgrade")
    raise typer.Exit(bool(seen.damage) or not seen.current)


@app.command("purge")
def purge(
    reviewer: _options.Reviewer,
    policy: Annotated[
        Path | None,
        typer.Option("--policy", metavar="FILE", show_default=False, help="How long what is kept; docs/review.md."),
    ] = None,
    yes: _options.Yes = False,
    database: _options.Database = None,
    fmt: _options.Format = Listing.TABLE,
) -> None:
    """Take out what is kept of uploaders past its time. Only counts it without --yes; cases under hold stay."""
    from hubscan import retention

    rules = retention.policy(policy)
    with _options.opened_store(database) as store:
        found = (
            retention.purge(store, rules, actor=reviewer, now=store.now())
            if yes
            else retention.preview(store, rules, store.now())
        )
    told = {"purged": yes, "policy": rules.digest, **found.counts, "held": list(found.held)}
    show(fmt, told, ("what", "how many"), [*found.counts.items(), ("cases under hold: kept", len(found.held))])
    voice().say("Purged; `hubscan db purges` lists it." if yes else "Nothing was changed: to do it, add --yes.")


@app.command("purges")
def list_purges(database: _options.Database = None, fmt: _options.Format = Listing.TABLE) -> None:
    """List what was purged so far, when, by whom and under which policy."""
    from hubscan import retention

    with _options.opened_store(database) as store:
        found = retention.trail(store)
    columns = ("at", "actor", "what", "rows", "days", "policy")
    show(fmt, found, columns, [[row[name] for name in columns] for row in found])
