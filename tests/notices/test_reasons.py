"""The statement of reasons: its five elements in each language, what it keeps back, and its public record."""

import dataclasses
import re
import shutil
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hubscan import resources
from hubscan.casework import CaseState
from hubscan.errors import CaseError, PolicyError, UsageError
from hubscan.notices import Restriction, load, state, transparency
from hubscan.notices.reasons import FORMATS
from tests.notices.cases import NOW, POLICIES, in_state, subject
from tests.notices.papers import keys, opened

LANGUAGES = ("en", "de", "fr", "es")
MADE = Restriction(visibility="removed", redress=("Write to appeals@hub.example.",), since=date(2026, 11, 22))
ELEMENTS = [
    ("restriction", ["2026-11-22"], ("was removed", "wurde entfernt", "a été retiré", "se retiró")),
    ("facts", [], ("own initiative", "eigener Initiative", "propre initiative", "iniciativa propia")),
    ("facts", [], ("marked as", "gekennzeichnet als", "présenté comme", "presenta como")),
    ("automation", [], ("automated rules", "automatische Regeln", "règles automatiques", "reglas automáticas")),
    ("automation", [], ("by people", "von Menschen", "par des personnes", "tomaron personas")),
    (
        "ground",
        ["Terms of Service 9.6 (b): minors", "Directive 2011/93/EU"],
        ("illegal", "rechtswidrig", "illic", "ilíc"),
    ),
    ("redress", ["appeals@hub.example"], ("", "", "", "")),
]


def stated(
    fmt: str = "html", language: str = "en", about: Any = None, made: Restriction = MADE, **folder: Path
) -> bytes:
    form = load("statement", language, POLICIES, folder.get("reports"), family="reasons")
    return state(form, fmt, about or subject("csae", "civitai"), made, NOW)[0]


def element(html: str, name: str) -> str:
    found = re.search(rf'<section data-element="{name}">(.*?)</section>', html, re.DOTALL)
    return unescape(re.sub("<[^>]+>", " ", found[1])).lower() if found else ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_statement_holds_every_element_of_article_17(language):
    html = stated(language=language).decode()
    for name, facts, said in ELEMENTS:
        for words in (*facts, said[LANGUAGES.index(language)]):
            assert words.lower() in element(html, name), (name, words)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted({name for name, *_ in ELEMENTS}))
def test_a_statement_without_an_element_does_not_load(tmp_path, name, language):
    reports = Path(shutil.copytree(resources.folder("reports"), tmp_path / "reports"))
    path = reports / f"reasons/statement.{language}.j2"
    path.write_text(path.read_text().replace(f'x.element("{name}"', 'x.section("x"'))
    with pytest.raises(PolicyError, match=f"the element '{name}' is missing"):
        stated(language=language, reports=reports)


def test_the_table_is_that_of_the_law():
    assert {name for name, *_ in ELEMENTS} == {one.element for one in POLICIES.law("eu/dsa-art17").requires}


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_statement_does_not_teach_how_to_write_around_a_rule(fmt):
    made = stated(fmt)
    text = " ".join(page.extract_text() for page in opened(made).pages) if fmt == "pdf" else made.decode()
    assert not [word for word in ("csae/marked", "reviewer-a", "undressing real people", "characters") if word in text]


def test_a_statement_as_pdf_is_the_same_bytes_and_acts_on_nothing():
    from hubscan.casework import Notice
    from hubscan.notices import Draft

    made = stated("pdf")
    assert made == stated("pdf")
    draft = Draft(made, ".pdf", (), Notice(7, "statement", "restricted", "pdf", ""))
    assert not keys(draft) & {"/JavaScript", "/URI", "/OpenAction", "/Annots"}


