"""What a rule, vocabulary, context and pack file must hold, and the values they become. All faults, not the first."""

import hashlib
from collections.abc import Mapping
from typing import Any

from hubscan.engine import grammar
from hubscan.engine.grammar import Names
from hubscan.engine.yamlfile import Document, Place
from hubscan.findings import Confidence, Severity
from hubscan.rulebook import CATEGORIES, FORMAT, PLACES, STATUSES, Context, Example, Rule, Vocabulary
from hubscan.wordforms import compiled

RULE_KEYS: Mapping[str, type] = {
    "id": str,
    "title": str,
    "status": str,
    "category": str,
    "severity": str,
    "confidence": str,
    "since": str,
    "why": str,
    "action": str,
    "match": dict,
    "examples": dict,
}
OPTIONAL_RULE_KEYS: Mapping[str, type] = {
    "unless": dict,
    "false_positives": list,
    "policies": list,
    "laws": list,
    "references": list,
}
EXAMPLE_KEYS: Mapping[str, type] = {
    **dict.fromkeys(
        ("hub", "kind", "name", "author", "card", "description", "license", "pipeline", "library", "relation",
         "created_at", "updated_at"), str),
    **dict.fromkeys(("tags", "versions", "trigger_words", "files", "base_models", "datasets"), list),
    **dict.fromkeys(("headers", "flags", "file_hash", "uploader"), dict),
    **dict.fromkeys(("downloads", "likes"), int),
    "gated": bool,
}  # fmt: skip
"""The fields of a record an example may give; a field it leaves out is unknown, as in a listing that does not say."""


VOCABULARY_KEYS: Mapping[str, type] = {"id": str, "title": str, "source": str, "terms": dict}
OPTIONAL_VOCABULARY_KEYS: Mapping[str, type] = {"excepts": dict, "common": bool, "harm": str}
CONTEXT_KEYS: Mapping[str, type] = {"id": str, "title": str, "source": str}
OPTIONAL_CONTEXT_KEYS: Mapping[str, type] = {**dict.fromkeys((*PLACES, "excepts"), dict), "named": bool}
PACK_KEYS: Mapping[str, type] = {"id": str, "title": str, "version": str, "format": int}
EXAMPLES = ("match", "no_match")
"""The two lists of examples."""


def rule(document: Document, expected_id: str, names: Names) -> Rule | None:
    """Return the rule a document holds, or None after noting what is wrong with it."""
    if not _has_keys(document, RULE_KEYS, OPTIONAL_RULE_KEYS):
        return None
    value = document.value
    _is(document, "id", expected_id, "the id is the folder and file name")
    _one_of(document, "status", STATUSES)
    _one_of(document, "category", tuple(CATEGORIES))
    _one_of(document, "severity", tuple(level.label for level in Severity))
    _one_of(document, "confidence", tuple(level.label for level in Confidence))
    for key in ("match", "unless"):
        if isinstance(value.get(key), dict):
            grammar.check(document, value[key], (key,), names)
    if not document.problems and not grammar.leaves_evidence(value["match"]):
        document.problem(("match",), "may be met by an absence alone", "add a clause that points at something")
    for key, kind in OPTIONAL_RULE_KEYS.items():
        if kind is list and not all(isinstance(item, str) for item in _list(value, key)):
            document.problem((key,), f"{key!r} must be a list of texts", "put quotes round numbers and colons")
    examples = {key: _examples(document, key) for key in EXAMPLES}
    given = value.get("examples")
    for key in given.keys() - set(EXAMPLES) if isinstance(given, dict) else ():
        document.problem(("examples", key), f"unknown key {key!r}", f"known: {', '.join(EXAMPLES)}")
    return None if document.problems else _built(document, examples)


def _list(value: Mapping[str, Any], key: str) -> list[Any]:
    found = value.get(key)
    return found if isinstance(found, list) else []


def _is(document: Document, key: str, wanted: str, why: str) -> None:
    found = document.value.get(key)
    if isinstance(found, str) and found != wanted:
        document.problem((key,), f"{key} {found!r} must be {wanted!r}", why)


def _built(document: Document, examples: Mapping[str, tuple[Example, ...]]) -> Rule | None:
    value = document.value
    severity = Severity.parse(value["severity"])
    highest = CATEGORIES[value["category"]]
    if severity > highest:
        document.problem(("severity",), f"{value['category']} rules go no higher than {highest.label}")
        return None
    plain: dict[str, Any] = {key: value[key] for key in RULE_KEYS.keys() - {"severity", "confidence", "examples"}}
    lists: dict[str, Any] = {key: tuple(value.get(key, ())) for key in OPTIONAL_RULE_KEYS.keys() - {"unless"}}
    return Rule(
        **plain,
        **lists,
        unless=value.get("unless"),
        severity=severity,
        confidence=Confidence.parse(value["confidence"]),
        matches=examples["match"],
        no_matches=examples["no_match"],
        version=_version(value),
        path=document.path,
        lines={".".join(map(str, place)): line for place, line in document.lines.items()},
    )


