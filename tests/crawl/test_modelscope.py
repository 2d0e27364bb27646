"""ModelScope over the network: lists that end at 3,000, cards and file hashes, two sites."""

import pytest

from hubscan.errors import UsageError
from hubscan.http import Budget
from hubscan.hubs import base
from hubscan.records import StoredRecord
from hubscan.replay import Fault as Bad
from hubscan.replay import faults as bad

HUB = base.connector("modelscope")
SHA = "ab" * 32
FRONT = "---\nlicense: mit\nbase_model: o/base\nbase_model_relation: adapter\n---\n"
CARD = f"{FRONT}# Quiet\n\nAn uncensored model that never refuses."


def model(number, owner="o", card=CARD, hub="modelscope", **native):
    native = {
        "id": f"{owner}/m{number}",
        "display_name": f"Model {number}",
        "tags": ["LoRA"],
        "tasks": ["text-to-image-synthesis"],
        "downloads": number,
        "likes": 1,
        "last_modified": f"2026-01-{number % 28 + 1:02}T00:00:00Z",
        "created_at": "2026-01-01T00:00:00Z",
        "Files": [{"Path": "w.safetensors", "Size": 9, "Sha256": SHA, "Type": "blob"}, {"Path": "d", "Type": "tree"}],
        **native,
    }
    return StoredRecord(hub, "model", native, card)


@pytest.fixture
def scope(crawl):
    return lambda server, of=HUB, **plan: crawl(server, of=of, **{"page_size": 2, **plan})


def test_a_list_is_read_by_page_and_each_card_with_its_files(hub, scope, store):
    server = hub([model(n) for n in range(1, 6)])
    done = scope(server)
    records = [base.parse(stored) for stored in store.stored()]
    assert (done.coverage.listed, done.coverage.read, done.coverage.cards, done.coverage.complete) == (5, 5, 5, True)
    assert {record.files[0].sha256 for record in records} == {SHA}
    assert {len(record.files) for record in records} == {1}, "a folder is no file"
    assert {(record.license, record.base_models[0].name, record.base_models[0].relation) for record in records} == {
        ("mit", "o/base", "adapter")
    }
    assert done.requests["listing"]["requests"] == 3
    assert (done.requests["card"]["requests"], done.requests["info"]["requests"]) == (5, 5)
    assert ("o/m3", "safeguard-removal/language-model") in done.rules


def test_what_came_with_the_card_stays_while_nothing_changes(hub, scope, store):
    server = hub([model(1), model(2)])
    first = scope(server)
    again = scope(server)
    assert again.coverage.unchanged == 2
    assert again.rules == first.rules
    assert "card" not in again.requests
    assert all(base.parse(stored).files for stored in store.stored())


def test_what_changed_is_read_and_the_rest_is_not(hub, scope):
    server = hub([model(n) for n in range(1, 6)])
    scope(server)
    server.catalog.put([model(2, last_modified="2099-01-01T00:00:00Z", card="# Plain")])
    done = scope(server, since_last=True)
    assert done.coverage.read == 1
    assert done.requests["card"]["requests"] == 1
    assert all("sort=last_modified" in target for target in done.asked if "page_number" in target)


def test_a_list_that_the_hub_ends_is_incomplete_and_calls_nothing_gone(hub, scope):
    server = hub([model(n, card=None, owner=f"o{n % 40}") for n in range(3_060)])
    done = scope(server, cards="none", page_size=100)
    assert (done.coverage.listed, done.coverage.complete, done.errors) == (3_000, False, ["list_capped"])
    assert "has 3,060 of these and lists the first 3,000" in done.tally.errors[0].message
    assert sum("page_number" in target for target in done.asked) == 60
    part = scope(server, cards="none", author="o3", page_size=100)
    assert (part.coverage.complete, part.coverage.listed) == (True, 77)


@pytest.mark.parametrize("requests", [1, 2, 4, 7])
def test_it_goes_on_after_any_stop(hub, scope, kept, requests):
    server = hub([model(n) for n in range(1, 6)])
    assert scope(server, budget=Budget(requests=requests)).stopped
    done = scope(server)
    assert (done.resumed, done.coverage.complete, len(kept())) == (True, True, 5)
    listed = [seen.target for seen in server.requests if "page_number" in seen.target]
    assert len(listed) == len(set(listed)) == 3


def test_by_name(hub, scope, kept):
    done = scope(hub([model(1)]), repos=("o/m1", "o/none", "../x", "o"))
    assert list(kept()) == ["o/m1"]
    assert done.skips == {("o/none", "vanished")}
    assert done.errors == ["odd-name", "odd-name"]


def test_a_card_that_is_kept_back_costs_nothing_else(hub, scope, kept):
    done = scope(hub([model(1), model(2)], faults=[Bad("/api/v1/models/o/m1$", bad.status(403))]))
    assert done.skips == {("o/m1", "forbidden")}
    assert {name: card is not None for name, (_, card) in kept().items()} == {"o/m1": False, "o/m2": True}


def test_files_cut_without_a_word_are_said_to_be_cut(hub, scope, store):
    files = [{"Path": f"f{n}", "Size": 1} for n in range(3_001)]
    scope(hub([model(1, Files=files)]))
    (record,) = map(base.parse, store.stored())
    assert (len(record.files), record.flags["files cut"]) == (3_000, True)


def test_the_two_sites_are_two_hubs(hub, scope, store):
    other = base.connector("modelscope_ai")
    scope(hub([model(1)]))
    scope(hub([model(1, hub="modelscope_ai")]), of=other)
    urls = {base.parse(stored).url for stored in store.stored()}
    assert urls == {"https://modelscope.cn/models/o/m1", "https://www.modelscope.ai/models/o/m1"}
    assert (HUB.account(None).endpoint, other.account(None).endpoint) == (
        "https://modelscope.cn",
        "https://www.modelscope.ai",
    )


@pytest.mark.parametrize("plan", [{"hashes": (SHA,)}, {"reports": True}])
def test_what_it_cannot_do_is_refused(hub, scope, plan):
    with pytest.raises(UsageError, match="ModelScope: it"):
        scope(hub([]), **plan)


def test_the_older_object_of_a_dump_is_read_too():
    native = {
        "Path": "o",
        "Name": "m",
        "Tags": ["x"],
        "Tasks": [{"Name": "t"}],
        "License": "mit",
        "Downloads": 3,
        "Stars": 2,
        "CreatedTime": 1767225600,
        "LastUpdatedTime": 10**30,
        "Description": "words",
    }
    record = base.parse(StoredRecord("modelscope", "model", native))
    assert (record.ref.repo_id, record.tags, record.pipeline, record.license) == ("o/m", ("x",), "t", "mit")
    assert (record.downloads, record.likes, record.created_at) == (3, 2, "2026-01-01T00:00:00Z")
    assert (record.updated_at, record.malformed) == (None, ("LastUpdatedTime",))
