"""Across hubs with a real store: the same file elsewhere, where a base is still up, hash lists and their memory."""

import json
import sqlite3
import subprocess
import sys
from types import SimpleNamespace

import pytest

from hubscan import bases, cases, scan, tracing
from hubscan.casework import Verdict
from hubscan.engine.load import load
from hubscan.engine.match import Matcher
from hubscan.errors import CaseError, UsageError
from hubscan.findings import Severity
from hubscan.hashlists import HashEvent, Opinion
from hubscan.hubs import base as hubs
from hubscan.records import FileEntry, RepoRecord, RepoRef, StoredRecord
from hubscan.store import Store, hashindex

NOW = "2026-06-01T00:00:00Z"
ADAPTER, ENCODER, TINY = "11" * 32, "22" * 32, "33" * 32
EMA_ONLY = "6ce0161689b3853acaa03779ec93eafe75a02f4ced659bee03f50797806fa2fa"


def hf(repo_id, *files, card="A model.", **native):
    siblings = [{"rfilename": name, "size": size, "lfs": {"sha256": digest}} for name, size, digest in files]
    return StoredRecord("huggingface", "model", {"id": repo_id, "siblings": siblings, "tags": [], **native}, card)


def civitai(number, user, *files, **native):
    listed = [
        {"name": name, "sizeKB": size / 1024, "hashes": {"SHA256": digest.upper(), "AutoV2": digest[:10].upper()}}
        for name, size, digest in files
    ]
    version = {"id": number * 10, "name": "v1", "baseModel": "SD 1.5", "files": listed}
    return StoredRecord(
        "civitai",
        "model",
        {"id": number, "name": f"Model {number}", "creator": {"username": user}, "modelVersions": [version], **native},
    )


class Third:
    """A hub from outside the package."""

    name, title = "thirdhub", "Third hub"

    def parse(self, stored):
        native = stored.native
        files = (FileEntry(native["file"], native["bytes"], native["sha"]),)
        ref = RepoRef(self.name, stored.kind, native["slug"])
        url = f"https://third.example/{native['slug']}"
        return RepoRecord(ref=ref, url=url, title=native["slug"], author=native["by"], files=files)

    def scrub(self, native):
        return dict(native)


@pytest.fixture
def third(monkeypatch):
    point = SimpleNamespace(name=Third.name, load=Third)
    known = [*hubs.names(), Third.name]
    monkeypatch.setattr(hubs, "names", lambda: tuple(known))
    monkeypatch.setattr(hubs, "entry_points", lambda **_: [point])
    hubs.load.cache_clear()
    yield lambda slug, by, digest: StoredRecord(
        Third.name, "model", {"slug": slug, "by": by, "file": "weights.bin", "bytes": 9_999_999, "sha": digest}
    )
    hubs.load.cache_clear()


@pytest.fixture(scope="module")
def matcher():
    return Matcher(load())


@pytest.fixture
def store(sqlite_url, ticking):
    with Store.open(sqlite_url, ticking) as opened:
        yield opened


@pytest.fixture
def keep(store, matcher):
    """Scan records as one whole dump of the given name."""

    def run(name, *records, complete=True, skipped=()):
        tally = scan.Tally(complete=complete, skipped=list(skipped))
        begun = store.start_run(f"dump {name}", f"dump {name}", {}, (), "test")
        list(scan.keep(scan.judge(records, matcher, tally), store, begun))
        scan.finish(tally, store, begun)

    return run


def told(matches):
    return [
        (
            one.cluster.algorithm,
            [(str(holder.ref), holder.presence.value) for holder in one.gone],
            [(str(holder.ref), relation.value) for holder, relation in one.up],
        )
        for one in matches
    ]


def test_removed_on_one_hub_and_up_on_two_others_under_other_names(store, keep, third):
    keep("a", civitai(7, "moth", ("face_v1.safetensors", 9_000_000, ADAPTER), mode="TakenDown"))
    keep(
        "b",
        hf("moth/0417", ("a.safetensors", 9_000_000, ADAPTER), ("config.json", 500, TINY)),
        hf("wren/harmless", ("other.safetensors", 9_000_000, ENCODER), ("config.json", 500, TINY)),
    )
    keep("c", third("archive-19", "somebody", ADAPTER))
    assert told(tracing.matches(store)) == [
        (
            "sha256",
            [("civitai:model:7", "removed")],
            [("huggingface:model:moth/0417", "same name"), ("thirdhub:model:archive-19", "another")],
        )
    ]


