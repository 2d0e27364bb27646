"""The check that keeps what partners hold in confidence out of public files."""

from collections.abc import Iterator
from typing import Any

from hubscan.engine.lint.base import Subject, at
from hubscan.errors import Problem
from hubscan.rulebook import Rule
from hubscan.text import fold


class ConfidentialTermsCheck:
    """Rules are public; what a partner's list holds is not. Looks for the lists that are loaded."""

    name = "confidential-terms"
    recommendation = "Take it out and ask for the list by `term_list`; whoever holds the list decides."

    def problems(self, subject: Subject) -> Iterator[Problem]:
        """Look for the terms of every loaded list in all texts of rules, vocabularies and contexts."""
        for rule in subject.rules:
            for key, text in _texts(rule):
                for name in _lists(subject, text):
                    yield at(rule, key, f"a term of the confidential list {name} stands here")
        for path, text in _words(subject):
            for name in _lists(subject, text):
                yield Problem(path, 1, f"a term of the confidential list {name} stands in this file")


def _lists(subject: Subject, text: str) -> list[str]:
    folded = fold(text)
    return [name for name, finder in sorted(subject.terms.items()) if finder.scan(folded)]


def _texts(rule: Rule) -> Iterator[tuple[str, str]]:
    for key in ("title", "why", "action", "false_positives", "references", "match", "unless"):
        yield from _inside(key, getattr(rule, key))
    for kind, given in (("match", rule.matches), ("no_match", rule.no_matches)):
        for number, example in enumerate(given):
            yield from _inside(f"examples.{kind}.{number}", example.fields)


def _inside(key: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _inside(f"{key}.{name}", part)
    elif isinstance(value, list | tuple):
        for number, part in enumerate(value):
            yield from _inside(f"{key}.{number}", part)


def _words(subject: Subject) -> Iterator[tuple[str, str]]:
    for name, vocabulary in subject.rulebook.vocabularies.items():
        if name in subject.vocabularies:
            groups = (*vocabulary.terms.values(), *vocabulary.excepts.values())
            yield vocabulary.path, "\n\n\f\n".join(term for terms in groups for term in terms)
    for context in subject.rulebook.contexts:
        phrases = [terms for by_language in context.places.values() for terms in by_language.values()]
        yield context.path, "\n\n\f\n".join(term for terms in phrases for term in terms)
