"""Civitai objects: versions, trigger words, the hub's own flags; pictures never."""

import time

import pytest

from hubscan.hubs.civitai import HUB
from hubscan.records import BaseModel, FileEntry, StoredRecord

SHA = "CD" * 32


def cases(rows):
    return [pytest.param(*row, id=why) for why, *row in rows]


def parse(native=None):
    return HUB.parse(StoredRecord("civitai", "model", {"id": 42} | (native or {})))


def version(**fields):
    return {"modelVersions": [fields]}


def test_a_bare_id_leaves_everything_unknown():
    record = parse()
    assert (record.ref.repo_id, record.title, record.url) == ("42", "42", "https://civitai.com/models/42")
    unknown = "author tags card files base_models datasets license gated private disabled downloads likes created_at"
    assert {name: getattr(record, name) for name in unknown.split()} == dict.fromkeys(unknown.split())
    assert (record.texts, record.flags, record.malformed) == ((), {}, ())


FIELDS = [
    ("the id as text", {"id": "0042"}, "title", "0042"),
    ("the name", {"name": "A Style"}, "title", "A Style"),
    ("a name of the wrong type", {"name": ["x"]}, "title", "42"),
    ("tags as texts", {"tags": ["a", "b"]}, "tags", ("a", "b")),
    ("tags as objects", {"tags": [{"name": "a"}, "b", {"id": 3}, None]}, "tags", ("a", "b")),
    ("tags as an object", {"tags": {"name": "a"}}, "tags", None),
    ("the creator", {"creator": {"username": "u", "image": "https://x.invalid/i"}}, "author", "u"),
    ("no creator", {"creator": None}, "author", None),
    ("a creator of the wrong type", {"creator": "u"}, "author", None),
    ("downloads", {"stats": {"downloadCount": 3}}, "downloads", 3),
    ("downloads null", {"stats": {"downloadCount": None}}, "downloads", None),
    ("stats null", {"stats": None}, "downloads", None),
    ("stats of the wrong type", {"stats": [1]}, "downloads", None),
    ("null description: no card", {"description": None}, "card", "none"),
    ("blank description: no card", {"description": " "}, "card", "none"),
    ("description", {"description": "<p>x</p>"}, "card", "read"),
    ("description of the wrong type", {"description": 3}, "card", None),
    ("taken down", {"mode": "TakenDown"}, "disabled", True),
    ("archived", {"mode": "Archived"}, "flags", {"mode": "Archived"}),
    ("private", {"availability": "Private"}, "private", True),
    ("early access", {"availability": "EarlyAccess"}, "gated", True),
    ("availability of the wrong type", {"availability": 3}, "gated", None),
    (
        "flags",
        {"nsfw": True, "poi": False, "minor": None, "nsfwLevel": 31},
        "flags",
        {"nsfw": True, "poi": False, "nsfwLevel": 31},
    ),
    ("flags of the wrong type", {"nsfw": "yes", "poi": 1, "nsfwLevel": "R", "type": []}, "flags", {}),
    ("type", {"type": "LORA"}, "flags", {"type": "LORA"}),
    ("uses as a list", {"allowCommercialUse": ["Image", "Rent"]}, "flags", {"allowCommercialUse": "Image,Rent"}),
    ("uses as text", {"allowCommercialUse": "{Image, Rent}"}, "flags", {"allowCommercialUse": "Image,Rent"}),
    ("no use", {"allowCommercialUse": []}, "flags", {"allowCommercialUse": ""}),
    ("base models", version(baseModel="SD 1.5"), "base_models", (BaseModel("SD 1.5"),)),
    ("no version, no base", {"modelVersions": []}, "base_models", ()),
    ("versions of the wrong type", {"modelVersions": {"a": 1}}, "base_models", None),
    ("versions that are none", {"modelVersions": [3, None, []]}, "files", ()),
    ("no file asked for", version(name="v1"), "files", None),
    ("no file", version(files=[]), "files", ()),
    (
        "dates",
        {"modelVersions": [{"publishedAt": "2024-05-02T00:00:00Z"}, {"publishedAt": "2023-01-01T00:00:00.5Z"}]},
        "created_at",
        "2023-01-01T00:00:00Z",
    ),
    ("bad dates", {"modelVersions": [{"publishedAt": "soon"}, {"publishedAt": 3}]}, "updated_at", None),
]


