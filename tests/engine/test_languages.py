"""The same sentences in every language of the contexts: those that deny say nothing, those that mark are seen."""

from pathlib import Path

import pytest
import yaml

from hubscan.engine.load import load
from hubscan.engine.match import Matcher
from hubscan.records import RepoRecord, RepoRef, TextField

SENTENCES = yaml.safe_load(Path(__file__).with_name("languages.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(load())


def categories(matcher: Matcher, sentence: str) -> set[str]:
    ref = RepoRef("huggingface", "model", "org/plain")
    text = TextField("card", "card", sentence, "markdown")
    record = RepoRecord(ref=ref, url="u", title="plain", license="mit", texts=(text,), card="read")
    return {finding.rule.category for finding in matcher.match(record)}


@pytest.mark.parametrize("language", SENTENCES)
def test_what_denies_forbids_or_compares_marks_nothing(matcher, language):
    said = {sentence: categories(matcher, sentence) for sentence in SENTENCES[language]["denied"]}
    assert {sentence: found for sentence, found in said.items() if found} == {}


@pytest.mark.parametrize("language", SENTENCES)
def test_what_marks_is_seen(matcher, language):
    expected = [(category, said) for category, some in SENTENCES[language]["marked"].items() for said in some]
    assert [(category, said) for category, said in expected if category not in categories(matcher, said)] == []


def test_all_languages_have_the_same_sentences():
    counts = {language: len(said["denied"]) for language, said in SENTENCES.items()}
    assert len(SENTENCES) >= 12
    assert min(counts.values()) >= 35
