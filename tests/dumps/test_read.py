"""Dumps in: every layout is read, one bad line costs one line, and a damaged file gives what came before."""

import gzip
import json
import os
import tracemalloc

import pytest
import zstandard

from hubscan.dumps import MAX_LINE, from_row, lines, read
from hubscan.errors import InputError
from hubscan.findings import ScanError
from hubscan.records import StoredRecord

GOOD = b'{"hub": "huggingface", "kind": "model", "native": {"id": "a/b"}, "card": "text"}\n'


def cases(rows):
    return [pytest.param(*row, id=why) for why, *row in rows]


def write(tmp_path, content, name="d.jsonl"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def kinds(results):
    return [r.kind if isinstance(r, ScanError) else "record" for r in results]


def test_a_line_is_a_record_with_its_place(tmp_path):
    path = write(tmp_path, GOOD)
    (record,) = read([path])
    assert record == StoredRecord("huggingface", "model", {"id": "a/b"}, "text", where=f"{path}:1")


BAD_LINES = [
    ("no JSON", b"hello", "not-json"),
    ("cut JSON", GOOD[:30], "not-json"),
    ("an array", b"[1, 2]", "not-a-record"),
    ("a number", b"7", "not-a-record"),
    ("null", b"null", "not-a-record"),
    ("no hub", b'{"native": {"id": "a/b"}}', "not-a-record"),
    ("an empty hub", b'{"hub": "", "native": {}}', "not-a-record"),
    ("no native", b'{"hub": "huggingface", "kind": "model"}', "not-a-record"),
    ("native is null", b'{"hub": "huggingface", "native": null}', "not-a-record"),
    ("native is a list", b'{"hub": "huggingface", "native": []}', "not-a-record"),
    ("native is text that is no object", b'{"hub": "huggingface", "native": "x"}', "not-a-record"),
    ("hub is a number", b'{"hub": 1, "native": {}}', "not-a-record"),
    ("kind is a list", b'{"hub": "h", "kind": [], "native": {}}', "not-a-record"),
    ("card is a number", b'{"hub": "h", "native": {}, "card": 3}', "not-a-record"),
    ("headers hold numbers", b'{"hub": "h", "native": {}, "headers": {"f": {"k": 1}}}', "not-a-record"),
    ("fetched_at is a number", b'{"hub": "h", "native": {}, "fetched_at": 3}', "not-a-record"),
    ("invalid UTF-8", b'{"hub": "h", "native": {"id": "\xff\xfe"}}', "not-utf-8"),
    ("UTF-16", '{"hub": "h", "native": {}}'.encode("utf-16-le"), "not-json"),
    ("nested without end", b'{"hub": "h", "native": {"a": ' + b"[" * 100_000, "not-json"),
    ("a number with 5,000 digits", b'{"hub": "h", "native": {"a": ' + b"9" * 5000 + b"}}", "not-json"),
    ("NUL bytes", b"\x00" * 50, "not-json"),
    ("a foreign layout", b'{"name": "x", "readme": "y"}', "not-a-record"),
]


@pytest.mark.parametrize(("line", "kind"), cases(BAD_LINES))
def test_a_bad_line_costs_only_itself(tmp_path, line, kind):
    path = write(tmp_path, GOOD + line + b"\n" + GOOD)
    first, error, last = read([path])
    assert isinstance(first, StoredRecord)
    assert (error.where, error.kind) == (f"{path}:2", kind)
    assert last.where == f"{path}:3"


ODD_LINES = [
    ("byte order mark", b"\xef\xbb\xbf" + GOOD.strip()),
    ("NaN and Infinity", b'{"hub": "h", "native": {"a": NaN, "b": -Infinity, "c": 1e999}}'),
    ("half a surrogate pair", b'{"hub": "h", "native": {"a": "\\ud83d"}}'),
    ("a raw control character", b'{"hub": "h", "native": {"a": "x\ty"}}'),
    ("unknown keys", b'{"hub": "h", "native": {}, "removed_later": false, "self": 1}'),
    ("CRLF", GOOD.strip() + b"\r"),
    ("native as JSON text", b'{"hub": "h", "native": "{\\"id\\": 1}"}'),
    ("500 lists deep", b'{"hub": "h", "native": {"a": ' + b"[" * 500 + b"]" * 500 + b"}}"),
]


@pytest.mark.parametrize("line", cases(ODD_LINES))
def test_what_other_writers_let_through_is_read(tmp_path, line):
    assert kinds(read([write(tmp_path, line + b"\n")])) == ["record"]


def test_blank_lines_are_nothing_and_the_last_needs_no_end(tmp_path):
    assert kinds(read([write(tmp_path, b"\n \n" + GOOD + b"\n" + GOOD.strip())])) == ["record", "record"]


def test_an_empty_file_holds_nothing(tmp_path):
    assert list(read([write(tmp_path, b"")])) == []


def test_files_are_read_in_the_order_given(tmp_path):
    two, one = write(tmp_path, GOOD, "2.jsonl"), write(tmp_path, GOOD * 2, "1.jsonl")
    assert [r.where for r in read([two, one])] == [f"{two}:1", f"{one}:1", f"{one}:2"]


def compress(content, suffix):
    return (
        gzip.compress(content) if suffix == ".gz" else zstandard.ZstdCompressor(write_checksum=True).compress(content)
    )


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
class TestCompressed:
    def test_whole(self, tmp_path, suffix):
        assert kinds(read([write(tmp_path, compress(GOOD * 3, suffix), "d" + suffix)])) == ["record"] * 3

    def test_joined_streams(self, tmp_path, suffix):
        content = compress(GOOD * 2, suffix) + compress(GOOD, suffix)
        assert kinds(read([write(tmp_path, content, "d" + suffix)])) == ["record"] * 3

    def test_told_by_its_first_bytes(self, tmp_path, suffix):
        assert kinds(read([write(tmp_path, compress(GOOD, suffix), "d.jsonl")])) == ["record"]

    @pytest.mark.parametrize("where", ["first", "middle", "last"])
    def test_truncated(self, tmp_path, suffix, where):
        noise = b"".join(GOOD.replace(b"text", os.urandom(300).hex().encode()) for _ in range(400))
        packed = compress(noise, suffix)
        cut = {"first": 5, "middle": len(packed) // 2, "last": len(packed) - 3}[where]
        results = list(read([write(tmp_path, packed[:cut], "d" + suffix)]))
        *records, error = kinds(results)
        assert error == "truncated"
        assert set(records) <= {"record"}
        assert results[-1].where.endswith(f":{len(records) + 1}")
        assert bool(records) is (where != "first")

    def test_corrupt(self, tmp_path, suffix):
        noise = b"".join(GOOD.replace(b"text", os.urandom(300).hex().encode()) for _ in range(2000))
        packed = bytearray(compress(noise, suffix))
        packed[len(packed) // 2 : len(packed) // 2 + 200] = os.urandom(200)
        found = kinds(read([write(tmp_path, bytes(packed), "d" + suffix)]))
        assert found[0] == "record"
        assert {"corrupt", "truncated"} & set(found)

    def test_the_name_lies(self, tmp_path, suffix):
        with pytest.raises(InputError, match="cannot be read"):
            list(read([write(tmp_path, GOOD, "d" + suffix)]))


def test_a_line_over_the_cap_is_passed_over_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(lines, "MAX_LINE", 1000)
    long = b'{"hub": "' + b"x" * 5000 + b'"}\n'
    path = write(tmp_path, GOOD + long + GOOD + long.strip())
    assert kinds(read([path])) == ["record", "too-long", "record", "too-long"]


def test_the_cap_bounds_memory(tmp_path):
    bomb = write(tmp_path, zstandard.compress(b"x" * (8 * MAX_LINE)), "d.zst")
    tracemalloc.start()
    found = kinds(read([bomb]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == ["too-long"]
    assert peak < 4 * MAX_LINE


def test_memory_is_flat(tmp_path):
    path = write(tmp_path, GOOD.replace(b"text", b"t" * 1000) * 20_000)
    tracemalloc.start()
    count = sum(1 for _ in read([path]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (count, peak < 1_000_000) == (20_000, True)


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda p: p / "missing.jsonl", "no such file"),
        (lambda p: p, "folder"),
        (lambda p: write(p, b"PAR1 and no more", "d.parquet"), "not a readable Parquet"),
        (lambda p: write(p, GOOD, "d.parquet"), "not a readable Parquet"),
    ],
)
def test_a_file_that_cannot_be_opened_says_what_to_do(tmp_path, make, what):
    with pytest.raises(InputError, match=what) as caught:
        list(read([make(tmp_path)]))
    assert caught.value.where
    assert caught.value.todo


def test_parquet_without_pyarrow_names_the_command(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(InputError, match=r"pip install 'hubscan\[parquet\]'"):
        list(read([write(tmp_path, b"PAR1", "d.parquet")]))


HUB_STATS = {"id": "a/b", "author": "a", "tags": ["x"], "sha": "0" * 40, "likes": 3}


class TestPublicLayouts:
    """Columns as the two data sets publish them; values invented."""

    @pytest.fixture
    def table(self, tmp_path):
        arrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
        import pyarrow.parquet as parquet

        def save(rows):
            path = tmp_path / "d.parquet"
            parquet.write_table(arrow.Table.from_pylist(rows), path)
            return path

        return save

    def test_hub_stats_with_json_text(self, table):
        row = HUB_STATS | {"cardData": '{"license": "mit"}', "siblings": '[{"rfilename": "w.bin"}]'}
        (record,) = read([table([row])])
        assert (record.hub, record.kind, record.card) == ("huggingface", "model", None)
        assert record.native["cardData"] == {"license": "mit"}
        assert record.native["siblings"] == [{"rfilename": "w.bin"}]

    def test_hub_stats_with_structs_and_times(self, table):
        from datetime import UTC, datetime

        when = datetime(2026, 8, 1, 12, tzinfo=UTC)
        row = HUB_STATS | {"cardData": {"license": "mit"}, "siblings": [{"rfilename": "w"}], "createdAt": when}
        (record,) = read([table([row])])
        assert record.native["siblings"] == [{"rfilename": "w"}]
        assert record.native["createdAt"] == "2026-08-01T12:00:00Z"

    @pytest.mark.parametrize(
        ("extra", "kind"),
        [
            ({"pipeline_tag": None, "modelId": "a/b"}, "model"),
            ({"description": None, "citation": None}, "dataset"),
            ({"sdk": None}, "space"),
        ],
    )
    def test_hub_stats_kinds_are_told_by_columns(self, extra, kind):
        record = from_row(HUB_STATS | extra, "x:1")
        assert record.kind == kind

    @pytest.mark.parametrize(("column", "kind"), [("modelId", "model"), ("datasetId", "dataset")])
    def test_cards_with_metadata(self, table, column, kind):
        row = {column: "a/b", "author": "a", "last_modified": "2024-01-01", "tags": ["x"], "card": "[1] is no JSON"}
        (record,) = read([table([row])])
        assert (record.kind, record.card) == (kind, "[1] is no JSON")
        assert (record.native["id"], record.native["lastModified"]) == ("a/b", "2024-01-01")
        assert "card" not in record.native

    def test_as_json_lines_too(self, tmp_path):
        path = write(tmp_path, json.dumps(HUB_STATS).encode())
        assert kinds(read([path])) == ["record"]

    def test_broken_json_text_stays_for_the_hub_to_refuse(self):
        record = from_row(HUB_STATS | {"cardData": "{broken", "siblings": "[" * 100_000}, "x:1")
        assert record.native["cardData"] == "{broken"

    def test_one_row_without_a_card_or_of_wrong_type_costs_itself(self, table):
        rows = [{"hub": "h", "native": '{"id": 1}'}, {"hub": None, "native": '{"id": 2}'}, {"hub": "h", "native": "[]"}]
        path = table(rows)
        assert kinds(read([path])) == ["record", "not-a-record", "not-a-record"]

    def test_a_row_that_is_not_utf_8_costs_itself(self, tmp_path):
        arrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
        import pyarrow.parquet as parquet

        texts = arrow.array([b'{"id": 1}', b'{"id": "\xff"}', b'{"id": 3}']).view(arrow.string())
        path = tmp_path / "d.parquet"
        parquet.write_table(arrow.table({"hub": ["h"] * 3, "native": texts}), path)
        assert kinds(read([path])) == ["record", "not-utf-8", "record"]

    def test_damage_half_way_keeps_what_came_before(self, tmp_path):
        arrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
        import pyarrow.parquet as parquet

        rows = [{"hub": "h", "native": json.dumps({"id": os.urandom(40).hex()})} for _ in range(2000)]
        path = tmp_path / "d.parquet"
        parquet.write_table(arrow.Table.from_pylist(rows), path, row_group_size=500, write_page_checksum=True)
        content = bytearray(path.read_bytes())
        middle = len(content) // 2
        content[middle : middle + 4000] = os.urandom(4000)
        path.write_bytes(bytes(content))
        found = kinds(read([path]))
        assert found[0] == "record"
        assert found[-1] == "corrupt"