RECORDS = [
    ("csae", "civitai", {"category": "STATEMENT_CATEGORY_PROTECTION_OF_MINORS"}),
    ("csae", "civitai", {"category_specification": ["KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL_DEEPFAKE"]}),
    ("csae", "civitai", {"decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT"}),
    ("ncii", "civitai", {"category": "STATEMENT_CATEGORY_CYBER_VIOLENCE"}),
    ("ncii", "civitai", {"decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT"}),
    ("likeness", "civitai", {"category": "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS"}),
    ("malicious-use", "github", {"category": "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"}),
    ("ncii", "civitai", {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"], "puid": "case-7"}),
    ("ncii", "civitai", {"source_type": "SOURCE_VOLUNTARY", "automated_decision": "AUTOMATED_DECISION_NOT_AUTOMATED"}),
]


@pytest.mark.parametrize(("category", "hub", "holds"), RECORDS)
def test_the_public_record_is_in_the_form_of_the_database(category, hub, holds):
    record = msgspec.json.decode(stated("transparency", about=subject(category, hub)))
    assert transparency.validate(record) == record
    assert {name: record[name] for name in holds} == holds


def test_the_public_record_names_none_of_a_thousand_identifiers():
    words = [f"planted{number:04}x" for number in range(1000)]
    about = subject("csae", "civitai")
    from tests.notices.cases import finding, record

    ref = dataclasses.replace(about.case.ref, repo_id=words[0], revision=words[1])
    decided = dataclasses.replace(about.case.decisions[0], reviewer=words[2], reason=" ".join(words[3:500]))
    case = dataclasses.replace(about.case, ref=ref, url=words[500], decisions=(decided,))
    stored = record(ref, title=words[501], author=words[502], tags=tuple(words[503:]))
    found = finding(ref, "csae", facets=("card", words[503]), url=words[504])
    public = stated("transparency", about=subject(case=case, record=stored, findings=(found,))).decode()
    assert [word for word in words if word in public] == []
    assert words[500] in stated("json", about=subject(case=case, record=stored, findings=(found,))).decode()


GOOD = msgspec.json.decode(stated("transparency"))
BAD = [
    ({"category": "STATEMENT_CATEGORY_MODELS"}, "category"),
    ({"decision_visibility": []}, "decision_visibility"),
    ({"decision_visibility": ["REMOVED"]}, "decision_visibility"),
    ({"decision_facts": "x" * 5001}, "decision_facts"),
    ({"decision_facts": ""}, "decision_facts"),
    ({"illegal_content_explanation": "x" * 2001}, "illegal_content_explanation"),
    ({"puid": "x" * 501}, "puid"),
    ({"application_date": "22.11.2026"}, "application_date"),
    ({"automated_detection": True}, "automated_detection"),
    ({"illegal_content_legal_ground": None}, "illegal_content_legal_ground is missing"),
    ({"incompatible_content_ground": "x"}, "incompatible_content_ground belongs to another ground"),
    ({"end_date_visibility_restriction": "2026-11-21"}, "the end date is before the start"),
    ({"model": "x"}, "unknown field `model`"),
]


@pytest.mark.parametrize(("change", "why"), BAD)
def test_a_record_out_of_form_is_refused_with_the_field(change, why):
    with pytest.raises(UsageError, match=re.escape(why)):
        transparency.validate({**GOOD, **change})


@pytest.mark.parametrize("name", [name for name in GOOD if name not in ("category_specification",)])
def test_a_record_without_a_field_is_refused(name):
    with pytest.raises(UsageError, match=name):
        transparency.validate({key: value for key, value in GOOD.items() if key != name})


REFUSED = [
    ({"visibility": "deleted"}, "no restriction 'deleted'"),
    ({"redress": (" ",)}, "no way to contest"),
    ({"until": date(2026, 11, 21)}, "ends before it begins"),
    ({"source": "rumour"}, "no source 'rumour'"),
    ({"automated": "maybe"}, "no automated decision 'maybe'"),
]


@pytest.mark.parametrize(("change", "why"), REFUSED)
def test_a_restriction_that_cannot_be_is_refused(change, why):
    with pytest.raises(UsageError, match=why):
        dataclasses.replace(MADE, **change)


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_rule_paused_for_notices_stops_no_statement_and_is_warned_of(fmt):
    form = load("statement", "en", POLICIES, family="reasons")
    about = subject("csae", "civitai")
    paused = dataclasses.replace(about, paused={"csae/marked": "5 of 6 notices were rejected", "csae/other": "x"})
    (_, before), (text, warnings) = (state(form, fmt, one, MADE, NOW) for one in (about, paused))
    (told,) = set(warnings) - set(before)
    assert told.startswith("1 of the 1 rules behind this are paused for notices")
    assert b"csae/" not in text, "and the uploader learns no rule's name"


def test_no_reasons_are_stated_on_an_undecided_case_or_without_a_ground():
    with pytest.raises(CaseError, match="nobody has decided"):
        stated(about=in_state(subject(), CaseState.OPEN))
    with pytest.raises(UsageError, match="no clause and no law on file is a ground"):
        stated(about=subject("likeness", "ollama"))
    form = load("statement", "en", POLICIES, family="reasons")
    assert (
        state(form, "json", subject("ncii", "civitai"), MADE, datetime(2026, 12, 2, tzinfo=UTC))[0].count(b"AI Act") > 0
    )
