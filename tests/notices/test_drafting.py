"""The letter: its legal elements, its two editions, hostile text, and the same content in every format."""

import dataclasses
import hashlib
import html
import re
import shutil
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from markdown_it import MarkdownIt

from hubscan import resources
from hubscan.casework import CaseState, Decision, Verdict
from hubscan.errors import PolicyError
from hubscan.findings import Evidence, Span
from hubscan.notices import ANONYMOUS, FORMATS, Draft, Notifier, TrustedFlagger, draft, load
from hubscan.policies import operator_channel
from hubscan.records import FileEntry, RepoRef, TextField
from tests.notices.cases import NOTIFIER, NOW, POLICIES, REVISION, drafted, finding, in_state, record, subject
from tests.notices.papers import attached, everything, opened, shown

FIELD_DIGEST = "e5a589fc1c949e4dcb01ebabdee68b87f66ada6ef1e54032f9587cf7fe93ca35"

# (template, element, what the element must say): DSA Art. 16(2) (a) to (d), and the same four for a hub's own policy.
ELEMENTS = [
    (
        "dsa-art16",
        "explanation",
        ["Marked as ncii", "repository name", "<code>card</code>", FIELD_DIGEST, "offer the model", "Content"],
    ),
    ("dsa-art16", "location", ["https://huggingface.co/sample-studio/undress-lora", REVISION, "model.safe", "a" * 64]),
    ("dsa-art16", "notifier", ["Kim Example", "kim@desk.example"]),
    ("dsa-art16", "statement", ["believes in good faith", "accurate and complete"]),
    (
        "hub-policy",
        "explanation",
        ["Marked as ncii", "repository name", "<code>card</code>", FIELD_DIGEST, "offer the model", "Content"],
    ),
    ("hub-policy", "location", ["https://huggingface.co/sample-studio/undress-lora", REVISION, "model.safe", "a" * 64]),
    ("hub-policy", "notifier", ["Kim Example", "kim@desk.example"]),
    ("hub-policy", "statement", ["believes in good faith", "accurate and complete"]),
]


def element(html: str, name: str) -> str:
    found = re.search(rf'<section data-element="{name}">(.*?)</section>', html, re.DOTALL)
    return found[1] if found else ""


def lacking(template: str, reports: Path) -> list[tuple[str, str]]:
    """Return (element, words) that a drafted HTML letter does not hold."""
    html = draft(load(template, "en", POLICIES, reports), "restricted", "html", subject(), NOTIFIER, NOW).text.decode()
    wanted = [(name, words) for of, name, said in ELEMENTS if of == template for words in said]
    return [(name, words) for name, words in wanted if words not in element(html, name)]


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    return Path(shutil.copytree(resources.folder("reports"), tmp_path / "reports"))


@pytest.mark.parametrize("template", ["dsa-art16", "hub-policy"])
def test_a_letter_holds_every_required_element(template):
    assert lacking(template, resources.folder("reports")) == []


@pytest.mark.parametrize(("template", "name", "_"), ELEMENTS)
def test_a_template_without_an_element_does_not_load(reports, template, name, _):
    path = reports / f"notices/{template}.en.j2"
    without = re.sub(
        rf'{{% call x.element\("{name}".*?\n{{% endcall %}}\n(?={{%|{{{{)', "", path.read_text(), flags=re.DOTALL
    )
    path.write_text(without)
    with pytest.raises(PolicyError, match=f"the element '{name}' is missing"):
        load(template, "en", POLICIES, reports)


# Lines of the shared wording that carry a legal element: taking one out must be noticed by the table above.
CARRIERS = [
    ("{{ x.code(item.url) }}", "location"),
    ("{{ x.code(item.revision) }}", "location"),
    ("{{ x.code(file.name) }}", "location"),
    ('{{ x.small("SHA-256 as published ", file.sha256) }}', "location"),
    ("{{ sender.name }}", "notifier"),
    ("{{ x.code(sender.email) }}", "notifier"),
    ("{% call x.part(marking.title) %}", "explanation"),
    ("{{ x.code(place.field) }}", "explanation"),
    ("{{ x.strong(basis.title) }}", "explanation"),
    ("{{ line }}", "explanation"),
]


