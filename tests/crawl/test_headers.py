"""Headers in a crawl: what is asked, what never is, what is kept, and what is not asked twice."""

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy
import pytest
from safetensors.numpy import save

from hubscan import dumps, scan
from hubscan.crawl import Headers, Plan, check_fit
from hubscan.engine.load import Rulebook
from hubscan.engine.match import Matcher
from hubscan.errors import UsageError
from hubscan.http import Budget
from hubscan.hubs import base
from hubscan.replay import Fault as Bad
from hubscan.replay import faults as bad
from hubscan.store import Store
from tests.headers.made import TENSOR_DATA, gguf, metadata, text_pair

from .conftest import HUB, changed

DATA = Path(os.environ.get("HUBSCAN_DATA", "../shared/data"))
QUIET = {"ss_output_name": "quiet"}
CAPTIONS = {"ss_tag_frequency": json.dumps({"1_a": {"nsfw": 30, "underage": 30}})}
PICTURE = "data:image/jpeg;base64,/9j/" + "A" * 64
MADE = {"modelspec.title": "Mill", "modelspec.thumbnail": PICTURE, "ssmd_cover_images": f'["{"B" * 64}"]'}
HEADERS = {"cards": "all", "headers": "files"}


def of_headers(asked):
    return [target for target in asked if "/resolve/" in target and not target.endswith("README.md")]


@pytest.fixture
def serving(hub, adapters):
    """Serve repos whose files hold these headers and tensors behind them, up to the size of weights."""

    def start(files, **native):
        records, heads = adapters(files, **native)
        server = hub(records)
        server.catalog.files.update({key: head + TENSOR_DATA for key, head in heads.items()})
        return server

    return start


def stored(store, name="o/r"):
    return next(record for record in store.stored() if record.native["id"] == name)


def test_headers_are_read_kept_and_judged(serving, crawl, store):
    files = {"a.safetensors": metadata(QUIET | CAPTIONS), "b.gguf": gguf(text_pair("general.name", "quiet"))}
    server = serving({"o/r": files})
    done = crawl(server, **HEADERS)
    assert ("o/r", "csae/labels") in done.rules
    assert done.coverage.complete
    assert stored(store).headers["a.safetensors"] == QUIET | CAPTIONS
    assert done.skips == {("o/r", "headers_withheld")}, "what the first file says keeps the second from being read"
    assert not any(target.endswith("b.gguf") for target in done.asked)


def test_not_one_byte_of_a_tensor_is_read(serving, crawl):
    files = {f"{name}_lora.safetensors": metadata(QUIET | {"k": name * 300}) for name in "abc"}
    files["d.gguf"] = gguf(text_pair("general.name", "quiet"), tensors=2) + b"\1" * 48
    server = serving({"o/r": files, "o/s": files})
    done = crawl(server, **HEADERS)
    seen = [one for one in server.requests if one.target in of_headers(done.asked)]
    for one in seen:
        first, last = map(int, one.headers["range"].removeprefix("bytes=").split("-"))
        assert last < len(files[one.target.rpartition("/")[2]]), "never behind the header"
        assert (one.status, one.sent) == (206, last - first + 1)
    sent = sum(one.sent for one in seen)
    assert done.requests["header"] == {"requests": len(seen), "bytes": sent, "failed": 0}
    assert sent <= 2 * sum(map(len, files.values())), "of 64 MiB"
    assert all("range" not in one.headers for one in server.requests if one not in seen)


FLAGGED = [
    # (where the marking stands, the listing, the card)
    ("the tags", {"tags": ["nsfw", "underage"]}, None),
    ("the card", {}, "Rating nsfw, subjects underage."),
    ("the front matter", {"cardData": {"instance_prompt": "nsfw underage"}}, None),
]


@pytest.mark.parametrize(("native", "card"), [row[1:] for row in FLAGGED], ids=[row[0] for row in FLAGGED])
def test_no_header_is_asked_for_where_a_csae_rule_has_flagged_the_text(serving, crawl, native, card):
    server = serving({"o/r": {"a.safetensors": metadata(QUIET)}}, **native)
    if card:
        shelf = server.catalog.shelf("huggingface", "model")
        shelf.put([replace(shelf.records["o/r"], card=card)])
    done = crawl(server, **HEADERS)
    assert any(rule.startswith("csae/") for _, rule in done.rules)
    assert of_headers(done.asked) == []
    assert "header" not in done.requests
    assert done.skips == {("o/r", "headers_withheld")}
    assert crawl(server, **HEADERS).requests.get("header") is None, "nor the next time"


