"""Templates as files: what a broken one is told, and how a new language comes in."""

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
    for name in ("dsa-art16.{}.j2", "parts.{}.j2", "public.{}.j2", "words.{}.toml"):
        source = (reports / "notices" / name.format("en")).read_text(encoding="utf-8")
        (reports / "notices" / name.format("xx")).write_text(source.replace("good faith", "Treu und Glauben"))
    template = load("dsa-art16", "xx", POLICIES, reports)
    made = draft(template, "restricted", "html", subject(), NOTIFIER, NOW)
    assert b'<html lang="xx">' in made.text
    assert b"Treu und Glauben" in made.text
    assert made.notice.fields["language"] == "xx"


def test_the_folder_lists_its_templates():
    assert templates.available(resources.folder("reports")) == (("dsa-art16", "en"), ("hub-policy", "en"))


def test_a_language_without_templates_is_answered_with_those_there_are():
    with pytest.raises(UsageError, match="in 'de'"):
        load("dsa-art16", "de", POLICIES)
