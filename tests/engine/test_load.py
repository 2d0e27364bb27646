"""Loading: every kind of fault is a problem with path, line and reason, and all of them come at once."""

from pathlib import Path

import pytest

from hubscan.engine import yamlfile
from hubscan.engine.grammar import leaves_evidence, walk
from hubscan.engine.load import load
from hubscan.engine.match import Matcher
from hubscan.errors import InputError, RuleError
from hubscan.rulebook import CATEGORIES, STATUSES
from tests.engine.made import record

PACK = "id: demo\ntitle: Demo\nversion: 1.0.0\nformat: 1\n"
WORDS = "id: lamps\ntitle: Lamps\nsource: a test\nterms:\n  en: [lamp]\n"
CONTEXT = "id: says\ntitle: Says\nsource: a test\nbefore:\n  en: [says]\n"
RULE = """id: demo/one
title: One
status: stable
category: evasion
severity: low
confidence: high
since: 2026-01-01
why: w
action: a
match:
  words: lamps
examples:
  match: [{tags: [lamp]}]
  no_match: [{tags: [oil]}]
"""


def write(root: Path, **files: str) -> Path:
    """A rules folder; a file is named by its path with `__` for `/`."""
    given = {"demo__pack": PACK, "demo__one": RULE, "vocabularies__lamps": WORDS, "contexts__says": CONTEXT, **files}
    for name, text in given.items():
        path = root / (name.replace("__", "/") + ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return root


def problems(root: Path) -> list[str]:
    """What loading says, as `path:line: what`."""
    with pytest.raises(RuleError) as raised:
        load([root])
    return [f"{problem.path}:{problem.line}: {problem.what}" for problem in raised.value.problems]


def test_a_sound_folder_loads_and_a_pack_folder_alone_uses_the_shipped_words(tmp_path):
    root = write(tmp_path)
    assert [rule.id for rule in load([root]).rules] == ["demo/one"]
    assert Matcher(load([root])).match(record(tags=("a lamp",)))
    alone = write(tmp_path / "x", demo__one=RULE.replace("lamps", "sexual")) / "demo"
    assert [rule.id for rule in load([alone]).rules] == ["demo/one"]


def test_a_pack_folder_is_known_by_its_own_name_from_inside(tmp_path, monkeypatch):
    pack = write(tmp_path, demo__one=RULE.replace("lamps", "sexual")) / "demo"
    monkeypatch.chdir(pack)
    assert [rule.id for rule in load([Path()]).rules] == ["demo/one"]


def test_a_folder_of_ones_own_may_replace_a_shipped_vocabulary(tmp_path):
    root = write(
        tmp_path, vocabularies__sexual=WORDS.replace("lamps", "sexual"), demo__one=RULE.replace("lamps", "sexual")
    )
    assert load([root]).vocabularies["sexual"].terms == {"en": ("lamp",)}


@pytest.mark.parametrize("there", [True, False])
def test_a_folder_without_packs_is_refused_also_among_others(tmp_path, there):
    root, other = write(tmp_path / "a"), tmp_path / "b"
    if there:
        other.mkdir()
    with pytest.raises(InputError, match=str(other)):
        load([root, other])


BROKEN = [
    # the file as such
    ("why: w", "why: w\nwhat: x", 9, "unknown key 'what'", "an unknown key"),
    ("why: w\n", "", 1, "key 'why' is missing", "a missing key"),
    ("why: w", "why: [w]", 8, "'why' must be text", "a list for a text"),
    ("why: w", "why: 7", 8, "'why' must be text", "a number for a text"),
    ("why: w", "why: w\nwhy: x", 9, "key 'why' stands twice", "a key twice"),
    ("why: w", "why: w: x", 8, "not valid YAML: mapping values are not allowed in this context", "no YAML"),
    ("why: w", "why: &a w\npolicies: [*a]", 8, "anchors and aliases are not used here", "an anchor"),
    ("why: w", "why: !!str w", 8, "tags are not used here", "a tag"),
    ("why: w", "why: w\n---\nx: y", 9, "not valid YAML: but found another document", "two documents"),
    ("why: w", f"why: {'[' * 60}{']' * 60}", 8, "more than 50 levels are not used here", "too deep"),
    ("why: w", "why: \udcff", 1, "cannot be read: 'utf-8' codec can't decode byte", "no UTF-8"),
    (RULE, "", 1, "the file must be a mapping", "an empty file"),
    (RULE, "- x\n", 1, "the file must be a mapping", "a list"),
    # values
    ("demo/one", "demo/two", 1, "id 'demo/two' must be 'demo/one'", "an id that is not the path"),
    ("stable", "final", 3, "status 'final' is not known", "a status"),
    ("evasion", "evading", 4, "category 'evading' is not known", "a category"),
    ("severity: low", "severity: grave", 5, "severity 'grave' is not known", "a severity"),
    ("confidence: high", "confidence: sure", 6, "confidence 'sure' is not known", "a confidence"),
    ("category: evasion", "category: documentation", 5, "documentation rules go no higher than info", "too severe"),
    ("why: w", "why: w\npolicies: [a, {b: c}]", 9, "'policies' must be a list of texts", "a mapping in a list"),
    ("why: w", "why: w\nlaws: x", 9, "'laws' must be a list of texts", "a text for a list"),
    # clauses
    ("words: lamps", "words: lamp", 11, "no vocabulary 'lamp'", "an unknown vocabulary"),
    ("words: lamps", "words: []", 11, "names no vocabulary", "none"),
    ("words: lamps", "words: {a: b}", 11, "no vocabulary {'a': 'b'}", "a mapping for a name"),
    ("words: lamps", "words: [lamps, [lamps]]", 11, "no vocabulary ['lamps']", "a list for a name"),
    ("words: lamps", "words: lamps\n  in: title", 12, "no feature kind 'title'", "an unknown kind"),
    ("words: lamps", "words: lamps\n  in: [{a: b}]", 12, "no feature kind {'a': 'b'}", "a mapping for a kind"),
    ("words: lamps", "words: lamps\n  in: []", 12, "names no feature kind", "no kind"),
    ("words: lamps", "words: lamps\n  context: [said]", 12, "no context 'said'", "an unknown context"),
    ("words: lamps", "words: lamps\n  share: 0.05", 12, "must be a number above 0.05", "a share that all have"),
    ("words: lamps", "words: lamps\n  share: 20", 12, "must be a number above 0.05", "percents for a share"),
    ("words: lamps", "words: lamps\n  share: often", 12, "must be a number above 0.05", "a word for a share"),
    ("words: lamps", "{words: lamps, in: [tag], share: 0.5}", 11, "only training tags have a share", "no training tag"),
    ("words: lamps", "words: lamps\n  near: 3", 10, "a clause needs exactly one head key", "two heads"),
    ("words: lamps", "in: tag", 10, "a clause needs exactly one head key", "no head"),
    ("words: lamps", "words: lamps\n  of: 3", 12, "unknown key 'of' beside 'words'", "a key of another clause"),
    ("words: lamps", "all: [words]", 11, "`all` needs a list of two or more clauses", "a group of one"),
    ("words: lamps", "any:\n  - words: lamps\n  - lamps", 13, "a clause must be a mapping", "a text for a clause"),
    ("words: lamps", "phrase: lamp", 11, "must be a list of words or phrases", "a phrase that is no list"),
    ("words: lamps", "phrase: [18]", 11, "must be a list of words or phrases", "a number for a phrase"),
    ("words: lamps", "phrase: ['---']", 11, "'---' has no word left after folding", "a phrase without words"),
    ("words: lamps", "pattern: 'lamps?'", 10, "a pattern needs `factor`", "no factor"),
    ("words: lamps", "{pattern: 'lamp', factor: lamp}", 10, "a pattern needs `factor`", "a short factor"),
    ("words: lamps", "{pattern: 'lamps(', factor: lamps}", 11, "not a regular expression", "a bad pattern"),
    ("words: lamps", "{pattern: [x], factor: lamps}", 11, "not a regular expression", "a list for a pattern"),
    ("words: lamps", "{pattern: 'lamps.*', factor: lamps}", 11, "may match more than 200 characters", "a wide pattern"),
    ("words: lamps", "{pattern: 'lampsx{999999999999}', factor: lamps}", 11, "not a regular expression", "a huge one"),
    ("words: lamps", "term_list: Lamps", 11, "must be the id of a term list", "an id in capitals"),
    ("words: lamps", "term_list: []", 11, "must be the id of a term list", "no list"),
    ("words: lamps", "rule: demo/two", 11, "no rule 'demo/two'", "an unknown rule"),
    ("words: lamps", "rule: [demo/one]", 11, "must be one rule", "a list for a rule"),
    ("words: lamps", "rule: demo/one", 1, "the rule refers to itself", "a rule that is its own condition"),
    ("words: lamps", "field: size\n  is: 1", 11, "no field 'size'", "an unknown field"),
    ("words: lamps", "field: [size]\n  is: 1", 11, "no field ['size']", "a list for a field"),
    ("words: lamps", "field: likes", 10, "a field clause needs exactly one test", "no test"),
    ("words: lamps", "field: likes\n  at_least: 1\n  at_most: 2", 10, "a field clause needs exactly one test", "two"),
    ("words: lamps", "field: likes\n  at_least: many", 12, "must be a number", "a text for a number"),
    ("words: lamps", "field: likes\n  missing: yes", 12, "must be true or false", "a text for a truth"),
    ("words: lamps", "field: likes\n  one_of: 3", 12, "must be a list", "a number for a list"),
    ("words: lamps", "field: created_at\n  before: May", 12, "must be a date", "a text for a date"),
    ("words: lamps", "at_least: 0\n  of: [words: lamps]", 11, "`at_least` must be a whole number", "a count of none"),
    ("words: lamps", "at_least: 2\n  of: [words: lamps]", 11, "`at_least: 2` of 1 can never be", "too high a count"),
    ("words: lamps", "facets: 9\n  of: {words: lamps}", 11, "`facets: 9` of 8 can never be", "too many facets"),
    ("words: lamps", "facets: true\n  of: {words: lamps}", 11, "`facets` must be a whole number", "a truth"),
    ("words: lamps", "facets: 2", 10, "`facets` needs `of`", "a count of nothing"),
    ("words: lamps", "near: [words: lamps, field: likes]", 11, "only words, phrase, pattern and", "near a fact"),
    ("words: lamps", "near: [words: lamps, words: lamps]\n  within: 0", 12, "must be sentence", "no nearness"),
    ("words: lamps", "not: {words: lamps}", 10, "may be met by an absence alone", "nothing to point at"),
    # examples
    ("no_match:", "no-match:", 14, "unknown key 'no-match'", "a list of examples nobody would run"),
    ("[{tags: [lamp]}]", "lamp", 13, "must be a list of records", "a text for examples"),
    ("{tags: [lamp]}", "{tag: [lamp]}", 13, "no record field 'tag'", "an unknown field"),
    ("{tags: [lamp]}", "{tags: lamp}", 13, "'tags' must be a list of texts", "a text for a list"),
    ("{tags: [lamp]}", "{tags: [18]}", 13, "'tags' must be a list of texts", "a number for a text"),
    ("{tags: [lamp]}", "{card: [lamp]}", 13, "'card' must be text", "a list for a text"),
    ("{tags: [lamp]}", "{likes: many}", 13, "'likes' must be a whole number", "a text for a number"),
]  # fmt: skip


@pytest.mark.parametrize(("good", "bad", "line", "what", "why"), BROKEN)
def test_a_broken_rule(tmp_path, good, bad, line, what, why):
    assert good in RULE
    found = problems(write(tmp_path, demo__one=RULE.replace(good, bad, 1)))
    assert any(problem.startswith(f"demo/one.yaml:{line}: {what}") for problem in found), (why, found)


OTHER_FILES = [
    ("demo__pack", PACK.replace("format: 1", "format: 2"), "demo/pack.yaml:4: this pack needs rule format 2"),
    ("demo__pack", PACK.replace("1.0.0", "1.0"), "demo/pack.yaml:3: 'version' must be text"),
    ("demo__pack", PACK.replace("format: 1", "format: true"), "demo/pack.yaml:4: 'format' must be a whole number"),
    ("vocabularies__lamps", WORDS.replace("id: lamps", "id: lamp"), "vocabularies/lamps.yaml:1: id 'lamp' must be"),
    ("vocabularies__lamps", WORDS.replace("[lamp]", "[18]"), "vocabularies/lamps.yaml:5: must be a list of words"),
    ("vocabularies__lamps", WORDS.replace("[lamp]", "['{,s}']"), "vocabularies/lamps.yaml:5: '{,s}' has no word"),
    ("vocabularies__lamps", WORDS.replace("[lamp]", "['{a,b']"), "vocabularies/lamps.yaml:5: '{a,b' has a brace"),
    ("vocabularies__lamps", WORDS + "common: often\n", "vocabularies/lamps.yaml:6: 'common' must be true or false"),
    ("contexts__says", CONTEXT.replace("before", "beside"), "contexts/says.yaml:4: unknown key 'beside'"),
    ("contexts__says", CONTEXT.replace("[says]", "says"), "contexts/says.yaml:5: must be a list of words"),
]


@pytest.mark.parametrize(("name", "text", "expected"), OTHER_FILES)
def test_a_broken_pack_vocabulary_or_context_is_told_once(tmp_path, name, text, expected):
    (problem,) = problems(write(tmp_path, **{name: text}))
    assert problem.startswith(expected)


def test_all_problems_come_at_once_in_order(tmp_path):
    broken = RULE.replace("why: w\n", "").replace("stable", "final").replace("lamps", "lamp").replace("tags", "tag", 1)
    root = write(tmp_path, demo__one=broken, demo__two="x: [", contexts__says=CONTEXT + "x: 1\ny: 2\n")
    assert [problem.split(": ")[0] for problem in problems(root)] == [
        "contexts/says.yaml:6", "contexts/says.yaml:7",
        "demo/one.yaml:1", "demo/one.yaml:3", "demo/one.yaml:10", "demo/one.yaml:12", "demo/two.yaml:2",
    ]  # fmt: skip


def test_rules_in_a_circle(tmp_path):
    circle = {
        f"demo__{name}": RULE.replace("demo/one", f"demo/{name}").replace("words: lamps", f"rule: demo/{other}")
        for name, other in (("one", "two"), ("two", "three"), ("three", "one"))
    }
    assert len([problem for problem in problems(write(tmp_path, **circle)) if "refers to itself" in problem]) == 3


def test_one_id_in_two_folders(tmp_path):
    first, second = write(tmp_path / "a"), write(tmp_path / "b")
    with pytest.raises(RuleError, match="2 folders hold this rule"):
        load([first, second])


def test_what_decides_a_match_makes_the_version(tmp_path):
    def version(good: str, bad: str) -> str:
        root = tmp_path / str(abs(hash(bad)))
        return load([write(root, demo__one=RULE.replace(good, bad))]).rules[0].version

    same = version("", "")
    assert version("why: w", "why: other") == version("title: One", "title: Uno") == same
    assert version("severity: low", "severity: high") != same
    assert version("words: lamps", "words: lamps\n  in: tag") != same


def test_the_digest_of_a_pack_is_over_its_files(tmp_path):
    (one,), (same,), (other,) = (
        load([write(tmp_path / name, **more)]).packs
        for name, more in (("a", {}), ("b", {}), ("c", {"demo__one": RULE + "# x\n"}))
    )
    assert one.digest == same.digest != other.digest


SCALARS = [
    ("no", "no"), ("'7'", "7"), ("7", 7), ("-7", -7), ("1.5", 1.5), ("1_000", "1_000"), ("0x1F", "0x1F"),
    ("2026-01-01", "2026-01-01"), ("true", True), ("False", False), ("tRue", "tRue"), ("~", None), ("", None),
    (".5", 0.5),    ("1e3", 1000.0), ("12:30", "12:30"), ("v1.0", "v1.0"), ("'true'", "true"), ("²", "²"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "value"), SCALARS)
def test_scalars_are_those_of_yaml_1_2(tmp_path, written, value):
    path = tmp_path / "x.yaml"
    path.write_text(f"\ufeffa:\n  - {written}\n", encoding="utf-8")
    document = yamlfile.read(path, "x.yaml")
    assert document.value == {"a": [value]}
    assert type(document.value["a"][0]) is type(value)
    assert [document.line(("a",)), document.line(("a", 0)), document.line(("a", 0, "further"))] == [1, 2, 2]


EVIDENCE = [
    ({"words": "x"}, True), ({"not": {"words": "x"}}, False), ({"field": "card", "missing": True}, True),
    ({"all": [{"words": "x"}, {"not": {"words": "y"}}]}, True),
    ({"any": [{"words": "x"}, {"not": {"words": "y"}}]}, False),
    ({"at_least": 2, "of": [{"words": "x"}, {"not": {"words": "y"}}]}, True),
    ({"at_least": 1, "of": [{"words": "x"}, {"not": {"words": "y"}}]}, False),
    ({"facets": 1, "of": {"any": [{"words": "x"}, {"not": {"words": "y"}}]}}, True),
    ({"all": [{"not": {"words": "x"}}, {"not": {"words": "y"}}]}, False),
]  # fmt: skip


@pytest.mark.parametrize(("clause", "expected"), EVIDENCE)
def test_a_true_clause_leaves_evidence(clause, expected):
    assert leaves_evidence(clause) is expected


def test_walking_meets_every_clause():
    tree = {"all": [{"not": {"words": "a"}}, {"at_least": 1, "of": [{"near": [{"words": "b"}, {"phrase": ["c"]}]}]}]}
    assert sum(1 for _ in walk(tree)) == 7


def test_the_shipped_rules_load_and_fit_the_lists():
    book = load()
    assert {rule.category for rule in book.rules} <= CATEGORIES.keys()
    assert {rule.status for rule in book.rules} <= set(STATUSES)
    assert len({rule.id for rule in book.rules}) == len(book.rules)
