"""What may be written in a clause: the keys of each kind, their checks, and how each becomes a `clauses.Clause`.

A clause is a mapping with one head key and the keys that go with it:

    words: minors            in: [tag, card]   context: [forbids]    a vocabulary (or several), outside some contexts
                             share: 0.2                              of training tags, those a fifth of the images carry
    phrase: [two words]      in, context, share                      words of this rule alone
    pattern: '[0-9]{5,}lora' factor: lora      in, context, share    a regular expression with a literal of its own
    term_list: partner       in, context                             a confidential list that the operator has loaded
    field: license           missing | is | one_of | at_least | at_most | before | after
    all: [...]   any: [...]   not: {...}   rule: pack/name
    at_least: 2              of: [...]
    facets: 2                of: {...}
    file_hash: {list: confirmed, opinion: positive}                  a file that people hold an opinion of
    base_model: {set: historical, steps: 1}                          a base on file, or at most so far below one
    author: {count: adapters, at_least: 20, share: 0.5}              what the uploader has, and of all they have
    near: [...]              within: sentence | paragraph | block | a number of words
"""

import difflib
import operator
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from hubscan.engine import clauses, elsewhere
from hubscan.engine.yamlfile import Document, Place
from hubscan.features import FACTS, KINDS, Fact
from hubscan.findings import FACETS
from hubscan.hashlists import Opinion
from hubscan.lexicon import Pattern
from hubscan.rulebook import Rule
from hubscan.training import LEAST_SHARE
from hubscan.uploads import COUNTS
from hubscan.wordforms import Form, compiled, forms

COMPANIONS: Mapping[str, frozenset[str]] = {
    "words": frozenset({"in", "context", "share"}),
    "phrase": frozenset({"in", "context", "share"}),
    "pattern": frozenset({"in", "context", "share", "factor"}),
    "term_list": frozenset({"in", "context"}),
    "field": frozenset({"missing", "is", "one_of", "at_least", "at_most", "before", "after"}),
    "all": frozenset(),
    "any": frozenset(),
    "not": frozenset(),
    "rule": frozenset(),
    "at_least": frozenset({"of"}),
    "facets": frozenset({"of"}),
    "near": frozenset({"within"}),
    "file_hash": frozenset(),
    "base_model": frozenset(),
    "author": frozenset(),
}
"""Each head key and what may stand beside it."""

WORD_HEADS = ("words", "phrase", "pattern", "term_list")
"""Heads of clauses that look for words, and so can be near one another."""
LIST_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
ANYWHERE = frozenset(KINDS) - {"author"}
"""Where words are looked for when a clause does not say `in`."""
MIN_FACTOR = 5
MAX_WIDTH = 200


def head(value: Mapping[str, Any]) -> str | None:
    """Return the head key of a clause, or None if there is none or more than one."""
    heads = [key for key in COMPANIONS if key in value]
    if "field" in heads and "at_least" in heads:
        heads.remove("at_least")
    return heads[0] if len(heads) == 1 else None


@dataclass(frozen=True, slots=True)
class Names:
    """What a clause may refer to: ids of vocabularies, contexts, rules and sets of base models."""

    vocabularies: frozenset[str]
    contexts: frozenset[str]
    rules: frozenset[str]
    sets: frozenset[str] = frozenset()


# --- checking ---------------------------------------------------------------------------------------------------------


def check(document: Document, value: Any, place: Place, names: Names) -> None:
    """Note every fault of the clause at `place` in the document."""
    if not isinstance(value, dict):
        document.problem(place, "a clause must be a mapping such as `words: NAME`")
        return
    kind = head(value)
    if kind is None:
        document.problem(place, "a clause needs exactly one head key", f"one of {', '.join(COMPANIONS)}")
        return
    for key in value.keys() - COMPANIONS[kind] - {kind}:
        allowed = ", ".join(sorted(COMPANIONS[kind])) or "nothing else"
        document.problem((*place, key), f"unknown key {key!r} beside {kind!r}", f"allowed: {allowed}")
    _CHECKS[kind](document, value, place, names)


def _check_words(document: Document, value: Mapping[str, Any], place: Place, names: Names) -> None:
    _check_known(document, value, (*place, "words"), names.vocabularies, "vocabulary")
    _check_where(document, value, place, names)


