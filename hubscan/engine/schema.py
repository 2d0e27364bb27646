"""What a rule, vocabulary, context and pack file must hold, and the values they become. All faults, not the first."""

import hashlib
from collections.abc import Mapping
from typing import Any

from hubscan.engine import grammar
from hubscan.engine.grammar import Names
from hubscan.engine.yamlfile import Document, Place
from hubscan.findings import Confidence, Severity
from hubscan.rulebook import CATEGORIES, FORMAT, PLACES, STATUSES, Context, Example, Rule, Vocabulary

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
EXAMPLE_KEYS = frozenset(
    {"hub", "kind", "name", "author", "tags", "card", "description", "versions", "trigger_words", "files", "headers",
     "base_models", "relation", "datasets", "license", "pipeline", "library", "gated", "downloads", "likes",
     "created_at", "updated_at", "flags"}
)  # fmt: skip
"""The fields of a record an example may give; a field it leaves out is unknown, as in a listing that does not say."""


def rule(document: Document, expected_id: str, names: Names) -> Rule | None:
    """Return the rule a document holds, or None after noting what is wrong with it."""
    value = document.value
    if not _has_keys(document, RULE_KEYS, OPTIONAL_RULE_KEYS):
        return None
    if value["id"] != expected_id:
        document.problem(("id",), f"id {value['id']!r} must be {expected_id!r}", "the id is the folder and file name")
    _one_of(document, "status", STATUSES)
    _one_of(document, "category", tuple(CATEGORIES))
    _one_of(document, "severity", tuple(level.label for level in Severity))
    _one_of(document, "confidence", tuple(level.label for level in Confidence))
    for key in ("match", "unless"):
        if key in value:
            grammar.check(document, value[key], (key,), names)
    examples = {key: _examples(document, key) for key in ("match", "no_match")}
    if document.problems:
        return None
    return _built(document, examples)


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
    examples = document.value["examples"].get(key, [])
    place: Place = ("examples", key)
    if not isinstance(examples, list) or not all(isinstance(example, dict) for example in examples):
        document.problem(place, "must be a list of records such as `{name: ..., tags: [...]}`")
        return ()
    for index, example in enumerate(examples):
        for field in example.keys() - EXAMPLE_KEYS:
            document.problem((*place, index, field), f"no record field {field!r}", ", ".join(sorted(EXAMPLE_KEYS)))
    return tuple(Example(example, document.line((*place, index))) for index, example in enumerate(examples))


def vocabulary(document: Document, expected_id: str) -> Vocabulary | None:
    """Return the vocabulary a document holds, or None after noting what is wrong with it."""
    if not _has_keys(
        document, {"id": str, "title": str, "source": str, "terms": dict}, {"excepts": dict, "common": bool}
    ):
        return None
    if document.value["id"] != expected_id:
        document.problem(("id",), f"id {document.value['id']!r} must be {expected_id!r}", "the id is the file name")
    terms, excepts = _terms(document, "terms"), _terms(document, "excepts")
    if document.problems:
        return None
    value = document.value
    common = value.get("common", False)
    return Vocabulary(value["id"], value["title"], value["source"], terms, excepts, common, document.path)


def context(document: Document, expected_id: str) -> Context | None:
    """Return the context a document holds, or None after noting what is wrong with it."""
    optional = dict.fromkeys(PLACES, dict) | {"excepts": dict}
    if not _has_keys(document, {"id": str, "title": str, "source": str}, optional):
        return None
    if document.value["id"] != expected_id:
        document.problem(("id",), f"id {document.value['id']!r} must be {expected_id!r}", "the id is the file name")
    places = {place: _terms(document, place) for place in PLACES if place in document.value}
    excepts = _terms(document, "excepts")
    if document.problems:
        return None
    value = document.value
    return Context(value["id"], value["title"], value["source"], places, excepts, document.path)


def pack(document: Document) -> tuple[str, str] | None:
    """Return id and version of a pack, or None after noting what is wrong with it."""
    if not _has_keys(document, {"id": str, "title": str, "version": str, "format": int}, {}):
        return None
    if document.value["format"] > FORMAT:
        needs = document.value["format"]
        document.problem(("format",), f"this pack needs rule format {needs}; this hubscan reads up to {FORMAT}")
        return None
    return document.value["id"], document.value["version"]


def _terms(document: Document, key: str) -> dict[str, tuple[str, ...]]:
    found = {}
    for language, entries in document.value.get(key, {}).items():
        if not isinstance(entries, list) or not all(isinstance(entry, str) and entry.strip("* ") for entry in entries):
            document.problem((key, language), "must be a list of words or phrases", "put quotes round numbers")
        else:
            found[language] = tuple(entries)
    return found


def _has_keys(document: Document, required: Mapping[str, type], optional: Mapping[str, type]) -> bool:
    """Note missing, unknown and mistyped keys; True if the rest of the checks can be trusted."""
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
        if key in document.value and not isinstance(document.value[key], kind):
            document.problem((key,), f"{key!r} must be {_KIND_NAMES[kind]}")
    return not document.problems


_KIND_NAMES = {str: "text", dict: "a mapping", list: "a list", int: "a whole number", bool: "true or false"}


def _one_of(document: Document, key: str, choices: tuple[str, ...]) -> None:
    if document.value[key] not in choices:
        document.problem((key,), f"{key} {document.value[key]!r} is not known", f"one of {', '.join(choices)}")
