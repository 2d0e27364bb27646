"""The same sentences in every language of the contexts: those that deny say nothing, those that mark are seen."""

from pathlib import Path

import pytest
import yaml

from hubscan.engine.load import load
from hubscan.engine.match import Matcher
from tests.engine import made

SENTENCES = yaml.safe_load(Path(__file__).with_name("languages.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(load())


def categories(matcher: Matcher, sentence: str) -> set[str]:
    return {finding.rule.category for finding in matcher.match(made.record(card=sentence))}


@pytest.mark.parametrize("language", SENTENCES)
def test_what_denies_forbids_or_compares_marks_nothing(matcher, language):
    said = {sentence: categories(matcher, sentence) for sentence in SENTENCES[language]["denied"]}
    assert {sentence: found for sentence, found in said.items() if found} == {}


@pytest.mark.parametrize("language", SENTENCES)
def test_what_marks_is_seen(matcher, language):
    expected = [(category, said) for category, some in SENTENCES[language]["marked"].items() for said in some]
    assert [(category, said) for category, said in expected if category not in categories(matcher, said)] == []


def test_all_languages_have_the_same_sentences():
    marked = {str({category: len(some) for category, some in said["marked"].items()}) for said in SENTENCES.values()}
    denied = {len(said["denied"]) for said in SENTENCES.values()}
    assert len(SENTENCES) >= 12
    assert len(marked) == 1
    assert max(denied) - min(denied) <= 1
