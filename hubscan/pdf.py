"""Typst markup to PDF: PDF/A-3a, tagged (PDF/UA-1), with files attached, the same bytes for the same input.

Needs the `typst` wheel (the extra `pdf`), which brings its own fonts and asks for nothing of the system. What the
document says is the caller's business; untrusted text comes in through `escape.typst` alone.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hubscan.errors import OutputError, UsageError


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside a PDF: its name, what a reader is told of it, its media type, its text (UTF-8)."""

    name: str
    says: str
    media_type: str
    text: str


def write(markup: str, title: str, day: date, attachments: Sequence[Attachment] = ()) -> bytes:
    """Return the PDF of a Typst document called `title`, dated `day`.

    No file, font or package outside the wheel is looked at. `UsageError` where the wheel is missing; `OutputError`
    where the document breaks a rule of the standard.
    """
    try:
        import typst
    except ImportError as error:
        todo = "Install it: pip install 'hubscan[pdf]'. The other formats need nothing more"
        raise UsageError("PDF needs the package typst, which is not installed", todo=todo) from error
    head, inputs = _head(title, day, attachments)
    with tempfile.TemporaryDirectory(prefix="hubscan-") as alone:
        source = Path(alone, "document.typ")
        source.write_text(f"{head}\n{markup}", encoding="utf-8")
        try:
            return typst.compile(
                str(source),
                root=alone,
                package_path=alone,
                package_cache_path=alone,
                ignore_system_fonts=True,
                sys_inputs=inputs,
                pdf_standards=["a-3a", "ua-1"],
            )
        except typst.TypstError as error:
            raise OutputError(f"the PDF cannot be made: {error}", todo="Use another format and report this") from error


def _head(title: str, day: date, attachments: Sequence[Attachment]) -> tuple[str, dict[str, str]]:
    """Return the document's head, and the strings it takes from outside: as values, so nothing in them is markup."""
    inputs = {"title": title}
    head = [
        f"#set document(title: sys.inputs.title, date: datetime(year: {day.year}, month: {day.month}, day: {day.day}))"
    ]
    for number, attached in enumerate(attachments):
        parts = {"name": attached.name, "says": attached.says, "type": attached.media_type, "text": attached.text}
        inputs |= {f"{part}{number}": value for part, value in parts.items()}
        head.append(
            f'#pdf.attach("/" + sys.inputs.name{number}, bytes(sys.inputs.text{number}), relationship: "data", '
            f"mime-type: sys.inputs.type{number}, description: sys.inputs.says{number})"
        )
    return "\n".join(head), inputs
