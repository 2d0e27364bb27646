"""Untrusted text stays text wherever it is shown."""

import csv
import io
import json

import pytest
from markdown_it import MarkdownIt

from hubscan.escape import cell, json_bytes, markdown, markdown_code, script_json, visible

HOSTILE = [
    "<script>alert(1)</script>",
    "[click](https://example.org) ![x](https://example.org/p.png)",
    "<https://example.org> https://example.org www.example.org me@example.org",
    "**bold** _em_ `code` ~~gone~~ # head | cell",
    "# head",
    "- item",
    "1. item",
    "1) item",
    "> quote",
    "    indented",
    "---",
    "&lt;b&gt; &copy;",
    "line\n\n# head\r\n- item",
    "\\* \\\\ \\",
    "a\u202eb\ud800c\x1b[2J",
]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("org/name_v2", "org/name_v2"),
        ("Ünïcode 模型 ❤️", "Ünïcode 模型 ❤️"),
        ("a\u202eb", "a<U+202E>b"),
        ("a\nb\tc\x00", "a<U+000A>b<U+0009>c<U+0000>"),
        ("\ud800", "<U+D800>"),
        ("\U000e0041\u200b\ufeff", "<U+E0041><U+200B><U+FEFF>"),
        ("x" * 10_000, "x" * 200 + "…[+9,800]"),
    ],
)
def test_visible(text, shown):
    assert visible(text) == shown
    shown.encode("utf-8")


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_shows_exactly_the_text(text):
    html = MarkdownIt("gfm-like").render(f"{markdown(text)}\n")
    plain = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    assert html == f"<p>{plain.rstrip()}</p>\n"


@pytest.mark.parametrize("text", [*HOSTILE, "`", "``a`", "plain"])
def test_a_code_span_is_one_code_span(text):
    tokens = MarkdownIt("gfm-like").parseInline(str(markdown_code(text)))[0].children
    assert [token.type for token in tokens] == ["code_inline"]


@pytest.mark.parametrize("text", HOSTILE)
def test_json_is_strict_and_says_the_same(text):
    data = json_bytes({"id": text})
    assert json.loads(data.decode("utf-8")) == {"id": text.replace("\ud800", "\ufffd")}
    assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in data.decode("utf-8"))
    assert "\u202e" not in data.decode("utf-8")


def test_json_keeps_ordinary_letters_and_joins_pairs():
    assert json_bytes({"b": "模型", "a": "\U000e0041"}) == '{"b":"模型","a":"\\udb40\\udc41"}'.encode()


def test_script_json_cannot_end_its_block():
    text = script_json({"id": "</script><!-- & -->"})
    assert json.loads(text) == {"id": "</script><!-- & -->"}
    assert not set(text) & set("<>&")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" =1", " '=1"),
        ("＝1", "'＝1"),
        ("\t=1", "<U+0009>=1"),
        ("\r=1", "<U+000D>=1"),
        ("a;=1", "a;'=1"),
        ("org/a-b_c=d", "org/a-b_c=d"),
        ('say "x", y', 'say "x", y'),
    ],
)
def test_cells_do_not_compute(text, shown):
    assert cell(text) == shown
    line = io.StringIO()
    csv.writer(line).writerow([cell(text)])
    assert next(csv.reader([line.getvalue()])) == [shown]
