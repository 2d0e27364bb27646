"""A clause tree in words, as a nested Markdown list: what the page of a rule says it looks for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from hubscan.engine.grammar import OPINIONS, head, listed
from hubscan.escape import markdown_code

Links = Mapping[str, str]
"""What a name is written as in Markdown: the vocabularies and rules that have a place to point to."""
Said = tuple[str, Sequence[Mapping[str, Any]]]
"""One line about a clause, and the clauses that stand under it."""

PLACES: Mapping[str, str] = {
    "name": "the name",
    "author": "the author's name",
    "tag": "a tag",
    "front_matter": "the card's front matter",
    "license": "the licence",
    "dataset": "a data set's name",
    "card": "the card",
    "description": "the description",
    "version": "a version's name or text",
    "trigger_word": "a trigger word",
    "training_tag": "a training tag",
    "header": "a file's header",
    "file_name": "a file name",
    "base_model": "a base model's name",
}
"""The kinds a clause may look `in`, in words."""

_WITHIN = {"sentence": "within one sentence", "paragraph": "within one paragraph", "block": "within a few lines"}


def said(clause: Mapping[str, Any], links: Links, depth: int = 0) -> Iterator[str]:
    """Yield the lines that say when a checked clause is true."""
    line, parts = _SAID[str(head(clause))](clause, links)
    yield f"{'  ' * depth}- {line}"
    for part in parts:
        yield from said(part, links, depth + 1)


def joined(items: Sequence[str], word: str = "or") -> str:
    """Return `a, b or c`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {word} {items[-1]}"


def _linked(names: Sequence[str], links: Links) -> str:
    return joined([links.get(name, f"`{name}`") for name in names])


def _where(clause: Mapping[str, Any]) -> str:
    places = f" in {joined([PLACES[kind] for kind in listed(clause['in'])])}" if "in" in clause else ""
    context = clause.get("context")
    if context in ("any", []):
        return f"{places}, whatever the text around it does"
    return f"{places}, outside {joined(listed(context), 'and')} contexts" if context else places


def _words(clause: Mapping[str, Any], links: Links) -> Said:
    return f"a word of {_linked(listed(clause['words']), links)}{_where(clause)}", ()


def _phrase(clause: Mapping[str, Any], _: Links) -> Said:
    return f"{joined([markdown_code(phrase) for phrase in clause['phrase']])}{_where(clause)}", ()


def _pattern(clause: Mapping[str, Any], _: Links) -> Said:
    return f"what the expression {markdown_code(clause['pattern'])} matches{_where(clause)}", ()


def _term_list(clause: Mapping[str, Any], _: Links) -> Said:
    return f"a term of the confidential list {_linked(listed(clause['term_list']), {})}{_where(clause)}", ()


def _field(clause: Mapping[str, Any], _: Links) -> Said:
    test = next(key for key in clause if key != "field")
    wanted, name = clause[test], f"`{clause['field']}`"
    if test == "missing":
        return f"the hub says that there is {'no' if wanted else 'a'} {name}", ()
    choice = joined([markdown_code(_plain(value)) for value in listed(wanted)])
    return f"{name} {_TESTS[test]} {choice}", ()


_TESTS = {
    "is": "is",
    "one_of": "is",
    "at_least": "is at least",
    "at_most": "is at most",
    "before": "is before",
    "after": "is not before",
}


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _all(clause: Mapping[str, Any], _: Links) -> Said:
    return "all of:", clause["all"]


def _any(clause: Mapping[str, Any], _: Links) -> Said:
    return "any of:", clause["any"]


def _not(clause: Mapping[str, Any], _: Links) -> Said:
    return "known not to hold:", (clause["not"],)


def _at_least(clause: Mapping[str, Any], _: Links) -> Said:
    return f"at least {clause['at_least']} of:", listed(clause["of"])


def _facets(clause: Mapping[str, Any], _: Links) -> Said:
    return f"in {clause['facets']} or more independent places of the record, any of:", listed(clause["of"])


def _near(clause: Mapping[str, Any], _: Links) -> Said:
    within = clause.get("within", "sentence")
    unit = _WITHIN[within] if isinstance(within, str) else f"within {within} words of one sentence"
    return f"{unit}, all of:", clause["near"]


def _rule(clause: Mapping[str, Any], links: Links) -> Said:
    return f"the rule {_linked([clause['rule']], links)} matches", ()


def _file_hash(clause: Mapping[str, Any], _: Links) -> Said:
    asked = clause["file_hash"]
    return f"a file stands in the hash list `{asked['list']}` as {asked.get('opinion', OPINIONS[0])}", ()


def _base_model(clause: Mapping[str, Any], _: Links) -> Said:
    asked = clause["base_model"]
    steps = asked.get("steps", 1)
    below = f", or at most {steps} {'step' if steps == 1 else 'steps'} below one" if steps else ""
    return f"it is a base model of the set `{asked['set']}` on file{below}", ()


def _author(clause: Mapping[str, Any], _: Links) -> Said:
    asked = clause["author"]
    share = f", and they are {asked['share']:.0%} or more of all their repos" if asked.get("share") else ""
    return f"the uploader has {_COUNTS[asked['count']].format(asked['at_least'])}{share}", ()


_COUNTS = {
    "repos": "{} repos or more",
    "adapters": "{} adapters or more",
    "throwaway_names": "{} repos or more that are named by a number or a date",
    "busiest_day": "{} repos or more that were made on one day",
}

_SAID: Mapping[str, Callable[[Mapping[str, Any], Links], Said]] = {
    "words": _words,
    "phrase": _phrase,
    "pattern": _pattern,
    "term_list": _term_list,
    "field": _field,
    "all": _all,
    "any": _any,
    "not": _not,
    "at_least": _at_least,
    "facets": _facets,
    "near": _near,
    "rule": _rule,
    "file_hash": _file_hash,
    "base_model": _base_model,
    "author": _author,
}