def _check_known(
    document: Document, value: Mapping[str, Any], place: Place, known: Collection[str], what: str, also: str = ""
) -> None:
    """Note what under the last key of `place` is not one of `known`: a name or a list of names."""
    named = listed(value[str(place[-1])])
    if not named:
        document.problem(place, f"names no {what}")
    for name in named:
        if not isinstance(name, str) or name not in known:
            document.problem(place, f"no {what} {name!r}", f"{also}{_nearest(str(name), known)}")


def _check_phrase(document: Document, value: Mapping[str, Any], place: Place, names: Names) -> None:
    phrases = value["phrase"]
    if not isinstance(phrases, list) or not phrases or not all(isinstance(phrase, str) for phrase in phrases):
        document.problem((*place, "phrase"), "must be a list of words or phrases")
        phrases = []
    for phrase in phrases:
        try:
            compiled(phrase)
        except ValueError as error:
            document.problem((*place, "phrase"), str(error))
    _check_where(document, value, place, names)


def _check_pattern(document: Document, value: Mapping[str, Any], place: Place, names: Names) -> None:
    factor, pattern = value.get("factor"), value["pattern"]
    if not isinstance(factor, str) or len(factor) < MIN_FACTOR:
        document.problem(place, f"a pattern needs `factor`: a literal of {MIN_FACTOR} or more characters it contains")
    try:
        width = _width(pattern)
    except (re.error, OverflowError, RecursionError, TypeError) as error:
        document.problem((*place, "pattern"), f"not a regular expression: {error}")
    else:
        if width > MAX_WIDTH:
            document.problem((*place, "pattern"), f"may match more than {MAX_WIDTH} characters", "bound its repeats")
    _check_where(document, value, place, names)


def _check_term_list(document: Document, value: Mapping[str, Any], place: Place, names: Names) -> None:
    # Whether the list is loaded is the operator's affair: a rule without its list is reported as not run.
    for name in listed(value["term_list"]) or [None]:
        if not isinstance(name, str) or not LIST_ID.fullmatch(name):
            document.problem((*place, "term_list"), "must be the id of a term list", "lower-case words and hyphens")
    _check_where(document, value, place, names)


def _check_where(document: Document, value: Mapping[str, Any], place: Place, names: Names) -> None:
    if "in" in value:
        _check_known(document, value, (*place, "in"), KINDS, "feature kind")
    if "context" in value and value["context"] not in ("any", []):
        _check_known(document, value, (*place, "context"), names.contexts, "context", "`any`, or a list; ")
    if "share" in value:
        _check_share(document, value, (*place, "share"))


def _check_share(document: Document, value: Mapping[str, Any], place: Place) -> None:
    said = value["share"]
    if not isinstance(said, int | float) or isinstance(said, bool) or not LEAST_SHARE < said <= 1:
        document.problem(place, f"must be a number above {LEAST_SHARE:g}, and 1 at most: a share of training images")
    elif "training_tag" not in listed(value.get("in", "training_tag")):
        document.problem(place, "only training tags have a share", "add training_tag to `in`, or leave it out")


_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T|$)")
_FIELD_TESTS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "missing": (lambda wanted: isinstance(wanted, bool), "must be true or false"),
    "is": (lambda wanted: isinstance(wanted, str | int), "must be a text, a whole number, true or false"),
    "one_of": (lambda wanted: isinstance(wanted, list) and bool(wanted), "must be a list"),
    "at_least": (lambda wanted: isinstance(wanted, int | float) and not isinstance(wanted, bool), "must be a number"),
    "at_most": (lambda wanted: isinstance(wanted, int | float) and not isinstance(wanted, bool), "must be a number"),
    "before": (lambda wanted: bool(_DATE.match(str(wanted))), "must be a date such as 2026-01-31"),
    "after": (lambda wanted: bool(_DATE.match(str(wanted))), "must be a date such as 2026-01-31"),
}


