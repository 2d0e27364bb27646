"""Work on several processes: bundles go out to whoever is free, and what came of them comes back in their order."""

import multiprocessing
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

MOST_ITEMS = 250
MOST_BYTES = 1 << 20
_AHEAD = 2
"""Bundles a process that wait for it or for their turn: memory does not grow with the number of bundles."""


def bundles(items: Iterable[T], size: Callable[[T], int]) -> Iterator[list[T]]:
    """Yield the items in lists of `MOST_ITEMS`, or fewer where their sizes come to `MOST_BYTES`."""
    bundle: list[T] = []
    held = 0
    for item in items:
        bundle.append(item)
        held += size(item)
        if len(bundle) == MOST_ITEMS or held >= MOST_BYTES:
            yield bundle
            bundle, held = [], 0
    if bundle:
        yield bundle


class Pool:
    """Processes that are up and wait for work."""

    def __init__(self, executor: ProcessPoolExecutor, jobs: int) -> None:
        self._executor, self._jobs = executor, jobs

    def results(self, work: Callable[[Sequence[T]], R], todo: Iterable[Sequence[T]]) -> Iterator[tuple[Sequence[T], R]]:
        """Yield each bundle with what `work` made of it, in order. `work` must be a function of a module."""
        waiting: deque[tuple[Sequence[T], Future[R]]] = deque()
        for bundle in todo:
            waiting.append((bundle, self._executor.submit(work, bundle)))
            if len(waiting) > self._jobs * _AHEAD:
                done, future = waiting.popleft()
                yield done, future.result()
        for done, future in waiting:
            yield done, future.result()


@contextmanager
def started(jobs: int, begin: Callable[..., None], *arguments: Any) -> Iterator[Pool]:
    """Give `jobs` processes, each of which has called `begin` with the arguments; they end with the block.

    Where the system forks, a process starts with all that this one has loaded; elsewhere `begin` has to load it.
    """
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    executor = ProcessPoolExecutor(jobs, context, _begin, (begin, *arguments))
    try:
        executor.submit(int)  # all start at the first call: now, before there are threads and open stores
        yield Pool(executor, jobs)
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _begin(begin: Callable[..., None], *arguments: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that people see
    begin(*arguments)
