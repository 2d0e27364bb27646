"""Sentences round a marker: what denies, forbids, filters, reports or studies it says nothing of the upload."""

from pathlib import Path

import pytest
import yaml

from hubscan.engine.load import load
from hubscan.engine.match import Matcher
from tests.engine import made

FRAMES = yaml.safe_load(Path(__file__).with_name("frames.yaml").read_text(encoding="utf-8"))
MARKERS = FRAMES["markers"]


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(load())


def categories(matcher: Matcher, frame: str, marker: str) -> set[str]:
    said = frame.replace("X", marker)
    return {finding.rule.category for finding in matcher.match(made.record(card=said[0].upper() + said[1:]))}


@pytest.mark.parametrize("category", MARKERS)
def test_what_denies_a_marker_marks_nothing(matcher, category):
    found = {frame: categories(matcher, frame, MARKERS[category]) & MARKERS.keys() for frame in FRAMES["denied"]}
    assert {frame: said for frame, said in found.items() if said} == {}


@pytest.mark.parametrize("category", MARKERS)
def test_what_offers_a_marker_is_seen(matcher, category):
    missed = [frame for frame in FRAMES["offered"] if category not in categories(matcher, frame, MARKERS[category])]
    assert missed == []
