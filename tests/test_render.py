"""Untrusted text stays text in every escape, templates are strict, and files are written whole or not at all."""

import os
import stat
import tempfile
from pathlib import Path

import jinja2
import pytest
from markdown_it import MarkdownIt

from hubscan.errors import OutputError
from hubscan.render import PUBLIC, atomic_file, counted, environment, markdown, markdown_code, visible, write_atomically

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


def test_templates_escape_by_what_they_are(tmp_path):
    (tmp_path / "page.html.j2").write_text("<p>{{ name }}</p>")
    (tmp_path / "note.md.j2").write_text("{% macro em(x) %}*{{ x }}*{% endmacro %}{{ em(name) }} {{ 7 }}")
    env = environment(tmp_path)
    assert env.get_template("page.html.j2").render(name="<b>*") == "<p>&lt;b&gt;*</p>"
    assert env.get_template("note.md.j2").render(name="<b>*") == r"*\<b\>\** 7"


@pytest.mark.parametrize("body", ["{{ missing }}", "{{ ''.__class__.__mro__ }}", "{{ [1, 2] | random }}"])
def test_templates_are_strict_and_fenced(tmp_path, body):
    (tmp_path / "bad.html.j2").write_text(body)
    with pytest.raises(jinja2.TemplateError):
        environment(tmp_path).get_template("bad.html.j2").render()


@pytest.mark.parametrize(("value", "said"), [(0, "0 records"), (1, "1 record"), (12345, "12,345 records")])
def test_counted(value, said):
    assert counted(value, "record") == said


def test_files_are_private_unless_said_otherwise(tmp_path):
    write_atomically(tmp_path / "a", b"one")
    write_atomically(tmp_path / "b", b"two", PUBLIC)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in "ab"]
    assert modes == [0o600, 0o644]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path):
    path = tmp_path / "report"
    write_atomically(path, b"old")

    def interrupted():
        with atomic_file(path) as out:
            out.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_is_followed(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_atomically(tmp_path / "link", b"x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"x"


@pytest.mark.parametrize(
    ("path", "said"),
    [("no/such/folder", "does not exist"), ("", "a folder, not a file"), ("file/below", "not a folder")],
)
def test_refusals_are_one_plain_sentence(tmp_path, path, said):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match=said) as caught:
        write_atomically(tmp_path / path, b"x")
    assert str(tmp_path) in str(caught.value)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux only")
def test_a_full_disk_is_said():
    with pytest.raises(OutputError, match="the disk is full"):
        write_atomically(Path("/dev/full"), b"x")


@pytest.fixture
def nobody():
    """Root may write anywhere: take its rights away for one test."""
    if root := os.geteuid() == 0:
        os.seteuid(65534)
    yield
    if root:
        os.seteuid(0)


def test_a_read_only_folder_is_said(nobody):
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o555)
        with pytest.raises(OutputError, match="may not be written to"):
            write_atomically(Path(place) / "x", b"x")
