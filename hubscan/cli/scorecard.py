"""`hubscan scorecard`: what was measured on each hub."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hubscan.cli import _options, _output


class Sheet(StrEnum):
    """The formats of a scorecard."""

    TABLE = "table"
    JSON = "json"
    HTML = "html"
    MARKDOWN = "markdown"


def scorecard(
    hub: Annotated[str | None, typer.Option("--hub", metavar="H", show_default=False, help="Only this hub.")] = None,
    min_severity: Annotated[
        str, typer.Option("--min-severity", metavar=_options.SEVERITIES, help="What counts as flagged.")
    ] = "medium",
    fmt: Annotated[Sheet, typer.Option("--format", help="How to print it.")] = Sheet.TABLE,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", show_default=False, help="Write there, readable by you alone."),
    ] = None,
    database: _options.Database = None,
) -> None:
    """Count, hub by hub, what was listed, read, flagged, judged and noticed. Unknown is never a zero."""
    from hubscan import scorecard as sheet
    from hubscan.store.store import utc_now

    with _options.opened_store(database) as store:
        card = sheet.build(store, utc_now(), _options.severity(min_severity))
    if hub:
        card = sheet.only(card, hub)
    rows = [(title, *values) for title, values in sheet.rows(card)]
    data = _output.table(("", *card.hubs), rows) if fmt is Sheet.TABLE else sheet.FORMATS[fmt](card)
    with _output.opened(output) as out:
        out.write(data)
