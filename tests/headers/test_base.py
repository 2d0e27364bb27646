"""One contract over all header readers, and how one is found by a file's name."""

from pathlib import Path

import pytest

from hubscan import headers
from hubscan.headers import base
from tests.headers.made import TENSOR_DATA, Source, gguf, metadata, text_pair

HONEST = {
    "safetensors": ("w.safetensors", metadata({"a": "1", "b": "\u00fc\u4e2d"}), {"a": "1", "b": "\u00fc\u4e2d"}),
    "gguf": ("w.gguf", gguf(text_pair("general.name", "\u4e2d"), tensors=1) + b"\1" * 24, {"general.name": "\u4e2d"}),
}


def test_readers_are_found_by_walking():
    assert [reader.name for reader in base.readers()] == sorted(HONEST)


@pytest.mark.parametrize("reader", base.readers(), ids=lambda reader: reader.name)
def test_each_keeps_the_contract(reader):
    assert isinstance(reader, base.Reader)
    assert (Path(base.__file__).parent / f"{reader.name}.py").exists()
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in reader.suffixes)


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_header_is_read_and_no_tensor_data(name):
    file, data, values = HONEST[name]
    source = Source(data + TENSOR_DATA)
    header = headers.read(file, source)
    assert (header.values, header.error) == (values, None)
    assert source.furthest <= len(data)
    assert sum(size for _, size in source.asked) <= len(data), "no byte is asked for twice"


@pytest.mark.parametrize("name", HONEST)
def test_every_cut_of_a_header_is_an_error_or_the_whole(name):
    file, data, values = HONEST[name]
    for length in range(len(data)):
        source = Source(data[:length])
        header = headers.read(file, source)
        assert header.values == values or header.error.kind == "cut", length


@pytest.mark.parametrize(
    ("name", "finds"), [("A.SafeTensors", True), ("a/b.GGUF", True), ("a.sft", True), ("a.bin", False)]
)
def test_a_name_finds_its_reader(name, finds):
    assert name.lower().endswith(headers.suffixes()) is finds
    if not finds:
        with pytest.raises(ValueError, match="no header reader"):
            headers.read(name, Source(b""))


def test_what_the_source_raises_comes_through():
    def broken(_, __):
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        headers.read("w.gguf", broken)
