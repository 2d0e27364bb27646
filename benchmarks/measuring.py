"""Run scanners over labelled and unlabelled records and gather what they are measured by.

Numbers only: what is returned holds no text of a record and no word of a vocabulary; ids appear in `errors` alone.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import naive
import scoring
from disguises import DISGUISES, disguised
from scoring import Label

from hubscan import features
from hubscan.dumps import read
from hubscan.engine.load import load
from hubscan.engine.match import Matcher
from hubscan.errors import InputError
from hubscan.findings import ScanError, Severity
from hubscan.hubs import base
from hubscan.records import RepoRecord, StoredRecord

Numbers = dict[str, Any]
Found = Sequence[frozenset[str]]


# --- scanners ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing a scanner says of a record; `rule` is what said it."""

    category: str
    severity: Severity
    rule: str


class Scanner(Protocol):
    """Something that names categories."""

    name: str

    def hits(self, record: RepoRecord) -> list[Hit]:
        """Return what it finds."""
        ...

    def stretches(self, record: RepoRecord) -> set[str]:
        """Return the stretches of the record's text that made it find."""
        ...


class Hubscan:
    """The shipped rules."""

    name = "hubscan"

    def __init__(self) -> None:
        self._matcher = Matcher(load())

    def hits(self, record: RepoRecord) -> list[Hit]:
        """Return a hit for each finding."""
        return [Hit(f.rule.category, f.severity, f.rule.id) for f in self._matcher.match(record)]

    def stretches(self, record: RepoRecord) -> set[str]:
        """Return the text of all evidence that counted."""
        spans = {item.span for finding in self._matcher.match(record) for item in finding.evidence}
        return {(features.field_text(record, span.field) or "")[span.start : span.end] for span in spans} - {""}


class Naive:
    """The keyword lists of `naive`."""

    name = "naive"

    def hits(self, record: RepoRecord) -> list[Hit]:
        """Return a hit for each category with a keyword."""
        return [Hit(category, naive.severity(category), category) for category, _ in naive.find(record)]

    def stretches(self, record: RepoRecord) -> set[str]:
        """Return the keywords met."""
        return {word for _, met in naive.find(record) for word in met}


# --- labelled records -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Records with a label beside each. `held` sets are only scored: their errors are never listed."""

    name: str
    stored: Sequence[StoredRecord]
    records: Sequence[RepoRecord]
    labels: Sequence[Label]

    @property
    def held(self) -> bool:
        """Whether nobody may look at single records, or a change of the score would mean nothing."""
        return is_held(self.name)


def is_held(name: str) -> bool:
    """Tell a held set by its name."""
    return name.split("-")[0].split(".")[0] == "held"


def read_set(name: str, dump: Path, labels: Path) -> LabelledSet:
    """Read a dump and its labels; `InputError` where the two do not name the same records, each once."""
    by_id = {label.id: label for label in map(_label, labels.read_text(encoding="utf-8").splitlines())}
    stored = [item for item in read([dump]) if isinstance(item, StoredRecord)]
    records = [record for record in map(base.parse, stored) if isinstance(record, RepoRecord)]
    if sorted(record.ref.repo_id for record in records) != sorted(by_id):
        raise InputError("the labels are not those of the records", str(dump), f"See the ids in {labels}")
    return LabelledSet(name, stored, records, [by_id[record.ref.repo_id] for record in records])


def _label(line: str) -> Label:
    fields = json.loads(line)
    return Label(str(fields["id"]), frozenset(fields["labels"]), frozenset(fields.get("optional", ())), fields)


def found(scanner: Scanner, records: Iterable[RepoRecord]) -> Found:
    """Return the categories that a scanner names in each record."""
    return [frozenset(hit.category for hit in scanner.hits(record)) for record in records]


def scores(labels: Sequence[Label], named: Found, fields: Sequence[str]) -> Numbers:
    """Return everything that one scanner is measured by on labelled records as they are."""
    table = scoring.counts(labels, named)
    intervals, macro = scoring.f1_intervals(labels, named)
    return {
        "categories": {category: _row(count, intervals[category]) for category, count in table.items()},
        "micro": _row(scoring.micro(table), None),
        "macro_f1": scoring.macro_f1(table),
        "macro_f1_ci95": macro,
        "flagged": {difficulty: scoring.flagged(difficulty, labels, named) for difficulty in scoring.NEGATIVE},
        "recall_by": {field: scoring.recall_by(field, labels, named) for field in fields},
    }


def _row(count: scoring.Count, f1_ci95: scoring.Interval | None) -> Numbers:
    return {
        "n": count.n,
        **{name: getattr(count, name) for name in ("tp", "fp", "fn", "precision", "recall", "f1")},
        "precision_ci95": scoring.wilson(count.tp, count.tp + count.fp),
        "recall_ci95": scoring.wilson(count.tp, count.n),
        "f1_ci95": f1_ci95,
    }


