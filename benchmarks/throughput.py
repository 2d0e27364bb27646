"""How fast `hubscan scan dump` is, beside searches that decide nothing and the loop one would write first.

    python benchmarks/throughput.py [--megabytes N] [--data DIR] [--million]

Builds a corpus from real hub metadata (`hf-listing.jsonl.gz` and `hf-cards.jsonl.gz` in DIR; see `corpus`) and prints
three tables, all on the same bytes in one run:

- hubscan in one process and in two, and with ten times the rules; ripgrep with 2,000 words; and on a sample, because
  the whole would take hours, YARA-X with all words, and one `re` per word. The words are those of the
  shipped vocabularies and contexts (a final `*` dropped);
- peak memory at 10,000 and 100,000 records, with `--million` also at a million;
- hostile cards of a megabyte, each as a ratio to ordinary prose of that size.

Compare MB per CPU second: wall time on a shared machine says little. What two processes gain shows in wall time alone.
"""

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus import SOURCES, write_corpus, write_records
from strain import hostile_times, write_copies

from hubscan import resources
from hubscan.engine.load import load

DATA = Path(os.environ.get("HUBSCAN_DATA", "../shared/data"))
SAMPLE_BYTES, LOOP_BYTES = 500_000, 20_000
"""What is read by programs too slow for all of it."""
FIXED_WORDS = 2000
COPIES = 9
RULES_IN_A_SET = 500
"""Strings in one rule of YARA-X, which takes no rule of any size."""


@dataclass(frozen=True, slots=True)
class Run:
    """One way to go through the corpus: what it read and what that cost. `peak` is in MB, None where not measured."""

    name: str
    records: int
    size: int
    wall: float
    cpu: float
    peak: float | None = None

    @property
    def speed(self) -> float:
        """MB per CPU second."""
        return self.size / 1e6 / self.cpu


def words() -> list[str]:
    """Return every spelling of every word in the shipped vocabularies and contexts."""
    book = load()
    groups = [group for vocabulary in book.vocabularies.values() for group in (vocabulary.terms, vocabulary.excepts)]
    groups += [group for context in book.contexts for group in (*context.places.values(), context.excepts)]
    terms = {term for group in groups for entries in group.values() for term in entries}
    return sorted({spelling.rstrip("*").strip() for term in terms for spelling in spellings(term)} - {""})


def spellings(term: str) -> list[str]:
    """Write out the `{a,b}` groups of a term."""
    head, brace, rest = term.partition("{")
    if not brace:
        return [term]
    choices, _, tail = rest.partition("}")
    return [full for choice in choices.split(",") for full in spellings(head + choice + tail)]