def _check_field(document: Document, value: Mapping[str, Any], place: Place, _: Names) -> None:
    name, tests = value["field"], [key for key in value if key in _FIELD_TESTS]
    if not isinstance(name, str) or (name not in FACTS and not name.startswith("flag.")):
        document.problem((*place, "field"), f"no field {name!r}", f"one of {', '.join(FACTS)} or flag.NAME")
    if len(tests) != 1:
        document.problem(place, "a field clause needs exactly one test", ", ".join(sorted(COMPANIONS["field"])))
    for key in tests:
        fits, what = _FIELD_TESTS[key]
        if not fits(value[key]):
            document.problem((*place, key), what)


def _check_group(document: Document, value: Mapping[str, Any], place: Place, names: Names) -> None:
    kind = str(head(value))
    parts = value[kind]
    if not isinstance(parts, list) or len(parts) < 2:
        document.problem((*place, kind), f"`{kind}` needs a list of two or more clauses", "write the one clause itself")
        return
    for index, part in enumerate(parts):
        check(document, part, (*place, kind, index), names)


def _check_not(document: Document, value: Mapping[str, Any], place: Place, names: Names) -> None:
    check(document, value["not"], (*place, "not"), names)


def _check_rule(document: Document, value: Mapping[str, Any], place: Place, names: Names) -> None:
    if isinstance(value["rule"], list):
        document.problem((*place, "rule"), "must be one rule", "join several by `any` or `all`")
    else:
        _check_known(document, value, (*place, "rule"), names.rules, "rule")


def _check_counted(document: Document, value: Mapping[str, Any], place: Place, names: Names) -> None:
    kind = str(head(value))
    parts = value.get("of")
    most = len(FACETS) if kind == "facets" else len(listed(parts))
    if type(value[kind]) is not int or value[kind] < 1:
        document.problem((*place, kind), f"`{kind}` must be a whole number from 1")
    elif parts and value[kind] > most:
        document.problem((*place, kind), f"`{kind}: {value[kind]}` of {most} can never be")
    if not parts:
        document.problem(place, f"`{kind}` needs `of`")
    for index, part in enumerate(parts if isinstance(parts, list) else [parts] if parts else []):
        check(document, part, (*place, "of", index) if isinstance(parts, list) else (*place, "of"), names)


def _check_near(document: Document, value: Mapping[str, Any], place: Place, names: Names) -> None:
    _check_group(document, value, place, names)
    within = value.get("within", "sentence")
    if within not in ("sentence", "paragraph", "block") and (type(within) is not int or within < 1):
        document.problem((*place, "within"), "must be sentence, paragraph, block or a number of words")
    for index, part in enumerate(value["near"] if isinstance(value["near"], list) else []):
        if isinstance(part, dict) and head(part) not in (*WORD_HEADS, None):
            what = f"only {', '.join(WORD_HEADS[:-1])} and {WORD_HEADS[-1]} clauses can be near one another"
            document.problem((*place, "near", index), what)


def _check_file_hash(document: Document, value: Mapping[str, Any], place: Place, _: Names) -> None:
    asked = value["file_hash"]
    if not isinstance(asked, dict) or set(asked) - {"list", "opinion"} or not isinstance(asked.get("list"), str):
        document.problem((*place, "file_hash"), "must be a mapping such as `{list: confirmed, opinion: positive}`")
    elif asked.get("opinion", Opinion.POSITIVE) not in OPINIONS:
        fix = f"one of {', '.join(OPINIONS)}"
        document.problem((*place, "file_hash"), f"no opinion {asked['opinion']!r}", fix)


def _check_base_model(document: Document, value: Mapping[str, Any], place: Place, names: Names) -> None:
    asked = value["base_model"]
    if not isinstance(asked, dict) or set(asked) - {"set", "steps"} or not isinstance(asked.get("set"), str):
        document.problem((*place, "base_model"), "must be a mapping such as `{set: historical, steps: 1}`")
        return
    if asked["set"] not in names.sets:
        document.problem((*place, "base_model"), f"no set {asked['set']!r}", _nearest(asked["set"], names.sets))
    steps = asked.get("steps", 1)
    if not isinstance(steps, int) or isinstance(steps, bool) or steps < 0:
        document.problem((*place, "base_model"), "`steps` must be a whole number from 0")


