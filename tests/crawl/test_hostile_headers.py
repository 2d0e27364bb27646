"""Files that are not what they say, and a hub that sends other than was asked: the value in the report for each.

The same replies to the reader alone are in `tests/test_remote_headers.py`, headers byte by byte in `tests/headers`.
"""

import json
import struct

import pytest

from hubscan.errors import StoppedError
from hubscan.replay import faults as bad
from tests.headers.made import TENSOR_DATA, gguf, metadata, safetensors, string, text_pair

from .conftest import HUB

Bad = bad.Fault
QUIET = {"ss_output_name": "quiet"}
WHOLE = metadata(QUIET)
FIRST = 8
"""Bytes of the first question: the length."""
RANGE = f"bytes 0-7/{len(WHOLE) + len(TENSOR_DATA)}"
PIECE = 128 * 1024
DEEP = "[" * 100_000 + "]" * 100_000


def also(*changes):
    def change(asked, answer):
        for one in changes:
            answer = one(asked, answer)
        return answer

    return change


REPLIES = [
    # (what the hub does where a part of a file is asked for, how, the kind of error, or why the file was not read)
    ("sends the whole file", bad.unranged(), "bad_range", None),
    ("sends the whole file and says how long it is", bad.flood(stated=str(60 * bad.MIB)), "bad_range", None),
    ("sends just the part, as if it were the whole", bad.body(b"\0" * FIRST, "application/x"), "bad_range", None),
    ("sends a page", bad.body(b"<html>Sign in</html>", "text/html"), "bad_range", None),
    ("has nothing to say", bad.status(204), "bad_body", None),
    ("sends another part", bad.headers({"Content-Range": RANGE.replace("0-7", "8-15")}), "bad_range", None),
    ("sends more than asked", bad.headers({"Content-Range": RANGE.replace("0-7", "0-15")}), "bad_range", None),
    ("sends less than asked", bad.headers({"Content-Range": RANGE.replace("0-7", "0-3")}), "bad_range", None),
    ("sends a part backwards", bad.headers({"Content-Range": RANGE.replace("0-7", "7-0")}), "bad_range", None),
    ("does not say which part it is", bad.headers({"Content-Range": ""}), "bad_range", None),
    ("counts in a unit of its own", bad.headers({"Content-Range": "tensors 0-7/9"}), "bad_range", None),
    ("says two parts in one", bad.headers({"Content-Range": "bytes 0-7/9, bytes 0-7/9"}), "bad_range", None),
    ("says a length that is not the part's", bad.headers({"Content-Length": "99"}), "bad_range", None),
    ("sends several parts where one was asked for", bad.multipart(), "wrong_type", None),
    ("sends a picture", bad.headers({"Content-Type": "image/png"}), "wrong_type", None),
    ("packs the part", bad.headers({"Content-Encoding": "gzip"}), "bad_range", None),
    ("packs it as nobody asked", bad.headers({"Content-Encoding": "br"}), "bad_range", None),
    ("sends no end of it", also(bad.flood(code=206), bad.headers({"Content-Length": ""})), "too_large", None),
    ("ends it early", bad.cut(0.5), "cut", None),
    ("drips it", bad.drip(0.2), "timeout", None),
    ("is silent", bad.slow(5), "timeout", None),
    ("hangs up", bad.raw(b""), "unreachable", None),
    ("speaks no HTTP", bad.raw(b"220 smtp ready\r\n"), "unreachable", None),
    ("says the file ends before it", bad.status(416), "cut", None),
    ("fails", bad.status(500), "server", None),
    ("is overloaded", bad.status(503, {"Retry-After": "9999999"}), "server", None),
    ("does not have the file any more", bad.status(404, error_code="EntryNotFound"), "not_found", None),
    ("says it is gone", bad.status(410), "gone", None),
    ("sends it to another host", bad.redirect("http://localhost:9{target}"), "refused", None),
    ("sends it into a cloud's inside", bad.redirect("http://169.254.169.254/latest/"), "refused", None),
    ("sends it to a file on this machine", bad.redirect("file:///etc/hostname"), "refused", None),
    ("sends it to another's account", bad.redirect("http://a:b@127.0.0.1:9/x"), "refused", None),
    ("sends it in a circle", bad.redirect("{target}"), "refused", None),
    ("sends it nowhere", bad.status(302), "refused", None),
    ("gates it", bad.status(401, error_code="GatedRepo"), None, "headers_gated"),
    ("has disabled it", bad.status(403, message="Access to this resource is disabled."), None, "headers_disabled"),
    ("wants a token", bad.status(401), None, "headers_unauthorized"),
    ("forbids it", bad.status(403), None, "headers_forbidden"),
    ("blocks it in this region", bad.status(451), None, "headers_blocked"),
]  # fmt: skip

