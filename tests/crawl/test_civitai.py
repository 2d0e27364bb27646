"""Civitai over the network: both lists, by id, by account, by hash, and what no list shows."""

import hashlib
import json
from dataclasses import replace

import pytest

from hubscan.crawl import StopSign
from hubscan.errors import UsageError
from hubscan.http import Budget, FileRecorder
from hubscan.http.recording import load
from hubscan.hubs import base
from hubscan.records import StoredRecord
from hubscan.replay import Fault as Bad
from hubscan.replay import faults as bad

HUB = base.connector("civitai")
PICTURE = "https://image.invalid/x/original=true/1.jpeg"


def sha(number):
    return hashlib.sha256(str(number).encode()).hexdigest()


def model(number, user="ann", **native):
    file = {"name": f"{number}.safetensors", "sizeKB": 2.5, "hashes": {"SHA256": sha(number).upper(), "AutoV2": "AB"}}
    version = {
        "id": number * 10,
        "name": "v1",
        "baseModel": "SD 1.5",
        "publishedAt": f"2026-01-{number:02}T00:00:00.000Z",
        "trainedWords": ["word"],
        "files": [file],
        "images": [{"url": PICTURE, "nsfwLevel": 1}],
    }
    native = {
        "id": number,
        "name": f"Model {number}",
        "description": f'<p>x</p><img src="{PICTURE}">',
        "nsfwLevel": 1,
        "stats": None,
        "creator": {"username": user, "image": PICTURE},
        "modelVersions": [version],
        **native,
    }
    return StoredRecord("civitai", "model", native)


@pytest.fixture
def models():
    """Seven for everybody, one of them marked minor; two adult; one marked as a real person."""
    plain = [model(n, "ann" if n % 2 else "bob") for n in range(1, 7)]
    return [*plain, model(7, minor=True), model(8, nsfwLevel=16), model(9, "bob", nsfwLevel=28), model(10, poi=True)]


@pytest.fixture
def civitai(crawl):
    return lambda server, **plan: crawl(server, of=HUB, **{"page_size": 2, **plan})


def ids(kept):
    return sorted(kept())


def listings(done):
    return [target for target in done.asked if target.startswith("/api/v1/models?")]


def test_both_lists_are_read_each_model_once_and_no_picture_is_kept(hub, civitai, store, models):
    server = hub(models)
    done = civitai(server)
    kept = {record.native["id"]: record for record in store.stored()}
    assert sorted(kept) == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert (done.coverage.listed, done.coverage.read, done.coverage.cards, done.coverage.complete) == (9, 9, 9, True)
    assert {("nsfw=true" in target) for target in listings(done)} == {True, False}
    assert "invalid" not in json.dumps([record.native for record in kept.values()])
    assert done.requests["listing"]["requests"] == len(listings(done))
    assert done.errors == []


@pytest.mark.parametrize("requests", range(1, 8))
def test_it_goes_on_in_either_list_after_any_stop(hub, civitai, kept, models, requests):
    server = hub(models)
    assert civitai(server, budget=Budget(requests=requests)).stopped.reason == "requests"
    done = civitai(server)
    assert done.resumed
    assert (ids(kept), done.coverage.complete) == (list(range(1, 10)), True)
    asked = [seen.target for seen in server.requests if "/models?" in seen.target]
    assert len(asked) == len(set(asked)), "no page twice"


def test_what_changed_is_found_in_both_lists_without_reading_them_whole(hub, civitai, models):
    server = hub(models)
    civitai(server)
    new = {"modelVersions": [{"id": 1, "publishedAt": "2099-01-01T00:00:00.000Z", "name": "v2"}]}
    server.catalog.put([replace(one, native={**one.native, **new}) for one in (models[1], models[8])])
    done = civitai(server, since_last=True)
    assert done.coverage.read == 2
    assert len(listings(done)) == 4, "of each list the first page and the one that is all old"
    assert all("sort=Newest" in target for target in listings(done))


