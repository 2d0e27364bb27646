"""Checks of what rules name: hub clauses, laws and vocabularies."""

from collections.abc import Iterable, Iterator

from hubscan.engine.grammar import listed
from hubscan.engine.lint.base import Subject, at, places
from hubscan.errors import Problem
from hubscan.rulebook import Rule


class PoliciesCheck:
    """A letter cites the clause."""

    name = "policies-exist"
    recommendation = "Cite a clause of reports/hubs/, or add it there with its source."

    def problems(self, subject: Subject) -> Iterator[Problem]:
        """Look each clause up."""
        return _unknown(subject.rules, "policies", subject.clauses)


class LawsCheck:
    """A letter cites the law."""

    name = "laws-exist"
    recommendation = "Cite a law of reports/laws/, or add it there with its source."

    def problems(self, subject: Subject) -> Iterator[Problem]:
        """Look each law up."""
        return _unknown(subject.rules, "laws", subject.laws)


class UsedVocabulariesCheck:
    """Words that no rule asks for are kept in order by nobody."""

    name = "vocabulary-used"
    recommendation = "Use it in a rule or take the file out."

    def problems(self, subject: Subject) -> Iterator[Problem]:
        """Look for vocabularies no clause names."""
        clauses = (clause for rule in subject.rules for _, clause in places(rule))
        used = {name for clause in clauses for name in listed(clause.get("words", []))}
        for name in sorted(subject.vocabularies - used):
            vocabulary = subject.rulebook.vocabularies[name]
            yield Problem(vocabulary.path, 1, f"no rule uses the vocabulary {name}")


def _unknown(rules: Iterable[Rule], key: str, known: frozenset[str]) -> Iterator[Problem]:
    for rule in rules:
        for number, cited in enumerate(getattr(rule, key)):
            if cited not in known:
                yield at(rule, f"{key}.{number}", f"{cited!r} is not on file")
