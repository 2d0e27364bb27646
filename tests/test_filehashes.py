"""Which files are known again by hash, and by which hashes."""

import hashlib

import pytest

from hubscan import filehashes
from hubscan.hubs import base
from hubscan.records import FileEntry, FileHeader, RepoRecord, RepoRef, StoredRecord

SHA = "ab" * 32


@pytest.mark.parametrize(
    ("name", "size", "digest", "expected"),
    [
        ("model.safetensors", 10_000, SHA, True),
        ("sub/folder/LORA.SAFETENSORS", 10_000, SHA, True),
        ("embedding.pt", 3_072, SHA, True),
        ("model[0]", 10**9, SHA, True),
        ("adapter[12]", 10**9, SHA, True),
        ("model.gguf", None, SHA, True),
        ("embedding.pt", 3_071, SHA, False),
        ("config.json", 10_000, SHA, False),
        ("tokenizer.json", 10**7, SHA, False),
        ("license[0]", 10_000, SHA, False),
        ("tokenizer.model", 10**6, SHA, False),
        ("checkpoint-10/optimizer.pt", 10**9, SHA, False),
        ("checkpoint-10/rng_state_3.pth", 14_575, SHA, False),
        ("training_args.bin", 5_000, SHA, False),
        ("model.safetensors", None, hashlib.sha256(b"").hexdigest(), False),
    ],
)
def test_only_weights_above_a_size_count(name, size, digest, expected):
    assert filehashes.is_weights(FileEntry(name, size, digest)) is expected


def made(file, header=None):
    headers = (FileHeader(file.name, header),) if header else ()
    return RepoRecord(ref=RepoRef("civitai", "model", "1"), url="u", title="t", files=(file,), headers=headers)


@pytest.mark.parametrize(
    ("file", "header", "expected"),
    [
        (FileEntry("a.safetensors", 9999, SHA), None, {"sha256": SHA, "autov2": SHA[:10]}),
        (FileEntry("a.safetensors", 9999, None, {"AutoV2": "ABCDEF0123"}), None, {"autov2": "abcdef0123"}),
        (FileEntry("a.safetensors", 9999, None, {"AutoV3": "0123456789ABCDEF"}), None, {"autov3": "0123456789ab"}),
        (
            FileEntry("a.safetensors", 9999),
            {"sshs_model_hash": "CD" * 32},
            {"sshs": "cd" * 32, "autov3": "cd" * 6},
        ),
        (FileEntry("a.safetensors", 9999, None, {"AutoV2": "not hex"}), {"sshs_model_hash": "None"}, {}),
        (FileEntry("a.safetensors", 9999), None, {}),
    ],
)
def test_hashes(file, header, expected):
    assert {one.algorithm: one.value for one in filehashes.of(made(file, header))} == expected


def test_the_weight_layers_of_an_ollama_model_are_known_by_their_digests():
    told = {"digest": f"sha256:{SHA}", "size": 10**9}
    layers = [{"mediaType": f"application/vnd.ollama.image.{kind}", **told} for kind in ("model", "license")]
    record = base.parse(StoredRecord("ollama", "model", {"id": "quiet", "manifest": {"layers": layers}}))
    assert {one.file for one in filehashes.of(record)} == {"model[0]"}
