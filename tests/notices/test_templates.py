"""Templates as files: what a broken one is told, and how a new language comes in."""

import dataclasses
import shutil
from pathlib import Path

import pytest

from hubscan import resources
from hubscan.errors import PolicyError, UsageError
from hubscan.notices import draft, load, templates
from tests.notices.cases import NOTIFIER, NOW, POLICIES, subject


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    return Path(shutil.copytree(resources.folder("reports"), tmp_path / "reports"))


FAULTS = [
    ("dsa-art16.en.j2", "+++\ntitle", "title", "notices/dsa-art16.en.j2:1: no front matter"),
    ("dsa-art16.en.j2", "audience =", "audienz =", "notices/dsa-art16.en.j2:3: unknown key audienz"),
    ("dsa-art16.en.j2", '["web-form", "email"]', '["pigeon"]', "Invalid enum value 'pigeon'"),
    ("dsa-art16.en.j2", 'title = "', "title = ", "front matter"),
    ("words.en.toml", "csae =", "# csae =", "notices/words.en.toml:1: no word for csae in [categories]"),
    ("words.en.toml", "card =", "# card =", "no word for card in [facets]"),
]


@pytest.mark.parametrize(("file", "old", "new", "told"), FAULTS)
def test_a_broken_template_is_told_with_its_place(reports, file, old, new, told):
    path = reports / "notices" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        load("dsa-art16", "en", POLICIES, reports)
    assert told in str(caught.value)


def test_an_unknown_law_is_told(reports):
    path = reports / "notices/dsa-art16.en.j2"
    path.write_text(path.read_text().replace('law = "eu/dsa-art16"', 'law = "eu/dsa-art99"'))
    with pytest.raises(UsageError, match=r"eu/dsa-art99.*On file: eu/dsa-art"):
        load("dsa-art16", "en", POLICIES, reports)


def test_a_language_is_a_suffix(reports):
    for name in ("dsa-art16.{}.j2", "words.{}.toml"):
        source = (reports / "notices" / name.format("en")).read_text(encoding="utf-8")
        (reports / "notices" / name.format("xx")).write_text(source.replace("good faith", "Treu und Glauben"))
    template = load("dsa-art16", "xx", POLICIES, reports)
    made = draft(template, "restricted", "html", subject(), NOTIFIER, NOW)
    assert b'<html lang="xx">' in made.text
    assert b"Treu und Glauben" in made.text
    assert made.notice.fields["language"] == "xx"


NAMES = (
    "cybertipline-checklist",
    "dsa-art16",
    "github",
    "hotline-referral",
    "hub-policy",
    "take-it-down",
    "trusted-flagger",
    "uk-intimate-image",
)


def test_every_template_is_there_in_every_language():
    every = tuple((name, language) for name in NAMES for language in ("de", "en", "es", "fr"))
    assert templates.available(resources.folder("reports")) == every


def test_a_language_says_everything_that_english_says(reports):
    path = reports / "notices/words.fr.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("signature =", "signatur ="), encoding="utf-8")
    with pytest.raises(PolicyError, match=r"words\.fr\.toml:1: no word for signature in \[labels\]"):
        load("dsa-art16", "fr", POLICIES, reports)


@pytest.mark.parametrize("name", NAMES)
def test_front_matter_differs_between_languages_in_words_alone(name):
    fronts = [load(name, language, POLICIES).front for language in ("en", "de", "fr", "es")]
    assert len({front.title for front in fronts}) == len({front.audience for front in fronts}) == 4
    assert len({dataclasses.replace(front, title="", audience="") for front in fronts}) == 1


def test_a_language_without_templates_is_answered_with_those_there_are():
    with pytest.raises(UsageError, match="in 'pt'"):
        load("dsa-art16", "pt", POLICIES)
