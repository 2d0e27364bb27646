"""`scan` of every hub that can be crawled, over loopback, and what `hubs` says of them."""

import hashlib
import json

import pytest

from hubscan.records import StoredRecord


def sha(number):
    return hashlib.sha256(str(number).encode()).hexdigest()


def civitai(number, **native):
    file = {"name": f"{number}.safetensors", "hashes": {"SHA256": sha(number).upper()}}
    version = {"id": number, "publishedAt": "2026-01-01T00:00:00Z", "files": [file]}
    native = {"id": number, "name": f"M{number}", "nsfwLevel": 1, "creator": {"username": "ann"}, **native}
    return StoredRecord("civitai", "model", {"modelVersions": [version], **native})


@pytest.fixture
def scan(hubscan, tmp_path):
    """Scan a replayed hub from the command line: the exit code, the report, and what was said."""

    def run(name, server, *options, **env):
        place = ("--endpoint", server.url, "--database", f"sqlite:///{tmp_path}/crawl.db", "--interval", "0")
        done = hubscan("scan", name, *place, "--format", "json", *options, **env)
        return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr

    return run


def test_civitai_is_scanned_with_both_lists_its_gaps_and_the_vantage(hub, scan):
    server = hub([civitai(1), civitai(2, nsfwLevel=16, tags=["nudify"], name="Undress"), civitai(3, poi=True)])
    code, report, said = scan("civitai", server, "--all", HUBSCAN_VANTAGE="a network in Norway")
    assert code == 0, said
    assert (report["coverage"]["listed"], report["coverage"]["read"]) == (2, 2)
    assert {found["repo"]["id"] for found in report["findings"]} >= {"2"}
    unknown = " ".join(report["coverage"]["unknown"])
    assert "1 repo that no list showed" in unknown
    assert "marks as showing a real person" in unknown
    assert "read from a network in Norway, as the operator says" in unknown
    assert set(report["requests"]) == {"info", "listing"}


def test_civitai_by_files_of_ids_and_of_hashes(hub, scan, tmp_path):
    server = hub([civitai(1), civitai(2), civitai(3, poi=True)])
    (tmp_path / "ids").write_text("# two\n1\n\n2\n1\n", encoding="utf-8")
    code, report, said = scan("civitai", server, "--repos", tmp_path / "ids")
    assert (code, report["coverage"]["read"]) == (0, 2), said
    (tmp_path / "hashes").write_text(f"{sha(2).upper()}\n{sha(3)}\n", encoding="utf-8")
    code, report, said = scan("civitai", server, "--hashes", tmp_path / "hashes")
    assert (code, report["coverage"]["read"]) == (0, 1), said
    assert [(skip["repo"]["id"], skip["reason"]) for skip in report["skipped"]] == [("3", "withheld")]


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("civitai", ["--hashes", "words"], "'abc' is no SHA-256"),
        ("civitai", ["--hashes", "nothing"], "the file names nothing"),
        ("civitai", ["--hashes", "nowhere"], "cannot be read"),
        ("civitai", ["--repos", "bytes"], "it is no UTF-8 text"),
        ("civitai", ["--hashes", "hash", "--author", "x"], "looked up by their hash alone"),
        ("civitai", ["--all", "--reports"], "shows nobody what was reported"),
        ("civitai", ["--all", "--kind", "space"], "Civitai has no 'space'"),
        ("civitai", ["--all", "--vantage", "a\nb"], "the vantage is no country"),
        ("civitai", [], "not swept by accident"),
        ("huggingface", ["--hashes", "hash"], "no look-up by hash"),
        ("files", ["--vantage", "x", "."], "--vantage is for hubs read over the network"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_reason(hubscan, tmp_path, name, options, words):
    files = {"words": b"abc\n", "nothing": b"# none\n\n", "bytes": b"\xff\xfe\x00", "hash": sha(1).encode()}
    for file, text in files.items():
        (tmp_path / file).write_bytes(text)
    arguments = [tmp_path / option if option in (*files, "nowhere") else option for option in options]
    done = hubscan("scan", name, *arguments, "--no-store")
    assert done.returncode in (1, 2)
    assert words in " ".join(done.stderr.split())
