"""Options that several commands share, each said once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hubscan import resources
from hubscan.cli._output import Listing
from hubscan.findings import Confidence, Severity

if TYPE_CHECKING:
    from hubscan.store import Store

SEVERITIES = "info|low|medium|high|critical"


def severity(label: str) -> Severity:
    """Read a severity; a usage error names the choices."""
    try:
        return Severity.parse(label)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def severity_or_none(label: str) -> Severity | None:
    """Read a severity, or the word none."""
    return None if label == "none" else severity(label)


def confidence(label: str) -> Confidence:
    """Read a confidence; a usage error names the choices."""
    try:
        return Confidence.parse(label)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        show_default=False,
        help="sqlite:///path/to/file.db or postgresql+psycopg://user@host/name. "
        f"Without it: {resources.database_file()}",
    ),
]
Packs = Annotated[
    list[Path] | None,
    typer.Option(
        "--packs",
        metavar="DIR",
        show_default=False,
        help="A folder with rule packs, or one pack; may be given again. Without it: the packs that come with hubscan.",
    ),
]
Format = Annotated[Listing, typer.Option("--format", help="How to print it.")]
MinSeverity = Annotated[
    str, typer.Option("--min-severity", metavar=SEVERITIES, help="Leave out what is less grave than this.")
]
Reveal = Annotated[
    bool,
    typer.Option("--reveal", help="Show the stored text instead of its redacted shape. Read docs/duty-of-care.md."),
]

Reviewer = Annotated[
    str,
    typer.Option(
        "--reviewer",
        metavar="NAME",
        envvar="HUBSCAN_REVIEWER",
        show_default=False,
        help="The pseudonym you work under.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do it. Without it only what would be done is counted.")]


@contextmanager
def opened_store(url: str | None) -> Iterator["Store"]:
    """Open the database at `url`, or the user's own."""
    from hubscan.store import Store, default_url

    with Store.open(url or default_url()) as store:
        yield store
