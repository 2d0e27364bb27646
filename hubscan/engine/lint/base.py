"""What a check is, what it looks at, and where checks are found.

A check is a class whose name ends in `Check`, in a file of this folder that is not `base`. What a rule needs so that
it can run at all (keys, names, the shape of clauses, a width for patterns) is refused at loading, not here.
"""

import inspect
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from hubscan import resources
from hubscan.engine import examples
from hubscan.engine.load import Rulebook
from hubscan.engine.match import Matcher
from hubscan.engine.view import Scanner
from hubscan.errors import Problem
from hubscan.policies import Policies
from hubscan.rulebook import STATUSES, Rule


@dataclass(frozen=True, slots=True)
class Subject:
    """What is checked: the rules, all of them compiled, whatever their status, and the ids they may cite.

    `vocabularies` are those that came with these rules and not with hubscan; `terms` the confidential lists loaded.
    """

    rulebook: Rulebook
    matcher: Matcher
    vocabularies: frozenset[str]
    clauses: frozenset[str]
    laws: frozenset[str]
    terms: Mapping[str, Scanner]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of all packs."""
        return self.rulebook.rules


class Check(Protocol):
    """One thing that is asked of rules."""

    name: str
    """What outputs call the check; kebab-case."""

    recommendation: str
    """What to do about a problem, in one line."""

    def problems(self, subject: Subject) -> Iterator[Problem]:
        """Yield what is wrong, with path and line. The recommendation need not be repeated."""
        ...


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem, the check that found it, and what to do."""

    check: str
    problem: Problem
    recommendation: str


def subject(
    rulebook: Rulebook, roots: Sequence[Path], policies: Policies, terms: Mapping[str, Scanner] | None = None
) -> Subject:
    """Return what is checked of `rulebook`, which was loaded from `roots` (none: the shipped packs)."""
    places = list(roots) or [resources.folder("rules")]
    own = frozenset(path.stem for root in places for path in (root / "vocabularies").glob("*.yaml"))
    matcher = Matcher(rulebook, STATUSES, examples.known())
    return Subject(rulebook, matcher, own, policies.clause_ids(), policies.law_ids(), terms or {})


def checks() -> tuple[Check, ...]:
    """Return every check, by name."""
    found: list[Any] = []
    for file in pkgutil.iter_modules([_FOLDER]):
        module = import_module(f"{__package__}.{file.name}")
        kinds = (kind for name, kind in inspect.getmembers(module, inspect.isclass) if name.endswith("Check"))
        found += [kind() for kind in kinds if kind.__module__ == module.__name__ and kind is not Check]
    return tuple(sorted(found, key=lambda check: check.name))


def run(subject: Subject) -> tuple[Fault, ...]:
    """Return what every check finds, by place."""
    faults = (
        Fault(check.name, problem, check.recommendation) for check in checks() for problem in check.problems(subject)
    )
    return tuple(sorted(faults, key=lambda fault: (fault.problem.path, fault.problem.line, fault.check)))


def at(rule: Rule, key: str, what: str) -> Problem:
    """Return a problem of `rule` at the line of `key` (`match.any.0`), or of what encloses it."""
    while key not in rule.lines and "." in key:
        key = key.rpartition(".")[0]
    return Problem(rule.path, rule.lines.get(key, 1), what)


def places(rule: Rule) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each clause of a rule with its place in the file (`match.any.0.near.1`)."""
    yield from _inside("match", rule.match)
    yield from _inside("unless", rule.unless or {})


def _inside(place: str, value: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(value, list):
        for index, part in enumerate(value):
            yield from _inside(f"{place}.{index}", part)
    elif isinstance(value, dict) and value:
        yield place, value
        for key in ("all", "any", "not", "of", "near"):
            yield from _inside(f"{place}.{key}", value.get(key))


_FOLDER = str(Path(__file__).parent)
