"""Random samples of what no rule flagged: people decide on them too, so that misses can be counted.

A draw is fixed by its seed: the records whose SHA-256 with it is lowest. Its rate is kept, so that what is found in the
sample can be carried over to all.
"""

import hashlib
import heapq
from collections.abc import Iterable
from dataclasses import dataclass

from hubscan import cases
from hubscan.casework import Verdict
from hubscan.errors import UsageError
from hubscan.findings import Severity
from hubscan.records import RepoRef
from hubscan.shares import Share
from hubscan.store import Store, samples


@dataclass(frozen=True, slots=True)
class Sample:
    """One draw: of `population` records without a finding at or above `min_severity`, `size` were drawn.

    `misses` were confirmed by a person, `rejected` were not marked after all; the others are not decided on: unknown.
    """

    id: int
    hub: str | None
    seed: str
    min_severity: Severity
    population: int
    size: int
    at: str
    misses: int
    rejected: int

    @property
    def share(self) -> Share:
        """The misses among those decided on."""
        return Share(self.misses, self.misses + self.rejected)

    @property
    def estimate(self) -> tuple[int, int] | None:
        """How many of the population were missed, at least and at most (95 %); None before anything is decided."""
        if self.share.value is None:
            return None
        low, high = self.share.interval
        return max(round(low * self.population), self.misses), round(high * self.population)


def draw(store: Store, size: int, seed: str, hub: str | None, min_severity: Severity, now: str) -> Sample:
    """Draw `size` records, open a case for each that has none, and return the sample.

    `UsageError` where the same seed was drawn before (a second look at a seed is no chance), or nothing is to be drawn.
    """
    with store.writing() as connection:
        if samples.known(connection, seed, hub, min_severity):
            raise UsageError(f"the seed {seed!r} was drawn before", todo="Take another: hubscan cases samples")
        population, drawn = _lowest(samples.unflagged(connection, hub, min_severity), size, seed)
        if not drawn:
            raise UsageError("there is no record without a finding", hub or "all hubs", "Scan something first")
        numbers = cases.open_sampled(connection, drawn, now)
        samples.add(connection, seed, hub, min_severity, population, sorted(numbers.values()), now)
    return listed(store)[-1]


def listed(store: Store) -> list[Sample]:
    """Return every sample drawn so far, oldest first, with what people said of it."""
    with store.reading() as connection:
        rows, verdicts = samples.all_of(connection), samples.verdicts(connection)
    return [
        Sample(
            id=row.id,
            hub=row.hub,
            seed=row.seed,
            min_severity=Severity(row.min_severity),
            population=row.population,
            size=row.size,
            at=row.at,
            misses=verdicts[row.id].get(Verdict.CONFIRMED.value, 0),
            rejected=verdicts[row.id].get(Verdict.REJECTED.value, 0),
        )
        for row in rows
    ]


def _lowest(refs: Iterable[RepoRef], size: int, seed: str) -> tuple[int, list[RepoRef]]:
    seen = 0

    def counted() -> Iterable[RepoRef]:
        nonlocal seen
        for ref in refs:
            seen += 1
            yield ref

    drawn = heapq.nsmallest(size, counted(), key=lambda ref: hashlib.sha256(f"{seed}\n{ref}".encode()).digest())
    return seen, drawn
