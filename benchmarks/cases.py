"""What the review queue costs as it grows: list, filter and open a case with 1,000 cases and with 100,000.

The same rows are printed at both sizes, so a ratio near 1 means that the queue's length does not matter.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from hubscan import bulk_decisions, cases, tracing
from hubscan.casework import CaseFilter, CaseState, Verdict
from hubscan.findings import Confidence, Evidence, Finding, RuleRef, Severity, Span
from hubscan.records import RepoRecord, RepoRef, StoredRecord, TextField
from hubscan.store import Judged, Store

NOW = "2026-01-01T00:00:00Z"
PAGE = 10
BATCH = 2_000
RARE = PAGE
"""Cases of the rarest rule, at any size."""


def judged(number: int) -> Judged:
    """Return a made-up record with a finding."""
    hub = ("huggingface", "civitai")[number % 2]
    ref = RepoRef(hub, "model", str(number) if hub == "civitai" else f"org/{number}", "a" * 40)
    often = "sometimes" if number % 64 == 0 else "often" if number % 2 else "other"
    rule = "demo/rare" if number < RARE else f"demo/{often}"
    finding = Finding(
        fingerprint=f"{number:064}",
        rule=RuleRef(rule, "v1", "stable", "evasion", "A rule"),
        ref=ref,
        url=f"https://hub.example/{number}",
        severity=Severity(3 + number * 7 % 3),
        confidence=Confidence(1 + number * 5 % 3),
        facets=("name", "card")[: 1 + number % 2],
        evidence=(Evidence(Span("card", 2, 5), "all[0]"),),
    )
    native = {"id": number if hub == "civitai" else ref.repo_id, "downloads": number}
    stored = StoredRecord(hub, "model", native, "Text of a card, made for measuring. " * 20, fetched_at=NOW)
    texts = (TextField("card", "card", stored.card or "", "markdown"),)
    return stored, RepoRecord(ref=ref, url=finding.url, title=str(number), texts=texts), (finding,)


def fill(store: Store, size: int) -> None:
    """Make `size` cases, one in twenty of them confirmed, a hundredth given to somebody."""
    run = store.start_run("dump", "all", {}, (), "0.1.0")
    for start in range(0, size, BATCH):
        batch = [judged(number) for number in range(start, min(start + BATCH, size))]
        store.save(run, batch)
        cases.open_cases(store, (found for _, _, some in batch for found in some), Severity.MEDIUM, NOW)
    chosen = random.Random(1).sample(range(1, size + 1), size // 20)
    for number in chosen[: size // 100]:
        cases.assign(store, number, "r-1", now=NOW)
    wanted = CaseFilter(assignee="r-1")
    bulk_decisions.decide_all(store, wanted, Verdict.REJECTED, reviewer="r-1", reason="made up", now=NOW)


def steps(store: Store, size: int) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what is measured."""

    def listed(**wanted: object) -> Callable[[], object]:
        return lambda: list(cases.list_cases(store, CaseFilter(**wanted), PAGE))  # type: ignore[arg-type]

    def opened() -> object:
        file = cases.show_case(store, random.randint(1, size))
        return file, tracing.elsewhere(store, file.case.ref)

    yield "list", listed()
    yield "filter by state", listed(state=CaseState.REJECTED)
    yield "filter by hub", listed(hub="civitai")
    yield "filter by hub and state", listed(hub="civitai", state=CaseState.OPEN)
    yield "filter by severity", listed(min_severity=Severity.HIGH)
    yield "filter by assignee", listed(assignee="r-1")
    yield "filter by a common rule", listed(rule="demo/often")
    yield "filter by a middling rule", listed(rule="demo/sometimes")
    yield "filter by a rare rule", listed(rule="demo/rare")
    yield "wait for a reviewer", lambda: cases.to_review(store, CaseFilter(), "r-2", PAGE)
    yield "open", opened


def filled(stack: ExitStack, folder: str, size: int) -> Store:
    """Return an open store with `size` cases."""
    began = time.monotonic()
    store = stack.enter_context(Store.open(f"sqlite:///{folder}/{size}.db", lambda: NOW))
    fill(store, size)
    print(f"{size:,} cases made in {time.monotonic() - began:.0f} s", flush=True)
    return store


def fastest(pair: tuple[Callable[[], object], Callable[[], object]], rounds: int) -> tuple[float, float]:
    """Return the fewest milliseconds of two steps, run in turn: what is slower than that was the machine's doing."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for step, spent in zip(pair, times, strict=True):
            start = time.perf_counter()
            step()
            spent.append((time.perf_counter() - start) * 1000)
    return min(times[0]), min(times[1])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=1_000)
    parser.add_argument("--large", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=25)
    asked = parser.parse_args()
    worst = 0.0
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="hubscan-cases-"))
        sizes = (asked.small, asked.large)
        small, large = (list(steps(filled(stack, folder, size), size)) for size in sizes)
        print(f"\n| step | ms at {asked.small:,} | ms at {asked.large:,} | ratio |\n|---|---:|---:|---:|")
        for (name, one), (_, other) in zip(small, large, strict=True):
            few, many = fastest((one, other), asked.rounds)
            worst = max(worst, many / few)
            print(f"| {name} | {few:.1f} | {many:.1f} | {many / few:.2f} |")
    print(f"\nThe worst ratio is {worst:.2f}.")


if __name__ == "__main__":
    main()
