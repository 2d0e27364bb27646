"""Folders of weight files as they are found on disks: records, skips and errors, by path."""

import os
import signal
import subprocess
import tracemalloc
from pathlib import Path

import numpy
import pytest
from safetensors.numpy import save_file

from hubscan import localfiles
from hubscan.errors import InputError
from hubscan.findings import ScanError, SkippedRepo
from hubscan.hubs import base
from hubscan.records import StoredRecord
from tests.headers.made import TENSOR_DATA, gguf, metadata, safetensors, text_pair

PLAIN = {"ss_output_name": "quiet"}


def told(folder, **caps):
    """What came of a folder, each item in one short line."""
    return [line(item) for item in localfiles.read(folder, **caps)]


def line(item):
    if isinstance(item, StoredRecord):
        return f"{item.native['id']}: {dict(next(iter(item.headers.values()))) if item.headers else None}"
    return f"{item.ref.repo_id}: {item.reason}" if isinstance(item, SkippedRepo) else f"{item.where}: {item.kind}"


def test_a_tree_is_read_in_the_order_of_its_paths(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "deep").mkdir()
    save_file({"w": numpy.ones(9)}, tmp_path / "b" / "lora.safetensors", PLAIN)
    (tmp_path / "b" / "deep" / "x.SFT").write_bytes(metadata({}))
    (tmp_path / "a.gguf").write_bytes(gguf(text_pair("general.name", "quiet")))
    (tmp_path / "c.GGUF").write_bytes(gguf())
    (tmp_path / "README.md").write_text("# x")
    assert told(tmp_path) == [
        "README.md: not_a_model",
        "a.gguf: {'general.name': 'quiet'}",
        "b/deep/x.SFT: {}",
        f"b/lora.safetensors: {PLAIN}",
        "c.GGUF: {}",
    ]


def test_a_record_holds_path_size_and_time_and_parses(tmp_path):
    path = tmp_path / "quiet mill.safetensors"
    path.write_bytes(metadata(PLAIN) + TENSOR_DATA)
    os.utime(path, (0, 1_700_000_000))
    (stored,) = localfiles.read(tmp_path)
    assert (stored.hub, stored.kind, stored.card) == ("files", "model", None)
    record = base.parse(stored)
    assert (record.ref.repo_id, record.title) == ("quiet mill.safetensors", "quiet mill")
    assert record.url == "file:quiet%20mill.safetensors"
    assert record.files[0].size == path.stat().st_size
    assert record.updated_at == "2023-11-14T22:13:20Z"
    assert record.headers[0].values == PLAIN
    assert (record.tags, record.author, record.base_models, record.card) == (None, None, None, None)


ODD = [
    # (what is in the folder, how it is made, what is said)
    ("a link", lambda f: (f / "x.gguf").symlink_to("/dev/zero"), ["x.gguf: symlink"]),
    ("a link to itself", lambda f: (f / "x.gguf").symlink_to("x.gguf"), ["x.gguf: symlink"]),
    ("a link to the folder", lambda f: (f / "x").symlink_to("."), ["x: symlink"]),
    ("a pipe", lambda f: os.mkfifo(f / "x.gguf"), ["x.gguf: not_a_file"]),
    ("a folder with a model's name", lambda f: (f / "x.gguf").mkdir(), []),
    ("an empty file", lambda f: (f / "x.gguf").write_bytes(b""), ["x.gguf: None", "x.gguf: cut"]),
    ("a lie", lambda f: (f / "x.sft").write_bytes(safetensors("{}", 2**62)), ["x.sft: None", "x.sft: too_large"]),
    ("a hidden file", lambda f: (f / ".x.gguf").write_bytes(gguf()), [".x.gguf: {}"]),
    ("a line end in a name", lambda f: (f / "x\ny.gguf").write_bytes(gguf()), ["x<U+000A>y.gguf: {}"]),
    ("a name that is no UTF-8", lambda f: (f / os.fsdecode(b"\xff.gguf")).write_bytes(gguf()), ["<U+DCFF>.gguf: {}"]),
    ("a name that runs backwards", lambda f: (f / "\u202ex.gguf").write_bytes(gguf()), ["<U+202E>x.gguf: {}"]),
    ("a wide blank", lambda f: (f / "a\u3000b.gguf").write_bytes(gguf()), ["a<U+3000>b.gguf: {}"]),
    ("a date nobody can write", lambda f: _dated(f / "x.gguf", 2**40), ["x.gguf: {}"]),
]  # fmt: skip


