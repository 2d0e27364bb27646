"""Which cards are worth reading: the order of the reasons, and the share that is kept."""

import pytest

from hubscan.crawl import worth
from hubscan.findings import Severity
from hubscan.records import BaseModel, RepoRecord, RepoRef


def record(**said):
    said = {"tags": (), "license": "mit", "pipeline": None, "datasets": (), "base_models": (), **said}
    return RepoRecord(ref=RepoRef("huggingface", "model", "o/r"), url="", title="r", **said)


REASONS = [
    # (what the list says, the gravest finding in it, words of rules in it, how much that is worth)
    ({}, None, (), 0),
    ({}, Severity.INFO, (), 0),
    ({}, Severity.MEDIUM, (), 700),
    ({}, Severity.CRITICAL, ("sexual",), 700),
    ({}, None, ("sexual",), 600),
    ({"flags": {"not-for-all-audiences": True}}, None, (), 600),
    ({"datasets": ("o/ShareGPT_unfiltered",)}, None, (), 600),
    ({"pipeline": "text-to-image", "license": ""}, None, (), 500),
    ({"pipeline": "text-to-image", "license": "other"}, None, (), 500),
    ({"pipeline": "text-to-image"}, None, (), 0),
    ({"license": ""}, Severity.LOW, ("safeguards-removed",), 400),
    ({"pipeline": "text-generation", "license": "", "base_models": (BaseModel("o/b"),)}, None, (), 300),
    ({"pipeline": "text-generation", "license": ""}, None, (), 200),
    ({"pipeline": "text-generation", "license": None}, None, (), 0),
    ({}, Severity.LOW, ("safeguards-removed",), 100),
]


@pytest.mark.parametrize(("said", "gravest", "words", "value"), REASONS)
def test_reasons_have_an_order(finding, said, gravest, words, value):
    found = [finding(RepoRef("huggingface", "model", "o/r"), "x", severity=gravest)] if gravest else []
    assert worth.worth(record(**said), found, words) == value


def test_of_two_the_one_that_says_less_comes_first():
    short, long = record(tags=("a",)), record(tags=tuple(map(str, range(500))))
    assert worth.worth(short, [], ("sexual",)) > worth.worth(long, [], ("sexual",)) > 500


@pytest.mark.parametrize(("listed", "most"), [(0, 20), (209, 20), (210, 21), (15_901, 1590)])
def test_a_tenth_is_read_at_most(listed, most):
    assert worth.limit(listed) == most


def test_candidates_are_read_up_to_their_share_and_the_others_judged_by_the_list(hub, crawl, repo, kept):
    records = [
        repo(f"o/undress-{number:03}", "# Text", tags=["nudify"], sha="a", siblings=[{"rfilename": "README.md"}])
        for number in range(230)
    ] + [repo("o/plain", "# Text", tags=["x"], license="mit", sha="b")]
    done = crawl(hub(records), cards="candidates")
    assert sum("/resolve/" in target for target in done.asked) == 23
    assert (done.coverage.listed, done.coverage.read, done.coverage.cards) == (231, 231, 23)
    assert len(done.rules & {(name, "ncii/undress-tools") for name in kept()}) == 230
    assert kept()["o/plain"][1] is None
