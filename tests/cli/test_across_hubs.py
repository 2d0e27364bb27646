"""One command, three hubs on loopback: a file that went from one and is up on the others, found by its hash alone."""

import json

import pytest

from hubscan.records import StoredRecord

from .conftest import ROOT

MOVED, OTHER, SMALL = "ab" * 32, "cd" * 32, "ef" * 32
HF = {"HF_HUB_OFFLINE": "1"}
SCANS = ("--scan", "first", "--scan", "second", "--scan", "third")


def civitai(number, user, digest):
    file = {"name": f"{number}.safetensors", "sizeKB": 9000, "hashes": {"SHA256": digest.upper()}}
    version = {"id": number * 10, "name": "v1", "publishedAt": "2026-01-02T03:04:05.000Z", "files": [file]}
    told = {"name": f"Model {number}", "nsfwLevel": 1, "creator": {"username": user}, "modelVersions": [version]}
    return StoredRecord("civitai", "model", {"id": number, "type": "LORA", **told})


def hf(repo_id, digest, sha, **native):
    files = [{"rfilename": "w.safetensors", "size": 9_000_000, "lfs": {"sha256": digest}}]
    files += [{"rfilename": "config.json", "size": 9_000, "lfs": {"sha256": SMALL}}]
    return StoredRecord("huggingface", "model", {"id": repo_id, "sha": sha * 40, "siblings": files, **native})


def modelscope(repo_id, digest):
    files = [{"Path": "w.safetensors", "Size": 9_000_000, "Sha256": digest, "Type": "blob"}]
    times = {"created_at": "2026-01-01T00:00:00Z", "last_modified": "2026-01-02T00:00:00Z"}
    return StoredRecord("modelscope", "model", {"id": repo_id, "tags": ["LoRA"], "Files": files, **times}, "# Harbours")


@pytest.fixture
def hubs(hub, hubscan):
    """Three replayed hubs, each with a scan under a name."""
    first = hub([civitai(7, "moth", MOVED), civitai(8, "finch", OTHER)])
    second = hub([hf("wren/0417", MOVED, "1"), hf("wren/sea", "12" * 32, "2")])
    third = hub([modelscope("Moth/harbour", MOVED)])
    # A small pack: what rules find is not what is tried here.
    common = ("--all", "--interval", "0", "--cards", "all", "--packs", ROOT / "rules" / "documentation")
    hashed = ("--kind", "model", "--file-hashes")
    for name, asked, server, more in (
        ("first", "civitai", first, ()),
        ("second", "huggingface", second, hashed),
        ("third", "modelscope", third, ()),
    ):
        arguments = (asked, "--endpoint", server.url, *common, *more)
        assert hubscan("schedule", "add", name, "--", *arguments).returncode == 0
    return first, second, third


@pytest.fixture
def matches(hubscan):
    def run(*scans):
        done = hubscan("identity", "match", *scans, "--format", "json", **HF)
        assert done.returncode == 0, done.stderr
        return [
            (
                one["matched_by"],
                {holder["repo"]["id"]: holder["presence"] for holder in one["gone"]},
                {holder["repo"]["id"]: holder["uploader_relation"] for holder in one["up"]},
            )
            for one in json.loads(done.stdout)
        ]

    return run


BY = {"algorithm": "sha256", "value": MOVED, "worth": "the whole file, as the hub works it out"}


def test_what_is_taken_off_one_hub_is_found_on_two_others_under_other_names(matches, hubs):
    first, second, third = hubs
    assert matches(*SCANS) == [], "all three are up"
    first.catalog.shelf("civitai", "model").drop("7")
    assert matches("--scan", "first") == [
        (BY, {"7": "unlisted"}, {"Moth/harbour": "same name", "wren/0417": "another"}),
    ]
    second.catalog.put([hf("wren/0417", MOVED, "1", disabled=True)])
    assert matches("--scan", "second", "--scan", "third") == [
        (BY, {"7": "unlisted", "wren/0417": "removed"}, {"Moth/harbour": "same name"}),
    ]
    asked = [seen.target for server in (second, third) for seen in server.requests]
    assert not [target for target in asked if ".safetensors" in target], "no weight file is asked for"
    assert sum("blobs=true" in target for target in asked) == 2, "hashes are asked for once a version"


def test_one_command_is_enough_where_the_hub_itself_says_that_it_took_it_down(matches, hubs):
    first, *_ = hubs
    gone = civitai(7, "moth", MOVED)
    first.catalog.put([StoredRecord("civitai", "model", {**gone.native, "mode": "TakenDown"})])
    assert matches(*SCANS) == [
        (BY, {"7": "removed"}, {"Moth/harbour": "same name", "wren/0417": "another"}),
    ]


def test_without_asking_for_hashes_nothing_can_be_said(hubscan, hub):
    server = hub([hf("wren/0417", MOVED, "1")])
    place = ("scan", "huggingface", "--endpoint", server.url, "--all", "--kind", "model", "--cards", "all")
    assert hubscan(*place, "--quiet", **HF).returncode == 0
    assert not [seen for seen in server.requests if "blobs" in seen.target]
    refused = hubscan("scan", "civitai", "--endpoint", server.url, "--all", "--file-hashes")
    assert refused.returncode == 2
    assert "without being asked" in refused.stderr
    refused = hubscan(*place[:-1], "none", "--file-hashes", **HF)
    assert refused.returncode == 2
    assert "reads no card" in refused.stderr


def test_a_scan_that_does_not_run_is_told_by_the_exit_code(hubscan):
    done = hubscan("identity", "match", "--scan", "nightly")
    assert done.returncode == 2
    assert "there is no schedule 'nightly'" in done.stderr