def test_a_sweep_meets_what_changes_under_it(hub, crawl, kept, models):
    server = hub(models[:6])
    crawl(server, of=HUB, page_size=2, budget=Budget(requests=1))
    server.catalog.put([model(3, modelVersions=[{"id": 5, "publishedAt": "2027-01-01T00:00:00.000Z"}])])
    crawl(server, of=HUB, page_size=2)
    assert ids(kept) == [1, 2, 3, 4, 5, 6]


def test_the_same_again_is_unchanged_until_a_word_of_it_changes(hub, civitai, models):
    server = hub(models)
    civitai(server)
    server.catalog.put([replace(models[0], native={**models[0].native, "stats": {"downloadCount": 5}})])
    assert civitai(server).coverage.unchanged == 9, "a count is no change"
    server.catalog.put([replace(models[0], native={**models[0].native, "description": "<p>y</p>"})])
    assert civitai(server).coverage.unchanged == 8


def test_an_account_is_compared_with_its_own_count(hub, civitai, models):
    done = civitai(hub(models), author="ann")
    assert done.coverage.read == 5
    assert done.gaps[0] == "The hub counts 6 repos of this account; its lists showed 5."
    assert done.coverage.complete, "the lists were read whole: what they hide, no second try would show"


def test_all_accounts_are_compared_after_a_sweep(hub, civitai, models):
    done = civitai(hub(models))
    assert done.gaps[0] == (
        "By the hub's own counts, 1 of 2 accounts have more than its lists showed: 1 repo that no list showed."
    )
    assert "ann" not in " ".join(done.gaps)


def test_counts_that_cannot_be_read_are_said_and_cost_nothing(hub, civitai, models):
    done = civitai(hub(models, faults=[Bad("/creators", bad.status(500))]), settings={"tries": 2})
    assert done.gaps[0] == "The hub's own counts were not read to their end: server."
    assert (done.coverage.read, done.coverage.complete) == (9, True)


def test_counts_past_the_deepest_page_are_not_asked_for_again(hub, civitai):
    server = hub([model(n, f"user{n:04}") for n in range(1, 9)])
    many = {"items": [{"username": "x", "modelCount": 1}], "metadata": {"totalPages": 9}}
    server.faults += [Bad("/creators", bad.body(json.dumps(many).encode())), Bad("page=6", bad.status(429))]
    done = civitai(server)
    pages = [target for target in done.asked if "/creators" in target]
    assert len(pages) == 6, "1,000 accounts and one question that is refused for ever"
    assert "rate_limited" in done.gaps[1]


@pytest.mark.parametrize("plan", [{"limit": 2}, {"tag": "x"}, {"since": "2026-01-01T00:00:00Z"}, {"repos": ("1",)}])
def test_a_part_of_the_hub_is_compared_with_nothing(hub, civitai, models, plan):
    assert not any("/creators" in target for target in civitai(hub(models), **plan).asked)


def test_by_id_also_what_lists_hide(hub, civitai, kept, models):
    done = civitai(hub([*models, model(11, minor=True, nsfwLevel=16)]), repos=("11", "10", "999", "a/b"))
    assert ids(kept) == [11]
    assert done.skips == {("10", "vanished"), ("999", "vanished")}
    assert done.errors == ["odd-name"]


def test_by_hash_and_what_the_hub_keeps_back(hub, civitai, kept, models):
    wanted = (sha(3), sha(10), sha(77))
    server = hub(models)
    done = civitai(server, hashes=wanted)
    assert ids(kept) == [3]
    assert done.skips == {("10", "withheld")}, "the look-up names it, so it is not gone"
    assert done.requests["hash"]["requests"] == 1
    assert not done.delta.gone


def test_ten_thousand_hashes_a_call_and_it_goes_on_after_a_stop(hub, civitai, kept, models):
    server = hub(models)
    wanted = (*(sha(n) for n in range(1, 10)), *(sha(f"none {n}") for n in range(20_000)))
    assert civitai(server, hashes=wanted, budget=Budget(requests=5)).stopped
    done = civitai(server, hashes=wanted)
    assert done.resumed
    assert ids(kept) == list(range(1, 10))
    asked = [seen.target for seen in server.requests if seen.target.startswith("/api/v1/models/")]
    assert len(asked) == len(set(asked)) == 9
    assert sum(seen.target.endswith("/by-hash/ids") for seen in server.requests) == 6, "three calls, twice"