def test_the_same_uploader_on_the_same_hub(store, keep):
    keep(
        "a",
        hf("moth/gone", ("a.safetensors", 9_000_000, ADAPTER), disabled=True),
        hf("moth/again", ("b.safetensors", 9_000_000, ADAPTER)),
    )
    assert told(tracing.matches(store))[0][2] == [("huggingface:model:moth/again", "same uploader")]


ONE = hf("moth/one", ("a.safetensors", 9_000_000, ADAPTER))
TWO = hf("wren/two", ("a.safetensors", 9_000_000, ADAPTER))


@pytest.mark.parametrize(
    ("second", "complete", "expected"),
    [((), True, "unlisted"), ((), False, None), ((ONE,), True, None)],
    ids=["a whole list without it", "a broken list says nothing", "still there"],
)
def test_only_a_whole_list_without_a_repo_says_that_it_went(store, keep, second, complete, expected):
    keep("a", ONE)
    keep("b", TWO)
    keep("a", *second, hf("wren/filler"), complete=complete)
    found = told(tracing.matches(store))
    assert [gone for _, some, _ in found for _, gone in some] == ([expected] if expected else [])


def test_a_listing_without_hashes_does_not_forget_them(store, keep):
    keep("a", ONE)
    keep("b", StoredRecord("huggingface", "model", {"id": "moth/one", "siblings": [{"rfilename": "a.safetensors"}]}))
    with store.reading() as connection:
        assert [one.current for one in hashindex.showing(connection, [("sha256", ADAPTER)])] == [True]


def test_a_replaced_file_is_history_and_not_up(store, keep):
    keep("a", ONE)
    keep("b", hf("moth/one", ("a.safetensors", 9_000_000, ENCODER)))
    with store.reading() as connection:
        some = hashindex.showing(connection, [("sha256", ADAPTER), ("sha256", ENCODER)])
        assert {one.value: one.current for one in some} == {ADAPTER: False, ENCODER: True}


def test_what_was_kept_before_there_was_an_index_is_brought_into_it(store, keep, sqlite_url):
    keep("a", ONE, TWO)
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as raw:
        raw.execute("DELETE FROM file_hashes")
        raw.execute("UPDATE records SET indexed = 0")
    tracing.index(store)
    with store.reading() as connection:
        assert len({one.ref for one in hashindex.shared(connection)}) == 2


def test_where_a_historical_base_is_still_up(store, keep):
    keep(
        "a",
        hf("stable-diffusion-v1-5/stable-diffusion-v1-5"),
        hf("moth/mirror", ("base.safetensors", 4_000_000_000, EMA_ONLY)),
        hf("moth/child", tags=["nsfw", "underage", "base_model:runwayml/stable-diffusion-v1-5"]),
        hf("moth/grandchild", cardData={"base_model": "moth/child"}),
    )
    family = tracing.trace(store, bases.shipped(), "SD 1.5", 3, Severity.HIGH)
    assert [(str(copy.holder.ref), copy.how) for copy in family.copies] == [
        ("huggingface:model:stable-diffusion-v1-5/stable-diffusion-v1-5", "name on file"),
        ("huggingface:model:moth/mirror", "same file"),
    ]
    assert [(level.steps, level.nodes, level.flagged) for level in family.levels] == [(1, 1, 1), (2, 1, 0)]


def test_a_repo_is_found_by_itself_and_its_copies_by_hash(store, keep):
    keep("a", ONE, TWO)
    family = tracing.trace(store, bases.shipped(), "moth/one", 3, Severity.INFO)
    assert [(copy.holder.ref.repo_id, copy.how) for copy in family.copies] == [
        ("moth/one", "itself"),
        ("wren/two", "same file"),
    ]


