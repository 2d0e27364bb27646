"""The errors a person meets, in one tree.

    HubscanError                 1  failed
    ├── UsageError               2  the command line or a setting is wrong
    ├── NothingCollectedError    3  the input held no record
    ├── InputError               1  a file or dump cannot be read
    ├── RuleError                1  a rule pack is broken; carries every problem found
    ├── PolicyError              1  a hub, law or notice template file is broken; carries every problem found
    ├── SuppressionError         1  a suppressions file is broken; carries every problem found
    ├── TermListError            1  a confidential list cannot be loaded
    ├── StoreError               1  the database refuses
    ├── HubError                 1  a hub cannot be talked to
    │   └── StoppedError         4  a quota or budget is spent: the run is incomplete and can be resumed
    ├── OutputError              1  a result cannot be written
    ├── CaseError                1  a case does not allow this step
    └── EvidenceError            1  an evidence file is not what was signed, or cannot be made or opened

The number is the process exit code. Only `cli/` and `console/` catch these, through one map.
Faults of single records never leave a room as exceptions: they are `ScanError` and `SkippedRepo` values in the report.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class HubscanError(Exception):
    """What went wrong, where, and what to do next; printed as one plain message."""

    exit_code = 1

    def __init__(self, what: str, where: str = "", todo: str = "") -> None:
        self.what, self.where, self.todo = what, where, todo
        super().__init__(what, where, todo)

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head}. {self.todo}" if self.todo else head


class UsageError(HubscanError):
    """An option, argument or setting does not fit."""

    exit_code = 2


class NothingCollectedError(HubscanError):
    """A scan ended without a single record to judge."""

    exit_code = 3


class InputError(HubscanError):
    """A file or dump cannot be opened or decoded at all."""


class TermListError(HubscanError):
    """A confidential term list cannot be loaded; the message never holds a term."""


class StoreError(HubscanError):
    """The database cannot be opened, is at another schema version, or refuses a write."""


class HubError(HubscanError):
    """A hub cannot be reached or answers in a way that ends the run."""


class StoppedError(HubError):
    """The run must stop asking. `reason` is one word: quota, requests, minutes or retries."""

    exit_code = 4

    def __init__(self, reason: str, what: str, where: str = "", todo: str = "") -> None:
        super().__init__(what, where, todo)
        self.reason = reason


class OutputError(HubscanError):
    """A result cannot be written; nothing half-written is left under its final name."""


class CaseError(HubscanError):
    """A step on a case is not allowed now (undecided, draft rule, public channel, ...)."""


class EvidenceError(HubscanError):
    """An evidence file is not what was signed, or a key for it cannot be used."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in a rule, vocabulary or template file: where, what, and how to mend it."""

    path: str
    line: int
    what: str
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}" + (f" ({self.fix})" if self.fix else "")


class RuleError(HubscanError):
    """A rule pack does not load; `problems` names every fault, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        what = f"{count} problem{'s' * (count != 1)} in the rule packs\n" + "\n".join(map(str, self.problems))
        super().__init__(what)


class PolicyError(HubscanError):
    """A hub's, law's or notice template's file under `reports/` is broken; `problems` names every fault."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        super().__init__(
            f"{count} problem{'s' * (count != 1)} in the reports folder\n" + "\n".join(map(str, self.problems))
        )


class SuppressionError(HubscanError):
    """A suppressions file is broken; `problems` names every fault."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        super().__init__(
            f"{count} problem{'s' * (count != 1)} in the suppressions\n" + "\n".join(map(str, self.problems))
        )
