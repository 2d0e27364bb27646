"""The letter: its legal elements, its two editions, hostile text, and the same content in every format."""

import dataclasses
import hashlib
import html
import re
from datetime import UTC, datetime

import msgspec
import pytest

from hubscan import resources
from hubscan.casework import CaseState
from hubscan.findings import Evidence, Span
from hubscan.notices import ANONYMOUS, FORMATS, Notifier, TrustedFlagger, templates
from hubscan.notices.drafting import WATERMARK
from hubscan.records import FileEntry, RepoRef, TextField
from tests.notices.cases import NOW, drafted, finding, in_state, record, subject, suited
from tests.notices.papers import attached, everything, shown


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


def words(text: str) -> str:
    """The words alone and run together: a long digest is broken over two lines of a page."""
    return "".join(re.findall(r"\w+", text.replace(WATERMARK, " ")))


@pytest.mark.parametrize(("template", "language"), templates.available(resources.folder("reports")))
def test_the_pages_of_a_pdf_say_what_the_html_says(template, language):
    about, sender = suited(template)
    page, pages = (shown(drafted(about, template, fmt, "restricted", sender, NOW, language)) for fmt in ("html", "pdf"))
    said = html.unescape(re.sub(r"<[^>]+>", " ", page.split("</style>")[1]))
    assert words(re.sub(r"\b\d / \d\b", " ", pages)) == words(said)


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
    assert "**Further places of evidence:** 18" in text
    assert "part-024" not in text


def test_an_unknown_is_said_and_not_shown_as_nothing():
    ref = RepoRef("huggingface", "model", "sample-studio/undress-lora")
    about = subject(record=None, findings=(finding(ref),))
    about = dataclasses.replace(about, case=dataclasses.replace(about.case, ref=ref))
    made = drafted(about)
    assert "**Revision:** not known" in made.text.decode()
    assert any("revision, files and digests may be missing" in warning for warning in made.warnings)
    assert "**Files listed:** not known" in drafted(about, edition="public").text.decode()


def test_a_public_edition_needs_no_sender():
    assert b"in summary" in drafted(subject(), edition="public", sender=None).text


def test_a_letter_may_be_drafted_again_after_it_was_sent():
    assert drafted(in_state(subject(), CaseState.NOTICED)).text == drafted(subject()).text
