"""What a header says of its file, as kinds of pieces, as parents, and as rules see it."""

import pytest

from hubscan import declared, features
from hubscan.engine.load import load
from hubscan.engine.match import Matcher
from hubscan.records import BaseModel, FileHeader, RepoRecord, RepoRef

TEXTS = [
    # (the header, the pieces made of it: address, kind, text)
    ({}, []),
    ({"ss_output_name": "QuietMill_v2"}, [(".ss_output_name", "file_name", "QuietMill_v2")]),
    ({"modelspec.title": "Quiet"}, [(".modelspec.title", "file_name", "Quiet")]),
    ({"general.name": "Quiet"}, [(".general.name", "file_name", "Quiet")]),
    ({"modelspec.description": "Mills"}, [(".modelspec.description", "description", "Mills")]),
    ({"general.description": "Mills"}, [(".general.description", "description", "Mills")]),
    ({"modelspec.usage_hint": "x"}, [(".modelspec.usage_hint", "description", "x")]),
    ({"ss_training_comment": "x"}, [(".ss_training_comment", "description", "x")]),
    ({"modelspec.author": "x"}, [(".modelspec.author", "header", "x")]),
    ({"modelspec.trigger_phrase": "mll"}, [(".modelspec.trigger_phrase", "trigger_word", "mll")]),
    ({"modelspec.tags": "mill, , sea"}, [(":modelspec.tags[0]", "tag", "mill"), (":modelspec.tags[1]", "tag", "sea")]),
    ({"general.tags": "mill"}, [(":general.tags[0]", "tag", "mill")]),
    (
        {"modelspec.merged_from": "a, b"},
        [(":modelspec.merged_from[0]", "base_model", "a"), (":modelspec.merged_from[1]", "base_model", "b")],
    ),
    ({"ss_sd_model_name": "/srv/train/v1.ckpt"}, [(":ss_sd_model_name", "base_model", "v1.ckpt")]),
    ({"ss_sd_model_name": "C:\\m\\v1.ckpt"}, [(":ss_sd_model_name", "base_model", "v1.ckpt")]),
    ({"ss_base_model_version": "sd_v1"}, [(".ss_base_model_version", "base_model", "sd_v1")]),
    ({"modelspec.architecture": "flux-1/lora"}, [(".modelspec.architecture", "base_model", "flux-1/lora")]),
    ({"general.dataset.0.name": "Set"}, [(".general.dataset.0.name", "dataset", "Set")]),
    ({"ss_training_comment": "None", "a": "", "b": "null", "c": "{}"}, []),
    ({"ss_output_name#2": "x"}, [(".ss_output_name#2", "file_name", "x")]),
    ({"ModelSpec.Title": "x"}, [(".ModelSpec.Title", "file_name", "x")]),
    (
        {"modelspec.tags": "a", "modelspec.tags[0]": "b"},
        [(":modelspec.tags[0]", "tag", "a"), (".modelspec.tags[0]", "header", "b")],
    ),
    (
        {"general.base_model.0.name": "Base", "general.base_model.0.repo_url": "https://huggingface.co/ex/base"},
        [
            (".general.base_model.0.name", "header", "Base"),
            (".general.base_model.0.repo_url", "header", "https://huggingface.co/ex/base"),
            (":general.base_model.0", "base_model", "ex/base"),
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("header", "expected"), TEXTS, ids=[" ".join(row[0]) for row in TEXTS])
def test_texts_come_by_their_kind(header, expected):
    assert [tuple(said) for said in declared.texts(header)] == expected


def gguf_base(number=0, **parts):
    return {f"general.base_model.{number}.{key}": value for key, value in parts.items()}


PARENTS = [
    ({}, []),
    ({"ss_sd_model_name": "None"}, []),
    ({"ss_sd_model_name": "v1.ckpt", "ss_network_module": "networks.lora"}, [("v1.ckpt", "adapter")]),
    ({"ss_sd_model_name": "v1.ckpt"}, [("v1.ckpt", "finetune")]),
    ({"modelspec.merged_from": "a.safetensors, b"}, [("a.safetensors", "merge"), ("b", "merge")]),
    ({"ss_base_model_version": "sd_v1"}, []),
    (gguf_base(name="Base"), [("Base", None)]),
    (gguf_base(name="Base", organization="Ex"), [("Ex/Base", None)]),
    (gguf_base(name="Base", repo_url="https://huggingface.co/ex/base/"), [("ex/base", None)]),
    (gguf_base(name="Base", repo_url="https://elsewhere.invalid/ex/base"), [("Base", None)]),
    (gguf_base(name="Base", repo_url="https://huggingface.co/" + "../" * 5), [("Base", None)]),
    ({"general.type": "adapter", **gguf_base(name="Base")}, [("Base", "adapter")]),
    ({**gguf_base(name="A"), **gguf_base(1, name="B")}, [("A", None), ("B", None)]),
    (gguf_base(organization="Ex"), []),
]


@pytest.mark.parametrize(("header", "expected"), PARENTS)
def test_parents_come_with_their_relation_where_it_can_be_told(header, expected):
    assert declared.base_models(header) == tuple(BaseModel(*one) for one in expected)


def record(**header):
    ref = RepoRef("huggingface", "model", "o/quiet")
    return RepoRecord(ref=ref, url="u", title="quiet", headers=(FileHeader("w.safetensors", header),))


def test_every_piece_of_a_header_can_be_read_again_by_its_address():
    made = record(
        ss_output_name="mill",
        ss_tag_frequency='{"3_mill": {"mill": 3}}',
        ss_datasets='[{"subsets": [{"image_dir": "3_mill", "class_tokens": "mll"}]}]',
        **{"modelspec.tags": "a,b", "training_tags[0]": "decoy", ":training_tags[0]": "decoy"},
    )
    pieces = list(features.pieces(made))
    assert len({piece.field for piece in pieces}) == len(pieces)
    assert all(features.field_text(made, piece.field) == piece.text for piece in pieces)
    kinds = {piece.kind: piece.text for piece in pieces}
    assert kinds["training_tag"] == "3_mill"
    assert kinds["trigger_word"] == "mll"
    assert not any("tag_frequency" in piece.field or "ss_datasets" in piece.field for piece in pieces)


MARKED = [
    ({"ss_tag_frequency": '{"1_a": {"nsfw": 30, "underage": 30}}'}, "training_tags"),
    ({"ss_datasets": '[{"tag_frequency": {"1_a": {"nsfw": 30, "underage": 30}}}]'}, "training_tags"),
    ({"modelspec.trigger_phrase": "nsfw, underage"}, "trigger_words"),
    ({"modelspec.tags": "nsfw, underage"}, "tags"),
    ({"modelspec.title": "NsfwUnderageStyle"}, "files"),
    ({"general.name": "nsfw underage"}, "files"),
]


@pytest.mark.parametrize(("header", "facet"), MARKED, ids=[next(iter(row[0])) for row in MARKED])
def test_a_marking_that_stands_in_a_header_alone_is_found(header, facet):
    found = [finding for finding in Matcher(load()).match(record(**header)) if finding.rule.category == "csae"]
    assert found
    assert found[0].facets == (facet,)


def test_a_rare_training_tag_marks_nothing():
    rare = '{"1_a": {"nsfw": 300, "underage": 3}}'
    assert not [one for one in Matcher(load()).match(record(ss_tag_frequency=rare)) if one.rule.category == "csae"]
