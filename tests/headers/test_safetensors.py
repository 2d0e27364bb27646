"""safetensors headers as the format's own library writes and reads them, and as trainers fill them."""

import json
import os
import string
from pathlib import Path

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from hubscan import headers
from tests.headers.made import Source, metadata, safetensors

DATA = Path(os.environ.get("HUBSCAN_DATA", "../shared/data"))
WEIGHTS = {"lora_unet.weight": numpy.ones((64, 64), "float32"), "b": numpy.zeros(3, "float16")}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def library(path):
    """What the format's own library says of the file: its metadata, or None where it refuses it."""
    try:
        with safe_open(path, "numpy") as file:
            return file.metadata() or {}
    except SafetensorError:
        return None


@pytest.mark.parametrize("values", [None, {}, {"format": "pt"}, {"a": 'q"\\\n\u4e2d\U0001f600', "": "empty key"}])
def test_a_file_the_library_wrote_is_read_as_it_reads_it(tmp_path, values):
    path = tmp_path / "w.safetensors"
    save_file(WEIGHTS, path, values)
    source = Source(path.read_bytes())
    header = headers.read(path.name, source)
    assert (header.values, header.error) == (library(path), None)
    length = int.from_bytes(source.data[:8], "little")
    assert source.asked == [(0, 8), (8, length)], "two reads, and nothing of the tensors"


@given(values=st.dictionaries(TEXTS, TEXTS, max_size=6))
@settings(max_examples=60, deadline=None)
def test_any_texts_come_out_as_the_library_has_them(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("w") / "w.safetensors"
    save_file(WEIGHTS, path, values)
    # A value that is a picture address is left out, a key twice is none in a dict: all else is the same.
    assert headers.read(path.name, Source(path.read_bytes())) == headers.Header(library(path))


@pytest.mark.parametrize(
    "text",
    [
        '{"__metadata__": {"a": 1}}',
        '{"__metadata__": {"a": "\\ud800"}}',
        '{"__metadata__": {"a": "1"}, "__metadata__": {"a": "2"}}',
        "[]",
        "{} x",
        '{"__metadata__": {"a": NaN}}',
    ],
)
def test_what_the_library_refuses_is_an_error_here_too(tmp_path, text):
    path = tmp_path / "w.safetensors"
    path.write_bytes(safetensors(text))
    assert library(path) is None
    assert headers.read(path.name, Source(path.read_bytes())).error is not None


def test_what_the_library_overwrites_is_seen_here(tmp_path):
    path = tmp_path / "w.safetensors"
    path.write_bytes(safetensors('{"__metadata__": {"a": "1", "a": "2"}}'))
    assert library(path) == {"a": "2"}
    assert headers.read(path.name, Source(path.read_bytes())).values == {"a": "1", "a#2": "2"}


@pytest.mark.parametrize("blanks", ["", " ", " \n\t\r "])
def test_blanks_of_json_change_nothing(blanks):
    text = '{ "x" :{"shape":[ 1,2 ], "n":{"__metadata__":{"b":"2"}}} , '
    text += '"__metadata__" : { "a" : "1" , "b":"" } , "y": null }'
    text = blanks + text.replace(" ", blanks) + blanks
    assert headers.read("w.safetensors", Source(safetensors(text))) == headers.Header({"a": "1", "b": ""})


def test_a_long_header_is_read_in_steps_that_grow():
    data = metadata({"ss_tag_frequency": json.dumps({"1_x": {f"tag {n}": n for n in range(30_000)}})})
    source = Source(data + b"tensors")
    assert headers.read("w.safetensors", source).error is None
    pieces = [size // 1024 for _, size in source.asked[1:-1]]
    assert pieces == [128, 128, 256]
    assert source.furthest == len(data)


def test_a_length_that_covers_tensors_costs_one_step():
    source = Source(safetensors('{"__metadata__": {"a": "1"}}' + " " * 99, 5_000_000) + bytes(range(256)) * 20_000)
    assert headers.read("w.safetensors", source).error.kind == "bad_json"
    assert source.asked == [(0, 8), (8, 128 * 1024)]


def test_every_key_a_trainer_writes_is_kept_but_pictures():
    path = DATA / "kohya-metadata-keys.txt"
    if not path.exists():
        pytest.skip(f"no {path}: set HUBSCAN_DATA")
    keys = [line.split()[1] for line in path.read_text(encoding="utf-8").splitlines() if line.split()]
    values = dict.fromkeys(keys, "None")
    assert len(values) > 100
    kept = headers.read("w.safetensors", Source(metadata(values))).values
    assert values.keys() - kept.keys() == {"modelspec.thumbnail"}


def test_control_characters_of_every_kind_come_through_escaped():
    values = {"a": "".join(map(chr, range(32))) + string.printable}
    assert headers.read("w.safetensors", Source(metadata(values))).values == values
