"""The graph: joined over hubs, walked without recursion, nothing hidden."""

import time

import pytest

from hubscan import bases
from hubscan.errors import UsageError
from hubscan.lineage import build
from hubscan.records import BaseModel, FileEntry, FileHeader, RepoRecord, RepoRef

SD15 = "stable-diffusion-1.5"


def made(name, *parents, hub="huggingface", relation=None, header=None, files=(), unknown=False):
    return RepoRecord(
        ref=RepoRef(hub, "model", name),
        url=f"https://hub.example/{name}",
        title=name,
        base_models=None if unknown else tuple(BaseModel(parent, relation) for parent in parents),
        headers=(FileHeader("a.safetensors", header),) if header else (),
        files=tuple(FileEntry("w.safetensors", 9999, digest) for digest in files),
    )


def graph_of(*records):
    return build(records, bases.shipped())


def names(graph, nodes):
    return [graph.name(node) for node in nodes]


def test_one_base_joins_hubs_labels_and_headers():
    graph = graph_of(
        made("a/one", "runwayml/stable-diffusion-v1-5"),
        made("7", "SD 1.5", hub="civitai"),
        made("b/two", header={"ss_sd_model_name": "v1-5-pruned.ckpt", "ss_network_module": "networks.lora"}),
        made("c/three", "A/One"),
    )
    order, steps, _ = graph.below(graph.find("SD 1.5"))
    found = {graph.name(node): steps[node] for node in order}
    assert found == {
        "Stable Diffusion 1.5": 0,
        "huggingface:model:a/one": 1,
        "civitai:model:7": 1,
        "huggingface:model:b/two": 1,
        "huggingface:model:c/three": 2,
    }


def test_a_header_hash_finds_the_repo_that_publishes_the_file_whatever_its_name():
    digest = "ab" * 32
    lora = made("a/lora", header={"ss_sd_model_name": "secret.ckpt", "ss_new_sd_model_hash": digest})
    graph = graph_of(lora, made("b/base", files=[digest]))
    assert names(graph, graph.above(graph.number(lora.ref))[1:]) == ["huggingface:model:b/base"]


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([made("a/a", "a/a")], [["huggingface:model:a/a"]]),
        ([made("a/a", "a/b"), made("a/b", "a/a")], [["huggingface:model:a/a", "huggingface:model:a/b"]]),
        ([made("a/a", "a/b"), made("a/b", "a/c")], []),
        ([made("a/a", "a/b", "a/c"), made("a/b", "a/d"), made("a/c", "a/d")], []),
    ],
    ids=["self-parent", "two of each other", "chain", "diamond"],
)
def test_cycles(records, expected):
    graph = graph_of(*records)
    assert [sorted(names(graph, cycle)) for cycle in graph.cycles(range(len(graph)))] == expected


def test_a_long_chain_and_a_giant_fan_are_walked_at_once():
    length, began = 10_000, time.monotonic()
    graph = graph_of(
        *(made(f"c/{n}", f"c/{n - 1}") for n in range(1, length)),
        *(made(f"f/{n}", "c/0") for n in range(20_000)),
        made("c/0", f"c/{length - 1}"),
    )
    order, steps, _ = graph.below(graph.find("c/0"))
    assert len(order) == length + 20_000
    assert max(steps) == length - 1
    assert [len(cycle) for cycle in graph.cycles(order)] == [length]
    assert time.monotonic() - began < 20


def test_missing_parents_are_nodes_that_nobody_read():
    graph = graph_of(made("a/one", "gone/parent"))
    assert not graph.is_read(graph.find("gone/parent"))
    assert graph.is_read(graph.find("a/one"))


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (made("a/a", "org/x", header={"ss_sd_model_name": "v1-5-pruned.ckpt"}), True),
        (made("a/a", "SD 1.5", header={"ss_sd_model_name": "v1-5-pruned.ckpt"}), False),
        (made("a/a", "org/x", header={"ss_sd_model_name": "some mix.ckpt"}), False),
        (made("a/a", "org/x", "org/y"), False),
    ],
    ids=["two bases", "the same base", "a mere word proves nothing", "one source, a merge"],
)
def test_disagreeing_sources(record, expected):
    graph = graph_of(record)
    assert graph.disagree(graph.number(record.ref)) is expected


@pytest.mark.parametrize("name", ["a/ünïcode", "a/\u202egnol", "a/名前", "a/" + "x" * 5000, "org/"])
def test_odd_names_are_names(name):
    graph = graph_of(made(name, "SD 1.5"))
    assert len(graph.below(graph.find(SD15))[0]) == 2


def test_find_says_what_is_unknown_and_what_is_several():
    graph = graph_of(made("a/one"), made("a/one", hub="modelscope"))
    with pytest.raises(UsageError, match="nothing stored"):
        graph.find("a/two")
    with pytest.raises(UsageError, match="several"):
        graph.find("a/one")
    assert graph.name(graph.find("modelscope:model:a/one")) == "modelscope:model:a/one"


@pytest.mark.parametrize(
    ("records", "asked", "expected"),
    [
        ([made("a/b", "SD 1.5")], made("a/c", "a/b"), (2, True)),
        ([made("a/b", "org/x"), made("org/x")], made("a/c", "a/b"), (None, True)),
        ([made("a/b", "org/unread")], made("a/c", "a/b"), (None, False)),
        ([made("a/b", unknown=True)], made("a/c", "a/b"), (None, False)),
        ([made("a/b", "a/c")], made("a/c", "a/b"), (None, True)),
        ([], made("a/c", unknown=True), (None, False)),
    ],
    ids=["two steps", "all read", "parent never read", "parent says nothing", "circle", "says nothing itself"],
)
def test_steps_through_the_graph(records, asked, expected):
    assert tuple(graph_of(*records).steps(asked, "historical")) == expected
