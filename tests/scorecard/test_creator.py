"""A creator's view: whose models, what was made from them on each hub, and what to ask whom."""

import pytest

from hubscan.errors import UsageError
from hubscan.policies import Visibility
from hubscan.store import Store
from tests.scorecard import made
from tests.scorecard.made import SD15, Desk, card, civ, civitai, finding, hf, hugging, kept


@pytest.fixture
def store(sqlite_url, ticking):
    with Store.open(sqlite_url, ticking) as opened:
        yield opened


@pytest.fixture
def hubs(store):
    made.two_hubs(store)
    return store


def value(found, key: str, hub: str) -> object:
    return found.row(key).values[found.hubs.index(hub)].value


NAMES = [
    (SD15, "a repo"),
    (f"huggingface:{SD15}", "hub:id"),
    (f"huggingface:model:{SD15}", "hub:kind:id"),
    ("SD 1.5", "a hub's label"),
    ("stable-diffusion-1.5", "an id on file"),
    ("stable diffusion 1.5", "a title"),
    ("Stable Diffusion 1", "a family"),
    ("stable-diffusion", "a family, by the start of its ids"),
    ("historical", "a whole set"),
]


@pytest.mark.parametrize("model", [name for name, _ in NAMES], ids=[why for _, why in NAMES])
def test_a_model_goes_by_many_names(hubs, model):
    found = card(hubs, creator=model)
    assert found.hubs == ("civitai", "huggingface")
    assert (value(found, "derivatives", "civitai"), value(found, "derivatives", "huggingface")) == (2, 12)
    titles = [version.title for version in found.creator.versions]
    assert "Stable Diffusion 1.5" in titles


UNKNOWN = [
    ("Stable Difusion 1.5", "Near: Stable Diffusion 1.5"),
    ("maker/modle-1", "maker/model-1"),
    ("nobody/has-this-at-all", "Scan its hub first"),
]


@pytest.mark.parametrize(("model", "told"), UNKNOWN)
def test_an_unknown_model_is_told_with_what_is_near(hubs, model, told):
    with pytest.raises(UsageError) as caught:
        card(hubs, creator=model)
    assert f"nothing stored is called {model!r} or was made from it" in str(caught.value)
    assert told in str(caught.value)


def test_a_name_of_several_must_be_made_plain(store):
    same = "maker/twin"
    records = [hugging(same), type(hugging(same))("modelscope", "model", {"Path": "maker", "Name": "twin"}, "Text.")]
    kept(store, records)
    with pytest.raises(UsageError, match=r"may be several.*huggingface:model:maker/twin"):
        card(store, creator=same)
    assert card(store, creator=f"huggingface:{same}").creator.model == f"huggingface:model:{same}"


def test_a_base_on_file_of_which_nothing_is_stored_is_unknown(store):
    kept(store, [hugging("a/a")])
    with pytest.raises(UsageError, match="nothing stored is called 'Stable Diffusion 1'"):
        card(store, creator="Stable Diffusion 1")


def test_only_the_lineage_is_counted(hubs):
    kept(hubs, [hugging("other/model")], [finding(hf("other/model"))])
    whole, own = card(hubs), card(hubs, creator="SD 1.5")
    assert (value(whole, "flagged", "huggingface"), value(own, "flagged", "huggingface")) == (11, 10)
    assert (value(whole, "flagged", "civitai"), value(own, "flagged", "civitai")) == (2, 1)
    assert (value(own, "noticed", "huggingface"), value(own, "noticed", "civitai")) == (8, 0)
    assert value(own, "acted", "civitai") is None
    assert own.row("time_to_action").values[1] == whole.row("time_to_action").values[1]


def test_lineage_goes_down_any_number_of_steps_and_names_what_nobody_read(store):
    chain = [("a/child", SD15), ("a/grandchild", "a/child"), ("a/orphan", "b/unread"), ("a/further", "a/orphan")]
    kept(store, [hugging(name, cardData={"base_model": parent}) for name, parent in chain])
    kept(store, [hugging("a/link", cardData={"base_model": "b/middle"})])
    found = card(store, creator=SD15)
    assert value(found, "derivatives", "huggingface") == 2
    of_unread = card(store, creator="b/unread")
    assert value(of_unread, "derivatives", "huggingface") == 2
    kept(
        store, [hugging("a/child", cardData={"base_model": [SD15]}), hugging("c/c", cardData={"base_model": "a/child"})]
    )
    assert value(card(store, creator=SD15), "derivatives", "huggingface") == 3


def test_versions_are_up_gone_or_unknown_by_hub(hubs):
    versions = {one.title: one for one in card(hubs, creator="Stable Diffusion 1").creator.versions}
    found = versions["Stable Diffusion 1.5"]
    assert (found.status, found.since, found.days) == ("deprecated", "2023-12-20", 802)
    assert [one.value for one in found.up] == [None, 1]
    assert [one.value for one in versions["Stable Diffusion 1.4"].up] == [None, None]
    assert all(one.note for one in versions["Stable Diffusion 1.4"].up)


def test_what_to_ask_goes_by_the_hubs_own_channel(hubs):
    asked = card(hubs, creator="SD 1.5").creator.requests
    version = next(one for one in asked if one.about == "a historical version")
    assert (version.hub, version.visibility, version.reasons) == (
        "huggingface",
        Visibility.PUBLIC,
        ("Ethical issue(s) (ethical-issue)",),
    )
    assert "1 repository that holds Stable Diffusion 1.5" in version.ask
    assert any("is public" in warning for warning in version.warnings)
    likeness = next(one for one in asked if one.hub == "civitai" and one.channel)
    assert (likeness.channel, likeness.visibility) == ("Report menu on the model page", Visibility.PRIVATE)
    assert likeness.ask.startswith("1 derivative is confirmed by a person as marked for reproducing the look")
    assert all("onsider" in one.ask for one in asked)


def test_what_is_unknown_of_a_hub_is_a_question_to_it(hubs):
    found = card(hubs, creator="SD 1.5")
    for place, hub in enumerate(found.hubs):
        unknown = [one.recommendation.id for one in found.answered if one.answers[place].standing == "unknown"]
        assert [one.about for one in found.creator.requests if one.hub == hub and one.about[0] == "H"] == unknown


def test_a_child_safety_case_is_kept_off_a_public_channel(store):
    kept(store, [hugging("a/a", cardData={"base_model": SD15})], [finding(hf("a/a"), "csae")])
    Desk(store).decided(hf("a/a"))
    asked = next(one for one in card(store, creator=SD15).creator.requests if one.about == "confirmed derivatives")
    assert "no notice in a child-safety case goes this way" in " ".join(asked.warnings)


def test_what_was_removed_is_not_asked_for_again(store):
    kept(store, [civitai(1, "One", "SD 1.5")], [finding(civ(1))])
    desk = Desk(store)
    desk.sent(civ(1))
    before = [one.about for one in card(store, creator="SD 1.5").creator.requests]
    desk.acted(civ(1), "removed", 5)
    after = [one.about for one in card(store, creator="SD 1.5").creator.requests]
    assert ("confirmed derivatives" in before, "confirmed derivatives" in after) == (True, False)


def test_a_hub_without_a_channel_on_file_says_so(store):
    kept(store, [hugging("a/a", cardData={"base_model": SD15})])
    found = card(store, hubs=("ollama",), creator=SD15)
    assert found.hubs == ("ollama",)
    assert value(found, "derivatives", "ollama") is None
    assert all(one.channel == "" for one in found.creator.requests)
