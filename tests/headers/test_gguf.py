"""GGUF key-values, held against the format's own library and against real files."""

import os
from pathlib import Path

import gguf as library
import numpy
import pytest

from hubscan import headers
from hubscan.headers.base import PIECE
from tests.headers.made import TENSOR_DATA, Source, array, gguf, pair, string, text_pair

DATA = Path(os.environ.get("HUBSCAN_DATA", "../shared/data"))


def by_library(path):
    """The texts the library finds under the keys that are kept here."""
    found = {}
    for name, field in library.GGUFReader(path).fields.items():
        if name.startswith(("general.", "tokenizer.chat_template")):
            value = field.contents()
            if isinstance(value, str):
                found[name] = value
            elif isinstance(value, list) and all(isinstance(one, str) for one in value):
                found[name] = ", ".join(value)
    return found


WORDS = 20_000


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A file by the library, with every value type, a vocabulary, base models and tensors."""
    path = tmp_path_factory.mktemp("written") / "w.gguf"
    writer = library.GGUFWriter(path, "llama")
    writer.add_name("Quiet \u4e2d\u6587")
    writer.add_description("two\nlines")
    writer.add_tags(["text-generation", "quiet"])
    writer.add_languages(["en"])
    writer.add_base_model_count(1)
    writer.add_base_model_name(0, "Example Base")
    writer.add_base_model_organization(0, "Example")
    writer.add_base_model_repo_url(0, "https://huggingface.co/example/base")
    writer.add_dataset_count(1)
    writer.add_dataset_name(0, "Example Set")
    for kind in (
        "uint8",
        "int8",
        "uint16",
        "int16",
        "uint32",
        "int32",
        "float32",
        "uint64",
        "int64",
        "float64",
        "bool",
    ):
        getattr(writer, f"add_{kind}")(f"llama.{kind}", 1)
    writer.add_token_list([b"\xff%d" % number for number in range(WORDS)])
    writer.add_token_scores([0.5] * WORDS)
    writer.add_array("llama.nested", [[1, 2], [3]])
    writer.add_chat_template([{"name": "default", "template": "{{ a }}"}, {"name": "tools", "template": "{{ b }}"}])
    writer.add_tensor("token_embd.weight", numpy.ones((256, 256), "float32"))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_a_file_the_library_wrote_is_read_as_it_reads_it(written):
    source = Source(written.read_bytes())
    header = headers.read(written.name, source)
    assert header.error is None
    assert header.values == by_library(written)
    assert header.values["general.tags"] == "text-generation, quiet"
    assert header.values["tokenizer.chat_template"] == "{{ a }}"
    assert header.values["tokenizer.chat_template.tools"] == "{{ b }}"
    assert header.values["general.base_model.0.repo_url"] == "https://huggingface.co/example/base"


def test_nothing_behind_the_key_values_and_the_list_of_tensors_is_asked_for(written):
    source = Source(written.read_bytes())
    headers.read(written.name, source)
    reader = library.GGUFReader(written)
    assert source.furthest <= reader.tensors[-1].field.offset + sum(
        part.nbytes for part in reader.tensors[-1].field.parts
    )
    assert source.furthest <= reader.data_offset
    asked = sum(size for _, size in source.asked)
    assert asked < reader.data_offset - 4 * WORDS + 1000, "scores are passed over without reading them"


@pytest.mark.parametrize("name", ["ggml-vocab-bert-bge.gguf", "ggml-vocab-phi-3.gguf"])
def test_real_files_are_read_as_the_library_reads_them(name):
    path = DATA / name
    if not path.exists():
        pytest.skip(f"no {path}: set HUBSCAN_DATA")
    source = Source(path.read_bytes())
    header = headers.read(name, source)
    assert (header.values, header.error) == (by_library(path), None)
    assert "general.architecture" in header.values
    assert sum(size for _, size in source.asked) < path.stat().st_size
    assert all(size <= max(PIECE, offset) for offset, size in source.asked)
    assert len(source.asked) < 30


@pytest.mark.parametrize("kind", range(13))
def test_a_value_of_any_type_is_passed_over(kind):
    value = {8: string("x"), 9: array(4, 2, b"\0" * 8)}.get(kind, b"\1" * (1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8)[kind])
    data = gguf(pair("general.other", kind, value), pair("x", kind, value), text_pair("general.name", "behind"))
    values = headers.read("w.gguf", Source(data)).values
    assert values["general.name"] == "behind"
    assert values.keys() == {"general.name"} | ({"general.other"} if kind == 8 else set())


def test_version_2_is_read():
    assert headers.read("w.gguf", Source(gguf(text_pair("general.name", "x"), version=2))).values == {
        "general.name": "x"
    }


def test_nested_arrays_are_passed_over():
    nested = array(9, 2, array(8, 1, string("a")) + array(9, 1, array(4, 1, b"\0" * 4)))
    data = gguf(pair("t", 9, nested), pair("general.t", 9, nested), text_pair("general.name", "x"))
    assert headers.read("w.gguf", Source(data)) == headers.Header({"general.name": "x"})


def test_bytes_that_are_no_utf8_are_marked_and_the_rest_is_kept():
    values = headers.read("w.gguf", Source(gguf(text_pair("general.name", b"a\xffb")))).values
    assert values == {"general.name": "a\ufffdb"}


@pytest.mark.parametrize("tensors", [0, 1, 300])
def test_a_read_ends_where_the_header_does(tensors):
    pairs = [text_pair(f"general.k{number}", "value" * number) for number in range(40)]
    head = gguf(*pairs, tensors=tensors)
    source = Source(head + b"\2" * 24 * tensors + TENSOR_DATA)
    assert len(headers.read("w.gguf", source).values) == 40
    assert source.furthest <= len(head) + 24 * tensors
    assert sum(size for _, size in source.asked) <= source.furthest
