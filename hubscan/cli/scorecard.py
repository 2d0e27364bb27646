"""`hubscan scorecard`: hubs side by side, by what is documented of them and what was measured on them."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hubscan.cli import _options, _output

if TYPE_CHECKING:
    from hubscan.scorecard import Scorecard


class Sheet(StrEnum):
    """The formats of a scorecard."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    HTML = "html"
    MARKDOWN = "markdown"
    PDF = "pdf"


class EditionName(StrEnum):
    """Sums alone, or names of repositories too."""

    PUBLIC = "public"
    RESTRICTED = "restricted"


def scorecard(
    hub: Annotated[
        list[str] | None,
        typer.Option("--hub", metavar="H", show_default=False, help="Only this hub; may be given again."),
    ] = None,
    creator: Annotated[
        str | None,
        typer.Option(
            "--creator",
            metavar="MODEL",
            show_default=False,
            help="A creator's view of what was made from its model: org/name, hub:id, or the name of a base model or a "
            "family of them (Stable Diffusion 1).",
        ),
    ] = None,
    min_severity: Annotated[
        str, typer.Option("--min-severity", metavar=_options.SEVERITIES, help="What counts as flagged.")
    ] = "medium",
    edition: Annotated[
        EditionName, typer.Option("--edition", help="Sums alone, or also the names of repositories that are up.")
    ] = EditionName.PUBLIC,
    fmt: Annotated[Sheet, typer.Option("--format", help="How to print it.")] = Sheet.TABLE,
    day: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], show_default=False, help="The date it bears; now without it."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", show_default=False, help="Write there, readable by you alone."),
    ] = None,
    database: _options.Database = None,
) -> None:
    """Evaluate hubs: what is documented of each, and what was found, asked for and done. Unknown is never a zero."""
    from hubscan import bases, policies, scorecard
    from hubscan.scorecard import write
    from hubscan.store.store import utc_now

    now = day.strftime("%Y-%m-%dT00:00:00Z") if day else utc_now()
    severity = _options.severity(min_severity)
    wanted = scorecard.Wanted(now, severity, scorecard.Edition(edition.value), tuple(hub or ()))
    on_file, known = policies.load(), bases.shipped()
    with _options.opened_store(database) as store:
        if creator:
            card = scorecard.of_creator(store, on_file, known, creator, wanted)
        else:
            card = scorecard.build(store, on_file, known, wanted)
    data = b"\n".join(_tables(card)) if fmt is Sheet.TABLE else write.FORMATS[fmt](card)
    with _output.opened(output) as out:
        out.write(data)


def _tables(card: "Scorecard") -> Iterator[bytes]:
    """Yield the scorecard as tables for a terminal; the other formats also say where each fact was read."""
    from hubscan.scorecard import words, write

    if card.creator:
        places = range(len(card.hubs))
        versions = [(one.title, *(write.copies(one, place) for place in places)) for one in card.creator.versions]
        yield _output.table(("versions", *card.hubs), versions)
    for name, rows in write.groups(card):
        cells = [(row.title, *(words.whole(one, row.unit) for one in row.values)) for row in rows]
        yield _output.table((name, *card.hubs), cells)
    asked = [(f"{one.recommendation.id} {one.recommendation.title}", one.answers) for one in card.answered]
    yield _output.table(
        ("What is asked of hubs", *card.hubs), [(title, *map(write.standing, told)) for title, told in asked]
    )
    harms = [(words.category(one.category), *map(write.standing, one.answers)) for one in card.covered]
    yield _output.table(("Harms that the rules cover", *card.hubs), harms)
    if card.creator:
        asks = [(one.hub, one.about, one.ask, one.channel) for one in card.creator.requests]
        yield _output.table(("hub", "about", "to consider asking", "by"), asks)
    if card.named:
        yield _output.table(
            ("repository", "why", "detail", "as of"), [(one.repo, one.why, one.detail, one.as_of) for one in card.named]
        )