NAME = text_pair("general.name", "q")
TWICE = safetensors('{"__metadata__": {"a": "1", "a": "2"}}')
FILES = [
    # (what is wrong with the file, its name, its bytes, the kind of error, what is known of it all the same)
    ("a length of a terabyte", "a.safetensors", safetensors("{}", 2**40), "too_large", None),
    ("a length that covers tensors", "a.safetensors", safetensors("{}", 7 * bad.MIB), "bad_json", None),
    ("a header longer than the cap", "a.safetensors", safetensors(" " * 64, 9 * bad.MIB), "too_large", None),
    ("no header", "a.safetensors", b"\0" * 64, "bad_json", None),
    ("an archive", "a.safetensors", safetensors(b"PK\x03\x04" + b"\0" * 60), "bad_format", None),
    ("a key twice", "a.safetensors", TWICE, "duplicate_key", {"a": "1", "a#2": "2"}),
    ("JSON left open", "a.safetensors", safetensors('{"__metadata__": {"a": "1"'), "bad_json", None),
    ("NaN", "a.safetensors", safetensors('{"w": NaN}'), "bad_json", None),
    ("nesting without end", "a.safetensors", safetensors('{"w": ' + DEEP + "}"), "too_deep", None),
    ("a number for a text", "a.safetensors", metadata({"a": "1", "b": 2}), "bad_type", {"a": "1"}),
    ("2^64 keys", "a.gguf", gguf(count=2**64 - 1), "too_many", None),
    ("2^64 tensors", "a.gguf", gguf(tensors=2**64 - 1), "too_many", None),
    ("a text of 2^60 bytes", "a.gguf", gguf(string("general.name") + struct.pack("<IQ", 8, 2**60)), "too_large", None),
    ("a key that is no key", "a.gguf", gguf(NAME, b"\xff" * 8), "too_large", {"general.name": "q"}),
    ("a type there is none", "a.gguf", gguf(string("x") + struct.pack("<I", 99)), "bad_type", None),
    ("version 9", "a.gguf", gguf(version=9), "bad_version", None),
    ("another byte order", "a.gguf", b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "big_endian", None),
    ("a name that climbs", "../../../api/whoami-v2.gguf", b"", "odd-name", None),
]  # fmt: skip


@pytest.fixture
def hostile(hub, adapters, crawl, store):
    """Crawl two repos, one of them hostile, with a token; see that no byte and no token went where it should not."""

    def run(name="a.safetensors", head=WHOLE, change=None, **options):
        records, heads = adapters({"o/r": {name: head}, "o/other": {"b.safetensors": WHOLE}})
        server = hub(records, faults=[Bad(r"o/r/resolve/.*/a\.", change)] if change else [])
        server.catalog.files.update({key: bytes_ + TENSOR_DATA for key, bytes_ in heads.items()})
        settings = {"deadline": 0.4, "tries": 2, "token": "hf_secret"}
        done = crawl(server, headers="files", settings=settings, jobs=1, **options)
        assert all(seen.headers["authorization"] == "Bearer hf_secret" for seen in server.requests)
        assert not any("/../" in seen.target or "whoami" in seen.target for seen in server.requests)
        known = {record.native["id"]: record.headers for record in store.stored()}
        assert known.get("o/other") == {"b.safetensors": QUIET} or done.stopped
        return done, known.get("o/r")

    return run


@pytest.mark.parametrize(("change", "error", "reason"), [row[1:] for row in REPLIES], ids=[row[0] for row in REPLIES])
def test_a_hostile_reply_is_a_value_in_the_report(hostile, change, error, reason):
    done, known = hostile(change=change)
    assert done.errors == [error] * (error is not None)
    assert done.skips == {("o/r", reason)} - {("o/r", None)}
    assert done.coverage.complete == (error is None)
    assert (done.coverage.read, done.coverage.cards, known) == (2, 2, None)
    assert done.requests["header"]["bytes"] <= len(WHOLE) + PIECE, "of 60 MiB"