def test_what_was_flagged_before_stays_unread_though_its_text_was_cleaned(serving, crawl):
    server = serving({"o/r": {"a.safetensors": metadata(QUIET)}}, tags=["nsfw", "underage"])
    assert ("o/r", "csae/labels") in crawl(server, cards="all").rules
    before = server.catalog.shelf("huggingface", "model").records["o/r"]
    server.catalog.put([changed(before, tags=["pytorch"])])
    done = crawl(server, **HEADERS)
    assert not any(rule.startswith("csae") for _, rule in done.rules)
    assert (of_headers(done.asked), done.skips) == ([], {("o/r", "headers_withheld")})


def test_it_is_read_once_a_whole_sweep_has_found_the_marking_gone(serving, crawl):
    server = serving({"o/r": {"a.safetensors": metadata(QUIET)}}, tags=["nsfw", "underage"])
    crawl(server, **HEADERS)
    before = server.catalog.shelf("huggingface", "model").records["o/r"]
    server.catalog.put([changed(before, tags=["pytorch"])])
    after = crawl(server, **HEADERS)
    assert (of_headers(after.asked), len(after.delta.gone)) == ([], 1)
    assert len(of_headers(crawl(server, **HEADERS).asked)) == 2


def test_no_header_is_asked_for_before_the_card_is_known(serving, crawl, store):
    server = serving({"o/r": {"a.safetensors": metadata(QUIET)}})
    server.faults.append(Bad("README", bad.status(500)))
    done = crawl(server, **HEADERS, settings={"tries": 2})
    assert (of_headers(done.asked), done.errors) == ([], ["server"])
    server.faults.clear()
    again = crawl(server, **HEADERS)
    assert next(target for target in again.asked if "resolve" in target).endswith("README.md")
    assert stored(store).headers == {"a.safetensors": QUIET}


def test_without_a_csae_rule_no_header_is_read(serving, crawl, rulebook):
    others = Matcher(Rulebook(tuple(pack for pack in rulebook.packs if pack.id != "csae"), rulebook.contexts))
    with pytest.raises(UsageError, match="csae"):
        crawl(serving({}), **HEADERS, by=others)


def test_headers_need_a_choice_of_repos(serving, crawl):
    with pytest.raises(UsageError, match="--cards none reads no card"):
        crawl(serving({}), cards="none", headers="files")


def test_pictures_are_dropped_before_anything_is_kept(serving, crawl, store):
    server = serving({"o/r": {"a.safetensors": metadata(MADE)}})
    crawl(server, **HEADERS)
    assert stored(store).headers == {"a.safetensors": {"modelspec.title": "Mill"}}


def test_a_file_written_by_the_library_is_read_at_its_head_alone(serving, crawl, store):
    whole = save({"w": numpy.full((64, 1024), 0xEE, dtype="uint8")}, metadata=MADE | QUIET)
    length = 8 + int.from_bytes(whole[:8], "little")
    server = serving({"o/r": {"a.safetensors": whole}})
    done = crawl(server, **HEADERS)
    assert stored(store).headers == {"a.safetensors": {"modelspec.title": "Mill"} | QUIET}
    assert done.requests["header"]["bytes"] == length < len(whole) - 64_000
    assert sum(seen.sent for seen in server.requests if "range" in seen.headers) == length


@pytest.mark.parametrize(
    ("name", "said"), [("ggml-vocab-bert-bge.gguf", "bert-bge"), ("ggml-vocab-phi-3.gguf", "Phi3")]
)
def test_real_files_are_read_over_the_network(serving, crawl, store, name, said):
    if not (DATA / name).exists():
        pytest.skip(f"no {DATA / name}: set HUBSCAN_DATA")
    whole = (DATA / name).read_bytes()
    done = crawl(serving({"o/r": {name: whole}}), **HEADERS)
    assert done.errors == []
    assert stored(store).headers[name]["general.name"] == said
    assert done.requests["header"]["bytes"] < len(whole), "numbers in the vocabulary are passed over"


def test_headers_go_into_a_dump_and_come_back(serving, crawl, store, matcher, tmp_path):
    server = serving({"o/r": {"a.safetensors": metadata(QUIET), "b_lora.safetensors": metadata(MADE)}})
    done = crawl(server, **HEADERS)
    judged = [(stored(store), base.parse(stored(store)), ())]
    with dumps.Writer(tmp_path / "hub.jsonl.zst") as dump:
        list(scan.save(judged, dump))
    (back,) = dumps.read([tmp_path / "hub.jsonl.zst"])
    assert back.headers == {"a.safetensors": QUIET, "b_lora.safetensors": {"modelspec.title": "Mill"}}
    found = {(finding.ref.repo_id, finding.rule.id) for finding in matcher.match(base.parse(back))}
    assert found == done.rules


