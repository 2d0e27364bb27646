"""Checks of what a rule's status promises; docs/rules.md has the whole ladder."""

from collections.abc import Iterator
from pathlib import Path

from hubscan.engine.lint.base import Subject, at, places
from hubscan.errors import Problem
from hubscan.findings import Severity


class StableRestsCheck:
    """A letter on a grave matter cites something; a rule without policy, law or reference gives it nothing to cite."""

    name = "stable-rests"
    recommendation = "Cite a hub's policy, a law or a published reference; until there is one the status is test."

    def problems(self, subject: Subject) -> Iterator[Problem]:
        """Look for stable rules of severity high or critical that cite nothing."""
        for rule in subject.rules:
            cites = rule.policies or rule.laws or rule.references
            if rule.status == "stable" and rule.severity >= Severity.HIGH and not cites:
                yield at(rule, "status", f"a stable rule of severity {rule.severity.label} that cites nothing")


class StableNamesCheck:
    """A stable rule is no surer than the rules it names."""

    name = "stable-names"
    recommendation = "Write the clauses out, or wait until the rule it names is stable."

    def problems(self, subject: Subject) -> Iterator[Problem]:
        """Look for stable rules that name others which are not, and for any that name deprecated ones."""
        statuses = {rule.id: rule.status for rule in subject.rules}
        for rule in subject.rules:
            wanted = ("stable",) if rule.status == "stable" else ("draft", "test", "stable")
            for place, clause in places(rule):
                status = statuses.get(str(clause.get("rule")), "stable")
                if status not in wanted:
                    yield at(rule, place, f"a {rule.status} rule names {clause['rule']}, whose status is {status}")


class PackIdCheck:
    """Rules are called by their folder, reports by the pack: two names for one thing help nobody."""

    name = "pack-id"
    recommendation = "Give pack.yaml the folder's name as its id, or rename the folder."

    def problems(self, subject: Subject) -> Iterator[Problem]:
        """Compare each pack's id with its folder."""
        for pack in subject.rulebook.packs:
            folder = Path(pack.path).name
            if pack.id != folder:
                yield Problem(f"{folder}/pack.yaml", 1, f"the pack in the folder {folder} has the id {pack.id!r}")
