"""The schemas for editors: every shipped file passes, and what loading refuses they refuse too, where a schema can."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from hubscan import resources
from hubscan.engine import grammar, jsonschemas, yamlfile
from tests.engine.test_load import BROKEN, CONTEXT, OTHER_FILES, PACK, RULE, WORDS

RULES = resources.folder("rules")
SCHEMAS = {name.partition(".")[0]: json.loads(text) for name, text in jsonschemas.documents().items()}
BEYOND = {
    "a key twice", "an id that is not the path", "an unknown vocabulary", "an unknown context",
    "a phrase without words", "a bad pattern", "a wide pattern", "a huge one", "an unknown rule",
    "a rule that is its own condition", "too high a count", "nothing to point at", "no training tag",
}  # fmt: skip
"""What only loading can know: names, ids, whether an expression or a term is one, and what comes of it all."""
BEYOND_OTHERS = ("id 'lamp' must be", "'{,s}' has no word", "'{a,b' has a brace")


def faults(kind: str, value: object) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMAS[kind]).iter_errors(value)]


def parsed(folder: Path, text: str) -> yamlfile.Document:
    path = folder / "x.yaml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return yamlfile.read(path, "x.yaml")


def kind_of(path: Path) -> str:
    return {"vocabularies": "vocabulary", "contexts": "context"}.get(path.parent.name) or (
        "pack" if path.name == "pack.yaml" else "rule"
    )


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_a_schema_is_one(schema):
    Draft202012Validator.check_schema(schema)


def test_every_shipped_file_passes():
    files = sorted(RULES.rglob("*.yaml"))
    wrong = {path.name: faults(kind_of(path), yamlfile.read(path, path.name).value) for path in files}
    assert {kind_of(path) for path in files} == SCHEMAS.keys()
    assert {name: found for name, found in wrong.items() if found} == {}


def test_the_schemas_in_rules_are_those_of_the_tables():
    have = {path.name: path.read_text(encoding="utf-8") for path in (RULES / "schemas").iterdir()}
    assert have == jsonschemas.documents(), "run: hubscan rules schema"


@pytest.mark.parametrize(("good", "bad", "why"), [(good, bad, why) for good, bad, _, _, why in BROKEN])
def test_what_loading_refuses_in_a_rule(tmp_path, good, bad, why):
    document = parsed(tmp_path, RULE.replace(good, bad, 1))
    assert bool(faults("rule", document.value)) != (why in BEYOND)


def test_what_is_beyond_a_schema_is_refused_by_loading():
    assert {why for *_, why in BROKEN} >= BEYOND


SOUND = [
    "words: [lamps, lamps]", "words: lamps\n  in: [tag, card]\n  context: any", "words: lamps\n  context: []",
    "phrase: [lamp]", "{pattern: 'lamps?', factor: 'lamps'}", "{field: license, is: mit}", "{field: gated, is: true}",
    "{field: flag.nsfw, is: 3}", "{field: license, one_of: [mit]}", "{field: likes, at_least: 3}",
    "{field: likes, at_most: 3.5}", "{field: created_at, before: 2026-01-31}", "{field: card, missing: false}",
    "{all: [{words: lamps}, {not: {words: lamps}}]}", "{any: [{words: lamps}, {phrase: [a lamp]}]}",
    "{at_least: 1, of: [{words: lamps}]}", "{at_least: 1, of: {words: lamps}}", "{facets: 8, of: {words: lamps}}",
    "{near: [{words: lamps}, {phrase: [oil]}], within: 3}", "{near: [{words: lamps}, {phrase: [oil]}], within: block}",
    "rule: demo/two", "term_list: partner-a", "{term_list: [a, b], in: tag, context: any}",
]  # fmt: skip


@pytest.mark.parametrize("clause", SOUND)
def test_what_loading_takes_is_taken(tmp_path, clause):
    document = parsed(tmp_path, RULE.replace("words: lamps", clause))
    names = grammar.Names(frozenset({"lamps"}), frozenset({"forbids"}), frozenset({"demo/two"}))
    grammar.check(document, document.value["match"], ("match",), names)
    assert document.problems == []
    assert faults("rule", document.value) == []


@pytest.mark.parametrize(("name", "text", "expected"), OTHER_FILES)
def test_what_loading_refuses_in_other_files(tmp_path, name, text, expected):
    kind = {"demo__pack": "pack", "vocabularies__lamps": "vocabulary", "contexts__says": "context"}[name]
    sound = {"pack": PACK, "vocabulary": WORDS, "context": CONTEXT}[kind]
    assert faults(kind, parsed(tmp_path, sound).value) == []
    refused = faults(kind, parsed(tmp_path, text).value)
    assert bool(refused) != any(beyond in expected for beyond in BEYOND_OTHERS)


def test_every_clause_and_key_has_a_shape():
    for head, companions in grammar.COMPANIONS.items():
        for key in {head, *companions}:
            assert jsonschemas._SHAPES.get(f"{head}.{key}", jsonschemas._SHAPES.get(key)), (head, key)
