"""Commands of `hubscan cases` that count: samples of what nobody flagged, and the precision of what was sent."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hubscan.cli import _options
from hubscan.cli._output import Listing, show
from hubscan.cli._voice import voice

if TYPE_CHECKING:
    from hubscan.precision import Entry
    from hubscan.sampling import Sample

OnHub = Annotated[str | None, typer.Option("--hub", metavar="H", show_default=False, help="Only this hub's.")]


def sample(
    size: Annotated[int, typer.Option("--size", metavar="N", min=1, help="How many records to draw.")],
    seed: Annotated[str, typer.Option("--seed", metavar="TEXT", help="What fixes the draw: the same draws the same.")],
    hub: OnHub = None,
    min_severity: Annotated[
        str,
        typer.Option("--min-severity", metavar=_options.SEVERITIES, help="Draw where no finding is so grave."),
    ] = "medium",
    database: _options.Database = None,
) -> None:
    """Put a random sample of records that no rule flagged into the queue, so that misses can be counted."""
    from hubscan import sampling

    with _options.opened_store(database) as store:
        drawn = sampling.draw(store, size, seed, hub, _options.severity(min_severity), store.now())
    voice().say(
        f"Drew {drawn.size:,} of {drawn.population:,} records. To decide on them: hubscan cases review --sampled"
    )


def samples(database: _options.Database = None, fmt: _options.Format = Listing.TABLE) -> None:
    """List the samples drawn, what people found in them, and how many misses that makes in all."""
    from hubscan import sampling

    with _options.opened_store(database) as store:
        found = sampling.listed(store)
    columns = ("sample", "hub", "seed", "drawn", "of", "missed", "not marked", "unknown", "missed in all (95 %)")
    show(fmt, [_sample(one) for one in found], columns, map(_sample_row, found))


def precision(hub: OnHub = None, database: _options.Database = None, fmt: _options.Format = Listing.TABLE) -> None:
    """Show what hubs made of the notices that were sent, by rule, and which rules are paused for notices."""
    from hubscan import precision

    with _options.opened_store(database) as store:
        found = precision.ledger(store, precision.limits(), hub)
    columns = ("hub", "rule", "sent", "upheld", "rejected", "unanswered", "upheld share (95 %)", "limit", "paused")
    show(fmt, [_entry(one) for one in found], columns, map(_entry_row, found))
    for one in found:
        if one.paused:
            voice().warn(f"{one.rule} is paused for notices: {one.paused}.")


def _sample(one: "Sample") -> dict[str, Any]:
    told = {
        name: getattr(one, name) for name in ("id", "hub", "seed", "population", "size", "at", "misses", "rejected")
    }
    low, high = one.share.interval
    return {
        **told,
        "min_severity": one.min_severity.label,
        "rate": one.size / one.population,
        "unknown": one.size - one.share.total,
        "share": one.share.value,
        "share_interval": [low, high],
        "misses_in_all": list(one.estimate) if one.estimate else None,
    }


def _sample_row(one: "Sample") -> tuple[object, ...]:
    estimate = f"{one.estimate[0]:,} to {one.estimate[1]:,}" if one.estimate else "unknown"
    counts = (one.size, one.population, one.misses, one.rejected, one.size - one.share.total)
    return one.id, one.hub or "all", one.seed, *counts, estimate


def _entry(one: "Entry") -> dict[str, Any]:
    told = {name: getattr(one, name) for name in ("hub", "rule", "sent", "upheld", "rejected", "limit", "paused")}
    low, high = one.share.interval
    return {**told, "unanswered": one.sent - one.share.total, "share": one.share.value, "share_interval": [low, high]}


def _entry_row(one: "Entry") -> tuple[object, ...]:
    counts = (one.sent, one.upheld, one.rejected, one.sent - one.share.total)
    return one.hub, one.rule, *counts, one.share.words, f"{one.limit:.0%}", "yes" if one.paused else "no"
