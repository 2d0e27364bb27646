"""Hostile headers: each fault, what is said of it, and which texts are kept all the same."""

import struct
import time
import tracemalloc

import pytest

from hubscan import headers
from hubscan.headers.base import MOST_KEYS
from tests.headers.made import TENSOR_DATA, Source, array, gguf, metadata, pair, safetensors, string, text_pair

MIB = 1024 * 1024
TITLE = text_pair("general.name", "quiet")
KEPT = {"general.name": "quiet"}
TWICE = '{"__metadata__": {"a": "1", "a": "2", "b": "3"}}'
OUTER_TWICE = safetensors('{"__metadata__": {"a": "1"}, "w": 1, "__\\u006detadata__": {"b": "2"}}')
DEEP = "[" * 100_000 + "]" * 100_000
PICTURE = "iVBORw0KGgo" + "A" * 200
NESTED = b"".join(array(9, 1) for _ in range(9)) + array(0, 0)

ST, GG = ".safetensors", ".gguf"
MOST = 2**64 - 1
MANY = metadata({f"k{n}": "" for n in range(MOST_KEYS + 1)})
BAD_KEY = safetensors(b'{"__metadata__": {"a": "1", "\xff": ""}}')
HOSTILE = [
    # (what is wrong with it, suffix, the file, what is said, the texts kept)
    ("an empty file", ST, b"", "cut", {}),
    ("a file of seven bytes", ST, b"\x08" + b"\0" * 6, "cut", {}),
    ("a length and nothing behind it", ST, safetensors(b"", 100), "cut", {}),
    ("a header cut short", ST, metadata({"a": "1"})[:-9], "cut", {}),
    ("a header that says it is longer than the file", ST, safetensors("{}", 3), "cut", {}),
    ("a length of nothing", ST, safetensors("{}", 0), "bad_json", {}),
    ("a length that ends within the JSON", ST, safetensors('{"__metadata__": {"a": "1"}}', 9), "bad_json", {}),
    ("a length one byte over the cap", ST, safetensors("{}", 8 * MIB - 7), "too_large", {}),
    ("a length of 2^63", ST, safetensors("{}", 2**63), "too_large", {}),
    ("the largest length", ST, safetensors("{}", MOST), "too_large", {}),
    ("a length in big-endian", ST, (2).to_bytes(8, "big") + b"{}", "too_large", {}),
    ("a list", ST, safetensors("[]"), "bad_format", {}),
    ("a web page", ST, b"<!DOCTYPE html><html></html>", "too_large", {}),
    ("an archive", ST, safetensors(b"PK\x03\x04" + b"\0" * 60), "bad_format", {}),
    ("GGUF under another name", ST, gguf(TITLE), "too_large", {}),
    ("only blanks", ST, safetensors(b" " * 40), "bad_format", {}),
    ("no JSON", ST, safetensors("{'a': 1}"), "bad_json", {}),
    ("something behind the object", ST, safetensors('{"__metadata__": {"a": "1"}} {}'), "bad_json", {}),
    ("an object left open", ST, safetensors('{"__metadata__": {"a": "1"}'), "bad_json", {}),
    ("a text left open", ST, safetensors('{"__metadata__": {"a": "1'), "bad_json", {}),
    ("NaN in metadata", ST, safetensors('{"__metadata__": {"a": NaN}}'), "bad_json", {}),
    ("NaN elsewhere", ST, safetensors('{"__metadata__": {"a": "1"}, "w": NaN}'), "bad_json", {}),
    ("Infinity", ST, safetensors('{"w": -Infinity}'), "bad_json", {}),
    ("a byte order mark", ST, safetensors(b"\xef\xbb\xbf{}"), "bad_format", {}),
    ("UTF-16", ST, safetensors('{"a":1}'.encode("utf-16-le")), "bad_json", {}),
    ("a line end within a text", ST, safetensors('{"__metadata__": {"a": "1\n2"}}'), "bad_json", {}),
    ("an escape that is none", ST, safetensors('{"__metadata__": {"a": "\\x41"}}'), "bad_json", {}),
    ("half a surrogate pair", ST, safetensors('{"__metadata__": {"a": "\\ud800"}}'), "bad_json", {}),
    ("a text that is not UTF-8", ST, safetensors(b'{"__metadata__": {"a": "\xff"}}'), "bad_json", {}),
    ("a key that is not UTF-8", ST, BAD_KEY, "bad_json", {"a": "1"}),
    ("a key twice", ST, safetensors(TWICE), "duplicate_key", {"a": "1", "a#2": "2", "b": "3"}),
    ("the metadata twice, once in disguise", ST, OUTER_TWICE, "duplicate_key", {"a": "1", "b": "2"}),
    ("metadata that is a text", ST, safetensors('{"__metadata__": "a"}'), "bad_type", {}),
    ("metadata that is a list", ST, safetensors('{"__metadata__": [{"a": "1"}]}'), "bad_type", {}),
    ("metadata that is a number", ST, safetensors('{"__metadata__": 3}'), "bad_type", {}),
    ("a number for a text", ST, metadata({"a": "1", "b": 2}), "bad_type", {"a": "1"}),
    ("nothing for a text", ST, metadata({"b": None}), "bad_type", {}),
    ("an object for a text", ST, metadata({"b": {"__metadata__": "x"}}), "bad_type", {}),
    ("a list for a text", ST, metadata({"b": ["__metadata__"]}), "bad_type", {}),
    ("deep nesting beside the metadata", ST, safetensors('{"w": ' + DEEP + "}"), "too_deep", {}),
    ("deep nesting in the metadata", ST, safetensors('{"__metadata__": {"a": ' + DEEP + "}}"), "too_deep", {}),
    ("more keys than any trainer writes", ST, MANY, "too_many", None),
    ("an empty file", GG, b"", "cut", {}),
    ("a magic word alone", GG, b"GGUF", "cut", {}),
    ("another magic word", GG, b"GGML" + gguf(TITLE)[4:], "bad_format", {}),
    ("safetensors under another name", GG, metadata({"a": "1"}), "bad_format", {}),
    ("version 1", GG, gguf(TITLE, version=1), "bad_version", {}),
    ("version 4", GG, gguf(TITLE, version=4), "bad_version", {}),
    ("version 0", GG, gguf(TITLE, version=0), "bad_version", {}),
    ("big-endian", GG, b"GGUF" + struct.pack(">IQQ", 3, 0, 1) + TITLE, "big_endian", {}),
    ("2^64 keys", GG, gguf(TITLE, count=MOST), "too_many", {}),
    ("2^64 tensors", GG, gguf(TITLE, tensors=MOST), "too_many", {}),
    ("a key more than there are", GG, gguf(TITLE, count=2), "cut", KEPT),
    ("a cut in a key", GG, gguf(TITLE, text_pair("general.url", "x"))[:-16], "cut", KEPT),
    ("a cut in a text", GG, gguf(TITLE, text_pair("general.url", "example"))[:-3], "cut", KEPT),
    ("a cut in a vocabulary", GG, gguf(TITLE, pair("t", 9, array(8, 5, string("a") * 4))), "cut", KEPT),
    ("a cut behind a passed-over text", GG, gguf(TITLE, pair("t", 8, struct.pack("<Q", 99)), TITLE), "cut", KEPT),
    ("a key of 2^63 bytes", GG, gguf(TITLE, struct.pack("<Q", 2**63)), "too_large", KEPT),
    ("a text of 2^64 bytes", GG, gguf(TITLE, pair("general.url", 8, struct.pack("<Q", MOST))), "too_large", KEPT),
    ("a passed-over text of 2^64 bytes", GG, gguf(TITLE, pair("t", 8, struct.pack("<Q", MOST))), "too_large", KEPT),
    ("an array of 2^64 numbers", GG, gguf(TITLE, pair("t", 9, array(12, MOST))), "too_large", KEPT),
    ("an array of 2^64 texts", GG, gguf(TITLE, pair("t", 9, array(8, MOST))), "cut", KEPT),
    ("a kept array of 2^64 texts", GG, gguf(TITLE, pair("general.tags", 9, array(8, MOST))), "cut", KEPT),
    ("an array of 2^64 arrays", GG, gguf(TITLE, pair("t", 9, array(9, MOST))), "cut", KEPT),
    ("arrays in arrays in arrays", GG, gguf(TITLE, pair("t", 9, NESTED)), "too_deep", KEPT),
    ("a value type that is none", GG, gguf(TITLE, pair("t", 13, b"\0" * 8)), "bad_type", KEPT),
    ("a kept value of a type that is none", GG, gguf(TITLE, pair("general.url", 2**32 - 1, b"\0")), "bad_type", KEPT),
    ("an array of a type that is none", GG, gguf(TITLE, pair("t", 9, array(13, 1, b"\0"))), "bad_type", KEPT),
    ("a key twice", GG, gguf(TITLE, TITLE), "duplicate_key", {**KEPT, "general.name#2": "quiet"}),
]  # fmt: skip
NAMES = [f"{row[1][1:]}: {row[0]}" for row in HOSTILE]


