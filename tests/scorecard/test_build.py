"""The numbers of each hub, from the store: counted once a case, and unknown where the ground was never looked at."""

import pytest

from hubscan import scorecard
from hubscan.errors import UsageError
from hubscan.findings import Severity
from hubscan.records import RepoRef
from hubscan.scorecard import Wanted
from hubscan.store import Store
from tests.scorecard import made
from tests.scorecard.made import BASES, NOW, POLICIES, Desk, card, finding, hf, hugging, kept, skipped


@pytest.fixture
def store(database_url, ticking):
    with Store.open(database_url, ticking) as opened:
        yield opened


@pytest.fixture
def hubs(store):
    made.two_hubs(store)
    return store


def values(found, hub: str) -> dict[str, object]:
    place = found.hubs.index(hub)
    return {row.key: row.values[place].value for row in found.rows}


def test_an_empty_store_has_no_hubs(store):
    found = card(store)
    assert found.hubs == ()
    assert all(row.values == () for row in found.rows)


HUGGINGFACE = {
    "listed": 15, "read": 13, "unread": 2,
    "flagged": 10, "confirmed": 8, "rejected": 2, "unjudged": 0,
    "drafted": 1, "noticed": 8, "acknowledged": 0, "acted": 4,
    "removed": 1, "restricted": 1, "refused": 1, "still_up": 2, "fate_unknown": 1, "withdrawn": 1,
    "reappeared": 1, "blocked": 1,
    "reuploaded": 0, "historical_versions": 1, "historical_up": 1, "historical_derived": 12,
    "known_sets": 1, "safeguards_removed": 0,
}  # fmt: skip


def test_each_end_is_counted_once(hubs):
    found = values(card(hubs), "huggingface")
    removed = found["removed"]
    assert {key: found[key] for key in HUGGINGFACE} == HUGGINGFACE | {"removed": removed}
    ends = ("removed", "restricted", "refused", "still_up", "fate_unknown", "withdrawn")
    assert sum(found[key] for key in ends) == found["noticed"]


def test_shares_and_the_median_have_their_intervals_and_grounds(hubs):
    found = card(hubs)
    place = found.hubs.index("huggingface")
    share, time = (found.row(key).values[place] for key in ("removed_share", "time_to_action"))
    assert (share.value, share.of) == (pytest.approx(2 / 6), 6)
    assert (share.low, share.high) == (pytest.approx(0.0968, abs=1e-4), pytest.approx(0.7000, abs=1e-4))
    assert (time.value, time.low, time.high, time.of) == (7.0, 1.0, None, 7)
    section = found.row("societal_section").values[place]
    assert (section.value, section.of) == (pytest.approx(2 / 5), 5)


def test_under_five_watched_cases_no_time_is_told(hubs):
    time = card(hubs, hubs=("civitai",)).row("time_to_action").values[0]
    assert (time.value, time.low, time.high, time.of) == (None, None, None, 1)
    assert "under 5" in time.note


def test_a_copy_on_another_hub_is_found_by_its_hash(hubs):
    assert values(card(hubs), "civitai")["reuploaded"] == 1
    assert [(one.hub, one.repo) for one in card(hubs, "restricted").named if "confirmed upload" in one.why] == [
        ("civitai", "civitai:model:2")
    ]


def test_unknown_is_never_zero(store):
    kept(store, [hugging("a/a", None)], packs=())
    skipped(store, [RepoRef("civitai", "model", "1")])
    found = card(store, hubs=("huggingface", "civitai", "github"))
    known = {hub: {key for key, value in values(found, hub).items() if value is not None} for hub in found.hubs}
    counted = {"listed", "read", "unread"}
    notices = {"drafted", "noticed"}
    seen = {"flagged", "flagged_share", "unjudged", "historical_versions", "historical_up", "historical_derived"}
    told = {"datasets_named", "lineage_told"}
    assert known["huggingface"] - told == counted | notices | seen
    assert known["civitai"] == counted | notices
    assert known["github"] == notices
    assert all(one.note for row in found.rows for one in row.values if one.value is None)


def test_a_pack_that_never_ran_found_nothing_and_says_so(store):
    kept(store, [hugging("a/a")], packs=())
    assert values(card(store), "huggingface")["known_sets"] is None
    kept(store, [hugging("a/b")])
    assert values(card(store), "huggingface")["known_sets"] == 0


def test_of_a_second_decision_the_last_counts_and_unsure_is_unjudged(store):
    refs = [hf(f"a/{name}") for name in "abc"]
    kept(store, [hugging(ref.repo_id) for ref in refs], [finding(ref) for ref in refs])
    desk = Desk(store)
    desk.decided(refs[0], "confirmed")
    desk.decided(refs[0], "rejected", 3)
    desk.decided(refs[1], "unsure")
    found = values(card(store), "huggingface")
    assert (found["confirmed"], found["rejected"], found["unjudged"]) == (0, 1, 2)


def test_the_severity_is_chosen(hubs):
    found = scorecard.build(hubs, POLICIES, BASES, Wanted(NOW, Severity.INFO))
    assert values(found, "huggingface")["flagged"] == 11
    assert found.row("flagged").title == "Flagged info or above"
    assert values(scorecard.build(hubs, POLICIES, BASES, Wanted(NOW, Severity.CRITICAL)), "huggingface")["flagged"] == 0


def test_hubs_are_chosen_and_stand_in_the_order_given(hubs):
    found = card(hubs, hubs=("github", "civitai"))
    assert (found.hubs, found.titles) == (("github", "civitai"), ("GitHub", "Civitai"))
    with pytest.raises(UsageError, match=r"nothing of civita was ever looked at.*civitai"):
        card(hubs, hubs=("civita",))


def test_only_the_restricted_edition_names_anybody(hubs):
    assert card(hubs).named == ()
    named = {(one.repo, one.why) for one in card(hubs, "restricted").named}
    assert ("huggingface:model:maker/model-4", "written about, up") in named
    assert ("huggingface:model:maker/model-6", "written about, refused") in named
    assert not any("model-2" in repo for repo, _ in named)
    assert all(one.hub == "civitai" for one in card(hubs, "restricted", ("civitai",)).named)


def test_a_part_that_everybody_shares_is_no_copy(sqlite_url, ticking):
    weights = [{"rfilename": "model.safetensors", "lfs": {"sha256": made.DIGEST, "size": 90000}, "size": 90000}]
    for people, expected in ((4, 3), (25, 0)):
        with Store.open(f"{sqlite_url}-{people}", ticking) as store:
            names = [f"maker-{number}/model" for number in range(people)]
            records = [hugging(name, author=name.partition("/")[0], siblings=weights) for name in names]
            kept(store, records, [finding(hf(names[0]))])
            Desk(store).decided(hf(names[0]))
            assert values(card(store), "huggingface")["reuploaded"] == expected