def timed(command: Sequence[str], good: frozenset[int], out: Path) -> tuple[float, float, float]:
    """Run `command` with its output in `out`; return wall seconds, CPU seconds and peak MB of that one process."""
    with out.open("wb") as sink, out.with_suffix(".err").open("wb") as complaints:
        told = subprocess.run(
            [sys.executable, "-c", _USHER, str(sink.fileno()), *command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints, pass_fds=[sink.fileno()], check=True,
        )  # fmt: skip
    code, wall, cpu, peak = map(float, told.stdout.split())
    if code not in good:
        sys.exit(f"{command[0]} ended with {code:.0f}:\n{out.with_suffix('.err').read_text()[-2000:]}")
    return wall, cpu, peak / (1e6 if sys.platform == "darwin" else 1e3)


_USHER = """
import os, subprocess, sys, time
begun = time.perf_counter()
process = subprocess.Popen(sys.argv[2:], stdout=int(sys.argv[1]))
_, status, usage = os.wait4(process.pid, 0)
wall = time.perf_counter() - begun
print(os.waitstatus_to_exitcode(status), wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
"""
"""A small process between this one and what it measures: the peak of a process counts that of the one it came from."""


def program(name: str, remedy: str) -> str:
    """Return the path of a program beside this Python or on the PATH; say how to get it where there is none."""
    found = shutil.which(name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    return found or sys.exit(f"{name} is missing. {remedy}")


def run_hubscan(corpus: Path, records: int, *options: str, name: str = "hubscan scan dump") -> Run:
    """Scan the corpus end to end, as a user would. 4 (something could not be read) counts as done."""
    scan = [sys.executable, "-m", "hubscan.cli", "scan", "dump", str(corpus)]
    command = [*scan, "--no-store", "--format", "jsonl", "--quiet", *options]
    cost = timed(command, frozenset({0, 4}), corpus.with_name("findings"))
    return Run(name, records, corpus.stat().st_size, *cost)


def run_ten_times(corpus: Path, records: int, folder: Path) -> Run:
    """Scan with nine copies of every rule and vocabulary beside the shipped ones, each with words of its own."""
    rules = resources.folder("rules")
    write_copies(rules, folder, COPIES)
    return run_hubscan(corpus, records, "--packs", str(rules), "--packs", str(folder), name="  ten times the rules")


def run_ripgrep(corpus: Path, records: int, vocabulary: Path, name: str = "ripgrep -F -i -w -o") -> Run:
    """Search the corpus for some of the words. 1 is ripgrep's way to say that it found none."""
    ripgrep = program("rg", "Install it: apt-get install ripgrep")
    command = [ripgrep, "-F", "-i", "-w", "-o", "-f", str(vocabulary), str(corpus)]
    cost = timed(command, frozenset({0, 1}), corpus.with_name("hits"))
    return Run(name, records, corpus.stat().st_size, *cost)


def run_yara(corpus: Path, records: int, vocabulary: Sequence[str]) -> Run | None:
    """Scan line by line for the words as rules of YARA-X; None where it is not installed."""
    try:
        import yara_x
    except ImportError:
        print("YARA-X is missing and left out. Install it: pip install yara-x", file=sys.stderr)
        return None
    compiler = yara_x.Compiler()
    for at in range(0, len(vocabulary), RULES_IN_A_SET):
        compiler.add_source(_yara_rule(at, vocabulary[at : at + RULES_IN_A_SET]))
    scanner = yara_x.Scanner(compiler.build())
    begun, used = time.perf_counter(), time.process_time()
    with corpus.open("rb") as lines:
        for line in lines:
            scanner.scan(line)
    cost = time.perf_counter() - begun, time.process_time() - used
    return Run("YARA-X, all words (sample)", records, corpus.stat().st_size, *cost)


def _yara_rule(number: int, words: Sequence[str]) -> str:
    quoted = (word.replace("\\", "\\\\").replace('"', '\\"') for word in words)
    strings = " ".join(f'$s{at} = "{word}" nocase fullword' for at, word in enumerate(quoted))
    return f"rule r{number} {{ strings: {strings} condition: any of them }}"


def sample(corpus: Path, size: int) -> list[str]:
    """Return lines spread evenly over the corpus, about `size` bytes in all."""
    step = max(1, corpus.stat().st_size // size)
    with corpus.open(encoding="utf-8") as lines:
        return [line for number, line in enumerate(lines) if number % step == 0]


def run_loop(corpus: Path, vocabulary: Sequence[str]) -> Run:
    """Look for one word after the other with `re` in a sample of the lines."""
    lines = sample(corpus, LOOP_BYTES)
    patterns = [re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE) for word in vocabulary]
    begun, used = time.perf_counter(), time.process_time()
    for line in lines:
        for pattern in patterns:
            pattern.findall(line)
    cost = time.perf_counter() - begun, time.process_time() - used
    return Run("one re per word (sample)", len(lines), sum(len(line.encode()) for line in lines), *cost)


def table(runs: Sequence[Run]) -> str:
    """Return the runs as lines, each compared with the first."""
    head = f"{'':28}{'records/s':>11}{'MB/s':>9}{'MB/CPU s':>10}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}{'ratio':>9}"
    rows = [
        f"{run.name:28}{run.records / run.wall:11,.0f}{run.size / 1e6 / run.wall:9.2f}{run.speed:10.3f}"
        f"{run.wall:9.2f}{run.cpu:9.2f}{'-' if run.peak is None else format(run.peak, '.0f'):>9}"
        f"{run.speed / runs[0].speed:9.4f}"
        for run in runs
    ]
    return "\n".join([head, *rows, "ratio: MB per CPU second, hubscan = 1"])


def runs(corpus: Path, records: int, vocabulary: Sequence[str]) -> Iterator[Run]:
    """Yield every way to go through the corpus."""
    some = corpus.with_name("some-words")
    chosen = random.Random(1).sample(list(vocabulary), min(FIXED_WORDS, len(vocabulary)))
    some.write_text("\n".join(chosen) + "\n", encoding="utf-8")
    yield run_hubscan(corpus, records)
    yield run_hubscan(corpus, records, "--jobs", "2", name="  in two processes")
    yield run_ten_times(corpus, records, corpus.with_name("copies"))
    yield run_ripgrep(corpus, records, some, f"ripgrep, {len(chosen):,} words")
    part, lines = corpus.with_name("sample.jsonl"), sample(corpus, SAMPLE_BYTES)
    part.write_text("".join(lines), encoding="utf-8")
    if yara := run_yara(part, len(lines), vocabulary):
        yield yara
    yield run_loop(corpus, vocabulary)


def memory(folder: Path, data: Path, counts: Sequence[int], known: Sequence[str]) -> Iterator[str]:
    """Yield the peak memory of a scan of so many records."""
    for count in counts:
        dump = folder / "records.jsonl"
        write_records(dump, data, count, known)
        yield f"{count:>11,} records{run_hubscan(dump, count).peak:9.0f} MB"
        dump.unlink()


def hostile(vocabulary: Sequence[str]) -> Iterator[str]:
    """Yield what each hostile card costs, compared with the first, ordinary one."""
    plain = 0.0
    for name, seconds in hostile_times(vocabulary):
        plain = plain or seconds
        yield f"{name:40}{seconds:9.3f} s{seconds / plain:9.1f}"


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--megabytes", type=float, default=64, help="size of the corpus (default 64)")
    options.add_argument("--data", type=Path, default=DATA, help="folder with the hub metadata (default $HUBSCAN_DATA)")
    options.add_argument("--million", action="store_true", help="measure memory at a million records too")
    chosen = options.parse_args()
    if absent := [name for name in SOURCES if not (chosen.data / name).is_file()]:
        sys.exit(f"{chosen.data}: no {' and no '.join(absent)}. Name the folder with --data")
    vocabulary = words()
    with tempfile.TemporaryDirectory(prefix="hubscan-throughput-") as folder:
        corpus = Path(folder, "corpus.jsonl")
        records = write_corpus(corpus, chosen.data, int(chosen.megabytes * 1e6), vocabulary)
        print(f"corpus: {corpus.stat().st_size / 1e6:.1f} MB, {records:,} records; {len(vocabulary):,} words")
        print(table(list(runs(corpus, records, vocabulary))))
        print("\npeak memory")
        for line in memory(Path(folder), chosen.data, (10_000, 100_000, *[1_000_000] * chosen.million), vocabulary):
            print(line, flush=True)
    print("\na card of a megabyte: CPU time, ratio to the first")
    for line in hostile(vocabulary):
        print(line, flush=True)


if __name__ == "__main__":
    main()
