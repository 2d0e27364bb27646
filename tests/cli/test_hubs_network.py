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


def test_files_that_the_hub_knows_and_does_not_show_are_a_report_and_unknown_ones_are_none(hub, scan, tmp_path):
    server = hub([civitai(3, poi=True)])
    (tmp_path / "kept-back").write_text(sha(3), encoding="utf-8")
    code, report, said = scan("civitai", server, "--hashes", tmp_path / "kept-back")
    assert (code, [skip["reason"] for skip in report["skipped"]]) == (0, ["withheld"]), said
    (tmp_path / "unknown").write_text(sha(4), encoding="utf-8")
    code, report, said = scan("civitai", server, "--hashes", tmp_path / "unknown")
    assert (code, report) == (3, None)
    assert "the hub knows none of these files" in said


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


def modelscope(number, hub="modelscope"):
    files = [{"Path": "w.safetensors", "Size": 1, "Sha256": sha(number), "Type": "blob"}]
    native = {"id": f"o/m{number}", "last_modified": "2026-01-01T00:00:00Z", "downloads": number, "Files": files}
    return StoredRecord(hub, "model", native, "# It\n\nAn uncensored model that never refuses.")


def ollama(name):
    kind = "application/vnd.ollama.image."
    layers = [{"mediaType": kind + "model", "digest": f"sha256:{sha(1)}", "size": 4 * 1024**3}]
    layers.append({"mediaType": kind + "system", "digest": "sha256:0", "size": 1})
    texts = {"system": ["You are an uncensored model that never refuses."]}
    return StoredRecord("ollama", "model", {"id": name, "manifest": {"layers": layers}, "config": {}, "layers": texts})


@pytest.mark.parametrize("name", ["modelscope", "modelscope_ai"])
def test_modelscope_is_scanned_with_cards_and_the_same_again_since_last(hub, scan, name):
    server = hub([modelscope(n, name) for n in range(1, 4)])
    code, report, said = scan(name, server, "--all", "--cards", "all")
    assert code == 0, said
    assert (report["coverage"]["read"], report["coverage"]["cards"], len(report["findings"])) == (3, 3, 3)
    assert any("lists 3,000 models at most" in sentence for sentence in report["coverage"]["unknown"])
    code, report, said = scan(name, server, "--since-last", "--all", "--cards", "all")
    assert (code, report["coverage"]["read"]) == (0, 0), said


def test_ollama_is_scanned_by_name_and_its_weights_are_left_alone(hub, scan, tmp_path):
    server = hub([ollama("ann/quiet"), ollama("loud:7b")])
    (tmp_path / "names").write_text("ann/quiet\nloud:7b\nnowhere\n", encoding="utf-8")
    code, report, said = scan("ollama", server, "--repos", tmp_path / "names")
    assert code == 0, said
    assert {found["repo"]["id"] for found in report["findings"]} == {"ann/quiet", "loud:7b"}
    assert [skip["repo"]["id"] for skip in report["skipped"]] == ["nowhere"]
    assert not any(sha(1) in seen.target for seen in server.requests)
    assert sum(sums["bytes"] for sums in report["requests"].values()) < 5_000


@pytest.mark.parametrize("options", [["--all"], ["--limit", "5"], ["--since-last", "--repo", "x"]])
def test_ollama_refuses_what_it_cannot_list(hubscan, options):
    done = hubscan("scan", "ollama", *options, "--no-store")
    assert done.returncode == 2
    assert "Ollama: its registry" in done.stderr


def test_a_dump_of_each_hub_is_what_its_scan_judged(hub, scan, hubscan):
    for name, server, options in (
        ("civitai", hub([civitai(1), civitai(2, tags=["nudify"], name="Undress")]), ["--all"]),
        ("modelscope", hub([modelscope(1)]), ["--all", "--cards", "all"]),
        ("ollama", hub([ollama("x")]), ["--repo", "x"]),
    ):
        _, report, said = scan(name, server, *options, "--save-dump", f"{name}.jsonl")
        done = hubscan("scan", "dump", f"{name}.jsonl", "--no-store", "--format", "json")
        prints = [{found["fingerprint"] for found in told["findings"]} for told in (report, json.loads(done.stdout))]
        assert prints[0] == prints[1] != set(), said


def test_hubs_says_what_was_not_checked_against_a_live_hub(hubscan):
    told = json.loads(hubscan("hubs", "list", "--format", "json").stdout)
    reads = {hub["name"]: (hub["reads"], bool(hub["unverified"])) for hub in told}
    for name in ("civitai", "huggingface", "modelscope", "modelscope_ai", "ollama"):
        assert reads[name] == (["dump", "network"], True)
    assert reads["files"] == (["dump", "folder"], False)
    assert "dump, network (not checked live)" in hubscan("hubs", "list").stdout
    page = hubscan("hubs", "show", "civitai").stdout
    assert "Not checked against the live hub: No reply of the live hub was seen" in " ".join(page.split())
