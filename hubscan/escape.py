"""Untrusted text made harmless where it is shown or stored: pages, Markdown, JSON, spreadsheets, terminals.

What a hub or an uploader wrote (ids, authors, addresses, error messages) may hold markup, spreadsheet formulas,
terminal controls, text that runs backwards, or half a character. HTML escaping itself is the template engine's.
"""

import json
import re
from typing import Any

import msgspec
from markupsafe import Markup

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
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text
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


def typst_string(text: str, limit: int = 2000) -> Markup:
    """Return untrusted `text` as a Typst string, for where code stands; what the PDF has no glyph for is written out.

    The fonts at hand show Latin, Greek and Cyrillic; PDF/A forbids a glyph that is missing.
    """
    shown = _NO_GLYPH.sub(lambda found: f"<U+{ord(found[0]):04X}>", visible(text, limit))
    return Markup('"' + shown.replace("\\", r"\\").replace('"', r"\"") + '"')  # noqa: S704 - no end of it in it


def typst(text: str, limit: int = 2000) -> Markup:
    """Return untrusted `text` for where Typst markup stands: an expression, of which nothing is read as markup."""
    return Markup(f"#{typst_string(text, limit)};")  # noqa: S704 - the string is escaped


def json_bytes(value: Any) -> bytes:
    r"""Return `value` as one line of UTF-8 JSON that any strict reader takes and no terminal obeys.

    Keys keep their order. Invisible and reordering characters are written as `\uXXXX`; half a surrogate pair, which
    UTF-8 cannot hold, becomes U+FFFD.
    """
    try:
        written = msgspec.json.encode(value)
    except UnicodeEncodeError:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    else:
        if written.isascii() and _DELETE not in written:
            return written
        text = written.decode()
    return _HIDDEN.sub(_json_escape, text).encode("utf-8")


def script_json(value: Any) -> str:
    """Return `json_bytes(value)` as text for a JSON `<script>` block: nothing in it ends the block."""
    text = json_bytes(value).decode("utf-8")
    return text.replace("&", r"\u0026").replace("<", r"\u003c").replace(">", r"\u003e")


def cell(text: str, limit: int = 1000) -> str:
    """Return untrusted `text` for a spreadsheet cell: its `visible` form, an apostrophe before whatever would compute.

    Also after `;`, `,` and `|`, where another separator setting would start a new cell
    (OWASP, "CSV Injection").
    """
    return _FORMULA.sub(r"\1'\2", visible(text, limit))


# Held by a test that sets every one of them in each face.
_NO_GLYPH = re.compile(
    "[^ -~\xa0-\xac\xae-\u0377\u0391-\u03a1\u03a3-\u04ff\u1e00-\u1eff\u2010-\u2027\u20a0-\u20bf\u2190-\u21ff]"
)
_FORMULA = re.compile(r"(^\s*|[;,|]\s*)([-=+@＝＋－＠])")


_DELETE = b"\x7f"
"""The one control character that JSON lets stand."""


def _json_escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    return json.dumps(found[0])[1:-1]