def _version(value: Mapping[str, Any]) -> str:
    """Twelve hex digits over what decides a match: the same rule gets the same version on every machine."""
    deciding = {key: value.get(key) for key in ("id", "status", "severity", "confidence", "match", "unless")}
    return hashlib.sha256(repr(deciding).encode()).hexdigest()[:12]


def _examples(document: Document, key: str) -> tuple[Example, ...]:
    given = document.value.get("examples")
    examples = given.get(key, []) if isinstance(given, dict) else []
    place: Place = ("examples", key)
    if not isinstance(examples, list) or not all(isinstance(example, dict) for example in examples):
        document.problem(place, "must be a list of records such as `{name: ..., tags: [...]}`")
        return ()
    for index, example in enumerate(examples):
        for field, value in example.items():
            if field not in EXAMPLE_KEYS:
                document.problem((*place, index, field), f"no record field {field!r}", ", ".join(sorted(EXAMPLE_KEYS)))
            elif not _fits(value, EXAMPLE_KEYS[field]):
                document.problem((*place, index, field), f"{field!r} must be {_KIND_NAMES[EXAMPLE_KEYS[field]]}")
    return tuple(Example(example, document.line((*place, index))) for index, example in enumerate(examples))


def _fits(value: Any, kind: type) -> bool:
    if isinstance(value, list):
        return kind is list and all(isinstance(item, str) for item in value)
    return type(value) is kind


def vocabulary(document: Document, expected_id: str) -> Vocabulary | None:
    """Return the vocabulary a document holds, or None after noting what is wrong with it."""
    if not _has_keys(document, VOCABULARY_KEYS, OPTIONAL_VOCABULARY_KEYS):
        return None
    _is(document, "id", expected_id, "the id is the file name")
    terms, excepts = _terms(document, "terms"), _terms(document, "excepts")
    if document.problems:
        return None
    value = document.value
    return Vocabulary(
        id=value["id"],
        title=value["title"],
        source=value["source"],
        terms=terms,
        excepts=excepts,
        common=value.get("common", False),
        harm=value.get("harm"),
        path=document.path,
    )


def context(document: Document, expected_id: str) -> Context | None:
    """Return the context a document holds, or None after noting what is wrong with it."""
    if not _has_keys(document, CONTEXT_KEYS, OPTIONAL_CONTEXT_KEYS):
        return None
    _is(document, "id", expected_id, "the id is the file name")
    places = {place: _terms(document, place) for place in PLACES if place in document.value}
    excepts = _terms(document, "excepts")
    if document.problems:
        return None
    value = document.value
    named = value.get("named", False)
    return Context(value["id"], value["title"], value["source"], places, excepts, named, document.path)


def pack(document: Document) -> tuple[str, str, str] | None:
    """Return id, version and title of a pack, or None after noting what is wrong with it."""
    if not _has_keys(document, PACK_KEYS, {}):
        return None
    needs = document.value.get("format", FORMAT)
    if type(needs) is int and needs > FORMAT:
        document.problem(("format",), f"this pack needs rule format {needs}; this hubscan reads up to {FORMAT}")
    value = document.value
    return None if document.problems else (value["id"], value["version"], value["title"])


def _terms(document: Document, key: str) -> dict[str, tuple[str, ...]]:
    by_language = document.value.get(key)
    found = {}
    for language, entries in (by_language if isinstance(by_language, dict) else {}).items():
        if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
            document.problem((key, language), "must be a list of words or phrases", "put quotes round numbers")
            continue
        found[language] = tuple(entries)
        for index, entry in enumerate(entries):
            _check_term(document, (key, language, index), entry)
    return found


def _check_term(document: Document, place: Place, term: str) -> None:
    try:
        compiled(term)
    except ValueError as error:
        document.problem(place, str(error), "a term is a word or phrase, `{a,b}` for alternatives, a final `*`")


def _has_keys(document: Document, required: Mapping[str, type], optional: Mapping[str, type]) -> bool:
    """Note missing, unknown and mistyped keys; False if there are no keys at all, so that nothing else can be said."""
    if not isinstance(document.value, dict):
        if not document.problems:
            document.problem((), "the file must be a mapping", f"with {', '.join(required)}")
        return False
    known = {**required, **optional}
    for key in document.value.keys() - known:
        document.problem((key,), f"unknown key {key!r}", f"known: {', '.join(known)}")
    for key in required.keys() - document.value.keys():
        document.problem((), f"key {key!r} is missing")
    for key, kind in known.items():
        if key in document.value and type(document.value[key]) is not kind:
            document.problem((key,), f"{key!r} must be {_KIND_NAMES[kind]}")
    return True


_KIND_NAMES = {str: "text", dict: "a mapping", list: "a list of texts", int: "a whole number", bool: "true or false"}


def _one_of(document: Document, key: str, choices: tuple[str, ...]) -> None:
    found = document.value.get(key)
    if isinstance(found, str) and found not in choices:
        document.problem((key,), f"{key} {found!r} is not known", f"one of {', '.join(choices)}")