@pytest.mark.parametrize(("name", "head", "error", "known"), [row[1:] for row in FILES], ids=[row[0] for row in FILES])
def test_a_hostile_file_is_a_value_in_the_report(hostile, name, head, error, known):
    done, found = hostile(name, head)
    assert (done.errors, found) == ([error], known and {name: known})
    (told,) = done.tally.errors
    assert told.ref.repo_id == "o/r"
    assert done.requests["header"]["bytes"] <= len(WHOLE) + max(len(head), FIRST + PIECE)
    assert not done.coverage.complete


def test_there_are_enough_kinds():
    assert len({row[0] for row in (*REPLIES, *FILES)}) >= 50


def test_what_could_not_be_read_is_asked_for_again_by_the_next_sweep(hub, crawl, adapters):
    records, heads = adapters({"o/r": {"a.safetensors": TWICE}})
    server = hub(records)
    server.catalog.files.update(heads)
    for _ in range(2):
        assert crawl(server, headers="files").errors == ["duplicate_key"], "what is not known is said each time"


def test_a_quota_that_lies_ends_the_run(hostile):
    done, _ = hostile(change=bad.status(429, {"RateLimit": '"resolvers";r=0;t=5'}))
    assert isinstance(done.stopped, StoppedError)
    assert done.stopped.reason == "quota"


@pytest.fixture
def elsewhere(hub, adapters, monkeypatch):
    """A hub whose weight files are at a server of its own, as on Hugging Face; its cards are not."""

    def start(faults=(), values=QUIET):
        head = metadata(values)
        records, _ = adapters({"o/r": {"a.safetensors": head}})
        files = hub(records, faults=list(faults))
        files.catalog.files["o/r", "a.safetensors"] = head + TENSOR_DATA
        monkeypatch.setattr(type(HUB), "file_hosts", ("127.0.0.1",))
        return hub(records, faults=[Bad("a.safetensors", bad.redirect(files.url + "{target}?Signature=s"))]), files

    return start


def test_files_elsewhere_are_read_there_without_the_token_and_by_one_redirect(elsewhere, crawl, store):
    server, files = elsewhere()
    done = crawl(server, headers="files", settings={"token": "hf_secret"})
    assert (done.errors, done.skips) == ([], set())
    assert next(store.stored()).headers == {"a.safetensors": QUIET}
    assert [seen.headers.get("authorization") for seen in files.requests] == [None, None]
    assert len([seen for seen in server.requests if "a.safetensors" in seen.target]) == 1
    assert done.requests["header"]["requests"] == 3
    assert sum(seen.sent for seen in files.requests) == len(metadata(QUIET)), "not one byte behind the header"


def test_a_signature_for_one_part_alone_is_asked_for_anew(elsewhere, crawl, store):
    used = []

    def spent(asked, answer):
        used.append(asked.headers["range"])
        return bad.status(403)(asked, answer) if len(used) == 2 else answer

    server, _ = elsewhere([Bad("Signature", spent)])
    done = crawl(server, headers="files")
    assert (done.errors, done.skips) == ([], set())
    assert next(store.stored()).headers == {"a.safetensors": QUIET}
    assert used[0] != used[1] == used[2]


def test_a_file_server_that_leads_on_is_not_followed(elsewhere, crawl):
    server, _ = elsewhere([Bad("", bad.redirect("http://localhost:9/x"))])
    done = crawl(server, headers="files", settings={"token": "hf_secret"})
    assert done.errors == ["refused"]
    assert "Signature" not in done.tally.errors[0].where


def test_a_file_server_cannot_send_the_whole(elsewhere, crawl):
    server, files = elsewhere([Bad("", bad.unranged())])
    done = crawl(server, headers="files")
    assert (done.errors, done.requests["header"]["bytes"]) == (["bad_range"], 0)
    assert json.dumps([error.message for error in done.tally.errors]).count("left unread") == 1
    assert sum(seen.sent for seen in files.requests) < 8 * bad.MIB, "hung up on long before 60 MiB"
