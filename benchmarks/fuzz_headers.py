"""Feeds damaged headers to the readers and to all that reads their texts, and counts what comes of it.

    python benchmarks/fuzz_headers.py [--count N] [--seed S]

Takes whole safetensors and GGUF headers, damages each in one to eight places (bits, lengths, brackets, cuts,
repetitions, pieces of another), and reads it under a cap of 64 KiB. Prints how each ended, the slowest, and the largest
memory of four in a hundred; ends with 1 if anything was raised, more was asked for than the cap, a byte was asked for
twice, or memory went over sixteen times the cap. The same seed gives the same headers.
"""

import argparse
import json
import random
import struct
import sys
import time
import tracemalloc
from collections import Counter
from dataclasses import dataclass, field

from hubscan import declared, features, headers
from hubscan.records import FileHeader, RepoRecord, RepoRef

CAP = 64 * 1024
MEMORY = 16 * CAP
SAMPLED = 100

CAPTIONS = {"3_mill": {"mill": 40, "river": 20, "boat": 1}, "1_sea": {"sea": 12}}
METADATA = {
    "format": "pt",
    "ss_output_name": "quiet_mill",
    "ss_sd_model_name": "/a/b/v1.ckpt",
    "ss_network_module": "networks.lora",
    "ss_tag_frequency": json.dumps(CAPTIONS),
    "ss_dataset_dirs": json.dumps({"3_mill": {"n_repeats": 3, "img_count": 40}}),
    "ss_datasets": json.dumps(
        [{"tag_frequency": CAPTIONS, "subsets": [{"image_dir": "3_mill", "img_count": 40, "class_tokens": "mll"}]}]
    ),
    "modelspec.tags": "mill, sea",
    "modelspec.thumbnail": "data:image/png;base64,iVBORw0KGgo" + "A" * 200,
    "ssmd_cover_images": '["/9j/' + "A" * 100 + '"]',
    "note": 'quotes " and \\ and \u4e2d\U0001f600',
}
TENSORS = {f"lora.{n}": {"dtype": "F16", "shape": [4, 4], "data_offsets": [32 * n, 32 * n + 32]} for n in range(12)}
TOKENS = [b'"', b"{", b"}", b"[", b"]", b":", b",", b"\\", b"\\u", b"NaN", b"null", b"\x00", b"\xff", b"GGUF", b" "]
VALUES = [
    "1",
    "null",
    "{}",
    "[]",
    "true",
    '""',
    '"None"',
    '"{}"',
    '"[[[[]]]]"',
    "[" * 2000 + "]" * 2000,
    '"data:,"',
    "1e999",
]
NUMBERS = [0, 1, 7, 8, 255, CAP - 8, CAP, 2**31, 2**32 - 1, 2**40, 2**63, 2**64 - 1]


def safetensors() -> bytes:
    """Return a header as a trainer writes it."""
    text = json.dumps({"__metadata__": METADATA, **TENSORS}).encode()
    return len(text).to_bytes(8, "little") + text


def _string(text: bytes) -> bytes:
    return struct.pack("<Q", len(text)) + text


def gguf() -> bytes:
    """Return key-values of every type, a vocabulary and nested arrays among them."""
    values: list[tuple[bytes, int, bytes]] = [
        (b"general.name", 8, _string(b"Quiet")),
        (b"general.tags", 9, struct.pack("<IQ", 8, 2) + _string(b"mill") + _string(b"sea")),
        (b"general.base_model.0.name", 8, _string(b"Base")),
        (b"general.base_model.0.repo_url", 8, _string(b"https://huggingface.co/example/base")),
        (b"tokenizer.ggml.tokens", 9, struct.pack("<IQ", 8, 50) + b"".join(_string(b"w%d" % n) for n in range(50))),
        (b"tokenizer.ggml.scores", 9, struct.pack("<IQ", 6, 50) + b"\0" * 200),
        (b"llama.nested", 9, struct.pack("<IQIQ", 9, 1, 4, 2) + b"\0" * 8),
        *(
            (b"llama.x%d" % kind, kind, b"\1" * size)
            for kind, size in ((0, 1), (3, 2), (4, 4), (7, 1), (10, 8), (12, 8))
        ),
        (b"tokenizer.chat_template", 8, _string(b"{{ messages }}")),
    ]
    body = b"".join(_string(key) + struct.pack("<I", kind) + value for key, kind, value in values)
    return b"GGUF" + struct.pack("<IQQ", 3, 2, len(values)) + body + b"\1" * 48


WHOLE = {".safetensors": safetensors(), ".gguf": gguf()}


class Source:
    """A file that counts what is asked of it."""

    def __init__(self, data: bytes) -> None:
        self.data, self.asked, self.furthest = data, 0, 0

    def __call__(self, offset: int, size: int) -> bytes:
        """Return a part; see `headers.Read`."""
        self.asked += size
        self.furthest = max(self.furthest, offset + size)
        return self.data[offset : offset + size]


@dataclass(slots=True)
class Result:
    """What came of a run. `failures` name the header by its number, so that it can be made again."""

    ends: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest: float = 0.0
    largest: int = 0
    seconds: float = 0.0