@pytest.mark.parametrize(("native", "name", "value"), cases(FIELDS))
def test_field(native, name, value):
    assert getattr(parse(native), name) == value


@pytest.mark.parametrize("native_id", ["a/b", "４２", "", "-1", None, True, 1.5, [42]])
def test_an_id_is_a_number(native_id):
    assert parse({"id": native_id}).kind == "no-id"


def test_texts():
    native = {
        "description": "<p>d</p>",
        "modelVersions": [
            {
                "name": "v2",
                "description": "<b>n</b>",
                "trainedWords": ["one", 3, "two"],
                "images": [{"meta": {"prompt": "p"}}],
            },
            {"name": None, "trainedWords": "alone"},
        ],
    }
    record = parse(native)
    assert [(t.field, t.kind, t.text, t.markup) for t in record.texts] == [
        ("description", "description", "<p>d</p>", "html"),
        ("versions[0].name", "version", "v2", "plain"),
        ("versions[0].description", "version", "<b>n</b>", "html"),
        ("versions[0].trained_words[0]", "trigger_word", "one", "plain"),
        ("versions[0].trained_words[1]", "trigger_word", "two", "plain"),
        ("versions[1].trained_words[0]", "trigger_word", "alone", "plain"),
    ]
    assert record.malformed == ("modelVersions[].trainedWords",)


FILES = [
    ("whole", {"sizeKB": 1.5, "hashes": {"SHA256": SHA, "AutoV2": "AB"}}, 1536, SHA.lower(), {"AutoV2": "AB"}),
    ("hashes null", {"hashes": None}, None, None, {}),
    ("hashes of the wrong type", {"hashes": [SHA]}, None, None, {}),
    ("a digest that is none", {"hashes": {"SHA256": "zz"}}, None, None, {}),
    ("a digest that is a number", {"hashes": {"SHA256": 12}}, None, None, {}),
    ("a hash nobody knows", {"hashes": {"words of a stranger": "x", "CRC32": 5}}, None, None, {}),
    ("size not a number", {"sizeKB": float("nan")}, None, None, {}),
    ("size without end", {"sizeKB": float("inf")}, None, None, {}),
    ("size below zero", {"sizeKB": -4}, None, None, {}),
    ("size as text", {"sizeKB": "4"}, None, None, {}),
]


@pytest.mark.parametrize(("fields", "size", "digest", "others"), cases(FILES))
def test_file(fields, size, digest, others):
    assert parse(version(files=[{"name": "w"} | fields])).files == (FileEntry("w", size, digest, others),)


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ('<img alt="words" src="https://x.invalid/1" width=3>', '<img alt="words" src="" width=3>'),
        ("<IMG SRC='https://x.invalid/1'>", '<IMG SRC="">'),
        ("<video poster=//x.invalid/p src=//x.invalid/v>", '<video poster="" src="">'),
        ('<a href="https://mirror.invalid">here</a>', '<a href="https://mirror.invalid">here</a>'),
        ("a < b and src = c", "a < b and src = c"),
    ],
)
def test_picture_addresses_leave_the_html(html, kept):
    assert parse({"description": html}).text("description") == kept
    scrubbed = HUB.scrub({"description": html} | version(description=html))
    assert (scrubbed["description"], scrubbed["modelVersions"][0]["description"]) == (kept, kept)


@pytest.mark.parametrize(
    "html", ["<img " * 200_000, "<img" + " src" * 250_000, "<" + "src=" * 100_000, "<img src=" + "\t" * 500_000]
)
def test_no_html_stalls(html):
    begin = time.process_time()
    parse({"description": html})
    assert time.process_time() - begin < 2.0
