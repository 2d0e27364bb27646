"""Headers over a real socket: what is asked for, what never is, and what is said of a hub that misbehaves."""

import json

import pytest

from hubscan import remote_headers
from hubscan.engine.load import load
from hubscan.engine.match import Matcher
from hubscan.http import Client, MemoryLedger, Settings
from hubscan.hubs import base
from hubscan.records import FileEntry
from hubscan.remote_headers import WITHHELD, Caps, candidates
from hubscan.replay import Fault as Bad
from hubscan.replay import faults as bad
from tests.headers.made import TENSOR_DATA, gguf, metadata, safetensors, text_pair

CAPS = Caps()
WEIGHT = 8 * bad.MIB
PLAIN = {"ss_output_name": "quiet"}
MARKED = {"ss_tag_frequency": json.dumps({"1_a": {"nsfw": 30, "underage": 30}})}


@pytest.fixture(scope="module")
def match():
    return Matcher(load()).match


@pytest.fixture
def crawl(hub, repo, virtual, match):
    """Serve one repo with files of weight size, read their headers, and return what came, the server and the ledger."""

    def run(files, faults=(), caps=CAPS, **native):
        siblings = [{"rfilename": name, "size": WEIGHT} for name in files]
        stored = repo("o/r", siblings=siblings, **{"tags": [], **native})
        server, ledger = hub([stored], faults=faults), MemoryLedger()
        server.catalog.files.update({("o/r", name): head + TENSOR_DATA for name, head in files.items()})
        with Client(Settings(endpoint=server.url), ledger, clock=virtual.clock()) as client:
            came = remote_headers.read(
                client,
                base.parse(stored),
                match,
                lambda file: f"{server.url}/o/r/resolve/main/{file.name}",
                caps=caps,
            )
        return came, server, ledger.summary()

    return run


def test_headers_are_read_and_not_one_byte_of_a_tensor(crawl):
    files = {
        "a.safetensors": metadata(PLAIN),
        "b.gguf": gguf(text_pair("general.name", "quiet"), tensors=2) + b"\1" * 24 * 2,
    }
    came, server, ledger = crawl(files)
    assert came.values == {"a.safetensors": PLAIN, "b.gguf": {"general.name": "quiet"}}
    assert (came.errors, came.unread) == ((), None)
    sent = sum(seen.sent for seen in server.requests)
    assert sent <= sum(map(len, files.values())), "of 16 MB"
    assert ledger.keys() == {"header"}
    assert ledger["header"]["bytes"] == sent
    for seen in server.requests:
        first, last = map(int, seen.headers["range"].removeprefix("bytes=").split("-"))
        name = seen.target.rpartition("/")[2]
        assert last < len(files[name]), f"{name}: {first}-{last}"
        assert (seen.status, seen.sent) == (206, last - first + 1)


@pytest.mark.parametrize(
    "marking",
    [
        {"tags": ["nsfw", "underage"]},
        {"cardData": {"instance_prompt": "nsfw underage"}},
    ],
)
def test_nothing_is_asked_of_what_a_csae_rule_has_flagged(crawl, marking):
    came, server, ledger = crawl({"a.safetensors": metadata(PLAIN)}, **marking)
    assert (came.values, came.unread) == ({}, WITHHELD)
    assert (list(server.requests), ledger) == ([], {})


def test_a_header_that_is_flagged_itself_is_the_last_one_read(crawl):
    files = {"a-lora.safetensors": metadata(MARKED), "b.safetensors": metadata(PLAIN), "c.gguf": gguf()}
    came, server, _ = crawl(files)
    assert came.unread == WITHHELD
    assert list(came.values) == ["a-lora.safetensors"]
    assert {seen.target.rpartition("/")[2] for seen in server.requests} == {"a-lora.safetensors"}


def test_other_findings_do_not_keep_it_from_reading(crawl):
    came, _, _ = crawl({"a.safetensors": metadata(PLAIN)}, tags=["nudify"])
    assert came.values == {"a.safetensors": PLAIN}


HOSTILE = [
    # (what the hub does, the header, the fault, the word in the report, most bytes taken off the wire)
    ("says the file is not there", metadata(PLAIN), bad.status(404, {}, "EntryNotFound"), "not_found", 100),
    ("sends the whole file", metadata(PLAIN), bad.flood(60 * bad.MIB), "bad_range", 0),
    ("answers 200 with a page", metadata(PLAIN), bad.body(b"<html>", "text/html"), "bad_range", 100),
    ("sends another part", metadata(PLAIN), bad.headers({"Content-Range": "bytes 9-16/99"}), "bad_range", 100),
    ("says nothing of the part", metadata(PLAIN), bad.headers({"Content-Range": ""}), "bad_range", 100),
    ("sends no end of a part", metadata(PLAIN), bad.flood(60 * bad.MIB, code=206), "too_large", 128 * 1024),
    ("packs the part", metadata(PLAIN), bad.headers({"Content-Encoding": "gzip"}), "bad_range", 100),
    ("leads to another host", metadata(PLAIN), bad.redirect("http://elsewhere.invalid/x"), "refused", 100),
    ("says there is nothing at that place", metadata(PLAIN), bad.status(416), "cut", 100),
    ("has a length that lies", safetensors("{}", 2**40), None, "too_large", 8),
    ("has a length that covers tensors", safetensors("{}", 7 * bad.MIB), None, "bad_json", 8 + 128 * 1024),
    ("has no header", b"\0" * 64, None, "bad_json", 8),
]


