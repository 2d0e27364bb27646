"""Hugging Face objects: facts joined from three places, unknown kept apart from none, nothing lost to one bad field."""

import pytest

from hubscan.hubs.huggingface import HUB
from hubscan.records import BaseModel, FileEntry, StoredRecord

SHA = "AB" * 32


def cases(rows):
    return [pytest.param(*row, id=why) for why, *row in rows]


def parse(native=None, kind="model", card=None, **more):
    return HUB.parse(StoredRecord("huggingface", kind, {"id": "org/name"} | (native or {}), card, **more))


def test_a_bare_id_leaves_everything_unknown():
    record = parse()
    assert (record.title, record.author, record.url) == ("name", "org", "https://huggingface.co/org/name")
    unknown = "tags card files base_models datasets license pipeline library gated private disabled downloads likes"
    assert {name: getattr(record, name) for name in unknown.split()} == dict.fromkeys(unknown.split())
    assert (record.texts, record.flags, record.malformed) == ((), {}, ())


FIELDS = [
    ("licence by tag", {"tags": ["license:mit"]}, "license", "mit"),
    ("licence by card", {"cardData": {"license": "mit"}}, "license", "mit"),
    ("licence as a list", {"cardData": {"license": ["mit", "other"]}}, "license", "mit"),
    ("tag before card", {"tags": ["license:mit"], "cardData": {"license": "other"}}, "license", "mit"),
    ("tags without a licence: none", {"tags": ["x"]}, "license", ""),
    ("empty card data: none", {"cardData": {}}, "license", ""),
    ("licence of the wrong type", {"cardData": {"license": 3}}, "license", ""),
    ("data sets from both", {"tags": ["dataset:a"], "cardData": {"datasets": ["a", "b"]}}, "datasets", ("a", "b")),
    ("one data set as text", {"cardData": {"datasets": "a"}}, "datasets", ("a",)),
    ("no data set", {"tags": []}, "datasets", ()),
    ("gated auto", {"gated": "auto"}, "gated", True),
    ("gated manual", {"gated": "manual"}, "gated", True),
    ("not gated", {"gated": False}, "gated", False),
    ("not gated, as a table writes it", {"gated": "False"}, "gated", False),
    ("gated by a word nobody knows", {"gated": "maybe"}, "gated", None),
    ("gated by a number", {"gated": 1}, "gated", None),
    ("tags null", {"tags": None}, "tags", None),
    ("tags from the card", {"cardData": {"tags": ["x"]}}, "tags", ("x",)),
    ("tags partly text", {"tags": ["a", 3, None, ["b"]]}, "tags", ("a",)),
    ("tags as an object", {"tags": {"a": 1}}, "tags", None),
    ("downloads as a whole float", {"downloads": 12.0}, "downloads", 12),
    ("downloads as text", {"downloads": "many"}, "downloads", None),
    ("downloads below zero", {"downloads": -1}, "downloads", None),
    ("downloads without end", {"downloads": float("inf")}, "downloads", None),
    ("downloads not a number", {"downloads": float("nan")}, "downloads", None),
    ("downloads too large to store", {"downloads": 10**30}, "downloads", None),
    ("likes as a truth value", {"likes": True}, "likes", None),
    ("private as text", {"private": "no"}, "private", None),
    ("a date", {"createdAt": "2026-08-18T06:09:20.000Z"}, "created_at", "2026-08-18T06:09:20Z"),
    ("a date with a zone", {"createdAt": "2026-08-18T06:09:20+02:00"}, "created_at", "2026-08-18T04:09:20Z"),
    ("a date without a zone", {"lastModified": "2026-08-18 06:09:20"}, "updated_at", "2026-08-18T06:09:20Z"),
    ("a day that is none", {"createdAt": "2026-02-30T00:00:00Z"}, "created_at", None),
    ("a date out of range", {"createdAt": "0001-01-01T00:00:00+14:00"}, "created_at", None),
    ("a date as a number", {"createdAt": 1700000000}, "created_at", None),
    ("the author against the id", {"author": ["x"]}, "author", "org"),
    ("no author and no slash", {"id": "gpt2"}, "author", None),
    ("an id only under its old name", {"id": None, "modelId": "a/b"}, "title", "b"),
    ("pipeline from the card", {"cardData": {"pipeline_tag": "x"}}, "pipeline", "x"),
    ("the one task of a data set", {"tags": ["task_categories:x"]}, "pipeline", "x"),
    ("tasks of a data set", {"cardData": {"task_categories": ["x", "y"]}}, "pipeline", None),
    ("the kit of a space", {"sdk": "gradio"}, "library", "gradio"),
    ("the adult tag", {"tags": ["not-for-all-audiences"]}, "flags", {"not-for-all-audiences": True}),
    ("tags without it", {"tags": []}, "flags", {"not-for-all-audiences": False}),
    ("card data as a list", {"cardData": ["x"]}, "license", None),
    ("card data as text", {"cardData": "license: mit"}, "license", None),
    ("card data with hostile keys", {"cardData": {"self": 1, 3: 4, "license": "mit"}}, "license", "mit"),
    ("no files listed", {"siblings": []}, "files", ()),
    ("files that are none", {"siblings": ["x", None, {"rfilename": 3}, {}]}, "files", ()),
]


