"""What is costly to compile, kept from one run to the next: search databases, and the terms of vocabularies.

A file is named after all that it was made from, so none goes stale: other words, another version, another machine make
another file. To lose the folder loses a second or two. Where it cannot be used, nothing is kept and nothing fails.
"""

import hashlib
import os
import platform
import secrets
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

import hyperscan
import msgspec

from hubscan.resources import cache_folder

T = TypeVar("T")
_HYPERSCAN = version("hyperscan")
_WORTH_KEEPING = 0.05
"""Seconds of compiling from which a database is kept."""
_CHECK = hashlib.sha256().digest_size
"""Bytes before what is kept: its own digest, because Hyperscan takes damaged databases for whole ones."""
_UNUSED = 30 * 24 * 3600
_A_DAY = 24 * 3600


def database(expressions: Sequence[str], flags: int = 0) -> hyperscan.Database:
    """Compile regular expressions for Hyperscan, or read back what was compiled of the same; ids are their places."""
    machine = (platform.machine(), platform.python_version(), _HYPERSCAN, str(flags))
    name = f"{_digest(text.encode(errors='replace') for text in (*machine, *expressions))}.hyperscan"
    if data := _read(name):
        with suppress(hyperscan.error):  # compiled for another processor
            read = hyperscan.loadb(data, hyperscan.HS_MODE_BLOCK)
            read.scratch = hyperscan.Scratch(read)
            return read
    begun, made = time.perf_counter(), hyperscan.Database()
    encoded = [text.encode() for text in expressions]
    made.compile(expressions=encoded, ids=list(range(len(encoded))), elements=len(encoded), flags=flags)
    if time.perf_counter() - begun > _WORTH_KEEPING:
        _write(name, hyperscan.dumpb(made))
    return made


def recall(made_from: Iterable[bytes], shape: type[T]) -> T | None:
    """Return what was kept as made from the same, None if nothing was; `shape` is the type that msgspec reads."""
    data = _read(f"{_digest(made_from)}.msgpack")
    with suppress(msgspec.MsgspecError):
        return msgspec.msgpack.decode(data, type=shape) if data else None
    return None


def keep(made_from: Iterable[bytes], value: object) -> None:
    """Keep a value that msgspec can write, under all that it depends on."""
    _write(f"{_digest(made_from)}.msgpack", msgspec.msgpack.encode(value))


def _digest(parts: Iterable[bytes]) -> str:
    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()


def _read(name: str) -> bytes | None:
    folder = cache_folder()
    with suppress(OSError):
        path = folder / name if folder and _is_own(folder) else None
        if path is None:
            return None
        data, now = path.read_bytes(), time.time()
        if now - path.stat().st_mtime > _A_DAY:
            os.utime(path)  # still of use
        return data[_CHECK:] if data[:_CHECK] == hashlib.sha256(data[_CHECK:]).digest() else None
    return None


def _write(name: str, data: bytes) -> None:
    folder = cache_folder()
    with suppress(OSError):
        if folder is None:
            return
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _is_own(folder):
            _forget_unused(folder)
            part = folder / f"{name}.{secrets.token_hex(8)}.part"
            part.write_bytes(hashlib.sha256(data).digest() + data)
            part.replace(folder / name)


def _is_own(folder: Path) -> bool:
    """Whether nobody else can write there: what is read back is trusted."""
    stat = folder.stat()
    return stat.st_uid == os.geteuid() and not stat.st_mode & 0o022


def _forget_unused(folder: Path) -> None:
    for path in folder.iterdir():
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _UNUSED:
                path.unlink()