@pytest.mark.parametrize(("suffix", "data", "kind", "kept"), [row[1:] for row in HOSTILE], ids=NAMES)
def test_a_hostile_header_is_an_error_and_no_exception(suffix, data, kind, kept):
    source = Source(data)
    header = headers.read(f"w{suffix}", source)
    assert header.error is not None
    assert header.error.kind == kind
    assert header.error.message
    if kept is not None:
        assert header.values == kept
    assert source.furthest <= headers.CAP


def test_there_are_enough_of_them():
    assert len(HOSTILE) >= 60


@pytest.mark.parametrize(("suffix", "data"), [row[1:3] for row in HOSTILE], ids=NAMES)
def test_no_message_repeats_a_text_of_the_file(suffix, data):
    assert "quiet" not in headers.read(f"w{suffix}", Source(data)).error.message


PICTURES = [
    # (how the picture comes, the metadata, what is left of it)
    ("the key of ModelSpec", {"modelspec.thumbnail": "data:image/jpeg;base64,/9j/QUJD"}, {}),
    ("the key in capitals", {"ModelSpec.Thumbnail": "x"}, {}),
    ("the key of a list", {"ssmd_cover_images": f'["{PICTURE}"]'}, {}),
    ("the key of a second value", {"ssmd_cover_images#2": PICTURE}, {}),
    ("a data address under a key of its own", {"a": "data:image/png;base64,QUJD"}, {}),
    ("a data address in capitals", {"a": "DATA:IMAGE/PNG;BASE64,QUJD"}, {}),
    ("a data address that is no base64", {"a": "data:image/svg+xml,%3Csvg"}, {}),
    ("a data address within text", {"a": "see data:a/b;base64,QUJDRA== there"}, {"a": "see data:a/b;base64, there"}),
    ("base64 alone", {"a": PICTURE}, {"a": ""}),
    ("base64 in JSON", {"a": f'["{PICTURE}", "x"]'}, {"a": '["", "x"]'}),
    ("a JPEG with escaped strokes", {"a": "\\/9j\\/4AAQ" + "B" * 90}, {"a": ""}),
    ("an address of a picture", {"a": "https://x.invalid/a.png?w=1"}, {}),
    ("words", {"a": "a picture of a mill"}, {"a": "a picture of a mill"}),
]  # fmt: skip


