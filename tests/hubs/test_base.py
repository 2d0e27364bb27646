"""One contract over all hubs, and how they are found."""

import json
import time
from importlib.metadata import EntryPoint

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubscan.errors import UsageError
from hubscan.findings import ScanError
from hubscan.hubs import base
from hubscan.records import RepoRecord, StoredRecord

HUBS = list(base.names())

KEYS = [
    *(
        "id",
        "modelId",
        "author",
        "sha",
        "tags",
        "siblings",
        "rfilename",
        "size",
        "lfs",
        "sha256",
        "cardData",
        "license",
    ),
    *("base_model", "base_model_relation", "baseModels", "relation", "models", "datasets", "widget", "text", "gated"),
    *("extra_gated_fields", "instance_prompt", "private", "downloads", "likes", "createdAt", "lastModified", "name"),
    *("description", "modelVersions", "files", "hashes", "SHA256", "sizeKB", "trainedWords", "stats", "downloadCount"),
    *("creator", "username", "allowCommercialUse", "nsfwLevel", "mode", "availability", "baseModel", "publishedAt"),
    *("images", "self", "Path", "Name", "Files", "Sha256", "Size", "Tags", "Tasks", "License", "LastUpdatedTime"),
    *("manifest", "config", "layers", "unread", "mediaType", "digest", "system", "license", "capabilities"),
]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["2024-01-01T00:00:00.000Z", "license:x", "base_model:adapter:a/b", "base_model:", "\ud800", "a/b"]
    ),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.integers(), inner, max_size=5)
    ),
    max_leaves=25,
)
NATIVES = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=14)
USABLE = st.sampled_from(["a/b", "x", "12", 7, None])


def test_hubs_are_found_by_walking():
    assert {"civitai", "files", "huggingface", "modelscope", "modelscope_ai", "ollama"} <= set(base.names())
    assert list(base.names()) == sorted(base.names())


@pytest.mark.parametrize("name", HUBS)
def test_each_keeps_the_contract(name):
    hub = base.load(name)
    assert isinstance(hub, base.Hub)
    assert hub.name == name
    assert hub.title


def test_an_unknown_hub_lists_the_choices():
    with pytest.raises(UsageError, match="civitai, files, huggingface"):
        base.load("nowhere")


@pytest.mark.parametrize("name", ["nowhere", "base", "_fields", "", "../errors"])
def test_a_record_of_an_unknown_hub_is_an_error_value(name):
    error = base.parse(StoredRecord(name, "model", {"id": "a"}, where="f:3"))
    assert isinstance(error, ScanError)
    assert (error.kind, error.where) == ("unknown-hub", "f:3")


def test_a_hub_from_outside_joins_by_entry_point(monkeypatch):
    class Elsewhere:
        name = "elsewhere"
        title = "Elsewhere"

        def parse(self, stored):
            return ScanError(stored.where, "test", "")

        def scrub(self, native):
            return dict(native)

    monkeypatch.setattr(base, "HUB_FOR_THIS_TEST", Elsewhere(), raising=False)
    point = EntryPoint("elsewhere", "hubscan.hubs.base:HUB_FOR_THIS_TEST", base.ENTRY_POINTS)
    monkeypatch.setattr(
        base, "entry_points", lambda **wanted: [point] if wanted.get("name", point.name) == point.name else []
    )
    base.names.cache_clear()
    base.load.cache_clear()
    try:
        assert base.load("elsewhere").title == "Elsewhere"
        assert "huggingface" in base.names()
    finally:
        monkeypatch.undo()
        base.names.cache_clear()
        base.load.cache_clear()


@pytest.mark.parametrize("hub", HUBS)
@pytest.mark.parametrize("native", [[], None, "x", 3])
def test_native_of_another_shape_is_an_error_value(hub, native):
    assert base.parse(StoredRecord(hub, "model", native)).kind == "not-a-record"