@pytest.mark.parametrize(
    ("head", "change", "kind", "most"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE]
)
def test_a_hostile_hub_is_an_error_in_the_report(crawl, head, change, kind, most):
    came, _, ledger = crawl({"a.safetensors": head}, [Bad("resolve", change)] if change else [])
    assert [error.kind for error in came.errors] == [kind]
    assert came.errors[0].ref.repo_id == "o/r"
    assert came.errors[0].where.endswith("/o/r/resolve/main/a.safetensors")
    assert came.values == {}
    assert ledger["header"]["bytes"] <= most


def test_one_broken_file_does_not_end_the_others(crawl):
    files = {"a.safetensors": safetensors("[]"), "b.safetensors": metadata(PLAIN)}
    came, _, _ = crawl(files)
    assert list(came.values) == ["b.safetensors"]
    assert [error.kind for error in came.errors] == ["bad_format"]


def test_what_came_before_a_fault_is_kept_beside_the_error(crawl):
    came, _, _ = crawl({"a.gguf": gguf(text_pair("general.name", "quiet"), count=2) + b"\xff" * 8})
    assert came.values == {"a.gguf": {"general.name": "quiet"}}
    assert [error.kind for error in came.errors] == ["too_large"]


def test_caps_are_kept(crawl):
    files = {f"{name}.safetensors": metadata({"k": "x" * 500}) for name in "abc"}
    came, server, _ = crawl(files, caps=Caps(files=2, size=300))
    assert [error.kind for error in came.errors] == ["too_large"] * 2
    assert sum(seen.sent for seen in server.requests) == 16


CHOICES = [
    # (the files of a repo, those that are asked for, in order)
    ([], []),
    ([("README.md", 1), ("model.bin", 9), ("a.safetensors.index.json", 1)], []),
    ([("model.safetensors", 900), ("x_lora.safetensors", 5000)], ["x_lora.safetensors", "model.safetensors"]),
    (
        [("b.safetensors", 9), ("a.safetensors", 900), ("c.safetensors", None)],
        ["b.safetensors", "a.safetensors", "c.safetensors"],
    ),
    ([("adapter_model.safetensors", None), ("a.gguf", 1)], ["adapter_model.safetensors", "a.gguf"]),
    ([("m-00001-of-00003.safetensors", 9), ("m-00002-of-00003.safetensors", 5)], ["m-00001-of-00003.safetensors"]),
    ([("m-00011-of-00012.gguf", 5), ("m-00001-of-00012.gguf", 9)], ["m-00001-of-00012.gguf"]),
    (
        [("m-Q8_0.gguf", 9), ("m.Q4_K_M.gguf", 5), ("m-UD-IQ2_XXS.gguf", 7), ("m-BF16-00001-of-00003.gguf", 9)],
        ["m.Q4_K_M.gguf", "m-BF16-00001-of-00003.gguf"],
    ),
    ([("m-Q8_0.gguf", 9), ("n-Q8_0.gguf", 9)], ["m-Q8_0.gguf", "n-Q8_0.gguf"]),
    ([("x_lora-Q8_0.gguf", 9), ("x_lora-f16.gguf", 5)], ["x_lora-f16.gguf"]),
    ([("x_Q4.safetensors", 9), ("x_Q8.safetensors", 5)], ["x_Q8.safetensors", "x_Q4.safetensors"]),
    ([(f"{name}.gguf", 9) for name in "fedcba"], [f"{name}.gguf" for name in "abcd"]),
]


@pytest.mark.parametrize(("files", "chosen"), CHOICES)
def test_adapters_and_small_files_come_first(files, chosen, repo):
    siblings = [{"rfilename": name} | ({} if size is None else {"size": size}) for name, size in files]
    record = base.parse(repo("o/r", siblings=siblings))
    assert [file.name for file in candidates(record)] == chosen


def test_the_same_file_under_two_names_is_asked_for_once(repo):
    siblings = [{"rfilename": f"{name}.safetensors", "lfs": {"sha256": "a" * 64}} for name in "ba"]
    assert [file.name for file in candidates(base.parse(repo("o/r", siblings=siblings)))] == ["a.safetensors"]


def test_a_repo_whose_files_are_not_known_has_no_candidates(repo):
    record = base.parse(repo("o/r"))
    assert record.files is None
    assert candidates(record) == []
    assert FileEntry("a.safetensors") not in candidates(record)
