"""What is known of one hub, and how a measure makes a row of it. Which measures there are stands in `table`.

A value whose ground was never looked at is unknown, with the reason.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from hubscan.casework import Verdict
from hubscan.findings import Severity
from hubscan.scorecard.fates import End, Fate
from hubscan.scorecard.sheet import Row, Unit, Value
from hubscan.scorecard.survey import Survey
from hubscan.shares import Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What is known of one hub at `now`, all of it or one lineage. None is unknown; counts are of repos.

    `judged` counts verdicts; `drafted` are notices nobody recorded as sent. `reuploads` are repos that are up with a
    file of a confirmed one. `versions_up` and `holders_up` count historical models, and the repos that hold them.
    """

    now: str
    listed: int
    read: int
    unread: int
    flagged: int
    unjudged: int
    judged: Counter[Verdict] = field(default_factory=Counter)
    drafted: int = 0
    fates: tuple[Fate, ...] = ()
    reuploads: int | None = None
    versions_up: int = 0
    holders_up: int = 0
    survey: Survey = field(default_factory=Survey)
    known_sets: int | None = None
    safeguards_removed: int | None = None

    def ended(self, *ends: End) -> int:
        """Count the notices after which things stand in one of these ways."""
        return sum(fate.end in ends for fate in self.fates)


@dataclass(frozen=True, slots=True)
class Measure:
    """One row: its key, what people read, what is counted, how, and the function that counts it."""

    key: str
    title: str
    group: str
    unit: Unit
    method: str
    of: Callable[[Ground], Value]


def rows(measures: tuple[Measure, ...], grounds: list[Ground], min_severity: Severity) -> Iterator[Row]:
    """Yield a row for each measure over the hubs; `{severity}` in titles and methods is what counts as flagged."""
    for one in measures:
        title, method = (text.replace("{severity}", min_severity.label) for text in (one.title, one.method))
        yield Row(one.key, title, one.group, one.unit, method, tuple(map(one.of, grounds)))


def share(hits: int, total: int, note: str) -> Value:
    """Return a share with Wilson's interval; unknown, for the reason `note`, where there is nothing to share."""
    found = Share(hits, total)
    if found.value is None:
        return Value(note=note)
    return Value(found.value, *found.interval, of=total)