def damaged(whole: bytes, other: bytes, chance: random.Random) -> bytes:
    """Return `whole` with one to eight faults."""
    data = bytearray(whole)
    for _ in range(chance.choice((1, 1, 1, 2, 4, 8))):
        # Half of all faults strike the front, where the lengths and counts are.
        at = chance.randrange(min(64, len(data)) if chance.random() < 0.5 else len(data)) if data else 0
        match chance.randrange(8):
            case 0:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                data[at : at + 8] = struct.pack("<Q", chance.choice(NUMBERS))
            case 2:
                data[at : at + 4] = struct.pack("<I", chance.choice(NUMBERS) & 0xFFFFFFFF)
            case 3:
                data[at:at] = chance.choice(TOKENS) * chance.choice((1, 1, 1, 2, 2000))
            case 4:
                del data[at : at + chance.randint(1, 64)]
            case 5:
                del data[at + chance.randrange(512) :]
            case 6:
                data[at:at] = data[at : at + chance.randint(1, 400)]
            case _:
                start = chance.randrange(len(other))
                data[at:at] = other[start : start + chance.randint(1, 400)]
    if chance.random() < 0.5 and whole[:4] != b"GGUF":  # a length that fits, so that the JSON is reached
        data[:8] = max(0, len(data) - 8).to_bytes(8, "little")
    return bytes(data)


def rewritten(chance: random.Random) -> bytes:
    """Return a safetensors header that is JSON, but with keys that repeat, values of other types and damaged texts."""
    pairs = [(json.dumps(key), json.dumps(value)) for key, value in METADATA.items()]
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(pairs))
        key, value = pairs[at]
        match chance.randrange(4):
            case 0:
                pairs[at] = key, chance.choice(VALUES)
            case 1:
                pairs.insert(chance.randrange(len(pairs)), (key, chance.choice(pairs)[1]))
            case 2:
                pairs[at] = chance.choice((key.upper(), '""', '"__metadata__"', key[:-1] + '#2"')), value
            case _:
                text = damaged(METADATA[chance.choice(list(METADATA))].encode(), b"{}[]:,0", chance)
                pairs[at] = key, json.dumps(text.decode("utf-8", "replace"))
    inner = "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"
    outer = [f'"__metadata__": {inner}', '"w": {"dtype": "F16", "data_offsets": [0, 2]}', '"__metadata__": {"a": "b"}']
    text = ("{" + ", ".join(chance.sample(outer, chance.randint(1, 3))) + "}").encode()
    return len(text).to_bytes(8, "little") + text


def read_all(suffix: str, source: Source) -> str:
    """Read a header and everything that is made of its texts; return how it ended."""
    header = headers.read(f"w{suffix}", source, CAP)
    made = FileHeader(f"w{suffix}", header.values)
    record = RepoRecord(ref=RepoRef("files", "model", "w"), url="", title="w", headers=(made,))
    for piece in features.pieces(record):
        piece.text.encode("utf-8")
    declared.base_models(header.values)
    _ = record.digest
    return f"{suffix} {header.error.kind.value if header.error else 'whole'}"


def header(number: int, seed: int) -> tuple[str, bytes]:
    """Return the suffix and the bytes of damaged header `number`: of four, two are GGUF and two safetensors."""
    chance = random.Random(f"{seed}/{number}")
    if number % 4 == 0:
        return ".safetensors", rewritten(chance)
    suffix, other = (".safetensors", ".gguf") if number % 2 == 0 else (".gguf", ".safetensors")
    return suffix, damaged(WHOLE[suffix], WHOLE[other], chance)


def run(count: int, seed: int) -> Result:
    """Read `count` damaged headers."""
    result, began = Result(), time.perf_counter()
    for number in range(count):
        suffix, data = header(number, seed)
        one(number, suffix, Source(data), result)
    result.seconds = time.perf_counter() - began
    return result


def one(number: int, suffix: str, source: Source, result: Result) -> None:
    """Read one header and note what came of it."""
    sampled = number % SAMPLED < 4
    if sampled:
        tracemalloc.start()
    began = time.perf_counter()
    try:
        result.ends[read_all(suffix, source)] += 1
    except Exception as error:
        result.failures.append(f"{number}: {type(error).__name__}: {error}")
    if sampled:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        result.largest = max(result.largest, peak)
        if peak > MEMORY:
            result.failures.append(f"{number}: {peak:,} bytes of memory")
    else:
        result.slowest = max(result.slowest, time.perf_counter() - began)
    if source.furthest > CAP or source.asked > source.furthest:
        result.failures.append(f"{number}: asked for {source.asked:,} bytes up to {source.furthest:,}")


def table(result: Result) -> str:
    """Return the outcome as lines."""
    total = result.ends.total()
    rows = [f"{count:>9,}  {end}" for end, count in sorted(result.ends.items(), key=lambda item: (-item[1], item[0]))]
    rows.append(f"{total:>9,}  headers in {result.seconds:.1f} s; slowest {result.slowest * 1000:.0f} ms")
    rows.append(f"{result.largest:>9,}  bytes of memory at most, of {MEMORY:,} allowed (cap {CAP:,})")
    rows.append(f"{len(result.failures):>9,}  failures")
    return "\n".join([*rows, *result.failures[:20]])


def main() -> int:
    """Run as a command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    result = run(arguments.count, arguments.seed)
    print(table(result))
    return 1 if result.failures else 0


if __name__ == "__main__":
    sys.exit(main())
