"""Checks of clause trees: parts that say nothing, and patterns a fast search cannot help."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from hubscan.engine import examples
from hubscan.engine.clauses import Outcome
from hubscan.engine.lint.base import Subject, at, places
from hubscan.errors import Problem

_ORDINARY: Mapping[str, Any] = {
    "name": "sentence-encoder",
    "author": "example",
    "tags": ["pytorch", "safetensors", "sentence-similarity", "feature-extraction", "en", "bert"],
    "card": "# Sentence encoder\n\n## Intended use\n\nSearch in public documents.\n\n## Limitations\n\nEnglish only.",
    "files": ["README.md", "model.safetensors"],
    "headers": {"model.safetensors": {"format": "pt"}},
    "base_models": ["example/encoder"],
    "relation": "finetune",
    "datasets": ["example/sentences"],
    "license": "apache-2.0",
    "pipeline": "sentence-similarity",
    "library": "sentence-transformers",
    "gated": False,
    "downloads": 1000,
    "likes": 10,
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-01-02T00:00:00Z",
}


class SingleChildCheck:
    """A group of one is the one, written harder. For all, any and near loading refuses it."""

    name = "single-child"
    recommendation = "Write the one clause itself."

    def problems(self, subject: Subject) -> Iterator[Problem]:
        """Look at the lists under `of`."""
        for rule in subject.rules:
            for place, clause in places(rule):
                if isinstance(clause.get("of"), list) and len(clause["of"]) < 2:
                    yield at(rule, f"{place}.of", "a group with a single clause")


class AlwaysTrueCheck:
    """A branch that an ordinary, complete record meets makes its group mean nothing."""

    name = "always-true"
    recommendation = "Join it to a clause that looks for something, or take it out."

    def problems(self, subject: Subject) -> Iterator[Problem]:
        """Judge an ordinary record, and look for branches that are true of it."""
        ordinary = examples.record(_ORDINARY)
        for rule in subject.rules:
            explanation = subject.matcher.explain(rule.id, ordinary)
            if explanation.match.truth is True:
                yield at(rule, "match", "an ordinary record matches")
            for label in _true_branches(explanation.match):
                yield at(rule, "match", f"the branch `{label}` is true of an ordinary record")


def _true_branches(outcome: Outcome) -> Iterator[str]:
    # A rule that another names is looked at by itself: what its `unless` lets go is no branch of the other's.
    for child in outcome.children:
        if outcome.label == "any of" and child.truth is True:
            yield child.label
        if not child.label.startswith("rule "):
            yield from _true_branches(child)


class PatternFactorCheck:
    """The search looks for the factor and runs the pattern where it stands: elsewhere the pattern is blind."""

    name = "pattern-factor"
    recommendation = "Name as `factor` a literal that every text the pattern matches must hold."

    def problems(self, subject: Subject) -> Iterator[Problem]:
        """Look for the factor among the literals that a pattern cannot do without."""
        for rule in subject.rules:
            for place, clause in places(rule):
                if "pattern" in clause and clause["factor"].lower() not in _needed(str(clause["pattern"])):
                    yield at(rule, f"{place}.factor", f"the pattern can match without {clause['factor']!r}")


def _needed(pattern: str) -> str:
    """The literals that stand in every match of a pattern, NUL between those that are not side by side."""
    # A parsed pattern has no public door in `re`.
    return _literals(import_module("re._parser").parse(pattern)).lower()


def _literals(parsed: Any) -> str:
    text = ""
    for operation, value in parsed:
        if str(operation) == "LITERAL":
            text += chr(value)
        elif str(operation) == "SUBPATTERN":
            text += _literals(value[-1])
        elif str(operation) == "MAX_REPEAT" and value[0] >= 1:
            text += f"\0{_literals(value[2])}\0"
        elif str(operation) != "AT":
            text += "\0"
    return text