def test_empty_pages_with_a_next_cursor_are_gone_past(hub, civitai, kept, models):
    def emptied(_, answer):
        page = json.loads(answer.body) | {"items": []}
        return replace(answer, body=json.dumps(page).encode())

    server = hub(models[:6], faults=[Bad("nsfw=true", emptied), Bad("models[?].*cursor=", emptied, 2)])
    done = civitai(server)
    assert done.errors == []
    assert ids(kept) == [1, 2], "the items of two pages were filtered away; the list was read to its end"
    assert done.coverage.complete


def test_the_next_page_is_asked_for_here_whatever_host_it_names(hub, civitai, kept, models):
    def elsewhere(_, answer):
        page = json.loads(answer.body)
        cursor = page["metadata"].pop("nextCursor", None)
        if cursor:
            page["metadata"]["nextPage"] = f"https://civitai.invalid/api/v1/models?limit=2&cursor={cursor}"
        return replace(answer, body=json.dumps(page).encode())

    done = civitai(hub(models, faults=[Bad("/models[?]", elsewhere)]))
    assert (ids(kept), done.errors) == (list(range(1, 10)), [])


def test_a_wait_that_never_ends_ends_the_run_and_is_taken_up(hub, civitai, kept, models):
    server = hub(models, faults=[Bad("cursor=", bad.status(429))])
    done = civitai(server)
    assert (done.stopped.reason, done.coverage.complete) == ("quota", False)
    server.faults.clear()
    again = civitai(server)
    assert (again.resumed, again.coverage.complete, ids(kept)) == (True, True, list(range(1, 10)))


def test_a_model_taken_down_is_read_and_is_no_gap(hub, civitai, kept):
    done = civitai(hub([model(1, mode="TakenDown"), model(2, mode="Archived")]))
    assert ids(kept) == [1, 2]
    assert done.skips == set()


def test_from_where_it_was_read_is_said_and_never_guessed(hub, civitai, models):
    server = hub(models)
    assert civitai(server).gaps[-1].startswith("From which country the hub was read is not stated")
    elsewhere = civitai(server, vantage="Germany")
    assert elsewhere.gaps[-1] == (
        "The hub was read from Germany, as the operator says; elsewhere it may show more or less."
    )
    assert elsewhere.delta.gone == (), "another vantage is another scope: what is not seen there is not gone"


def test_reports_are_refused_with_the_reason(hub, civitai):
    with pytest.raises(UsageError, match="shows nobody what was reported"):
        civitai(hub([]), reports=True)


@pytest.mark.parametrize(
    ("endpoint", "place", "token"),
    [
        (None, "https://civitai.com", "own"),
        ("https://civitai.red/", "https://civitai.red", "own"),
        ("http://127.0.0.1:1", "http://127.0.0.1:1", "other"),
    ],
)
def test_a_token_belongs_to_its_place(monkeypatch, endpoint, place, token):
    monkeypatch.setenv("HUBSCAN_CIVITAI_TOKEN", "own")
    monkeypatch.setenv("HUBSCAN_TOKEN", "other")
    account = HUB.account(endpoint)
    assert (account.endpoint, account.token) == (place, token)


def test_a_recording_holds_no_picture_address(hub, civitai, models, tmp_path):
    server = hub(models)
    recorder = FileRecorder(tmp_path, server.url, None, lambda value: base.scrubbed(HUB, value))
    civitai(server, recorder=recorder)
    assert "invalid" not in (tmp_path / "replies.jsonl").read_text()
    assert len(load(tmp_path)) == len(server.requests)


def test_an_interrupted_run_says_so(hub, civitai, models):
    sign = StopSign()
    sign.put_up()
    assert civitai(hub(models), sign=sign).stopped.reason == "interrupted"
