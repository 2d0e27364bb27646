"""A family as JSON, GraphML, text and a page: the same answer, whole, and harmless whatever names hold."""

import json
from xml.etree import ElementTree

import pytest

from hubscan import bases
from hubscan.holders import Holder, Presence
from hubscan.lineage import build, draw, family
from hubscan.lineage.family import SAME_FILE, Copy
from hubscan.records import BaseModel, FileHeader, RepoRecord, RepoRef

XML = "{http://graphml.graphdrawing.org/xmlns}"
EVIL = "e/<script>\u202e]]>&\"'"


def made(name, *parents, relation="finetune", header=None):
    headers = (FileHeader("a.safetensors", header),) if header else ()
    given = tuple(BaseModel(parent, relation) for parent in parents)
    return RepoRecord(
        ref=RepoRef("huggingface", "model", name), url="u", title=name, base_models=given, headers=headers
    )


def family_of(*records, root="SD 1.5", flagged=(), depth=3, copies=()):
    graph = build(records, bases.shipped())
    refs = [RepoRef("huggingface", "model", name) for name in flagged]
    return family(graph, graph.find(root), refs, copies, depth)


@pytest.fixture
def kin():
    copy = Copy(Holder(RepoRef("civitai", "model", "7", "r1"), "u", "moth", Presence.UP, "listed", "T"), SAME_FILE)
    return family_of(
        made("a/one", "SD 1.5"),
        made("a/two", "a/one", relation="adapter"),
        made("a/three", "a/one", "a/four", relation="merge"),
        made("a/four", "a/three", relation="merge"),
        made("a/five", "SD 1.5", "org/unread", header={"ss_sd_model_name": "sd-v1-4.ckpt"}),
        made(EVIL, "a/two"),
        flagged=["a/two", "a/five"],
        copies=[copy],
    )


def read_json(kin):
    return json.loads(b"".join(draw.as_json(kin)))


def test_json_holds_everything(kin):
    told = read_json(kin)
    assert told["schema"] == "hubscan.lineage/1"
    assert (told["descendants"], told["flagged"]) == (6, 2)
    assert [(level["steps"], level["nodes"], level["flagged"], level["unread"]) for level in told["levels"]] == [
        (1, 2, 1, 0),
        (2, 2, 1, 0),
        (3, 2, 0, 0),
    ]
    assert told["levels"][0]["relations"] == {"finetune": 2}
    assert [sorted(cycle) for cycle in told["cycles"]] == [["huggingface:model:a/four", "huggingface:model:a/three"]]
    assert told["disagreeing"] == ["huggingface:model:a/five"]
    (root, *_) = told["nodes"]
    assert (root["name"], root["read"], root["flagged"], root["below"]) == ("Stable Diffusion 1.5", False, None, 6)
    assert told["copies"][0]["repo"]["revision"] == "r1"


def test_depth_bounds_what_is_drawn_and_not_what_is_counted():
    chain = [made("c/0", "SD 1.5"), *(made(f"c/{n}", f"c/{n - 1}") for n in range(1, 50))]
    told = read_json(family_of(*chain, depth=2))
    assert (told["descendants"], len(told["nodes"]), len(told["levels"])) == (50, 3, 50)


def test_what_is_named_and_never_read_is_said():
    told = read_json(family_of(made("a/five", "org/unread"), root="a/five"))
    assert told["made_from"] == told["not_read"] == ["huggingface:model:org/unread"]


def test_graphml_is_xml_with_every_edge(kin):
    tree = ElementTree.fromstring(b"".join(draw.as_graphml(kin)))
    nodes, edges = list(tree.iter(f"{XML}node")), list(tree.iter(f"{XML}edge"))
    assert len(nodes) == 7
    assert len(edges) == 7
    assert {edge.get("source") for edge in edges} <= {node.get("id") for node in nodes}


def test_nothing_an_uploader_wrote_acts_on_a_page_or_terminal(kin):
    page, text = draw.as_html(kin).decode(), "\n".join(draw.as_text(kin))
    assert "<script" not in page
    assert "\u202e" not in page + text
    assert "http-equiv" in page
    assert page.count("<svg") >= 2


def test_text_says_what_is_known_and_what_is_not(kin):
    text = "\n".join(draw.as_text(kin))
    for expected in (
        "deprecated since 2023-12-20",
        "No record of it was read",
        "A circle, each made from another",
        "huggingface:model:a/two (adapter); 1 below, 1 flagged [flagged]",
        "civitai:model:7 at r1 (same file, uploaded by moth): up, listed",
    ):
        assert expected in text
    assert "unknown: no repository that holds it was read" in "\n".join(draw.as_text(family_of(made("a/a", "SD 1.5"))))


def test_hub_and_header_that_disagree_are_named():
    told = read_json(family_of(made("a/a", "org/x", header={"ss_sd_model_name": "sd-v1-4.ckpt"}), root="a/a"))
    assert told["disagreeing"] == ["huggingface:model:a/a"]


def test_a_giant_fan_is_folded_with_its_counts():
    fan = [made(f"f/{n:05}", "SD 1.5") for n in range(5_000)]
    kin = family_of(*fan, flagged=["f/04999"])
    lines = list(draw.as_text(kin))
    assert any("... 4,988 more; 1 flagged" in line for line in lines) or any("f/04999" in line for line in lines)
    assert len(lines) < 40
    assert len(draw.as_html(kin)) < 100_000


def test_the_same_family_gives_the_same_bytes(kin):
    assert b"".join(draw.as_json(kin)) == b"".join(draw.as_json(kin))
    assert draw.as_html(kin) == draw.as_html(kin)
