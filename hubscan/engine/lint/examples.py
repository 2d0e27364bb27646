"""Checks of the examples inside rules."""

from collections.abc import Iterator

from hubscan.engine import examples
from hubscan.engine.lint.base import Subject, at
from hubscan.errors import Problem

LEAST = 3


class EnoughExamplesCheck:
    """A rule that was tried on one record was not tried."""

    name = "enough-examples"
    recommendation = f"Give {LEAST} or more of each; in no_match, records that look alike and are fine."

    def problems(self, subject: Subject) -> Iterator[Problem]:
        """Count the examples of each kind."""
        for rule in subject.rules:
            for kind, given in (("match", rule.matches), ("no_match", rule.no_matches)):
                if len(given) < LEAST and (kind == "no_match" or examples.can_match(rule)):
                    yield at(rule, f"examples.{kind}", f"{len(given)} {kind} examples")


class ExamplesBehaveCheck:
    """An example is a promise."""

    name = "examples-behave"
    recommendation = "Mend the rule or the example; `hubscan rules explain` shows why a record matches."

    def problems(self, subject: Subject) -> Iterator[Problem]:
        """Run every example."""
        for rule in subject.rules:
            for wrong in examples.run(rule, subject.matcher):
                does = "does not match" if wrong.expected == "match" else "matches"
                yield Problem(wrong.path, wrong.line, f"this {wrong.expected} example {does}")
