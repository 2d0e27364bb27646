"""Hostile text is text in every paper and format, and the public edition names nobody, hidden places included."""

import dataclasses
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from markdown_it import MarkdownIt

from hubscan.casework import Decision, Verdict
from hubscan.findings import Evidence, Span
from hubscan.notices import FORMATS, Draft, NoticeSubject, Notifier, TrustedFlagger
from hubscan.policies import ChannelKind, operator_channel
from hubscan.records import FileEntry, RepoRef, TextField
from tests.notices.cases import NOW, drafted, finding, record, subject, suited
from tests.notices.papers import everything, keys, opened, shown
from tests.notices.test_templates import NAMES as TEMPLATES

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*191 }}{% include 'x' %}",
    "\u202egnp.exe\u2066\u200b\x1b[31m\x00",
    "](https://evil.example) ![x](https://evil.example/p.png) <https://evil.example>",
    "`` ` ``` code\n\n# heading\n- item\n> quote\n---",
    '=HYPERLINK("https://evil.example") @everyone | a | b |',
    '"; #panic("x") #read("/etc/passwd") $x$ <label> // /* \\',
    "endstream endobj << /S /JavaScript /JS (app.alert(1)) >> trailer ) >> (",
    "中文 ไทย العربية \U0001f600 \ue000",
    "x" * 1_000_000,
]


class Tags(HTMLParser):
    """Collects what a browser would build."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def tailored(template: str, word: str, **changes: Any) -> NoticeSubject:
    """Return a case that `template` is for, with `word` in its channel and depiction."""
    about, _ = suited(template)
    channel = dataclasses.replace(operator_channel(word), kind=ChannelKind.WEB_FORM, title=word, route=word)
    return dataclasses.replace(about, channel=channel, depiction=word, **changes)


def hostile(text: str, template: str = "dsa-art16") -> NoticeSubject:
    ref = RepoRef(suited(template)[0].case.ref.hub, "model", text, text)
    stored = record(
        ref, files=(FileEntry(text, 1, text),), texts=(TextField(text, "card", text),), created_at=text, fetched_at=text
    )
    found = finding(ref, category(template), facets=(text,), evidence=(Evidence(Span(text, 0, 1), text),))
    found = dataclasses.replace(found, rule=dataclasses.replace(found.rule, title=text, version=text))
    decided = Decision(7, Verdict.CONFIRMED, text, text, "2026-11-22", policy=text)
    case = dataclasses.replace(subject().case, ref=ref, url=text, decisions=(decided,))
    return tailored(template, text, case=case, record=stored, findings=(found,))


def category(template: str) -> str:
    return suited(template)[0].findings[0].rule.category


def assert_quiet_pdf(draft: Draft) -> None:
    """Nothing in the PDF acts or leads away."""
    assert not keys(draft) & {"/JavaScript", "/JS", "/URI", "/OpenAction", "/AA", "/Annots", "/AcroForm", "/XFA"}
    assert {"/StructTreeRoot", "/EmbeddedFiles"} <= keys(draft)
    assert list(opened(draft.text).attachments) == ["notice.json"]
    assert len(draft.text) < 1_000_000
    lines = [line for page in opened(draft.text).pages for line in page.extract_text().splitlines()]
    assert max(map(len, lines)) < 160, "nothing runs off the page"


# Every text in one paper, and all texts at once in the others.
TRIED = [("dsa-art16", text) for text in HOSTILE] + [(name, " ".join(HOSTILE[:-2])) for name in TEMPLATES]


@pytest.mark.parametrize(("template", "text"), TRIED, ids=range(len(TRIED)))
def test_hostile_text_stays_text(text, template):
    sender = Notifier(text, "kim@desk.example", text, TrustedFlagger(text, text))
    for fmt in FORMATS:
        draft = drafted(hostile(text, template), template, fmt, sender=sender)
        made = shown(draft)
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\x00\x1b]", made)
        assert "1337" not in made
        assert len(made) < 100_000
        if fmt == "pdf":
            assert_quiet_pdf(draft)
        if fmt == "html":
            seen, plain = Tags(), Tags()
            seen.feed(made)
            about, suited_sender = suited(template)
            plain.feed(drafted(about, template, fmt, sender=suited_sender).text.decode())
            assert seen.tags <= plain.tags
            assert seen.attributes <= plain.attributes
            assert not seen.attributes & {"href", "src", "style"}
        if fmt == "markdown":
            inline = [child for token in MarkdownIt("commonmark").parse(made) for child in token.children or ()]
            assert not {"link_open", "image", "html_inline"} & {child.type for child in inline}
            assert not any(token.type == "html_block" for token in MarkdownIt("commonmark").parse(made))
            assert len(re.findall(r"(?m)^# ", made)) == 2


def test_a_lone_surrogate_does_not_stop_a_letter():
    about = dataclasses.replace(hostile("\ud800 lone"), record=None)
    for fmt in FORMATS:
        text = shown(drafted(about, fmt=fmt)).replace("&lt;", "<").replace("&gt;", ">").replace("\\", "")
        assert "<U+D800>" in text


@pytest.mark.parametrize(("template", "language"), list(zip(TEMPLATES, ["en", "de", "fr", "es"] * 2, strict=True)))
def test_the_public_edition_names_none_of_a_thousand_identifiers(template, language):
    words = [f"planted{number:04}x" for number in range(1000)]
    names = iter(words)
    ref = RepoRef(suited(template)[0].case.ref.hub, "model", next(names), next(names))
    title, author, reviewer, reason, url, seen, email, made, fetched = (next(names) for _ in range(9))
    flags, tag, fingerprint, version, field, clause = (next(names) for _ in range(6))
    rest = list(names)
    files = tuple(FileEntry(*pair) for pair in zip(rest[:480], [1] * 480, rest[480:960], strict=True))
    stored = record(
        ref, title=title, author=author, url=url, tags=(tag,), files=files, flags={flags: 1}, created_at=made,
        fetched_at=fetched, texts=(TextField(field, "card", seen),),
    )  # fmt: skip
    found = finding(
        ref, category(template), evidence=(Evidence(Span(field, 0, 3), clause),), url=url, fingerprint=fingerprint
    )
    found = dataclasses.replace(found, rule=dataclasses.replace(found.rule, version=version))
    decided = Decision(7, Verdict.CONFIRMED, reviewer, reason, "2026-11-22", policy=rest[-1], record_digest=rest[-2])
    case = dataclasses.replace(subject().case, ref=ref, url=url, fingerprints=(fingerprint,), decisions=(decided,))
    about = tailored(template, email, case=case, record=stored, findings=(found,))
    sender = Notifier(rest[-3], f"{email}@example.org", rest[-3], TrustedFlagger(rest[-4], rest[-5]))
    for fmt in FORMATS:
        public = everything(drafted(about, template, fmt, "public", sender, NOW, language))
        assert [word for word in words if word in public] == []
        assert stored.digest not in public
        restricted = everything(drafted(about, template, fmt, "restricted", sender, NOW, language))
        assert len([word for word in words if word in restricted]) > 5