def test_what_is_known_of_a_version_is_not_asked_again(serving, crawl, store):
    server = serving({"o/r": {"a.safetensors": metadata(QUIET), "b.safetensors": metadata({})}})
    assert len(of_headers(crawl(server, **HEADERS).asked)) == 4
    assert stored(store).headers == {"a.safetensors": QUIET, "b.safetensors": {}}, "read, and nothing in it"
    again = crawl(server, **HEADERS)
    assert (of_headers(again.asked), again.coverage.unchanged) == ([], 1)
    assert len(crawl(server, **HEADERS, since_last=True, all=False).asked) == 1
    before = server.catalog.shelf("huggingface", "model").records["o/r"]
    server.catalog.files["o/r", "a.safetensors"] = metadata({"ss_output_name": "loud"}) + TENSOR_DATA
    server.catalog.put([changed(before)])
    assert len(of_headers(crawl(server, **HEADERS).asked)) == 4
    assert stored(store).headers["a.safetensors"] == {"ss_output_name": "loud"}


def test_headers_from_a_dump_are_those_of_its_version(serving, crawl, store, matcher):
    server = serving({"o/r": {"a.safetensors": metadata(QUIET)}})
    before = server.catalog.shelf("huggingface", "model").records["o/r"]
    dumped = replace(before, headers={"a.safetensors": {"ss_output_name": "old"}})
    run = store.start_run("dump x", "dump x", {}, [], "0")
    list(scan.keep(scan.judge([dumped], matcher, scan.Tally()), store, run))
    assert of_headers(crawl(server, **HEADERS).asked) == []
    server.catalog.put([changed(before)])
    assert of_headers(crawl(server, cards="all").asked) == []
    assert len(of_headers(crawl(server, **HEADERS).asked)) == 2
    assert stored(store).headers == {"a.safetensors": QUIET}


def test_a_run_without_headers_loses_none_and_no_finding(serving, crawl, store):
    server = serving({"o/r": {"a.safetensors": metadata(CAPTIONS)}})
    whole = crawl(server, **HEADERS)
    bare = crawl(server, cards="all")
    assert bare.rules == whole.rules
    before = server.catalog.shelf("huggingface", "model").records["o/r"]
    server.catalog.put([changed(before)])
    after = crawl(server, cards="none")
    assert ("o/r", "csae/labels") in after.rules, "its file was not looked at again, so nothing says that it is gone"
    assert {why for _, why in after.skips} == {"card_outdated"}
    assert stored(store).headers == {"a.safetensors": CAPTIONS}
    crawl(server, cards="all")
    after = crawl(server, cards="all")
    assert {why for _, why in after.skips} == {"headers_outdated"}
    assert ("o/r", "csae/labels") in after.rules


def test_a_repo_without_a_card_has_headers_all_the_same(serving, crawl):
    siblings = [{"rfilename": "a_lora.safetensors", "size": 9}]
    server = serving({"o/r": {"a_lora.safetensors": metadata(CAPTIONS)}}, siblings=siblings)
    done = crawl(server, **HEADERS)
    assert [target.rpartition("/")[2] for target in done.asked if "resolve" in target] == ["a_lora.safetensors"] * 2
    assert ("o/r", "csae/labels") in done.rules
    assert ("o/r", "csae/labels") in crawl(server, cards="none").rules
    assert of_headers(crawl(server, **HEADERS).asked) == []


def test_a_candidate_is_what_list_fields_make_one(serving, crawl):
    files = {"o/r": {"a_lora.safetensors": metadata(QUIET)}}
    plain = {"cardData": {"license": "mit"}, "tags": ["license:mit"]}
    assert crawl(serving(files, **plain), cards="candidates", headers="files").requests.get("header") is None
    makes = serving(files, **plain, pipeline_tag="text-to-image")
    assert crawl(makes, cards="candidates", headers="files").requests["header"]["requests"] == 2


@pytest.mark.parametrize("spent", [2, 3, 4, 5])
def test_a_spent_budget_goes_on_at_the_next_file(serving, crawl, store, spent):
    files = {f"{name}.safetensors": metadata({"k": name}) for name in "abcd"}
    server, parts = serving({"o/r": files, "o/s": files}), []
    while not parts or parts[-1].stopped:
        parts.append(crawl(server, **HEADERS, budget=Budget(requests=spent), jobs=1))
        assert len(parts) < 40
    assert parts[-1].coverage.complete
    assert stored(store).headers == stored(store, "o/s").headers == {name: {"k": name[0]} for name in files}
    asked = [(seen.target, seen.headers.get("range")) for seen in server.requests]
    assert len(asked) - len(set(asked)) <= len(parts), "at most what was under way: the length of one file"
    assert not any(one.endswith("README.md") and asked.count((one, None)) > 1 for one, _ in asked)
    assert sum(sums["requests"] for sums in parts[-1].requests.values()) == len(asked)