@pytest.fixture
def case(store, keep):
    """A case on a repo with an adapter of its own and a text encoder that everybody has."""
    shared = ("encoder.safetensors", 9_000_000, ENCODER)
    mine = hf("moth/nsfw-underage", ("a.safetensors", 9_000_000, ADAPTER), shared, tags=["nsfw", "underage"])
    keep("a", mine, *(hf(f"u{number}/model", shared) for number in range(25)))
    return cases.open_cases(store, store.findings(), Severity.HIGH, NOW)[0]


def decide(store, number, verdict):
    cases.decide(store, number, verdict, reviewer="ann", reason="seen", now=NOW)


def seed(store, number):
    return tracing.seed(store, number, reviewer="ann", reason="seen", now=NOW)


def opinions(store):
    return {entry.value: entry.opinion.value for entry in tracing.entries(store, "confirmed", NOW)}


def test_only_a_confirmed_case_seeds_and_only_with_files_of_its_own(store, case):
    with pytest.raises(CaseError, match="nobody has confirmed"):
        seed(store, case)
    decide(store, case, Verdict.CONFIRMED)
    assert [event.value for event in seed(store, case)] == [ADAPTER]
    assert opinions(store) == {ADAPTER: "positive"}


def test_a_case_decided_otherwise_takes_its_hashes_along(store, case):
    decide(store, case, Verdict.CONFIRMED)
    seed(store, case)
    decide(store, case, Verdict.REJECTED)
    assert opinions(store) == {ADAPTER: "withdrawn"}


def test_a_withdrawal_is_remembered(store, case):
    decide(store, case, Verdict.CONFIRMED)
    seed(store, case)
    tracing.withdraw(store, "confirmed", ADAPTER.upper(), reviewer="bob", reason="wrong file", now=NOW)
    told = {"list": "confirmed", "algorithm": "sha256", "value": ADAPTER, "reason": "", "at": NOW}
    tracing.record_events(store, [HashEvent(opinion=Opinion.POSITIVE, source="feed", **told)])
    assert opinions(store) == {ADAPTER: "withdrawn"}
    with pytest.raises(UsageError):
        tracing.withdraw(store, "confirmed", "00" * 32, reviewer="bob", reason="none", now=NOW)


def test_the_commands(keep, sqlite_url, tmp_path):
    keep("a", civitai(7, "moth", ("face.safetensors", 9_000_000, ADAPTER), mode="TakenDown"), TWO)

    def hubscan(*words):
        command = [sys.executable, "-m", "hubscan.cli", *words, "--database", sqlite_url]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout

    (found,) = json.loads(hubscan("identity", "match", "--format", "json"))
    assert found["matched_by"]["value"] == ADAPTER
    assert found["up"][0]["uploader_relation"] == "another"
    assert "wren/two" in hubscan("identity", "match")
    assert json.loads(hubscan("lineage", "SD 1.5", "--format", "json"))["descendants"] == 1
    for fmt in ("table", "html", "graphml"):
        assert "civitai:model:7" in hubscan("lineage", "SD 1.5", "--format", fmt)
    listed = tmp_path / "list.csv"
    listed.write_text(f"algorithm,hash,opinion\nsha256,{ADAPTER},positive\n")
    hubscan("identity", "import", str(listed), "--list", "feed", "--source", "somebody")
    assert ADAPTER in hubscan("identity", "export", "--list", "feed")


def test_a_confirmed_file_is_found_again_by_the_next_scan(store, case):
    decide(store, case, Verdict.CONFIRMED)
    seed(store, case)
    rulebook = load()
    knowing = Matcher(rulebook, known=tracing.known(store, rulebook))
    copy = hubs.parse(civitai(9, "heron", ("renamed.safetensors", 9_000_000, ADAPTER)))
    honest = hubs.parse(civitai(8, "wren", ("renamed.safetensors", 9_000_000, ENCODER)))
    assert "reupload/confirmed-file" in {finding.rule.id for finding in knowing.match(copy)}
    assert "reupload/confirmed-file" not in {finding.rule.id for finding in knowing.match(honest)}
    decide(store, case, Verdict.REJECTED)
    after = Matcher(rulebook, known=tracing.known(store, rulebook))
    assert "reupload/confirmed-file" not in {finding.rule.id for finding in after.match(copy)}