@pytest.mark.parametrize(("native", "name", "value"), cases(FIELDS))
def test_field(native, name, value):
    assert getattr(parse(native), name) == value


BASES = [
    ("from the hub", {"baseModels": {"relation": "merge", "models": [{"id": "a/b"}, {"id": "c/d"}]}}, "merge"),
    ("a tag without relation", {"tags": ["base_model:a/b"]}, None),
    ("a tag with one", {"tags": ["base_model:a/b", "base_model:adapter:a/b"]}, "adapter"),
    ("the card, text", {"cardData": {"base_model": "a/b"}}, None),
    (
        "the card, list and relation",
        {"cardData": {"base_model": ["a/b"], "base_model_relation": "quantized"}},
        "quantized",
    ),
    ("a relation nobody knows", {"cardData": {"base_model": "a/b", "base_model_relation": "cousin"}}, None),
    ("tag and card joined", {"tags": ["base_model:merge:a/b"], "cardData": {"base_model": "a/b"}}, "merge"),
    ("two that disagree: the first", {"tags": ["base_model:merge:a/b", "base_model:adapter:a/b"]}, "merge"),
    ("a list with holes", {"cardData": {"base_model": [None, "", "a/b", 3]}}, None),
]


@pytest.mark.parametrize(("native", "relation"), cases(BASES))
def test_base_models(native, relation):
    assert parse(native).base_models[0] == BaseModel("a/b", relation)


@pytest.mark.parametrize(
    ("native", "expected"),
    [({}, None), ({"tags": []}, ()), ({"tags": ["base_model:", "base_model:adapter:"]}, ()), ({"baseModels": {}}, ())],
)
def test_no_base_model_is_not_unknown(native, expected):
    assert parse(native).base_models == expected


def test_files():
    listed = [
        {"rfilename": "w.safetensors", "size": 5, "lfs": {"sha256": SHA}},
        {"rfilename": "x", "size": "big", "lfs": {"sha256": "short"}},
        {"rfilename": "y", "lfs": ["no"]},
    ]
    record = parse({"siblings": listed})
    assert record.files == (FileEntry("w.safetensors", 5, SHA.lower()), FileEntry("x"), FileEntry("y"))
    assert record.malformed == ("siblings[].lfs.sha256", "siblings[].size", "siblings[].lfs")


CARDS = [
    ("read", "# Title", None, "read"),
    ("empty", "", None, "none"),
    ("blank", " \n", None, "none"),
    ("not looked at", None, None, None),
    ("files without a README", None, [{"rfilename": "w"}], "none"),
    ("files with one", None, [{"rfilename": "README.md"}], None),
    ("text wins over the list", "text", [{"rfilename": "w"}], "read"),
]


