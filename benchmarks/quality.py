"""Measure the rules: precision, recall and F1 on labelled records, on disguised copies, and noise on real text.

    python benchmarks/quality.py
    python benchmarks/quality.py --labelled my.jsonl my.labels.jsonl --unlabelled cards.jsonl.gz --mutate leetspeak
    python benchmarks/quality.py --errors dev,north --mutate none

Without options it scans the quality sets of this folder and, in the folder that $HUBSCAN_DATA names (default
`../shared/data`), the labelled sample, real cards, a real listing, and XSTest's safe prompts as cards. Each figure
stands beside that of a naive keyword scanner (`naive.py`).

Intervals hold 95 %: Wilson's for precision, recall and all shares; F1 and macro-F1 by bootstrap over records. Disguised
are the words that made either scanner find and one in eight others; recall is then that of the records it changed.
Nobody has labelled the real text: `info` and `low` there state facts that are mostly true (a base model, a language
model said to be uncensored), `high` and `critical` are most likely false.

What is printed holds numbers only; `--errors` adds ids of records, never of a held set.
"""

import argparse
import csv
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import make_quality_set
import quality_tables
from disguises import DISGUISES
from measuring import (
    Found,
    Hubscan,
    LabelledSet,
    Naive,
    Numbers,
    Scanner,
    add,
    disguise_rows,
    errors,
    found,
    is_held,
    read_set,
    scores,
    severities,
)
from scoring import Label

from hubscan.dumps import read
from hubscan.errors import HubscanError
from hubscan.findings import ScanError
from hubscan.records import StoredRecord

DATA = Path(os.environ.get("HUBSCAN_DATA", "../shared/data"))
SAMPLE = ("labelled-sample.jsonl", "labelled-sample.labels.jsonl")
REAL = ("hf-cards.jsonl.gz", "hf-listing.jsonl.gz", "xstest_prompts.csv")


def short_name(path: Path) -> str:
    """Return what a file is called in the tables: its name up to the first dot."""
    return path.name.partition(".")[0]


def default_sets() -> list[LabelledSet]:
    """Return the labelled sample, where there is one, and the quality sets."""
    sets = [read_set("labelled-sample", *(DATA / name for name in SAMPLE))] if (DATA / SAMPLE[0]).is_file() else []
    with tempfile.TemporaryDirectory(prefix="hubscan-quality-") as folder:
        for name in make_quality_set.SETS:
            files = [Path(folder, file) for file in (f"{name}.jsonl", f"{name}.labels.jsonl")]
            for file, text in make_quality_set.texts(name).items():
                Path(folder, file).write_text(text, encoding="utf-8")
            sets.append(read_set(name, *files))
    return sets


def default_files() -> list[Path]:
    """Return the unlabelled files that are there; say which are not."""
    if absent := [name for name in (SAMPLE[0], *REAL) if not (DATA / name).is_file()]:
        print(f"{DATA}: no {', no '.join(absent)}: not measured. Name the folder in HUBSCAN_DATA", file=sys.stderr)
    return [DATA / name for name in REAL if (DATA / name).is_file()]


def unlabelled_records(path: Path) -> Iterator[StoredRecord | ScanError]:
    """Yield the records of a dump, or the safe prompts of an XSTest file, each as the card of a model."""
    if path.suffix != ".csv":
        yield from read([path])
        return
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["label"] == "safe":
                native = {"id": f"prompts/number-{row['id']}"}
                yield StoredRecord("huggingface", "model", native, row["prompt"], where=f"{path}:{row['id']}")


def measure_sets(
    sets: Sequence[LabelledSet], scanners: Sequence[Scanner], fields: Sequence[str], disguises: Sequence[str]
) -> dict[str, Numbers]:
    """Measure each labelled set, and all together where there are several."""
    named = {one.name: {scanner.name: found(scanner, one.records) for scanner in scanners} for one in sets}
    table = {one.name: _measured(one.labels, named[one.name], fields) for one in sets}
    for one in sets:
        table[one.name]["disguises"] = disguise_rows(one, scanners, disguises)
    if len(sets) > 1:
        labels = [label for one in sets for label in one.labels]
        joined = {s.name: [names for one in sets for names in named[one.name][s.name]] for s in scanners}
        rows = add([numbers["disguises"] for numbers in table.values()])
        table["all together"] = _measured(labels, joined, fields) | {"disguises": rows}
    return table


def _measured(labels: Sequence[Label], named: Mapping[str, Found], fields: Sequence[str]) -> Numbers:
    return {"records": len(labels)} | {name: scores(labels, some, fields) for name, some in named.items()}


def chosen_disguises(said: str) -> tuple[str, ...]:
    """Return the disguises meant by `all`, `none` or names with commas between them."""
    names = {"all": tuple(DISGUISES), "none": ()}.get(said, tuple(said.split(",")))
    if unknown := [name for name in names if name not in DISGUISES]:
        raise argparse.ArgumentTypeError(f"no disguise {', '.join(unknown)}; there are {', '.join(DISGUISES)}")
    return names


def development_sets(said: str) -> tuple[str, ...]:
    """Return names of sets whose errors may be listed."""
    names = tuple(said.split(","))
    if held := [name for name in names if is_held(name)]:
        raise argparse.ArgumentTypeError(f"{held[0]} is only scored: to read its errors would make its score worthless")
    return names


def options() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--labelled", nargs=2, action="append", type=Path, metavar=("DUMP", "LABELS"), help="instead of the defaults")
    add("--unlabelled", nargs="*", type=Path, metavar="DUMP", help="instead of the defaults; none switches this off")
    add("--by", default="difficulty,language", type=lambda said: said.split(","), help="fields of a label line")
    add("--mutate", default="all", type=chosen_disguises, metavar="all|none|NAME,...", help="disguises to measure")
    add("--naive", action=argparse.BooleanOptionalAction, default=True, help="measure the naive scanner beside")
    add("--errors", default=(), type=development_sets, metavar="SET,...", help="list what these sets' errors are")
    add("--json", type=Path, metavar="FILE", help="write all numbers there as well")
    return parser


def main() -> None:
    """Measure and print."""
    parser = options()
    asked = parser.parse_args()
    begun = time.perf_counter()
    scanners: list[Scanner] = [Hubscan(), *([Naive()] if asked.naive else [])]
    names = [scanner.name for scanner in scanners]
    sets = [read_set(short_name(pair[0]), *pair) for pair in asked.labelled] if asked.labelled else default_sets()
    if unknown := set(asked.errors) - {one.name for one in sets}:
        parser.error(f"--errors: no set {', '.join(sorted(unknown))}; there are {', '.join(one.name for one in sets)}")
    files = default_files() if asked.unlabelled is None else asked.unlabelled
    labelled = measure_sets(sets, scanners, asked.by, asked.mutate)
    for name, numbers in labelled.items():
        print(quality_tables.labelled(name, numbers, names), end="\n\n")
    unlabelled = {short_name(file): severities(unlabelled_records(file), scanners) for file in files}
    for name, numbers in unlabelled.items():
        print(quality_tables.unlabelled(name, numbers, names), end="\n\n")
    for one in sets:
        print("".join(f"{line}\n" for line in errors(one, scanners[0])) if one.name in asked.errors else "", end="")
    if asked.json:
        asked.json.write_text(json.dumps({"labelled": labelled, "unlabelled": unlabelled}, indent=1) + "\n", "utf-8")
    print(f"{time.perf_counter() - begun:.1f} s", file=sys.stderr)


if __name__ == "__main__":
    try:
        main()
    except HubscanError as problem:
        sys.exit(f"quality: {problem}")
