"""What formats and notices share: the template environment, escaping of untrusted text, and files written whole.

Charts live in `charts.py`. No template is named here and nothing is read but template folders.
"""

import contextlib
import errno
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import jinja2
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from hubscan import charts
from hubscan.errors import OutputError
from hubscan.resources import folder

RESTRICTED = 0o600
"""File mode of whatever names a repository: for the person who asked, nobody else."""

PUBLIC = 0o644
"""File mode of aggregates and public editions."""

# Everything that is invisible, reorders text or has no agreed meaning: controls, line and paragraph separators,
# Default_Ignorable_Code_Point (Unicode, DerivedCoreProperties.txt) but for the emoji variation selectors, blank
# braille, surrogates, private use, noncharacters. Written out so that the bytes do not depend on Python's Unicode.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u2800\u3164\ud800-\uf8ff\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
# Inline marks of CommonMark and the GitHub dialect, web addresses and mentions (no live links), and what would
# open a block at the start of a line. `_` inside a word is plain text in both and stays readable.
_MARKDOWN = re.compile(
    r"[\\`*\[\]<>&|~$#@{}]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|:(?=//)|(?<=www)\.|^[-+=]|(?<=^\d)[.)]", re.IGNORECASE
)


def visible(text: str, limit: int = 200) -> str:
    """Return untrusted `text` on one line: hidden characters as `<U+202E>`, cut after `limit` code points.

    The cut is said (`…[+9,800]`). Never fails and never returns a lone surrogate, so the result is always UTF-8.
    """
    shown = _HIDDEN.sub(lambda found: f"<U+{ord(found[0]):04X}>", text[:limit])
    return shown if len(text) <= limit else f"{shown}…[+{len(text) - limit:,}]"


def markdown(text: str, limit: int = 200) -> Markup:
    """Return untrusted `text` so that CommonMark and GitHub show exactly its `visible` form: no markup, no links."""
    escaped = _MARKDOWN.sub(r"\\\g<0>", visible(text, limit))
    return Markup("&#32;" + escaped[1:] if escaped.startswith(" ") else escaped)  # noqa: S704 - escaped above


def markdown_code(text: str, limit: int = 2000) -> Markup:
    """Return untrusted `text` as a Markdown code span, to be copied as it is (addresses); not for table cells."""
    shown = visible(text, limit)
    fence = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return Markup(f"{fence}{pad}{shown}{pad}{fence}")  # noqa: S704 - nothing is markup inside a code span


def number(value: int) -> str:
    """Return `value` with thousands separated: `12,345`."""
    return f"{value:,}"


def counted(value: int, noun: str, plural: str = "") -> str:
    """Return `1 record`, `12,345 records`; `plural` where adding an s is wrong."""
    return f"{value:,} {noun if value == 1 else plural or noun + 's'}"


@jinja2.pass_context
def _escape_by_name(context: Context, value: Any) -> Any:
    """Markdown templates (`*.md.j2`) escape every plain value as Markdown; others are left to HTML escaping."""
    name = context.name or ""
    if name.endswith(".md.j2") and not isinstance(value, Markup | jinja2.Undefined):
        return markdown(str(value), limit=100_000)
    return value


def environment(*folders: Path) -> jinja2.Environment:
    """Return the one way templates are rendered, looking in `folders` first and then in the shipped `reports/`.

    Sandboxed; an unknown name is an error; every value is escaped for HTML, or for Markdown in `*.md.j2`; nothing
    random and no clock, so the same values give the same text. Filters: `visible`, `markdown`, `code` (a Markdown
    code span), `number`, `counted`. Globals: the charts.
    """
    env = ImmutableSandboxedEnvironment(
        loader=jinja2.FileSystemLoader([*folders, folder("reports")]),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        finalize=_escape_by_name,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    del env.filters["random"], env.globals["lipsum"]
    env.filters |= {
        "visible": visible,
        "markdown": markdown,
        "code": markdown_code,
        "number": number,
        "counted": counted,
    }
    env.globals |= {"bar": charts.bar, "bar_chart": charts.bar_chart, "stacked_bar": charts.stacked_bar}
    env.globals |= {"bar_table": charts.bar_table, "Part": charts.Part}
    return env


def write_atomically(path: Path, data: bytes, mode: int = RESTRICTED) -> None:
    """Write `data` to `path` whole or not at all; see `atomic_file`."""
    with atomic_file(path, mode) as out:
        out.write(data)


@contextlib.contextmanager
def atomic_file(path: Path, mode: int = RESTRICTED) -> Iterator[IO[bytes]]:
    """Open a file that takes the name `path` when the block ends well, and leaves no trace when it does not.

    The bytes go to a temporary name in the same folder, reach the disk, and replace `path` in one step, with file
    mode `mode`. A link is followed; a device or pipe is written directly. `OutputError` says what the disk refused.
    """
    with _refusals(path):
        final = Path(os.path.realpath(path))
        if final.exists() and not stat.S_ISREG(final.stat().st_mode):
            with final.open("wb") as direct:
                yield direct
            return
        with _temporary(final) as out:
            yield out
            out.flush()
            os.fchmod(out.fileno(), mode)
            os.fsync(out.fileno())
            Path(out.name).replace(final)
        _sync_folder(final.parent)


@contextlib.contextmanager
def _temporary(final: Path) -> Iterator[IO[bytes]]:
    out = tempfile.NamedTemporaryFile(dir=final.parent, prefix=".hubscan-", suffix=".part", delete=False)  # noqa: SIM115
    try:
        with out:
            yield out
    finally:
        Path(out.name).unlink(missing_ok=True)


def _sync_folder(path: Path) -> None:
    # Without this a power cut may undo the rename; some file systems refuse to sync a folder, which loses nothing.
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


_REFUSED = {
    errno.ENOSPC: ("the disk is full", "Free some space or choose another folder"),
    errno.EDQUOT: ("the disk quota is used up", "Free some space or choose another folder"),
    errno.EROFS: ("the file system is read-only", "Choose another folder"),
    errno.EACCES: ("the folder may not be written to", "Choose another folder or change its permissions"),
    errno.EPERM: ("the folder may not be written to", "Choose another folder or change its permissions"),
    errno.ENOENT: ("the folder does not exist", "Create it first"),
    errno.ENOTDIR: ("a part of the path is not a folder", "Choose another path"),
    errno.EISDIR: ("this is a folder, not a file", "Name a file in it"),
}


@contextlib.contextmanager
def _refusals(path: Path) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        fallback = (f"the file cannot be written ({error.strerror or error})", "Choose another path")
        what, todo = _REFUSED.get(error.errno or 0, fallback)
        raise OutputError(what, str(path), todo) from error