@pytest.mark.parametrize(("carrier", "name"), CARRIERS)
def test_taking_words_out_of_the_shared_wording_is_noticed(reports, carrier, name):
    path = reports / "notices/parts.en.j2"
    text = path.read_text(encoding="utf-8")
    assert carrier in text
    path.write_text(text.replace(carrier, '{% call x.part("") %}' if "call" in carrier else ""), encoding="utf-8")
    assert name in {lacked for lacked, _ in lacking("dsa-art16", reports)}


@pytest.mark.parametrize("template", ["dsa-art16", "hub-policy"])
def test_an_emptied_statement_is_noticed(reports, template):
    path = reports / f"notices/{template}.en.j2"
    path.write_text(re.sub(r"The (?:notifier|sender) believes[^\n]*", "", path.read_text()))
    assert {name for name, _ in lacking(template, reports)} == {"statement"}


@pytest.mark.parametrize("template", ["dsa-art16", "hub-policy"])
@pytest.mark.parametrize("fmt", ["html", "markdown"])
def test_every_letter_is_watermarked_and_modest(template, fmt):
    text = drafted(subject(), template, fmt).text.decode()
    assert "DRAFT - a person must read and send this" in text
    assert "marked as" in text
    assert "capable of" not in text


def test_a_letter_holds_no_text_of_the_record():
    stored = subject().record
    assert stored is not None
    for fmt in FORMATS:
        text = everything(drafted(subject(), fmt=fmt))
        assert not any(piece.text in text or piece.text[10:16] + " " in text for piece in stored.texts)


def test_a_word_cannot_be_guessed_back_from_a_digest():
    ref = subject().case.ref
    stored = record(ref, texts=(TextField("trigger_words[0]", "trigger_word", "sampleword"),))
    found = finding(ref, evidence=(Evidence(Span("trigger_words[0]", 0, 10), "c"),))
    text = drafted(subject(record=stored, findings=(found,))).text.decode()
    assert "`trigger_words[0]`, characters 0 to 10" in text
    assert hashlib.sha256(b"sampleword").hexdigest() not in text


def test_one_edition_is_the_same_bytes_twice_and_the_same_facts_in_every_format():
    html, markdown, json = (drafted(subject(), fmt=fmt).text for fmt in ("html", "markdown", "json"))
    assert html == drafted(subject(), fmt="html").text
    letter = msgspec.json.decode(json)["letter"]
    facts = [
        letter["item"]["url"],
        letter["item"]["record_sha256"],
        letter["sender"]["email"],
        letter["markings"][0]["rule"],
    ]
    for fact in facts:
        assert fact.encode() in html
        assert fact.encode() in markdown


def words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)


@pytest.mark.parametrize("template", ["dsa-art16", "hub-policy"])
@pytest.mark.parametrize("edition", ["restricted", "public"])
def test_the_pages_of_a_pdf_say_what_the_html_says(template, edition):
    page = drafted(subject(), template, "html", edition).text.decode()
    said = words(html.unescape(re.sub(r"<[^>]+>", " ", page.split("</style>")[1])))
    pages = words(
        re.sub(
            r"DRAFT - a person must read and send this|\b\d / \d\b",
            " ",
            shown(drafted(subject(), template, "pdf", edition)),
        )
    )
    joined = "".join(pages)  # a long digest may be broken over two lines
    assert "".join(said[8:]) == joined


def test_a_pdf_carries_the_notice_as_data_and_is_the_same_bytes_again():
    draft = drafted(subject(), fmt="pdf")
    assert attached(draft) == drafted(subject(), fmt="json").text
    assert draft.text == drafted(subject(), fmt="pdf").text
    later = drafted(subject(), fmt="pdf", now=NOW.replace(hour=23))
    assert draft.text == later.text


def test_the_entry_for_the_case_says_what_was_drafted():
    made = drafted(subject("csae", "civitai"), "dsa-art16", "html")
    assert made.suffix == ".html"
    assert (made.notice.case, made.notice.template, made.notice.edition, made.notice.format) == (
        7,
        "dsa-art16",
        "restricted",
        "html",
    )
    assert made.notice.at == "2026-11-22T09:30:00+00:00"
    assert made.notice.fields["laws"] == "eu/csa-directive-2011-93"
    assert made.notice.fields["clauses"] == "civitai/minors civitai/prohibited-concepts"


