"""Clauses that ask beyond the record: hash lists that people fill, what base models descend from, whole uploaders.

All, and confidential term lists, are handed in as `Known`; a rule that asks for what was not handed in does not run,
and is reported so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from hubscan import filehashes
from hubscan.bases import Descent
from hubscan.engine.clauses import Outcome, Truth
from hubscan.engine.view import Scanner, View
from hubscan.findings import Evidence, Span
from hubscan.hashlists import HashOpinions, Opinion
from hubscan.records import RepoRecord
from hubscan.uploads import Counts, Uploader


class Ancestry(Protocol):
    """What a matcher asks of lineage: `bases.Bases` answers for one step, a graph of stored records for all."""

    def steps(self, record: RepoRecord, set_id: str) -> Descent:
        """Return how far a record is below a set of bases."""
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beyond records; None where nothing was handed in. `terms` finds the terms of each loaded list."""

    hashes: HashOpinions | None = None
    lineage: Ancestry | None = None
    terms: Mapping[str, Scanner] = field(default_factory=dict)
    uploaders: Mapping[Uploader, Counts] | None = None

    def lacks(self, clause: Mapping[str, Any]) -> str | None:
        """Say what a clause needs that is not there, None if it has what it needs."""
        if "file_hash" in clause:
            list_id = clause["file_hash"]["list"]
            if self.hashes is None or not self.hashes.has(list_id):
                return f"the hash list {list_id} is not loaded"
        missing = [name for name in term_lists(clause) if name not in self.terms]
        if missing:
            return f"the term list {', '.join(missing)} is not loaded (hubscan terms check)"
        if "base_model" in clause and self.lineage is None:
            return "no lineage is loaded"
        if "author" in clause and self.uploaders is None:
            return "uploaders are counted in a database only"
        return None


def term_lists(clause: Mapping[str, Any]) -> list[str]:
    """Return the confidential lists that one clause names."""
    named = clause.get("term_list", [])
    return named if isinstance(named, list) else [named]


@dataclass(frozen=True, slots=True)
class HashTest:
    """A weight file of the record has a hash of which a list holds `opinion`."""

    label: str
    list: str
    opinion: Opinion
    hashes: HashOpinions | None
    needs: None = None
    cost: int = 0

    def judge(self, view: View) -> Outcome:
        """True with the files that are listed; unknown where a weight file's hash is not published."""
        found = self._found(view.record)
        if found:
            return Outcome(self.label, True, found, facets=frozenset({"files"}))
        return Outcome(self.label, self._absence(view.record))

    def holds(self, view: View) -> bool:
        """Whether a file is listed."""
        return bool(self._found(view.record))

    possible = holds

    def _found(self, record: RepoRecord) -> tuple[Evidence, ...]:
        if self.hashes is None or not record.files:
            return ()
        held = self.hashes.held(self.list, record)
        places = sorted({place for place, opinion in held if opinion is self.opinion})
        names = ((f"files[{place}].name", len(record.files[place].name)) for place in places)
        return tuple(Evidence(Span(field, 0, length), self.label) for field, length in names)

    def _absence(self, record: RepoRecord) -> Truth:
        if self.hashes is None or record.files is None:
            return None
        return False if all(file.sha256 for file in record.files if filehashes.is_weights(file)) else None


@dataclass(frozen=True, slots=True)
class BaseTest:
    """The record is in a set of bases, or at most `steps` below it; `steps` 0 for the bases and their mirrors alone."""

    label: str
    set: str
    steps: int
    lineage: Ancestry | None
    needs: None = None
    cost: int = 0

    def judge(self, view: View) -> Outcome:
        """True where it descends within reach; unknown where a forebear was never read."""
        if self.lineage is None:
            return Outcome(self.label, None)
        found = self.lineage.steps(view.record, self.set)
        if self._is_near(found):
            return Outcome(self.label, True, tuple(self._evidence(view.record)), facets=frozenset({"lineage"}))
        return Outcome(self.label, False if found.known else None)

    def holds(self, view: View) -> bool:
        """Whether it descends within reach."""
        return self.lineage is not None and self._is_near(self.lineage.steps(view.record, self.set))

    possible = holds

    def _is_near(self, found: Descent) -> bool:
        return found.steps is not None and found.steps <= self.steps

    def _evidence(self, record: RepoRecord) -> Iterator[Evidence]:
        declared = [(f"base_models[{n}]", base.name) for n, base in enumerate(record.base_models or ())]
        for name, text in declared or [("name", record.title)]:
            yield Evidence(Span(name, 0, len(text)), self.label)


@dataclass(frozen=True, slots=True)
class AuthorTest:
    """The record's uploader has `at_least` so many of what `count` names, and of all their repos this `share`."""

    label: str
    count: str
    at_least: int
    share: float
    uploaders: Mapping[Uploader, Counts] | None
    needs: None = None
    cost: int = 0

    def judge(self, view: View) -> Outcome:
        """True with the uploader's name; unknown where nobody is named, or nobody counted."""
        author = view.record.author
        if self.uploaders is None or not author:
            return Outcome(self.label, None)
        counts = self.uploaders.get((view.record.ref.hub, author))
        if counts is None:
            return Outcome(self.label, None)
        number = getattr(counts, self.count)
        if number < self.at_least or number < self.share * counts.repos:
            return Outcome(self.label, False)
        evidence = Evidence(Span("author", 0, len(author)), self.label)
        return Outcome(self.label, True, (evidence,), facets=frozenset({"uploader"}))

    def holds(self, view: View) -> bool:
        """Whether the uploader reaches it."""
        return self.judge(view).truth is True

    possible = holds
