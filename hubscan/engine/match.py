"""Match records against loaded packs. Pure: the same record and packs give the same findings, always."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hubscan import features
from hubscan.context import Contexts
from hubscan.engine import grammar
from hubscan.engine.clauses import COMMON_COST, LIST, All, AtLeast, Clause, FieldTest, Outcome
from hubscan.engine.elsewhere import Known
from hubscan.engine.grammar import Compiler
from hubscan.engine.load import Rulebook
from hubscan.engine.view import View, Words, quiet
from hubscan.findings import FACETS, Evidence, Finding
from hubscan.records import RepoRecord
from hubscan.rulebook import Rule
from hubscan.text import fold
from hubscan.wordforms import forms

_NOTHING = Known()


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule with its clause trees ready to judge."""

    rule: Rule
    match: Clause
    unless: Clause | None

    def holds(self, view: View) -> bool:
        """Whether the rule makes a finding; its words are looked for before what the text does with them."""
        match, unless = self.match, self.unless
        return (
            match.possible(view) and match.holds(view) and not (unless and unless.possible(view) and unless.holds(view))
        )


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one rule did or did not match one record: the two trees, judged in full."""

    rule: Rule
    match: Outcome
    unless: Outcome | None

    @property
    def matched(self) -> bool:
        """Whether the rule makes a finding: `match` is true and `unless` is not."""
        return self.match.truth is True and not (self.unless and self.unless.truth is True)


class Matcher:
    """All rules of a rulebook, compiled together. Use one per thread."""

    def __init__(
        self, rulebook: Rulebook, statuses: Iterable[str] = ("stable", "test"), known: Known = _NOTHING
    ) -> None:
        wanted = frozenset(statuses)
        self.rulebook = rulebook
        self._contexts = Contexts(rulebook.contexts)
        kinds = self._contexts.unnamed
        common = frozenset(v.id for v in rulebook.vocabularies.values() if v.common)
        compiler = Compiler(kinds, {rule.id: rule for rule in rulebook.rules}, common, known)
        self._rules = [_compiled(rule, compiler) for rule in rulebook.rules if rule.status in wanted]
        words = [form for v in rulebook.vocabularies.values() for form in forms(v.id, v.terms, v.excepts)]
        self._doors = _doors(self._rules, gaps(rulebook, known))
        finders = {LIST + name: finder for name, finder in known.terms.items()}
        harms = {v.id: v.harm for v in rulebook.vocabularies.values() if v.harm}
        entering, honest = frozenset(self._doors.groups), self._contexts.words
        self._words = Words([*words, *compiler.own], compiler.patterns, entering, harms, finders, honest)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that run."""
        return tuple(rule.rule for rule in self._rules)

    def match(self, record: RepoRecord) -> list[Finding]:
        """Return the findings of one record, in `Finding.sort_key` order."""
        return self._match(View(record, self._words, self._contexts))

    def match_all(self, records: Sequence[RepoRecord]) -> Iterator[list[Finding]]:
        """Yield what `match` returns of each record, in less time than one by one."""
        still = quiet(records, self._words, self._contexts) if len(records) > 1 else ()
        for number, record in enumerate(records):
            yield self._match(View(record, self._words, self._contexts, quiet=number in still))

    def _match(self, view: View) -> list[Finding]:
        met = (rule for rule in (self._rules[number] for number in self._doors.open(view)) if rule.holds(view))
        found = [_finding(rule.rule, rule.match.judge(view), view) for rule in met]
        return sorted(found, key=lambda finding: finding.sort_key)

    def words(self, record: RepoRecord) -> frozenset[str]:
        """Return the groups of words in a record by which rules are entered, whatever else those rules ask for."""
        return frozenset(View(record, self._words, self._contexts).groups)

    def explain(self, rule_id: str, record: RepoRecord) -> Explanation:
        """Judge one rule on one record in full; `KeyError` if it is not among the compiled rules."""
        rule = next((rule for rule in self._rules if rule.rule.id == rule_id), None)
        if rule is None:
            raise KeyError(rule_id)
        return _judge(rule, View(record, self._words, self._contexts))


def _compiled(rule: Rule, compiler: Compiler) -> CompiledRule:
    unless = compiler.rule(f"{rule.id}!", rule.unless) if rule.unless else None
    return CompiledRule(rule, compiler.rule(rule.id, rule.match), unless)


