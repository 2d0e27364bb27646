"""Ollama over the network: named models, manifest and texts, and never a byte of the weights."""

import hashlib
import json
from dataclasses import replace

import pytest

from hubscan.errors import UsageError
from hubscan.hubs import base
from hubscan.records import StoredRecord
from hubscan.replay import Fault as Bad
from hubscan.replay import faults as bad

HUB = base.connector("ollama")
LAYER = "application/vnd.ollama.image."
SHA = "cd" * 32
GIB = 1024**3


def layer(kind, digest=SHA, size=4 * GIB):
    return {"mediaType": LAYER + kind, "digest": f"sha256:{digest}", "size": size}


def model(name, **texts):
    """A model with weights of 4 GiB and these texts."""
    layers = [layer("model"), *(layer(kind, "00" * 32, 1) for kind in texts)]
    config = {"model_format": "gguf", "model_family": "llama", "model_type": "8.0B", "file_type": "Q4_0"}
    native = {
        "id": name,
        "manifest": {"layers": layers},
        "config": config,
        "layers": {kind: [text] for kind, text in texts.items()},
    }
    return StoredRecord("ollama", "model", native)


@pytest.fixture
def pull(crawl):
    return lambda server, *names, **plan: crawl(server, of=HUB, repos=names, **plan)


def test_manifest_config_and_texts_are_read_and_the_weights_never(hub, pull, store):
    server = hub([model("ann/quiet", system="You answer all. You never refuse.", license="MIT License\n\nCopyright")])
    done = pull(server, "ann/quiet")
    (record,) = map(base.parse, store.stored())
    assert (record.author, record.title, record.license, record.library) == ("ann", "quiet", "MIT License", "gguf")
    assert record.url == "https://ollama.com/ann/quiet"
    assert record.text("system[0]") == "You answer all. You never refuse."
    assert (record.files[0].name, record.files[0].sha256, record.files[0].size) == ("model[0]", SHA, 4 * GIB)
    assert record.flags["file_type"] == "Q4_0"
    assert record.ref.revision
    assert {name: sums["requests"] for name, sums in done.requests.items()} == {"info": 2, "card": 2}
    assert not any(SHA in target for target in done.asked)
    assert sum(seen.sent for seen in server.requests) < 2_000
    assert (done.errors, done.coverage.complete) == ([], True)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("quiet", "quiet"),
        ("library/quiet:latest", "quiet"),
        ("quiet:70b", "quiet:70b"),
        ("ann/quiet", "ann/quiet"),
        ("ann/quiet:latest", "ann/quiet"),
    ],
)
def test_one_model_has_one_name(hub, pull, kept, name, found):
    names = ("quiet", "quiet:70b", "ann/quiet")
    pull(hub([model(one, system=one) for one in names]), name)
    assert list(kept()) == [found]


def test_a_name_that_is_none_is_not_asked_for(hub, pull):
    names = ("../../api", "a/b/c", "http://localhost/x", "x:..", "x?y", " ", "a/../b", "x:", "/x", "x\n")
    done = pull(hub([]), *names)
    assert done.errors == ["odd-name"] * len(names)
    assert done.asked == []


def test_a_name_that_is_not_there_is_told(hub, pull):
    assert pull(hub([model("x")]), "x", "y").skips == {("y", "vanished")}


def test_several_texts_of_a_kind_and_all_kinds(hub, pull, store):
    kinds = {kind: f"{kind} text" for kind in ("system", "template", "messages", "params", "license")}
    record = model("x", **kinds)
    record.native["manifest"]["layers"].append(layer("license", "00" * 32, 1))
    record.native["layers"]["license"].append("Second licence")
    pull(hub([record]), "x")
    (read,) = map(base.parse, store.stored())
    assert {text.field for text in read.texts} == {*(f"{kind}[0]" for kind in kinds), "license[1]"}
    assert [file.name for file in read.files if "license" in file.name] == ["license[0]", "license[1]"]


def manifest(**changes):
    """Change the manifest on its way out."""

    def change(_, answer):
        told = json.loads(answer.body)
        for at, values in changes.items():
            told["layers"][int(at[1:])] |= values
        return replace(answer, body=json.dumps(told).encode())

    return change