@pytest.mark.parametrize(("values", "left"), [row[1:] for row in PICTURES], ids=[row[0] for row in PICTURES])
def test_pictures_are_left_out(values, left):
    assert headers.read("w.safetensors", Source(metadata(values))).values == left
    # In GGUF only keys of `general.` are kept.
    named = {f"general.{key}": text for key, text in values.items()}
    kept = headers.read("w.gguf", Source(gguf(*(text_pair(*one) for one in named.items())))).values
    assert kept == {f"general.{key}": text for key, text in left.items()}


def test_a_thumbnail_is_passed_over_without_being_decoded():
    broken = b'{"__metadata__": {"modelspec.thumbnail": "\xff\xff", "a": "1"}}'
    header = headers.read("w.safetensors", Source(safetensors(broken)))
    assert (header.values, header.error) == ({"a": "1"}, None)


CAP = 256 * 1024
COSTLY = [
    ("lists without end", ".safetensors", safetensors('{"w": [' + "[]," * 80_000 + "[]]}")),
    ("many small values", ".safetensors", metadata({f"{n:x}": "" for n in range(20_000)})),
    ("many small tensors", ".safetensors", safetensors('{"":1' + ',"":1' * 50_000 + "}")),
    ("escapes", ".safetensors", metadata({"a": '"' * 120_000})),
    ("one wide letter", ".safetensors", safetensors('{"__metadata__": {"a": "' + "a" * 250_000 + '\U0001f600"}}')),
    ("a picture", ".safetensors", metadata({"a": "data:image/png;base64," + "A" * 240_000})),
    ("pictures in a text", ".safetensors", metadata({"a": "x data:a/b;base64,AA" * 12_000})),
    ("empty texts", ".gguf", gguf(pair("t", 9, array(8, 30_000, b"\0" * 240_000)))),
    ("kept short texts", ".gguf", gguf(pair("general.tags", 9, array(8, 25_000, string("ab") * 25_000)))),
    ("empty arrays", ".gguf", gguf(pair("t", 9, array(9, 20_000, array(0, 0) * 20_000)))),
    ("a text of 2^40 bytes", ".gguf", gguf(pair("general.a", 8, struct.pack("<Q", 2**40)))),
    ("a length of 2^40", ".safetensors", safetensors("{}", 2**40)),
]


@pytest.mark.parametrize(("suffix", "data"), [row[1:] for row in COSTLY], ids=[row[0] for row in COSTLY])
def test_memory_and_time_are_bounded_by_the_cap(suffix, data):
    source = Source(data)
    began = time.process_time()
    headers.read(f"w{suffix}", source, CAP)
    assert time.process_time() - began < 2.0
    tracemalloc.start()
    headers.read(f"w{suffix}", source, CAP)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 * CAP


def test_what_is_behind_the_cap_is_said_to_be_unread_and_what_is_before_it_is_kept():
    data = gguf(TITLE, text_pair("tokenizer.other", "x" * CAP), text_pair("general.url", "x"))
    header = headers.read("w.gguf", Source(data), CAP)
    assert (header.values, header.error.kind) == (KEPT, "too_large")


def test_a_source_that_gives_more_than_asked_for_changes_nothing():
    data = metadata({"a": "1"}) + TENSOR_DATA
    assert headers.read("w.safetensors", lambda offset, _: data[offset:]).values == {"a": "1"}
    data = gguf(TITLE, text_pair("general.url", "u"), tensors=1) + TENSOR_DATA
    assert headers.read("w.gguf", lambda offset, _: data[offset:]).values == {**KEPT, "general.url": "u"}
