"""PDF: tagged, archival, the same bytes, with its attachments, and nothing in a value is markup."""

import io
import re
import sys
from datetime import date

import pytest

from hubscan import escape, pdf, render
from hubscan.errors import OutputError, UsageError

pytest.importorskip("typst", reason="PDF needs typst: pip install 'hubscan[pdf]'")
pypdf = pytest.importorskip("pypdf", reason="reading PDF back needs pypdf: pip install 'hubscan[dev]'")

DAY = date(2026, 11, 22)
BODY = '#set text(lang: "en", font: "Libertinus Serif")\n= One\nWords.'


def read(made: bytes) -> "pypdf.PdfReader":
    return pypdf.PdfReader(io.BytesIO(made), strict=True)


def test_a_document_is_tagged_and_declares_its_standards():
    made = read(pdf.write(BODY, "A title", DAY))
    root = made.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]["/K"]
    assert (root["/Lang"], made.metadata.title) == ("en", "A title")
    meta = root["/Metadata"].get_object().get_data().decode()
    assert re.findall(r"<pdf(?:aid|uaid):(\w+)>(\w+)<", meta) == [("part", "3"), ("conformance", "A"), ("part", "1")]
    assert root["/OutputIntents"]


def test_the_same_document_is_the_same_bytes_and_the_day_is_the_one_given():
    made = pdf.write(BODY, "A title", DAY)
    assert made == pdf.write(BODY, "A title", DAY)
    assert made != pdf.write(BODY, "A title", date(2026, 11, 23))
    assert read(made).metadata.creation_date.date() == DAY


def test_attachments_are_read_back_and_no_text_of_theirs_is_markup():
    hostile = '"]) #panic("x") \\ ü 中 \u202e {"a": 1}\n'
    given = [pdf.Attachment(f"{n}.json", hostile, "application/json", hostile) for n in ("a", "b")]
    made = read(pdf.write(BODY, hostile.strip(), DAY, given))
    assert {name: [data.decode() for data in files] for name, files in made.attachments.items()} == {
        "a.json": [hostile],
        "b.json": [hostile],
    }


def test_every_glyph_that_is_promised_is_there_in_every_face():
    shown = [chr(n) for n in range(0x20, 0x3000) if escape.visible(chr(n)) == chr(n)]
    kept = [char for char in shown if escape.typst_string(char)[1:-1].replace("\\", "") in (char, "")]
    assert len(kept) > 1500
    lines = [escape.typst("".join(kept[start : start + 90])) for start in range(0, len(kept), 90)]
    bold = [f"*{line}*" for line in lines]
    raw = [f"#raw({line[1:-1]})" for line in lines]
    made = read(pdf.write(BODY + "\n\n" + "\n\n".join(lines + bold + raw), "All", DAY))
    assert all(char in "".join(page.extract_text() for page in made.pages) for char in "ЖΩőłß€→Ệ")


@pytest.mark.parametrize("text", ["中文", "ไทย", "😀", "\ue000", "\U0010fffe", "\ufdd0", "a\u0378b", "\u202eabc", "ﷺ"])
def test_what_has_no_glyph_is_written_out(text):
    made = read(pdf.write(f"{BODY} {escape.typst(text)}", "x", DAY))
    wanted = escape.typst_string(text)[1:-1]
    assert wanted in made.pages[0].extract_text()
    assert "<U+" in wanted


HOSTILE = [
    '"; #panic("out")',
    '\\"; #read("/etc/passwd")',
    '#import "@preview/cetz:0.3.0": *',
    "$x$ *a* _b_ <c> @d // e /* f",
    "= heading\n- item",
    "]]]) }}} {{ 7*7 }}",
    "\\u{1F600} \\n \\",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_value_in_a_typst_template_is_text_and_nothing_else(text):
    template = "{% macro strong(value) %}*{{ value }}*{% endmacro %}[{{ text }}] {{ strong(text) }} .x(1)"
    env = render.environment()
    markup = env.from_string(template, template_class=env.template_class)
    markup.name = "x.typ.j2"
    made = read(pdf.write(f"{BODY}\n\n{markup.render(text=text)}", "x", DAY)).pages[0].extract_text()
    assert made.replace("\n", " ").count(" ".join(escape.visible(text).split())) == 2


def test_a_document_that_breaks_the_standard_is_not_made():
    with pytest.raises(OutputError, match="the PDF cannot be made"):
        pdf.write("= No language and \ue000", "x", DAY)


def test_nothing_outside_is_read(tmp_path, monkeypatch):
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputError, match=r"secret\.txt"):
        pdf.write(f'{BODY} #read("/secret.txt")', "x", DAY)


def test_without_the_package_the_feature_alone_is_refused(monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(UsageError, match=r"pip install 'hubscan\[pdf\]'"):
        pdf.write(BODY, "x", DAY)
