"""What cards and records tell of themselves: by the template's heading, placeholders left out, unknown apart."""

import pytest

from hubscan.hubs import base
from hubscan.scorecard.survey import Survey, societal_section, survey, tells_filtering
from tests.scorecard.made import ANSWERED, BASES, DIGEST, EMPTY, FILTERED, SD15, civitai, hf, hugging

SECTIONS = [
    ("# A model\n\nText.", None, "no heading"),
    ("The societal impact of it.", None, "words, and no heading"),
    ("## Societal Impact Assessment [optional]\n\nTested.", "Tested.", "the template's heading"),
    ("### societal impact\nTested.", "Tested.", "another level, other letters"),
    ("## 7. Societal Impact Assessment\nTested.", "Tested.", "numbered"),
    ("## Societal Impact\n\n### Child safety\n\nTested.\n\n## Next\nNo.", "### Child safety\n\nTested.", "with parts"),
    ("## Societal Impact\n\n# Next\nNo.", "", "nothing under it"),
    ("## Societal Impact\n<!-- Was it\ntested? -->\n[More Information Needed]\n## Next", "", "the placeholder alone"),
    ("## Societal Impact\n[More Information Needed]\nAnd more.", "And more.", "the placeholder and words"),
]


@pytest.mark.parametrize(("card", "expected"), [case[:2] for case in SECTIONS], ids=[case[2] for case in SECTIONS])
def test_the_section_is_found_by_its_heading(card, expected):
    assert societal_section(card) == expected


FILTERING = [
    ("The training data was filtered for CSAM.", True),
    ("We removed child sexual abuse material from the dataset by hash.", True),
    ("The data was not filtered for child abuse material.", True),
    ("Images were screened with PhotoDNA against CSAM before training.", True),
    ("Do not use it for CSAM.", False),
    ("A classifier of CSAM reports. The training data was filtered for length.", False),
    ("The training data was filtered for nudity.", False),
    ("- Do not make CSAM\n- Filtered training data", False),
    ("", False),
]


@pytest.mark.parametrize(("card", "expected"), FILTERING)
def test_filtering_is_told_in_one_sentence(card, expected):
    assert tells_filtering(card) is expected


def counted(*records) -> Survey:
    return survey(map(base.parse, records), BASES)[records[0].hub]


def test_cards_are_counted_apart_from_what_was_not_read():
    seen = counted(
        hugging("a/a", ANSWERED), hugging("a/b", EMPTY), hugging("a/c", FILTERED), hugging("a/d"), hugging("a/e", None)
    )
    assert (seen.models, seen.cards, seen.no_card) == (5, 3, 1)
    assert (seen.section, seen.answered, seen.filtering) == (2, 1, 1)


def test_front_matter_is_no_card():
    assert counted(hugging("a/a", f"---\ntitle: |\n  {EMPTY.splitlines()[2]}\n---\nText.")).section == 0


def test_what_a_hub_does_not_say_is_not_none():
    told = counted(hugging("a/a", cardData={"datasets": ["x/y"], "base_model": "x/z"}), hugging("a/b", cardData={}))
    assert (told.datasets_told, told.datasets_named, told.parents_told, told.parents_named) == (2, 1, 2, 1)
    silent = counted(civitai(1, "One"))
    assert (silent.datasets_told, silent.cards + silent.no_card, silent.files_told) == (0, 0, 0)
    assert counted(civitai(1, "One", sha256=DIGEST)).hashes == 1


def test_historical_models_are_known_by_name_and_by_file():
    digest = next(base.sha256[0] for base in BASES.by_id.values() if base.sha256)
    seen = counted(hugging(SD15), hugging("a/child", cardData={"base_model": SD15}), hugging("a/other"))
    assert (dict(seen.holders), seen.derived) == ({hf(SD15): frozenset({"stable-diffusion-1.5"})}, 1)
    copy = counted(civitai(7, "Copy", sha256=digest))
    assert [len(ids) for ids in copy.holders.values()] == [1]


def test_only_models_count():
    space = hugging("a/space")
    assert survey([base.parse(type(space)("huggingface", "space", {"id": "a/space"}, "Text."))], BASES) == {}
