"""Feeds damaged API objects to every hub's parser and to all that reads a record, and counts what comes of it.

    python benchmarks/fuzz_objects.py [--count N] [--seed S]

Takes the objects of the sample hub and of the hubs' recorded replies, damages each in one to six places (a value of
another type, a key gone or doubled under another name, a list grown or emptied, an absurd number or text), parses it as
each hub would and walks through the features a rule may ask for. Prints how each ended, and ends with 1 if anything was
raised. The same seed gives the same objects.
"""

import argparse
import copy
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from hubscan import dumps, features
from hubscan.hubs import base
from hubscan.records import RepoRecord, StoredRecord

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "examples" / "sample-hub.jsonl"
REPLIES = ROOT / "tests" / "hubs"
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**63, 1e308, float("nan"), "", " ", "\x00", "\ud800", "a" * 5000, "2024-13-45T99:99",
    [], {}, [None], [[]], [{}], {"": ""}, {"id": {}}, [1, "a", None, {}], "NaN", "../../etc", "data:,A",
)  # fmt: skip


def objects() -> list[StoredRecord]:
    """Return whole objects to damage: the sample hub's, and what every hub's recorded replies hold."""
    whole = [record for record in dumps.read([SAMPLE]) if isinstance(record, StoredRecord)]
    for folder in sorted(path.parent for path in REPLIES.glob("*/replies.jsonl")):
        for line in (folder / "replies.jsonl").read_text(encoding="utf-8").splitlines():
            whole += (
                replace(whole[0], hub=folder.name, native=native) for native in recorded(json.loads(line)["body"])
            )
    return whole


def recorded(body: str) -> Iterator[dict[str, Any]]:
    """Yield each object of a recorded reply that names something; nothing from what is no JSON."""
    try:
        reply = json.loads(body)
    except ValueError:
        return
    for container, key in [({"": reply}, ""), *places(reply)]:
        found = container[key]
        if isinstance(found, dict) and found.keys() & {"id", "name", "modelId", "config"}:
            yield found


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container below a value with each of its keys."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from places(value[key])


def damaged(native: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """Return a copy with one to six faults."""
    native = copy.deepcopy(native)
    for _ in range(rng.randint(1, 6)):
        found = list(places(native))
        if found:
            _damage(*rng.choice(found), rng)
    return native


def _damage(container: Any, key: Any, rng: random.Random) -> None:
    manner = rng.randrange(4)
    if manner == 0 and isinstance(container, dict):
        container[f"{key}{rng.choice(' _2')}"] = container.pop(key)
    elif manner == 1:
        del container[key]
    elif manner == 2 and isinstance(container, list):
        container.extend(copy.deepcopy(container[key]) for _ in range(rng.choice((1, 50))))
    else:
        container[key] = copy.deepcopy(rng.choice(ODD))


def outcome(stored: StoredRecord) -> str:
    """Parse one object and read all of it; the name of how it ended."""
    record = base.parse(stored)
    if not isinstance(record, RepoRecord):
        return f"error: {record.kind}"
    for piece in features.pieces(record):
        piece.text.encode(errors="replace")
    for fact in features.FACTS:
        features.fact(record, fact)
    return "record"


def main() -> None:
    """Damage, parse, count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    rng, whole, ends, began = random.Random(asked.seed), objects(), Counter[str](), time.process_time()
    for _ in range(asked.count):
        stored = rng.choice(whole)
        stored = replace(stored, native=damaged(dict(stored.native), rng))
        try:
            ends[outcome(stored)] += 1
        except Exception as error:
            ends[f"RAISED {type(error).__name__}"] += 1
            if ends[f"RAISED {type(error).__name__}"] <= 3:
                print(
                    f"{type(error).__name__}: {error}: {stored.hub} {json.dumps(stored.native)[:2000]}", file=sys.stderr
                )
    for end, count in ends.most_common():
        print(f"{count:9,}  {end}")
    print(f"{asked.count:,} objects, seed {asked.seed}, {time.process_time() - began:.0f} CPU s")
    sys.exit(any(end.startswith("RAISED") for end in ends))


if __name__ == "__main__":
    main()
