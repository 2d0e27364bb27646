"""The published hashes by which a file is known again on another hub: which files, and which hashes.

Only files that look like weights and are not tiny count. Config, tokenizer and optimizer files are byte for byte the
same in thousands of unrelated repos, as is every empty file: they would join what has nothing to do with each other.

Hashes are claims of different worth. A hub works out `sha256` over the whole file. `autov2` (Civitai) is its first ten
digits and `autov3` the first twelve of a SHA-256 over what follows a safetensors header, so both may meet by chance.
`sshs` (`sshs_model_hash`, kohya sd-scripts) is that SHA-256 in full, but it stands in the header, where anybody may
write. That AutoV3 is the beginning of `sshs` was read in client code and never checked against a live hub.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from hubscan.records import FileEntry, RepoRecord

ALGORITHMS = {"sha256": 64, "sshs": 64, "autov3": 12, "autov2": 10}
"""Each kind of hash and its length in hex digits, the surest first."""

LEAST_BYTES = 3_072
"""The smallest thing an image model can be taught with: one vector of 768 numbers of four bytes."""

_SUFFIXES = (".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".gguf", ".onnx", ".h5", ".msgpack", ".tflite", ".npz")
_LAYER = re.compile(r"(?:model|adapter|projector)\[\d+\]", re.ASCII)
"""Layers of an Ollama model that hold weights, by the names `hubs/ollama` gives them."""
_TRAINING = re.compile(r"(?:optimizer|scheduler|scaler|rng_state|training_args|random_states|trainer_state)", re.ASCII)
_EMPTY = hashlib.sha256(b"").hexdigest()


class FileHash(NamedTuple):
    """One hash of one file of a repo; `value` is lower-case hex."""

    algorithm: str
    value: str
    file: str
    size: int | None


def by_file(record: RepoRecord) -> Iterator[tuple[int, list[FileHash]]]:
    """Yield the place of each weight file among a record's files, and its hashes, the surest first."""
    header = {one.file: one.values.get("sshs_model_hash", "") for one in record.headers}
    for place, file in enumerate(record.files or ()):
        if is_weights(file):
            hashes = _hashes(file, header.get(file.name, ""))
            yield place, [FileHash(algorithm, value, file.name, file.size) for algorithm, value in hashes.items()]


def of(record: RepoRecord) -> Iterator[FileHash]:
    """Yield all hashes of a record's weight files, short forms worked out from long ones."""
    return (one for _, hashes in by_file(record) for one in hashes)


def is_weights(file: FileEntry) -> bool:
    """Whether a file can say anything by its hash. One whose size the hub does not give may."""
    name = PurePosixPath(file.name.lower().replace("\\", "/")).name
    weights = name.endswith(_SUFFIXES) or _LAYER.fullmatch(name) is not None
    small = file.size is not None and file.size < LEAST_BYTES
    return weights and not small and not _TRAINING.match(name) and file.sha256 != _EMPTY


def read(algorithm: str, text: str) -> str | None:
    """Return a hash in lower-case hex, None unless `text` is one of `algorithm`."""
    value = text.strip().lower()
    return value if re.fullmatch(rf"[0-9a-f]{{{ALGORITHMS[algorithm]}}}", value) else None


def _hashes(file: FileEntry, sshs: str) -> dict[str, str]:
    published = {key.lower(): value for key, value in file.hashes.items()}
    said = {"sha256": file.sha256 or "", "sshs": sshs or published.get("sshs_model_hash", "")}
    said["autov3"] = published.get("autov3", "")[:12] or said["sshs"][:12]
    said["autov2"] = published.get("autov2", "") or said["sha256"][:10]
    return {algorithm: value for algorithm, text in said.items() if (value := read(algorithm, text))}
