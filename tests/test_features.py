"""From a record to pieces of text and facts: which, of what kind, and where."""

import pytest

from hubscan import features
from hubscan.features import KINDS, Piece
from hubscan.findings import FACETS
from hubscan.records import BaseModel, TextField
from tests.engine.made import record

FULL = record(
    "org/Title", tags=("a", "license:mit"), base_models=(BaseModel("b"),), datasets=("d",), files=("f",),
    headers=({"ss_output_name": "o"},), card="---\nx: y\n---\nBody",
    texts=[TextField("versions[0].name", "version", "v"), TextField("description", "description", "<p>", "html")],
)  # fmt: skip
CARDS = [
    ("Body", [("card", "Body", 0)], "no front matter"),
    ("---\nx: y\n---\nBody", [("front_matter", "---\nx: y\n", 0), ("card", "Body", 13)], "front matter"),
    (
        "\ufeff---\nx: y\n---\nBody",
        [("front_matter", "\ufeff---\nx: y\n", 0), ("card", "Body", 14)],
        "a mark first",
    ),
    ("---\nx: y\nBody", [("card", "---\nx: y\nBody", 0)], "front matter that does not end is text"),
    ("---\nx: y\n---\n", [("front_matter", "---\nx: y\n", 0), ("card", "", 13)], "nothing else"),
]


def test_every_text_is_a_piece_with_its_place():
    found = {(piece.kind, piece.field, piece.text) for piece in features.pieces(FULL)}
    assert found >= {
        ("name", "name", "Title"), ("author", "author", "maker"), ("license", "license", "mit"),
        ("tag", "tags[0]", "a"),
        ("base_model", "base_models[0]", "b"), ("dataset", "datasets[0]", "d"), ("file_name", "files[0].name", "f"),
        ("version", "versions[0].name", "v"), ("description", "description", "<p>"), ("card", "card", "Body"),
    }  # fmt: skip
    assert ("tag", "tags[1]", "license:mit") not in found, "said by the licence already"
    assert "o" in {text for _, field, text in found if field.startswith("headers[0]")}


@pytest.mark.parametrize(("card", "expected", "why"), CARDS)
def test_a_card_is_cut_where_its_body_starts(card, expected, why):
    found = [piece for piece in features.pieces(record(card=card)) if piece.field == "card"]
    assert [(piece.kind, piece.text, piece.offset) for piece in found] == expected, why
    assert all(card.startswith(piece.text, piece.offset) for piece in found)


def test_every_piece_can_be_read_again():
    for piece in features.pieces(FULL):
        whole = features.field_text(FULL, piece.field)
        assert whole is not None
        assert whole[piece.offset : piece.offset + len(piece.text)] == piece.text
    assert features.field_text(FULL, "likes") is None


def test_every_kind_counts_for_a_facet():
    assert set(KINDS.values()) <= set(FACETS)
    assert {piece.kind for piece in features.pieces(FULL)} <= KINDS.keys()
    assert Piece("name", "name", "Title", "plain", 0) in features.pieces(FULL)


FACTS = [
    ("hub", {}, "huggingface"), ("kind", {}, "model"), ("license", {}, "mit"), ("license", {"license": None}, None),
    ("card", {"card": None}, None), ("card", {}, "none"), ("card", {"card": "x"}, "read"),
    ("card_length", {"card": None}, None), ("card_length", {}, 0),
    ("card_length", {"card": "---\na: b\n---\n x \n"}, 1),
    ("files", {"files": None}, None), ("files", {"files": ("a", "b")}, 2), ("weights", {"files": None}, None),
    ("weights", {"files": ("A.SAFETENSORS", "b.gguf", "c.txt")}, 2), ("tags", {"tags": None}, None), ("tags", {}, 0),
    ("likes", {"likes": 3}, 3), ("gated", {"gated": False}, False), ("flag.poi", {"flags": {"poi": True}}, True),
    ("flag.poi", {}, None), ("name_shape", {"title": "000418_1"}, "number"),
    ("name_shape", {"title": "lantern"}, "words"), ("makes", {}, None), ("makes", {"pipeline": "tea-making"}, None),
    ("makes", {"pipeline": "text-to-video"}, "picture"), ("makes", {"pipeline": "text-to-speech"}, "sound"),
    ("makes", {"pipeline": "text-generation"}, "text"), ("makes", {"pipeline": "object-detection"}, "nothing"),
    ("title_in_card", {"title": "1337", "card": "Seed 1337."}, True), ("title_in_card", {"title": "1337"}, False),
    ("title_in_card", {"title": "1337", "card": None}, None),
    ("makes", {"tags": ("Face_Recognition",)}, "nothing"), ("makes", {"tags": ("lantern", "fill-mask")}, "nothing"),
    ("makes", {"tags": ("face detection", "lora")}, None), ("makes", {"tags": ("detection of lanterns",)}, None),
    ("makes", {"tags": ("face-detection", "text-to-image")}, None),
    ("makes", {"files": ("a.txt", "b.JOBLIB")}, "nothing"),
    ("makes", {"files": ("b.safetensors",)}, None), ("makes", {"files": None, "tags": None}, None),
    ("makes", {"files": ("b.joblib",), "pipeline": "text-to-image"}, "picture"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "given", "expected"), FACTS)
def test_facts(name, given, expected):
    assert features.fact(record(**given), name) == expected


def test_every_fact_bears_a_record_of_which_nothing_is_known():
    for name in features.FACTS:
        value = features.fact(record(files=None, headers=(), tags=None, card=None), name)
        assert value is None or isinstance(value, bool | int | float | str | tuple | frozenset), name


def test_a_document_to_try_a_model_on_is_no_word_of_the_upload():
    sample, prompt = "a lantern " * 101, "one lantern"
    card = f'---\nwidget:\n  - text: "{sample}"\n  - text: "{prompt}"\nkind: b\n---\nbody'
    for given in (card, card.removesuffix("---\nbody")):
        texts = [(piece.offset, piece.text) for piece in features.pieces(record(card=given)) if piece.field == "card"]
        assert all(given[offset : offset + len(text)] == text for offset, text in texts)
        said = "".join(text for _, text in texts)
        assert sample not in said
        assert prompt in said
        assert "kind: b" in said
