"""How lineage grows: graphs of 10,000, 100,000 and 1,000,000 edges, built, asked for one root, and printed.

    python benchmarks/lineage.py [--edges N ...]

Each size runs in a process of its own, so that `peak` is its own. Records are made as they are read, as from a store:
every model has one earlier model as its base, most often a popular one, so that there are long chains and wide fans.
Seconds are of the processor, so that a busy machine says the same. `ratio` is their sum against the size before; ten
times the edges in ten times the seconds is 10.
"""

import argparse
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise

from hubscan import bases
from hubscan.lineage import build, draw, family
from hubscan.records import BaseModel, RepoRecord, RepoRef

SIZES = (10_000, 100_000, 1_000_000)


def records(count: int) -> Iterator[RepoRecord]:
    """Yield `count` models, all of them below Stable Diffusion 1.5."""
    chance = random.Random(7)
    for number in range(count):
        parent = min(chance.randrange(number + 1) for _ in range(2))
        base = f"Maker{parent % 997}/model-{parent}" if parent < number else "runwayml/stable-diffusion-v1-5"
        ref = RepoRef("huggingface", "model", f"Maker{number % 997}/model-{number}")
        yield RepoRecord(ref=ref, url="", title="", base_models=(BaseModel(base, "finetune"),))


def measure(edges: int) -> str:
    """Return one line: edges, CPU seconds to build, to ask, to print, bytes printed, and peak memory in MB."""
    times = [time.process_time()]
    graph = build(records(edges), bases.shipped())
    times.append(time.process_time())
    kin = family(graph, graph.find("SD 1.5"), (), depth=1_000_000)
    times.append(time.process_time())
    printed = sum(map(len, draw.as_json(kin)))
    times.append(time.process_time())
    build_s, ask_s, print_s = (after - before for before, after in pairwise(times))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert kin.below[0] == edges
    return f"{edges} {build_s:.2f} {ask_s:.2f} {print_s:.2f} {printed} {peak:.0f}"


def main() -> None:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(description="How lineage grows with the number of edges.")
    parser.add_argument("--edges", type=int, nargs="+", default=SIZES)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(measure(options.one))
        return
    print(f"{'edges':>9} {'build s':>8} {'ask s':>7} {'print s':>8} {'printed MB':>11} {'peak MB':>8} {'ratio':>6}")
    before = None
    for edges in options.edges:
        command = [sys.executable, __file__, "--one", str(edges)]
        line = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        seconds = sum(map(float, line[1:4]))
        ratio = f"{seconds / before:.1f}" if before else ""
        told = f"{edges:>9,} {line[1]:>8} {line[2]:>7} {line[3]:>8} {int(line[4]) / 1e6:>11.1f} {line[5]:>8} {ratio:>6}"
        print(told, flush=True)
        before = seconds


if __name__ == "__main__":
    main()