def errors(chosen: LabelledSet, scanner: Scanner) -> Iterator[str]:
    """Yield a line for each false positive, with the rules that made it, and each false negative. Ids, no text."""
    if chosen.held:
        raise InputError("the errors of a held set are never listed", chosen.name, "Tune on another set")
    for record, label in zip(chosen.records, chosen.labels, strict=True):
        hits = scanner.hits(record)
        named = label.scored(frozenset(hit.category for hit in hits))
        for category in sorted(named - label.labels):
            rules = ",".join(sorted({hit.rule for hit in hits if hit.category == category}))
            yield f"FP {chosen.name} {category} {label.id} {rules}"
        for category in sorted(label.labels - named):
            yield f"FN {chosen.name} {category} {label.id}"


# --- disguised copies -------------------------------------------------------------------------------------------------

ONE_IN = 8
"""Of the words of a record that matched nothing, this share is disguised as well."""


def words_to_disguise(record: RepoRecord, scanners: Sequence[Scanner]) -> set[str]:
    """Return what made the scanners find, and some further content words, always the same."""
    texts = (piece.text for piece in features.pieces(record) if piece.kind in ("name", "tag", "card", "description"))
    content = {word for text in texts for word in re.findall(r"[^\W\d_]{4,20}", text)}
    chosen = {word for word in content if _number(record.ref.repo_id, word.casefold()) % ONE_IN == 0}
    return chosen.union(*(scanner.stretches(record) for scanner in scanners))


def _number(*parts: str) -> int:
    return int.from_bytes(hashlib.sha256("|".join(parts).encode(errors="replace")).digest()[:4])


def disguise_rows(chosen: LabelledSet, scanners: Sequence[Scanner], names: Sequence[str]) -> Numbers:
    """Return, by disguise, how many labels stand on the records it changed, and what was found before and after.

    Records without a label have nothing to hide, and nobody disguises a disguise: both are left out.
    """
    rows = zip(chosen.stored, chosen.records, chosen.labels, strict=True)
    open_ones = [row for row in rows if row[2].labels and row[2].fields.get("difficulty") != "obfuscated"]
    hidden = [words_to_disguise(record, scanners) for _, record, _ in open_ones]
    return {name: _disguise_row(open_ones, hidden, scanners, name) for name in names}


def _disguise_row(
    rows: Sequence[tuple[StoredRecord, RepoRecord, Label]],
    hidden: Sequence[set[str]],
    scanners: Sequence[Scanner],
    name: str,
) -> Numbers:
    copies = [disguised(row[0], stretches, DISGUISES[name]) for row, stretches in zip(rows, hidden, strict=True)]
    changed = [(row, copy) for row, copy in zip(rows, copies, strict=True) if copy is not row[0]]
    labels = [row[2] for row, _ in changed]
    versions = [row[1] for row, _ in changed], [_parsed(copy) for _, copy in changed]
    return {
        "changed": len(changed),
        "labels": sum(len(label.labels) for label in labels),
        **{scanner.name: [_right(labels, found(scanner, records)) for records in versions] for scanner in scanners},
    }


def _parsed(stored: StoredRecord) -> RepoRecord:
    record = base.parse(stored)
    if isinstance(record, ScanError):
        raise InputError("a disguised copy cannot be read", record.where, "This is a fault of benchmarks/disguises.py")
    return record


def _right(labels: Sequence[Label], named: Found) -> int:
    return sum(len(label.labels & names) for label, names in zip(labels, named, strict=True))


def add(rows: Sequence[Numbers]) -> Numbers:
    """Add up rows of the same shape: numbers by numbers, lists item by item."""
    return {key: _sum([row[key] for row in rows]) for key in rows[0]}


def _sum(values: Sequence[Any]) -> Any:
    if isinstance(values[0], dict):
        return add(values)
    return [sum(items) for items in zip(*values, strict=True)] if isinstance(values[0], list) else sum(values)


# --- unlabelled records -----------------------------------------------------------------------------------------------


def severities(records: Iterable[StoredRecord | ScanError], scanners: Sequence[Scanner]) -> Numbers:
    """Count the records with a finding of each severity, and of any above info, in scored categories."""
    read, unread = 0, 0
    tallies: dict[str, Counter[str]] = {scanner.name: Counter() for scanner in scanners}
    for item in records:
        record = base.parse(item) if isinstance(item, StoredRecord) else item
        if isinstance(record, ScanError):
            unread += 1
            continue
        read += 1
        for scanner in scanners:
            tallies[scanner.name].update(_levels(scanner.hits(record)))
    return {"records": read, "unread": unread, **{name: dict(tally) for name, tally in tallies.items()}}


def _levels(hits: Iterable[Hit]) -> set[str]:
    levels = {hit.severity for hit in hits if hit.category in scoring.SCORED}
    above = {"above info"} if any(level > Severity.INFO for level in levels) else set()
    return above | {level.label for level in levels}