def gaps(rulebook: Rulebook, known: Known) -> dict[str, str]:
    """Return by id the rules that ask for a list or lineage that is not `known`, and what each lacks."""
    trees = {rule.id: rule.trees for rule in rulebook.rules}
    found = {}
    for rule in rulebook.rules:
        waiting, seen = [rule.id], set[str]()
        while waiting and rule.id not in found:
            current = waiting.pop()
            seen.add(current)
            for clause in (clause for tree in trees.get(current, ()) for clause in grammar.walk(tree)):
                if lack := known.lacks(clause):
                    found[rule.id] = lack
                if "rule" in clause and clause["rule"] not in seen:
                    waiting.append(clause["rule"])
    return found


@dataclass(frozen=True, slots=True)
class _Doors:
    """By what the numbers of rules come into question: words and flags, facts, or nothing that can be told before."""

    groups: Mapping[str, Sequence[int]]
    facts: Sequence[tuple[FieldTest, Collection[int]]]
    always: frozenset[int]

    def open(self, view: View) -> list[int]:
        """Return, in order, which rules a record may meet."""
        entered = (*view.groups, *features.flags_set(view.record))
        chosen = {number for group in entered for number in self.groups.get(group, ())}
        chosen.update(number for test, numbers in self.facts if test.holds(view) for number in numbers)
        return sorted(chosen | self.always)


def _doors(rules: Sequence[CompiledRule], idle: Collection[str]) -> _Doors:
    groups: dict[str, list[int]] = defaultdict(list)
    facts: dict[str, tuple[FieldTest, set[int]]] = {}
    always = set[int]()
    for number, rule in enumerate(rules):
        if rule.rule.id in idle:
            continue
        entrance = _entrance(rule.match)
        if entrance is None:
            always.add(number)
            continue
        for group in entrance.words:
            groups[group].append(number)
        for test in entrance.facts:
            facts.setdefault(test.label, (test, set()))[1].add(number)  # the label says all of the test
    return _Doors(groups, tuple(facts.values()), frozenset(always))


class _Entrance(NamedTuple):
    """Words and facts of which a record has at least one, or a clause is not true of it."""

    words: frozenset[str]
    facts: tuple[FieldTest, ...] = ()


def _entrance(clause: Clause) -> _Entrance | None:
    """By what a clause comes into question; None where that cannot be told before it is tried."""
    if clause.needs is not None:
        return _Entrance(clause.needs)
    if isinstance(clause, FieldTest):
        return _Entrance(frozenset(), (clause,))
    if isinstance(clause, All):
        cheap = (part for part in clause.tried if part.cost < COMMON_COST)
        return next((found for part in cheap if (found := _entrance(part))), None)
    if isinstance(clause, AtLeast):
        entrances = [_entrance(part) for part in clause.parts]
        whole = [entrance for entrance in entrances if entrance]
        words = frozenset(word for entrance in whole for word in entrance.words)
        facts = tuple(test for entrance in whole for test in entrance.facts)
        return _Entrance(words, facts) if len(whole) == len(entrances) else None
    return None


def _judge(rule: CompiledRule, view: View) -> Explanation:
    match = rule.match.judge(view)
    unless = rule.unless.judge(view) if rule.unless and match.truth is True else None
    return Explanation(rule.rule, match, unless)


def _finding(rule: Rule, outcome: Outcome, view: View) -> Finding:
    record = view.record
    return Finding(
        fingerprint=_fingerprint(rule, view, outcome.evidence),
        rule=rule.ref,
        ref=record.ref,
        url=record.url,
        severity=rule.severity,
        confidence=rule.confidence,
        facets=tuple(facet for facet in FACETS if facet in outcome.facets),
        evidence=outcome.evidence,
        discounted=outcome.discounted,
    )


def _fingerprint(rule: Rule, view: View, evidence: Iterable[Evidence]) -> str:
    """Over what was matched, not where: canonical text of the matched fields, without their numbers in a list."""
    fields = {item.span.field: item.span.end for item in evidence}
    texts = sorted(" ".join(fold(view.text(field)).text.split()) if end else "" for field, end in fields.items())
    ref = view.record.ref
    parts = (ref.hub, ref.kind, ref.repo_id, rule.id, *texts)
    return hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()