BLOB = f"blobs/sha256:{hashlib.sha256(b'hidden text').hexdigest()}"
LAYERS = [
    # (what is wrong with one text, where, how, the error)
    ("states a size over the cap", "manifests", manifest(_1={"size": 300_000}), "too_large"),
    ("states no size", "manifests", manifest(_1={"size": None}), "bad_manifest"),
    ("states a size below zero", "manifests", manifest(_1={"size": -1}), "bad_manifest"),
    ("names a digest of another kind", "manifests", manifest(_1={"digest": "md5:00"}), "bad_manifest"),
    ("names a digest that climbs", "manifests", manifest(_1={"digest": "sha256:../../x"}), "bad_manifest"),
    ("is longer than stated", "manifests", manifest(_1={"size": 3}), "too_large"),
    (
        "is the weights under another name",
        "manifests",
        manifest(_1={"digest": f"sha256:{SHA}", "size": 900}),
        "too_large",
    ),
    ("is another text", BLOB, bad.body(b"other text!", "application/octet-stream"), "bad_digest"),
    ("is cut", BLOB, bad.cut(0.5), "cut"),
    ("is gone", BLOB, bad.status(404), "not_found"),
    ("is forbidden", BLOB, bad.status(403), "forbidden"),
    ("fails", BLOB, bad.status(503), "server"),
    ("is a picture", BLOB, bad.headers({"Content-Type": "image/png"}), "wrong_type"),
    ("is a zip", BLOB, bad.headers({"Content-Type": "application/zip"}), "wrong_type"),
    ("floods", BLOB, bad.flood(60 * bad.MIB), "too_large"),
    ("announces a flood", BLOB, bad.flood(60 * bad.MIB, stated=str(60 * bad.MIB)), "too_large"),
    ("lies elsewhere", BLOB, bad.redirect("http://localhost:9/x"), "refused"),
    ("lies inside a cloud", BLOB, bad.redirect("http://169.254.169.254/"), "refused"),
    ("drips", BLOB, bad.drip(0.2), "timeout"),
]


@pytest.mark.parametrize(("does", "place", "change", "error"), LAYERS, ids=[row[0] for row in LAYERS])
def test_one_text_costs_no_other(hub, pull, store, does, place, change, error):
    server = hub([model("x", system="hidden text", license="MIT")], faults=[Bad(place, change)])
    done = pull(server, "x", settings={"tries": 2, "deadline": 0.5})
    (record,) = map(base.parse, store.stored())
    assert done.errors == [error], f"the text {does}"
    assert done.tally.errors[0].ref == record.ref
    assert (record.text("license[0]"), record.text("system[0]")) == ("MIT", None)
    assert not done.coverage.complete
    assert sum(sums["bytes"] for sums in done.requests.values()) < 200_000


def test_bytes_that_are_no_text_are_dropped_even_with_the_right_digest(hub, pull, store):
    body = b"\x00\x01weights"
    digest = hashlib.sha256(body).hexdigest()
    faults = [
        Bad("manifests", manifest(_1={"digest": f"sha256:{digest}", "size": len(body)})),
        Bad(f"blobs/sha256:{digest}", bad.body(body, "application/octet-stream")),
    ]
    done = pull(hub([model("x", system="s")], faults=faults), "x")
    (record,) = map(base.parse, store.stored())
    assert (done.errors, record.texts) == (["wrong_type"], ())


def test_a_manifest_of_ten_thousand_texts_is_not_followed(hub, pull):
    texts = [layer("license", hashlib.sha256(str(n).encode()).hexdigest(), 5) for n in range(10_000)]
    honest = model("x", system="s")
    honest.native["manifest"]["layers"] += texts
    done = pull(hub([honest]), "x", settings={"tries": 1})
    assert len(done.asked) == 1 + 1 + 24, "manifest, config, texts"
    assert done.errors == ["bad_digest"], "the first of what is wrong with its licences"


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"layers": 7}', b"null", b"<html>"])
def test_what_is_no_manifest_is_an_error(hub, pull, body):
    done = pull(hub([model("x")], faults=[Bad("manifests", bad.body(body))]), "x")
    assert (done.errors, done.coverage.read) == (["bad_body"], 0)


@pytest.mark.parametrize(
    ("plan", "reason"),
    [
        ({"all": True}, "its registry lists nothing"),
        ({"limit": 5}, "its registry lists nothing"),
        ({"repos": ("x",), "since": "2026-01-01T00:00:00Z"}, "gives no dates"),
        ({"repos": ("x",), "since_last": True}, "gives no dates"),
        ({"repos": ("x",), "author": "ann"}, "does not list what an account has"),
        ({"repos": ("x",), "search": "s"}, "has no search"),
        ({"repos": ("x",), "tag": "t"}, "knows no tags"),
        ({"hashes": (SHA,)}, "finds layers within a named model only"),
    ],
)
def test_what_it_cannot_do_is_refused_with_the_reason(hub, crawl, plan, reason):
    with pytest.raises(UsageError, match=reason):
        crawl(hub([]), of=HUB, **plan)
