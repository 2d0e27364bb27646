"""Checks of what a rule tells its readers."""

import re
from collections.abc import Iterator
from datetime import date

from hubscan.engine.lint.base import Subject, at
from hubscan.errors import Problem


class ReasonsCheck:
    """A finding is shown with its reason and with what to do about it."""

    name = "reasons"
    recommendation = "Say it in a sentence or two for a reviewer who has not seen the rule."

    def problems(self, subject: Subject) -> Iterator[Problem]:
        """Look for empty texts."""
        for rule in subject.rules:
            for key in ("title", "why", "action"):
                if not getattr(rule, key).strip():
                    yield at(rule, key, f"`{key}` is empty")


class SinceCheck:
    """Readers of old reports ask when a rule came."""

    name = "since-date"
    recommendation = "Write the day the rule was added, as 2026-01-31."

    def problems(self, subject: Subject) -> Iterator[Problem]:
        """Read the date."""
        for rule in subject.rules:
            try:
                date.fromisoformat(rule.since)
            except ValueError:
                yield at(rule, "since", f"since {rule.since!r} is not a date")


class FalsePositivesCheck:
    """A stable rule backs letters to a hub: whoever signs one must know what else it matches."""

    name = "false-positives"
    recommendation = "Say in false_positives what else matches; a rule of which nobody knows that is not stable yet."

    def problems(self, subject: Subject) -> Iterator[Problem]:
        """Look for stable rules without known mistakes."""
        for rule in subject.rules:
            if rule.status == "stable" and not any(str(known).strip() for known in rule.false_positives):
                yield at(rule, "status", "a stable rule without false_positives")


class ReferencesCheck:
    """References are followed by people."""

    name = "references"
    recommendation = "Give an address that starts with https://."

    def problems(self, subject: Subject) -> Iterator[Problem]:
        """Look at each reference."""
        for rule in subject.rules:
            for number, reference in enumerate(rule.references):
                if not re.fullmatch(r"https?://[^\s/]+\.[^\s]+", str(reference)):
                    yield at(rule, f"references.{number}", f"reference {reference!r} is not a web address")