def test_the_clause_a_reviewer_chose_comes_first():
    about = subject("csae", "civitai")
    chosen = dataclasses.replace(about.case.decisions[0], policy="civitai/prohibited-concepts")
    about = dataclasses.replace(about, case=dataclasses.replace(about.case, decisions=(chosen,)))
    assert drafted(about).notice.fields["clauses"] == "civitai/prohibited-concepts civitai/minors"


@pytest.mark.parametrize("policy", ["civitai/real-person-likeness", "civitai/nudify-tools"])
def test_a_chosen_clause_of_the_hub_is_cited_even_outside_its_categories(policy):
    about = subject("csae", "civitai")
    chosen = dataclasses.replace(about.case.decisions[0], policy=policy)
    about = dataclasses.replace(about, case=dataclasses.replace(about.case, decisions=(chosen,)))
    assert drafted(about).notice.fields["clauses"].split()[0] == policy


def test_a_long_explanation_is_cut_and_says_so():
    about = subject()
    wordy = dataclasses.replace(about.case.decisions[0], reason="\n\n".join(f"reason {n}." for n in range(1000)))
    text = drafted(dataclasses.replace(about, case=dataclasses.replace(about.case, decisions=(wordy,)))).text.decode()
    assert "reason 39." in text
    assert "reason 40." not in text
    assert "> …" in text


def test_only_a_law_that_applies_on_the_day_is_cited():
    before = drafted(subject(), now=datetime(2026, 12, 1, tzinfo=UTC)).text.decode()
    after = drafted(subject(), now=datetime(2026, 12, 2, tzinfo=UTC)).text.decode()
    assert "AI Act" not in before
    assert "AI Act" in after


def test_trusted_flagger_stands_only_where_it_is_configured():
    flagger = Notifier("Kim Example", "kim@desk.example", "", TrustedFlagger("Example Coordinator", "TF-17"))
    assert "rusted flagger" not in drafted(subject()).text.decode()
    assert (
        "Trusted flagger certified by Example Coordinator, number TF-17"
        in drafted(subject(), sender=flagger).text.decode()
    )


def test_an_anonymous_letter_names_nobody_and_says_why():
    made = drafted(subject("csae", "civitai"), sender=ANONYMOUS)
    text = made.text.decode()
    assert "left out under the exception of Article 16(2)(c)" in text
    assert "Kim" not in text
    assert any("whether it reaches a model repository is open" in warning for warning in made.warnings)


def test_what_does_not_fit_is_counted():
    ref = subject().case.ref
    many = tuple(FileEntry(f"part-{n:03}.bin", 1) for n in range(25))
    evidence = tuple(Evidence(Span("card", n, n + 1), "c") for n in range(30))
    about = subject(record=record(ref, files=many), findings=(finding(ref, evidence=evidence),))
    text = drafted(about).text.decode()
    assert "**Further files:** 5" in text
    assert "**Further evidence:** 18 more places" in text
    assert "part-024" not in text


def test_an_unknown_is_said_and_not_shown_as_nothing():
    ref = RepoRef("huggingface", "model", "sample-studio/undress-lora")
    about = subject(record=None, findings=(finding(ref),))
    about = dataclasses.replace(about, case=dataclasses.replace(about.case, ref=ref))
    made = drafted(about)
    assert "**Revision:** not known" in made.text.decode()
    assert any("revision, files and digests may be missing" in warning for warning in made.warnings)
    assert "**Files listed:** not known" in drafted(about, edition="public").text.decode()


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*191 }}{% include 'x' %}",
    "\u202egnp.exe\u2066\u200b\x1b[31m\x00",
    "](https://evil.example) ![x](https://evil.example/p.png) <https://evil.example>",
    "`` ` ``` code\n\n# heading\n- item\n> quote\n---",
    '=HYPERLINK("https://evil.example") @everyone | a | b |',
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