def _check_author(document: Document, value: Mapping[str, Any], place: Place, _: Names) -> None:
    asked, here = value["author"], (*place, "author")
    if not isinstance(asked, dict) or not {"count", "at_least"} <= set(asked) <= {"count", "at_least", "share"}:
        document.problem(here, "must be a mapping such as `{count: adapters, at_least: 20}`")
        return
    if asked["count"] not in COUNTS:
        document.problem(here, f"no count {asked['count']!r}", f"one of {', '.join(COUNTS)}")
    if type(asked["at_least"]) is not int or asked["at_least"] < 2:
        document.problem(here, "`at_least` must be a whole number from 2")
    share = asked.get("share", 0)
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        document.problem(here, "`share` must be from 0 to 1")
    if {"not", "unless"} & set(place):
        document.problem(here, "only who reaches a count is looked at: its absence is unknown", "turn the rule round")


OPINIONS = tuple(str(opinion) for opinion in (Opinion.POSITIVE, Opinion.NEGATIVE, Opinion.DISPUTED))
_CHECKS: Mapping[str, Callable[[Document, Mapping[str, Any], Place, Names], None]] = {
    "words": _check_words,
    "phrase": _check_phrase,
    "pattern": _check_pattern,
    "term_list": _check_term_list,
    "field": _check_field,
    "all": _check_group,
    "any": _check_group,
    "not": _check_not,
    "rule": _check_rule,
    "at_least": _check_counted,
    "facets": _check_counted,
    "near": _check_near,
    "file_hash": _check_file_hash,
    "base_model": _check_base_model,
    "author": _check_author,
}


def _nearest(name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name, known, 1)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(sorted(known)[:20])}"


def listed(value: Any) -> list[Any]:
    """One value, or a list of them, as a list."""
    return value if isinstance(value, list) else [value]


def _width(pattern: str) -> int:
    # The width of a parsed pattern has no public door in `re`.
    parser = import_module("re._parser")
    return int(parser.parse(pattern).getwidth()[1])


def leaves_evidence(value: Mapping[str, Any]) -> bool:
    """Whether a checked clause that is true always has something to point at; the absence of a thing has no place."""
    kind = str(head(value))
    if kind == "not":
        return False
    if kind not in ("all", "any", "at_least"):
        return True
    leave = [leaves_evidence(part) for part in listed(value.get("of", value[kind]))]
    return any(leave) if kind == "all" else leave.count(False) < value.get("at_least", 1)


