import pytest

from hubscan.findings import Coverage, Severity
from hubscan.records import RepoRef, StoredRecord
from hubscan.store import Store

STORED = {
    "listing only": StoredRecord("huggingface", "model", {"id": "a"}),
    "no card is not an unread card": StoredRecord("huggingface", "model", {"id": "a"}, card="", headers={}),
    "headers": StoredRecord("huggingface", "model", {"id": "a"}, headers={"x.safetensors": {"format": "pt"}}),
    "unknown keys, odd values": StoredRecord(
        "huggingface",
        "model",
        {"id": "a", "deep": [[{"x": [None, True, -0.5]}]], "long": 2**70, "": {"nul\0": "\0"}},
        card="한국어 \u202e\ufeff\U0001f600 \0",
        fetched_at="2026-01-01T00:00:00Z",
        where="dump.jsonl:3",
    ),
}


@pytest.fixture
def store(database_url, ticking):
    with Store.open(database_url, ticking) as opened:
        yield opened


@pytest.fixture
def run(store):
    return store.start_run("dump", "all", {}, (), "0.1.0")


@pytest.mark.parametrize("stored", STORED.values(), ids=STORED.keys())
def test_a_record_comes_back_as_it_was(store, run, judged, stored):
    _, record, _ = judged("a")
    store.save(run, [(stored, record, ())])
    assert store.record(record.ref) == stored
    assert list(store.stored()) == [stored]


def test_what_was_never_read_is_none(store):
    assert store.record(RepoRef("huggingface", "model", "nowhere")) is None


def test_records_stream_by_hub_and_kind_in_code_point_order(store, run, judged):
    names = ["b", "B", "a", "é", "_", "한", "org/z", "org-a"]
    store.save(run, [judged(name) for name in names] + [judged("c", hub="civitai")])
    assert [stored.native["id"] for stored in store.stored("huggingface", "model")] == sorted(names)
    assert [stored.native["id"] for stored in store.stored("civitai")] == ["c"]
    assert list(store.stored(kind="space")) == []


def test_findings_come_back_as_they_were_in_the_one_order(store, run, judged, finding):
    severities = {"b": Severity.HIGH, "B": Severity.CRITICAL, "é": Severity.INFO, "a": Severity.HIGH}
    found = [
        finding(RepoRef("huggingface", "model", name, "abc123"), "1", rule, severity=severity)
        for name, severity in severities.items()
        for rule in ("demo/b", "demo/B")
    ]
    store.save(run, [judged(name, "text", *(one for one in found if one.ref.repo_id == name)) for name in severities])
    expected = sorted(found, key=lambda one: one.sort_key)
    assert list(store.findings()) == expected
    assert list(store.findings(Severity.CRITICAL)) == expected[:2]
    assert list(store.findings(hub="civitai")) == []


def test_a_finding_stands_while_one_scope_sees_it(store, judged, finding):
    item = judged("a", "text", finding(RepoRef("huggingface", "model", "a"), "1"))
    counts = []
    for scope, batch in (("s", [item]), ("t", [item]), ("s", []), ("t", [])):
        run = store.start_run("huggingface", scope, {}, (), "0.1.0")
        store.save(run, batch)
        store.finish_run(run, Coverage())
        counts.append(len(list(store.findings())))
    assert counts == [1, 1, 1, 0]


def test_streams_stand_while_others_write(store, run, judged):
    store.save(run, [judged(f"repo-{number:04}") for number in range(1200)])
    stream = store.stored()
    first = next(stream)
    store.save(run, [judged("zzz")])
    assert first.native["id"] == "repo-0000"
    assert sum(1 for _ in stream) >= 1199
