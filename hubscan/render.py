"""What formats and notices share: the template environment, and files written whole.

Charts live in `charts.py`, the escaping of untrusted text in `escape.py`. No template is named here, and
nothing is read but template folders.
"""

import base64
import contextlib
import errno
import hashlib
import os
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
from hubscan.escape import markdown, markdown_code, typst, typst_string, visible
from hubscan.resources import folder

RESTRICTED = 0o600
"""File mode of whatever names a repository: for the person who asked, nobody else."""

PUBLIC = 0o644
"""File mode of aggregates and public editions."""


def number(value: int) -> str:
    """Return `value` with thousands separated: `12,345`."""
    return f"{value:,}"


def counted(value: int, noun: str, plural: str = "") -> str:
    """Return `1 record`, `12,345 records`; `plural` where adding an s is wrong."""
    return f"{value:,} {noun if value == 1 else plural or noun + 's'}"


@jinja2.pass_context
def _escape_by_name(context: Context, value: Any) -> Any:
    """Markdown and Typst templates escape every plain value as their own; others are left to HTML escaping."""
    if isinstance(value, Markup | jinja2.Undefined):
        return value
    escape = next((escape for ending, escape in _ESCAPES.items() if (context.name or "").endswith(ending)), None)
    return escape(str(value), limit=100_000) if escape else value


_ESCAPES = {".md.j2": markdown, ".typ.j2": typst}


def environment(*folders: Path) -> jinja2.Environment:
    """Return the one way templates are rendered, looking in `folders` first and then in the shipped `reports/`.

    Sandboxed; an unknown name is an error; every value is escaped for HTML, for Markdown in `*.md.j2` and for
    Typst in `*.typ.j2`; nothing random and no clock, so the same values give the same text. Filters: `visible`,
    `markdown`, `code` (a Markdown code span), `typst_string`, `number`, `counted`. Globals: the charts.
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
        "typst_string": typst_string,
        "number": number,
        "counted": counted,
    }
    env.globals |= {"bar": charts.bar, "bar_chart": charts.bar_chart, "stacked_bar": charts.stacked_bar}
    env.globals |= {"bar_table": charts.bar_table, "span_table": charts.span_table, "Part": charts.Part}
    return env


def source(env: jinja2.Environment, path: str) -> str:
    """Return the text of a shipped file as it stands, such as a style sheet."""
    assert env.loader is not None  # noqa: S101 - environment() always has one
    return env.loader.get_source(env, path)[0]


def csp_digest(text: str) -> str:
    """Return how a page's content security policy names a style or script that stands in the page itself."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"


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
    with refusals(str(path)):
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
def refusals(where: str) -> Iterator[None]:
    """Turn what a disk or device called `where` refuses into an `OutputError`; a closed pipe stays what it is."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        fallback = (f"the file cannot be written ({error.strerror or error})", "Choose another path")
        what, todo = _REFUSED.get(error.errno or 0, fallback)
        raise OutputError(what, where, todo) from error
