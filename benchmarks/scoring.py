"""Score findings against labels: counts, rates and their 95 % intervals. Knows categories and ids, no text.

A record counts once per category, however many findings name it. A category that a label calls optional counts neither
way. Categories that state facts about a page (`documentation`) or repeat a person's decision (`reupload`) are not
scored.

Shares (precision, recall, how many records were flagged) carry Wilson score intervals
(https://doi.org/10.1080/01621459.1927.10502953), which hold near 0 and 1 and for few records. F1 is no share, so its
interval is a percentile bootstrap over records, from a fixed seed.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy

from hubscan.rulebook import CATEGORIES

SCORED = tuple(category for category in CATEGORIES if category not in ("documentation", "reupload"))
NEGATIVE = ("hard_negative", "benign")
"""Difficulties of records without any label."""

Z = 1.959963984540054
"""The normal quantile of a two-sided 95 % interval."""

RESAMPLES = 1000
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Label:
    """What a record is marked as. `fields` are the label line's further keys, such as difficulty and language."""

    id: str
    labels: frozenset[str]
    optional: frozenset[str]
    fields: Mapping[str, str]

    def scored(self, categories: frozenset[str]) -> frozenset[str]:
        """Return those of the found `categories` that are right or wrong here."""
        return categories.intersection(SCORED) - self.optional


@dataclass(frozen=True, slots=True)
class Count:
    """Records of one category: found rightly, found wrongly, missed."""

    tp: int
    fp: int
    fn: int

    @property
    def n(self) -> int:
        """Records that carry the label."""
        return self.tp + self.fn

    @property
    def precision(self) -> float:
        """Share of the found records that carry the label; 1 where none was found and none was to be found."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else float(not self.fn)

    @property
    def recall(self) -> float:
        """Share of the labelled records that were found; 1 where there are none."""
        return self.tp / self.n if self.n else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def wilson(part: int, whole: int) -> Interval:
    """Return the 95 % Wilson score interval of `part` out of `whole`; nothing is known of a share of none."""
    if not whole:
        return 0.0, 1.0
    share, square = part / whole, Z * Z / whole
    middle = (share + square / 2) / (1 + square)
    width = Z * sqrt(share * (1 - share) / whole + square / (4 * whole)) / (1 + square)
    return (max(0.0, middle - width) if part else 0.0), (min(1.0, middle + width) if part < whole else 1.0)


def counts(labels: Sequence[Label], found: Sequence[frozenset[str]]) -> dict[str, Count]:
    """Count every category. `found` holds, beside each label, the categories a scanner named."""
    pairs = [(label.labels, label.scored(names)) for label, names in zip(labels, found, strict=True)]
    return {
        category: Count(
            tp=sum(category in gold and category in named for gold, named in pairs),
            fp=sum(category not in gold and category in named for gold, named in pairs),
            fn=sum(category in gold and category not in named for gold, named in pairs),
        )
        for category in SCORED
    }


def micro(table: Mapping[str, Count]) -> Count:
    """Add up all categories."""
    rows = table.values()
    return Count(sum(row.tp for row in rows), sum(row.fp for row in rows), sum(row.fn for row in rows))


def macro_f1(table: Mapping[str, Count]) -> float:
    """Return the mean F1 of the categories that some record carries."""
    live = [row.f1 for row in table.values() if row.n]
    return sum(live) / max(1, len(live))


def f1_intervals(labels: Sequence[Label], found: Sequence[frozenset[str]]) -> tuple[dict[str, Interval], Interval]:
    """Return the bootstrap intervals of each category's F1 and of the macro-F1."""
    gold = _matrix([label.labels for label in labels])
    named = _matrix([label.scored(names) for label, names in zip(labels, found, strict=True)])
    draws = numpy.random.default_rng(1).multinomial(len(labels), [1 / len(labels)] * len(labels), RESAMPLES)
    right, all_gold, all_named = draws @ (gold * named), draws @ gold, draws @ named
    wanted = all_gold + all_named
    f1 = numpy.where(wanted > 0, 2 * right / numpy.maximum(wanted, 1), 1.0)
    live = all_gold > 0
    macro = (f1 * live).sum(axis=1) / numpy.maximum(live.sum(axis=1), 1)
    return {category: _middle(f1[:, column]) for column, category in enumerate(SCORED)}, _middle(macro)


def _matrix(rows: Sequence[frozenset[str]]) -> "numpy.typing.NDArray[numpy.int64]":
    return numpy.array([[category in row for category in SCORED] for row in rows], dtype=numpy.int64)


def _middle(values: "numpy.typing.NDArray[numpy.float64]") -> Interval:
    low, high = numpy.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def recall_by(field: str, labels: Sequence[Label], found: Sequence[frozenset[str]]) -> dict[str, tuple[int, int]]:
    """Return, by the value of a label field, how many of the labels were found and how many there are, most first."""
    table: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for label, names in zip(labels, found, strict=True):
        row = table[label.fields.get(field, "not said")]
        row[0] += len(label.labels & names)
        row[1] += len(label.labels)
    rows = sorted(table.items(), key=lambda item: (-item[1][1], item[0]))
    return {value: (hits, whole) for value, (hits, whole) in rows if whole}


def flagged(difficulty: str, labels: Sequence[Label], found: Sequence[frozenset[str]]) -> tuple[int, int]:
    """Return how many records of a difficulty were named in any scored category, and how many there are."""
    named = [
        bool(label.scored(names))
        for label, names in zip(labels, found, strict=True)
        if label.fields.get("difficulty") == difficulty
    ]
    return sum(named), len(named)
