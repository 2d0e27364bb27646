"""`hubscan lineage`: what a model was made from, what was made from it, and where it is up."""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hubscan.cli import _options, _output

if TYPE_CHECKING:
    from hubscan.lineage import Family


class Drawing(StrEnum):
    """The formats of a lineage."""

    TABLE = "table"
    JSON = "json"
    HTML = "html"
    GRAPHML = "graphml"


def lineage(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="org/name, hub:kind:id, a hub's label (SD 1.5), or a file's SHA-256.")
    ],
    depth: Annotated[int, typer.Option("--depth", metavar="N", min=1, help="Steps down to draw; all are counted.")] = 3,
    min_severity: Annotated[
        str, typer.Option("--min-severity", metavar=_options.SEVERITIES, help="What counts as flagged.")
    ] = "medium",
    fmt: Annotated[Drawing, typer.Option("--format", help="How to print it.")] = Drawing.TABLE,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", show_default=False, help="Write there, readable by you alone."),
    ] = None,
    database: _options.Database = None,
) -> None:
    """Show a model's ancestors and descendants over all stored hubs, how many are flagged, and where it is still up."""
    from hubscan import bases, tracing

    with _options.opened_store(database) as store:
        family = tracing.trace(store, bases.shipped(), model, depth, _options.severity(min_severity))
    with _output.opened(output) as out:
        out.writelines(_written(family, fmt))


def _written(family: "Family", fmt: Drawing) -> Iterable[bytes]:
    from hubscan.lineage import draw

    if fmt is Drawing.JSON:
        return draw.as_json(family)
    if fmt is Drawing.GRAPHML:
        return draw.as_graphml(family)
    if fmt is Drawing.HTML:
        return (draw.as_html(family),)
    return (f"{line}\n".encode("utf-8", "replace") for line in draw.as_text(family))
