"""Dumps out: what is written reads back the same, and is whole or not there."""

import resource

import pytest

from hubscan.dumps import Writer, read, write
from hubscan.errors import InputError, OutputError
from hubscan.records import StoredRecord

RECORDS = [
    StoredRecord(
        "huggingface", "model", {"id": "a/b", "unknown": [1, None, 2.5, {"k": True}]}, card="# Ünïcode 漢字\n"
    ),
    StoredRecord("huggingface", "dataset", {"id": "a/c"}, card="", fetched_at="2026-01-01T00:00:00Z"),
    StoredRecord("civitai", "model", {"id": 7}, headers={"f.safetensors": {"ss_tag": "x"}}),
]
SUFFIXES = [".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet"]


def without_place(record):
    return StoredRecord(record.hub, record.kind, record.native, record.card, record.headers, record.fetched_at)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_round_trip(tmp_path, suffix):
    path = tmp_path / f"d{suffix}"
    assert write(path, RECORDS) == 3
    assert [without_place(record) for record in read([path])] == RECORDS


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_same_records_same_bytes(tmp_path, suffix):
    write(tmp_path / f"1{suffix}", RECORDS)
    write(tmp_path / f"2{suffix}", RECORDS)
    assert (tmp_path / f"1{suffix}").read_bytes() == (tmp_path / f"2{suffix}").read_bytes()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_half_a_surrogate_pair_survives(tmp_path, suffix):
    path = tmp_path / f"d{suffix}"
    write(path, [StoredRecord("h", "model", {"id": "a", "name": "x\ud83d"})])
    (record,) = read([path])
    assert record.native["name"] == "x\ud83d"


def test_many_rows_fill_several_batches(tmp_path):
    path = tmp_path / "d.parquet"
    write(path, (StoredRecord("h", "model", {"id": n}) for n in range(2500)))
    assert [record.native["id"] for record in read([path])] == list(range(2500))


def test_nothing_written_reads_as_nothing(tmp_path):
    for suffix in SUFFIXES:
        write(tmp_path / f"d{suffix}", [])
        assert list(read([tmp_path / f"d{suffix}"])) == []


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_interrupted_writer_leaves_the_old_file(tmp_path, suffix):
    path = tmp_path / f"d{suffix}"
    write(path, RECORDS[:1])

    def interrupted():
        with Writer(path) as dump:
            dump.write(RECORDS[1])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [without_place(record) for record in read([path])] == RECORDS[:1]
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture
def small_disk():
    """No file may grow past 20 kB: to the writer the same as a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("small_disk")
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_full_disk_leaves_nothing(tmp_path, suffix):
    import os

    records = (StoredRecord("h", "model", {"id": n, "noise": os.urandom(500).hex()}) for n in range(3000))
    with pytest.raises(OutputError, match="cannot be written"):
        write(tmp_path / f"d{suffix}", records)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(OutputError) as caught:
        write(tmp_path / "no" / "d.jsonl", RECORDS)
    assert caught.value.where.endswith("d.jsonl")


def test_a_reader_that_fails_is_not_blamed_on_the_disk(tmp_path):
    def records():
        yield RECORDS[0]
        raise ConnectionResetError("peer")

    with pytest.raises(ConnectionResetError):
        write(tmp_path / "d.jsonl", records())
    assert list(tmp_path.iterdir()) == []


def test_parquet_without_pyarrow_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(InputError, match="pip install"):
        write(tmp_path / "d.parquet", RECORDS)
    assert list(tmp_path.iterdir()) == []


def test_only_the_owner_may_read(tmp_path):
    write(tmp_path / "d.jsonl", RECORDS)
    assert (tmp_path / "d.jsonl").stat().st_mode & 0o077 == 0