@pytest.mark.parametrize("hub", HUBS)
@pytest.mark.parametrize(
    "native_id", [None, "", " ", "a\nb", "a\x00", "x" * 600, [], {}, True, -1, 1.5, float("nan"), float("inf"), 2**70]
)
def test_without_a_usable_id_it_is_one_error(hub, native_id):
    error = base.parse(StoredRecord(hub, "model", {"id": native_id, "tags": ["x"]}, where="f:9"))
    assert (error.kind, error.where) == ("no-id", "f:9")


@pytest.mark.parametrize("hub", HUBS)
def test_hub_objects_never_raise(hub):
    @given(
        native=NATIVES,
        native_id=USABLE,
        card=st.none() | st.text(alphabet="-a:\n[&*", max_size=30),
        kind=st.text(max_size=9),
    )
    @settings(max_examples=250, deadline=None)
    def holds(native, native_id, card, kind):
        scrubbed = base.load(hub).scrub(native)
        json.dumps(scrubbed).encode()
        for source in (native | {"id": native_id}, scrubbed | {"id": native_id}):
            result = base.parse(StoredRecord(hub, kind, source, card, fetched_at="x"))
            assert isinstance(result, RepoRecord | ScanError)
            if isinstance(result, RepoRecord):
                assert len(result.digest) == 64, "every text has a UTF-8 form and every number is finite"
                assert len({text.field for text in result.texts}) == len(result.texts)

    holds()


PICTURES = [
    ("a list of pictures", {"images": [{"url": "https://x.invalid/1.png"}]}),
    ("a portrait", {"creator": {"username": "u", "image": "https://x.invalid/me"}}),
    ("a thumbnail", {"cardData": {"thumbnail": "https://x.invalid/t"}}),
    ("an address alone", {"widget": [{"src": "https://x.invalid/a/b.jpeg?w=1"}]}),
    ("a film", {"any": {"where": "//cdn.invalid/x.MP4"}}),
    ("embedded", {"description": "see data:image/png;base64,QUJDRA== there"}),
    ("embedded, upper case", {"name": "DATA:IMAGE/JPEG;charset=x;base64,QUJDRA=="}),
    ("deep", {"a": [[[{"images": ["QUJDRA=="]}]]]}),
]


@pytest.mark.parametrize("hub", HUBS)
@pytest.mark.parametrize("native", [row[1] for row in PICTURES], ids=[row[0] for row in PICTURES])
def test_scrub_keeps_no_picture(hub, native):
    kept = json.dumps(base.load(hub).scrub({"id": 1} | native))
    assert "invalid" not in kept
    assert "QUJDRA" not in kept


@pytest.mark.parametrize("hub", HUBS)
def test_scrub_keeps_text_and_unknown_keys(hub):
    native = {"id": 1, "tags": ["x"], "new": {"k": [1, None, True]}, "siblings": [{"rfilename": "sample.png"}]}
    assert base.load(hub).scrub(native) == native


@pytest.mark.parametrize("hub", HUBS)
def test_headers_come_without_pictures(hub):
    values = {
        "ss_tag": "x",
        "modelspec.thumbnail": "data:image/jpeg;base64,QUJD",
        "ssmd_cover_images": "[]",
        "note": "n",
    }
    record = base.parse(StoredRecord(hub, "model", {"id": "7"}, headers={"w.safetensors": values}))
    assert [(h.file, dict(h.values)) for h in record.headers] == [("w.safetensors", {"ss_tag": "x", "note": "n"})]


ENDLESS = [
    "//" + ".png?" * 200_000 + " ",
    "data:" * 200_000 + ";base64,",
    ";base64," * 100_000,
    "data:a/" + ";x" * 300_000,
]


@pytest.mark.parametrize("hub", HUBS)
@pytest.mark.parametrize("text", ENDLESS, ids=["addresses", "data", "base64", "parameters"])
def test_no_text_stalls(hub, text):
    begin = time.process_time()
    base.load(hub).scrub({"description": text, "cardData": {"a": text}})
    base.parse(StoredRecord(hub, "model", {"id": "7", "description": text}, card=text + ";base64,"))
    assert time.process_time() - begin < 3.0
