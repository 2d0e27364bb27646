"""What was compiled is read back as it was, and never from a place that another could have written."""

import os
import time

import pytest

from hubscan import kept, wordforms

WORDS = [f"word{number}" for number in range(3000)]
TEXT = b"of word7 and word2999"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HUBSCAN_CACHE", str(tmp_path / "kept"))
    monkeypatch.setattr(kept, "_WORTH_KEEPING", 0.0)
    return tmp_path / "kept"


def ends(database):
    found = []
    database.scan(TEXT, match_event_handler=lambda number, _, end, __, ___: found.append((end, number)))
    return sorted(found)


def files(folder):
    return sorted(folder.iterdir()) if folder.is_dir() else []


def never(*_, **__):
    raise AssertionError("compiled once more")


def compiling(monkeypatch, how):
    """Let every new database compile by `how`."""

    class Compiling(kept.hyperscan.Database):
        compile = how

    monkeypatch.setattr(kept.hyperscan, "Database", Compiling)


@pytest.mark.usefixtures("folder")
def test_a_database_is_compiled_once(monkeypatch):
    first = ends(kept.database(WORDS))
    assert {(8, 7), (21, 2999)} <= set(first)
    compiling(monkeypatch, never)
    assert ends(kept.database(WORDS)) == first
    with pytest.raises(AssertionError, match="once more"):
        kept.database(WORDS[1:])


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data[:-1] + b"\0\1", lambda _: b""])
def test_a_damaged_file_is_made_again(folder, damage):
    first = ends(kept.database(WORDS))
    (file,) = files(folder)
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert ends(kept.database(WORDS)) == first
    assert file.read_bytes()[: len(whole) // 2] == whole[: len(whole) // 2]


def test_what_others_may_write_is_not_read(folder, monkeypatch):
    kept.database(WORDS)
    folder.chmod(0o777)
    compiling(monkeypatch, never)
    with pytest.raises(AssertionError, match="once more"):
        kept.database(WORDS)
    folder.chmod(0o700)
    kept.database(WORDS)


def test_an_empty_name_keeps_nothing(folder, monkeypatch):
    monkeypatch.setenv("HUBSCAN_CACHE", "")
    assert ends(kept.database(WORDS))
    assert not folder.exists()


def test_a_place_that_cannot_be_used_is_no_error(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("HUBSCAN_CACHE", str(tmp_path / "file" / "kept"))
    assert ends(kept.database(WORDS))


def test_what_no_run_used_for_a_month_goes(folder):
    kept.database(WORDS)
    (old,) = files(folder)
    os.utime(old, (0, time.time() - 40 * 24 * 3600))
    kept.database(WORDS[1:])
    assert old not in files(folder)
    assert len(files(folder)) == 1


def test_what_is_in_use_stays(folder):
    kept.database(WORDS)
    (used,) = files(folder)
    os.utime(used, (0, time.time() - 40 * 24 * 3600))
    kept.database(WORDS)
    kept.database(WORDS[1:])
    assert used in files(folder)


@pytest.mark.usefixtures("folder")
def test_terms_are_compiled_once(monkeypatch):
    monkeypatch.setattr(wordforms, "_COMPILED", {})
    with wordforms.remembering([b"a file"]):
        first = wordforms.compiled("lantern{,s} made of paper")
    monkeypatch.setattr(wordforms, "_COMPILED", {})
    monkeypatch.setattr(wordforms, "_compiled", never)
    with wordforms.remembering([b"a file"]):
        assert wordforms.compiled("lantern{,s} made of paper") == first
    monkeypatch.setattr(wordforms, "_COMPILED", {})
    with pytest.raises(AssertionError, match="once more"), wordforms.remembering([b"another file"]):
        wordforms.compiled("lantern{,s} made of paper")


def test_terms_of_broken_files_are_not_kept(folder, monkeypatch):
    monkeypatch.setattr(wordforms, "_COMPILED", {})
    with pytest.raises(ValueError, match="brace"), wordforms.remembering([b"a file"]):
        wordforms.compiled("lantern{s")
    assert not files(folder)