def test_a_stopped_crawl_is_the_same_on_every_database(serving, crawl, database_url):
    files = {f"{name}.safetensors": metadata({"k": name}) for name in "ab"}
    server = serving({"o/r": files})
    with Store.open(database_url) as at:
        first = crawl(server, **HEADERS, at=at, budget=Budget(requests=4), jobs=1)
        second = crawl(server, **HEADERS, at=at, jobs=1)
        assert (first.stopped.reason, second.resumed, second.coverage.complete) == ("requests", True, True)
        assert stored(at).headers == {"a.safetensors": {"k": "a"}, "b.safetensors": {"k": "b"}}
        assert of_headers(crawl(server, **HEADERS, at=at).asked) == []


def test_minutes_bound_headers_too(serving, crawl):
    server = serving({"o/r": {"a.safetensors": metadata(QUIET)}})
    server.faults.append(Bad("a.safetensors", bad.status(503, {"Retry-After": "61"})))
    assert crawl(server, **HEADERS, budget=Budget(minutes=1)).stopped.reason == "minutes"
    server.faults.clear()
    assert crawl(server, **HEADERS).coverage.complete


def test_what_the_hub_has_read_itself_costs_no_request(serving, crawl, store):
    told = {"architecture": "mill", "chat_template": "photo of ohwx man", "total": 7}
    server = serving({"o/r": {"a.gguf": b""}}, gguf=told)
    none = crawl(server, cards="none")
    assert "gguf" not in stored(store).native
    hub = crawl(server, cards="none", headers="hub")
    assert "expand=gguf" in hub.asked[0]
    assert len(hub.asked) == len(none.asked) == 1
    assert stored(store).native["gguf"] == told
    assert {rule for _, rule in hub.rules} - {rule for _, rule in none.rules} == {"likeness/instance-prompt"}
    (header,) = base.parse(stored(store)).headers
    assert header.values == {"general.architecture": "mill", "tokenizer.chat_template": "photo of ohwx man"}


def test_only_lists_of_models_are_asked_for_it(crawl, hub):
    done = crawl(hub([]), kinds=HUB.kinds, cards="none", headers="hub")
    assert ["gguf" in target for target in done.asked] == [True, False, False]


def test_a_single_repo_is_asked_for_it_too(serving, crawl):
    done = crawl(serving({"o/r": {}}, gguf={}), repos=("o/r",), cards="none", headers="hub")
    assert "expand=gguf" in done.asked[0]


def test_the_file_itself_says_more_than_the_hub(repo):
    told = {"chat_template": "hub", "architecture": "mill"}
    record = repo("o/r", gguf=told, headers={"a.gguf": {"general.name": "quiet"}})
    assert [header.file for header in base.parse(record).headers] == ["a.gguf"]
    assert base.parse(repo("o/r", gguf=told, headers={"a.safetensors": {}})).headers[1].file == "*.gguf"


@pytest.mark.parametrize("told", [None, {}, [], "x", {"architecture": 7}, {"chat_template": ["x"]}])
def test_what_the_hub_tells_in_another_shape_is_nothing(repo, told):
    assert base.parse(repo("o/r", gguf=told)).headers == ()


NAMES = [
    ("a b.safetensors", "/o/r/resolve/f00/a%20b.safetensors"),
    ("x/y.gguf", "/o/r/resolve/f00/x/y.gguf"),
    ("a?b#c.gguf", "/o/r/resolve/f00/a%3Fb%23c.gguf"),
    ("../../api/whoami-v2.gguf", None),
    ("x/./y.gguf", None),
    ("/y.gguf", None),
    ("x//y.gguf", None),
]


@pytest.mark.parametrize(("name", "path"), NAMES)
def test_a_file_has_one_address_or_none(name, path, repo):
    ref = base.parse(repo("o/r", sha="f00")).ref
    assert HUB.file_address("https://h", ref, name) == (path and f"https://h{path}")


def test_a_hub_that_is_no_source_of_headers_says_why():
    asked = Plan(kinds=("model",), all=True, headers=Headers.HUB)
    with pytest.raises(UsageError, match="counts as a download"):
        check_fit(asked, base.connector("civitai"))
    with pytest.raises(UsageError, match="does not know how"):
        check_fit(asked, base.connector("modelscope"))
    check_fit(asked, HUB)