# --- compiling --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Compiler:
    """Turns checked clauses into `clauses.Clause` values and gathers the forms and patterns a lexicon must know."""

    contexts: frozenset[str]
    rules: Mapping[str, Rule]
    common: frozenset[str] = frozenset()
    known: elsewhere.Known = field(default_factory=elsewhere.Known)
    own: list[Form] = field(default_factory=list)
    patterns: list[Pattern] = field(default_factory=list)
    _owner: str = ""
    _number: int = 0

    def rule(self, rule_id: str, value: Mapping[str, Any]) -> clauses.Clause:
        """Compile the clause tree of one rule; words of its own are grouped under its id."""
        self._owner, self._number = rule_id, 0
        return self.clause(value)

    def clause(self, value: Mapping[str, Any]) -> clauses.Clause:
        """Compile one checked clause."""
        kind = str(head(value))
        if kind in WORD_HEADS:
            return self._words(kind, value)
        if kind == "field":
            return clauses.FieldTest(_field_label(value), value["field"], _field_test(value))
        if kind in ("file_hash", "base_model", "author"):
            return self._elsewhere(kind, value[kind])
        if kind == "rule":
            return self._reference(value["rule"])
        if kind == "near":
            parts = tuple(self._words(str(head(part)), part) for part in value["near"])
            within = value.get("within", "sentence")
            unit = within if isinstance(within, str) else f"{within} words"
            return clauses.Near(f"near, within {unit}", parts, within)
        return self._group(kind, value)

    def _elsewhere(self, kind: str, asked: Mapping[str, Any]) -> clauses.Clause:
        if kind == "file_hash":
            opinion = Opinion(asked.get("opinion", Opinion.POSITIVE))
            label = f"file hash {opinion} in {asked['list']}"
            return elsewhere.HashTest(label, asked["list"], opinion, self.known.hashes)
        if kind == "author":
            count, least, share = asked["count"], asked["at_least"], asked.get("share", 0)
            label = f"uploader has {least} {count} or more{f', {share:.0%} of all' if share else ''}"
            return elsewhere.AuthorTest(label, count, least, share, self.known.uploaders)
        steps = asked.get("steps", 1)
        label = f"base model in {asked['set']}, within {steps} steps"
        return elsewhere.BaseTest(label, asked["set"], steps, self.known.lineage)

    def _group(self, kind: str, value: Mapping[str, Any]) -> clauses.Clause:
        if kind == "not":
            return clauses.Not("not", self.clause(value["not"]))
        parts = tuple(map(self.clause, listed(value.get("of", value[kind]))))
        if kind == "all":
            return clauses.All("all of", parts)
        if kind == "facets":
            part = parts[0] if len(parts) == 1 else clauses.AtLeast("any of", parts)
            return clauses.Facets(f"in {value['facets']} facets", part, value["facets"])
        count = value["at_least"] if kind == "at_least" else 1
        return clauses.AtLeast("any of" if kind == "any" else f"at least {count} of", parts, count)

    def _words(self, kind: str, value: Mapping[str, Any]) -> clauses.Words:
        kinds = frozenset(listed(value["in"])) if "in" in value else ANYWHERE
        where = f" in {', '.join(listed(value['in']))}" if "in" in value else ""
        context = value.get("context", list(self.contexts))
        discounts = frozenset() if context == "any" else frozenset(listed(context))
        if kind == "term_list":
            lists = listed(value["term_list"])
            label = f"term_list {', '.join(lists)}{where}"
            loaded = all(name in self.known.terms for name in lists)
            return clauses.Terms(label, tuple(clauses.LIST + name for name in lists), kinds, discounts, loaded=loaded)
        groups, what = self._groups(kind, value)
        cost = sum(clauses.COMMON_COST if group in self.common else 1 for group in groups)
        share = float(value.get("share", 0))
        often = f" of at least {share:.0%} of the images" if share else ""
        return clauses.Words(f"{what}{where}{often}", groups, kinds, discounts, cost, share)

    def _groups(self, kind: str, value: Mapping[str, Any]) -> tuple[tuple[str, ...], str]:
        if kind == "words":
            return tuple(listed(value["words"])), f"words {', '.join(listed(value['words']))}"
        self._number += 1
        group = f"{self._owner}#{self._number}"
        if kind == "phrase":
            self.own += forms(group, {"phrase": value["phrase"]}, {})
            return (group,), "phrase"
        regex = re.compile(str(value["pattern"]))
        self.patterns.append(Pattern(group, value["factor"].lower(), regex, _width(regex.pattern)))
        return (group,), f"pattern with {value['factor']!r}"

    def _reference(self, rule: str) -> clauses.Clause:
        named = self.rules[rule]
        part = self.clause(named.match)
        if named.unless is None:
            return clauses.AtLeast(f"rule {rule}", (part,))
        return clauses.All(f"rule {rule}", (part, clauses.Unless("unless", self.clause(named.unless))))


def _field_label(value: Mapping[str, Any]) -> str:
    test = next(key for key in value if key != "field")
    if test == "missing":
        return f"{value['field']} missing" if value[test] else f"{value['field']} not missing"
    return f"{value['field']} {test} {value[test]}"


def _field_test(value: Mapping[str, Any]) -> Callable[[Fact], bool]:
    test = next(key for key in value if key != "field")
    wanted = value[test]
    if test == "one_of":
        return lambda fact: fact in wanted
    if test in ("before", "after"):
        return lambda fact: (str(fact) < str(wanted)) == (test == "before")
    if test in ("at_least", "at_most"):
        compare = operator.ge if test == "at_least" else operator.le
        return lambda fact: isinstance(fact, int | float) and bool(compare(fact, wanted))
    if test == "missing":
        return lambda fact: (fact in ("", "none", 0) and fact is not False) == wanted
    return lambda fact: fact == wanted


def walk(value: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield a clause and every clause inside it."""
    yield value
    inner: Sequence[Any] = [part for key in ("all", "any", "near", "of", "not") for part in listed(value.get(key, []))]
    for part in inner:
        if isinstance(part, dict):
            yield from walk(part)