def _dated(path, seconds):
    path.write_bytes(gguf())
    os.utime(path, (seconds, seconds))


@pytest.mark.parametrize(("make", "expected"), [row[1:] for row in ODD], ids=[row[0] for row in ODD])
def test_what_is_odd_is_said_and_waited_for_never(tmp_path, make, expected):
    make(tmp_path)
    assert told(tmp_path) == expected
    for item in localfiles.read(tmp_path):
        if isinstance(item, StoredRecord):
            assert not isinstance(base.parse(item), ScanError)


def test_what_cannot_be_read_is_an_error_and_the_rest_goes_on(tmp_path, monkeypatch):
    for name in "abc":
        (tmp_path / f"{name}.gguf").write_bytes(gguf())
    (tmp_path / "d").mkdir()
    real_open, real_scan = os.open, os.scandir

    def refuse(path, *rest, **more):  # the tests may run as root, who may read all
        if str(path).endswith("b.gguf"):
            raise PermissionError(13, "Permission denied", path)
        return real_open(path, *rest, **more)

    def refuse_folder(path):
        if str(path).endswith("/d"):
            raise PermissionError(13, "Permission denied", path)
        return real_scan(path)

    monkeypatch.setattr(os, "open", refuse)
    monkeypatch.setattr(os, "scandir", refuse_folder)
    assert told(tmp_path) == ["a.gguf: {}", "b.gguf: unreadable", "c.gguf: {}", "d: unreadable"]


@pytest.mark.parametrize("swap", [os.mkfifo, os.mkdir, lambda path: Path(path).symlink_to("/dev/zero")])
def test_what_takes_a_file_s_place_before_it_is_opened_is_not_read(tmp_path, monkeypatch, swap):
    (tmp_path / "x.gguf").write_bytes(gguf())
    real_open = os.open

    def swapped(path, *rest, **more):
        Path(path).unlink()
        swap(path)
        return real_open(path, *rest, **more)

    def too_late(*_):
        pytest.fail("waited for a pipe")

    signal.signal(signal.SIGALRM, too_late)
    signal.alarm(5)
    try:
        with monkeypatch.context() as patched:
            patched.setattr(os, "open", swapped)
            assert told(tmp_path) == ["x.gguf: unreadable"]
    finally:
        signal.alarm(0)


def test_a_tree_nested_without_end_is_gone_through(tmp_path):
    # Beyond what one path may be long, so each level is made from within the one above.
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(600):
        os.mkdir("d" * 8, dir_fd=here)
        deeper = os.open("d" * 8, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(here)
    try:
        assert [one.rpartition(": ")[2] for one in told(tmp_path)] == ["unreadable"]
    finally:
        subprocess.run(["rm", "-rf", tmp_path / ("d" * 8)], check=True)  # Python's own way is recursive


def test_a_huge_folder_is_read_up_to_the_cap_and_said_to_be_cut(tmp_path):
    for number in range(50):
        (tmp_path / f"{number:02}.gguf").write_bytes(gguf())
    (tmp_path / "z").mkdir()
    (tmp_path / "z" / "z.gguf").write_bytes(gguf())
    assert len(told(tmp_path)) == 51
    cut = told(tmp_path, most=20)
    assert cut[-1].endswith(": too_many")
    assert 19 <= len(cut) <= 21


def test_a_large_file_costs_no_more_than_its_header(tmp_path):
    path = tmp_path / "x.safetensors"
    path.write_bytes(metadata(PLAIN))
    os.truncate(path, 40 * 2**30)  # a hole, and no data on the disk
    tracemalloc.start()
    assert told(tmp_path) == [f"x.safetensors: {PLAIN}"]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


@pytest.mark.parametrize(("name", "message"), [("nowhere", "cannot be read"), ("file", "no folder")])
def test_a_folder_that_is_none_ends_at_once(tmp_path, name, message):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match=message):
        list(localfiles.read(tmp_path / name))