@pytest.mark.parametrize(("card", "siblings", "state"), cases(CARDS))
def test_card_state(card, siblings, state):
    assert parse({"siblings": siblings}, card=card).card == state


FRONT = "---\nlicense: mit\nlanguage: no\nbase_model: a/b\ndatasets: [d]\ntags: x\npretty_name: P\n---\nbody"


@pytest.mark.parametrize("card_data", [{}, None, [], "x"])
def test_the_cards_own_front_matter_stands_in(card_data):
    record = parse({"cardData": card_data}, card=FRONT)
    assert (record.license, record.datasets, record.tags) == ("mit", ("d",), ("x",))
    assert record.base_models == (BaseModel("a/b"),)
    assert record.text("front_matter.pretty_name") == "P"
    assert record.text("card") == FRONT


def test_it_is_not_parsed_where_the_hub_did(monkeypatch):
    monkeypatch.setattr("hubscan.hubs._cards.parse", lambda _: pytest.fail("YAML costs more than all"))
    assert parse({"cardData": {"license": "apache-2.0"}}, card=FRONT).license == "apache-2.0"


def test_broken_front_matter_leaves_unknown_what_it_may_have_said():
    record = parse(card="---\npipeline_tag: x\nlicense: [\n---\nbody")
    assert (record.license, record.pipeline) == (None, "x")
    assert record.malformed == ("card front matter",)


def test_a_card_without_front_matter_declares_nothing():
    record = parse(card="# Title only")
    assert (record.license, record.datasets, record.base_models) == ("", (), ())


def test_texts_people_read():
    card_data = {
        "pretty_name": "Name",
        "thumbnail": "https://x.invalid/t.png",
        "license": "mit",
        "instance_prompt": "a photo of tok",
        "extra_gated_fields": {"Your name": "text", "Use": "text"},
        "widget": [{"text": "one", "output": {"url": "i.png"}}, "bad", {"example_title": "two", "src": "s"}],
        "made up": "words",
        "link": "https://x.invalid",
    }
    found = [
        (t.field, t.kind, t.text) for t in parse({"cardData": card_data, "description": "d"}, kind="dataset").texts
    ]
    assert found == [
        ("description", "description", "d"),
        ("front_matter.instance_prompt", "trigger_word", "a photo of tok"),
        ("front_matter.pretty_name", "front_matter", "Name"),
        ("front_matter.other[6]", "front_matter", "words"),
        ("front_matter.extra_gated_fields[0]", "front_matter", "Your name"),
        ("front_matter.extra_gated_fields[1]", "front_matter", "Use"),
        ("front_matter.widget[0].text", "front_matter", "one"),
        ("front_matter.widget[2].example_title", "front_matter", "two"),
    ]


@pytest.mark.parametrize("widget", [None, 3, {}, [[]], [{"text": 4}], "x"])
def test_odd_widgets_are_passed_over(widget):
    assert parse({"cardData": {"widget": widget, "extra_gated_fields": widget}}).ref.repo_id == "org/name"


def test_embedded_pictures_leave_the_card():
    record = parse(card="see ![](data:image/png;base64,QUJDRA==) here")
    assert record.text("card") == "see ![](data:image/png;base64,) here"


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("dataset", "https://huggingface.co/datasets/org/na%20me"),
        ("space", "https://huggingface.co/spaces/org/na%20me"),
        ("bucket", "https://huggingface.co/buckets/org/na%20me"),
        ('"><x', "https://huggingface.co/%22%3E%3Cxs/org/na%20me"),
    ],
)
def test_addresses(kind, url):
    assert parse({"id": "org/na me"}, kind=kind).url == url


def test_what_was_malformed_is_told_and_changes_no_digest():
    record = parse({"downloads": "x", "tags": 3, "createdAt": []})
    assert record.malformed == ("tags", "downloads", "createdAt")
    assert record.digest == parse().digest


def test_fetch_time_is_checked():
    assert parse(fetched_at="2026-01-01T00:00:00Z").fetched_at == "2026-01-01T00:00:00Z"
    assert parse(fetched_at="yesterday").fetched_at is None