def hostile(text: str):
    about = subject("csae", "civitai")
    ref = RepoRef("civitai", "model", text, text)
    stored = record(
        ref, files=(FileEntry(text, 1, text),), texts=(TextField(text, "card", text),), created_at=text, fetched_at=text
    )
    found = finding(ref, "csae", facets=(text,), evidence=(Evidence(Span(text, 0, 1), text),))
    found = dataclasses.replace(found, rule=dataclasses.replace(found.rule, title=text, version=text))
    decided = Decision(7, Verdict.CONFIRMED, text, text, "2026-11-22", policy=text)
    case = dataclasses.replace(about.case, ref=ref, url=text, decisions=(decided,))
    return subject(case=case, record=stored, findings=(found,), channel=operator_channel(text))


def assert_quiet_pdf(draft: Draft) -> None:
    """Nothing in the PDF acts or leads away, and its pages say what the Markdown letter says."""
    raw = everything(draft)
    assert not re.search(r"/(JavaScript|JS|Launch|URI|GoToR|SubmitForm|OpenAction|AA|RichMedia|Annots)\b", raw)
    assert list(opened(draft.text).attachments) == ["notice.json"]
    assert len(draft.text) < 1_000_000


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("template", ["dsa-art16", "hub-policy"])
def test_hostile_text_stays_text(text, template):
    sender = Notifier(text, "kim@desk.example", text, TrustedFlagger(text, text))
    for fmt in FORMATS:
        draft = drafted(hostile(text), template, fmt, sender=sender)
        made = shown(draft)
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\x00\x1b]", made)
        assert "1337" not in made
        assert len(made) < 100_000
        if fmt == "pdf":
            assert_quiet_pdf(draft)
        if fmt == "html":
            seen, plain = Tags(), Tags()
            seen.feed(made)
            plain.feed(drafted(subject("csae", "civitai"), template, fmt).text.decode())
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


def planted(number: int) -> list[str]:
    return [f"planted{number:03}{kind}" for kind in range(10)]


@pytest.mark.parametrize("template", ["dsa-art16", "hub-policy"])
@pytest.mark.parametrize("fmt", FORMATS)
def test_the_public_edition_names_nobody_and_nothing(template, fmt):
    words = [word for number in range(100) for word in planted(number)]
    names = iter(words)
    ref = RepoRef("civitai", "model", next(names), next(names))
    title, author, reviewer, reason, url, seen, email, made, fetched = (next(names) for _ in range(9))
    flags, tag, fingerprint, version, field, clause = (next(names) for _ in range(6))
    rest = list(names)
    files = tuple(FileEntry(*pair) for pair in zip(rest[:480], [1] * 480, rest[480:960], strict=True))
    stored = record(
        ref, title=title, author=author, url=url, tags=(tag,), files=files, flags={flags: 1}, created_at=made,
        fetched_at=fetched, texts=(TextField(field, "card", seen),),
    )  # fmt: skip
    found = finding(ref, "csae", evidence=(Evidence(Span(field, 0, 3), clause),), url=url, fingerprint=fingerprint)
    found = dataclasses.replace(found, rule=dataclasses.replace(found.rule, version=version))
    decided = Decision(7, Verdict.CONFIRMED, reviewer, reason, "2026-11-22", policy=rest[-1], record_digest=rest[-2])
    case = dataclasses.replace(subject().case, ref=ref, url=url, fingerprints=(fingerprint,), decisions=(decided,))
    about = subject(case=case, record=stored, findings=(found,), channel=operator_channel(email))
    sender = Notifier(rest[-3], f"{email}@example.org", rest[-3])
    public = everything(drafted(about, template, fmt, "public", sender))
    assert [word for word in words if word in public] == []
    assert stored.digest not in public
    restricted = everything(drafted(about, template, fmt, sender=sender))
    assert len([word for word in words if word in restricted]) > 40


def test_a_public_edition_needs_no_sender():
    assert b"in summary" in drafted(subject(), edition="public", sender=None).text


def test_a_letter_may_be_drafted_again_after_it_was_sent():
    assert drafted(in_state(subject(), CaseState.NOTICED)).text == drafted(subject()).text
