"""What came of a scan so far."""

from collections import Counter
from dataclasses import dataclass, field

from hubscan.findings import Finding, Severity, Suppressed
from hubscan.records import RepoRef


@dataclass(slots=True)
class Seen:
    """Counts of all findings shown, those kept for the report or for cases, and those that a person suppressed.

    Findings of one record come together, so repositories are counted without remembering them.
    """

    severities: Counter[Severity] = field(default_factory=Counter)
    repositories: int = 0
    kept: list[Finding] = field(default_factory=list)
    suppressed: list[Suppressed] = field(default_factory=list)
    _last: RepoRef | None = None

    def count(self, finding: Finding) -> None:
        """Take one finding into the counts."""
        self.severities[finding.severity] += 1
        self.repositories += finding.ref != self._last
        self._last = finding.ref

    def add(self, other: "Seen") -> None:
        """Count in what another part of the same scan has seen."""
        self.severities += other.severities
        self.repositories += other.repositories
