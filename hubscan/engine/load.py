"""Read rule packs, vocabularies and contexts from folders, and report every problem of all of them at once.

A rules folder holds `vocabularies/`, `contexts/` and one folder a pack (with `pack.yaml`); a single pack folder may be
named too, and then uses the shipped vocabularies and contexts beside its own.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from hubscan import bases, resources
from hubscan.context import POLICY, QUOTES
from hubscan.engine import grammar, schema, yamlfile
from hubscan.engine.grammar import Names
from hubscan.engine.yamlfile import Document
from hubscan.errors import InputError, Problem, RuleError
from hubscan.rulebook import Context, Rule, RulePack, Vocabulary
from hubscan.wordforms import remembering

PACK_FILE = "pack.yaml"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Everything loaded: packs in order, and the contexts that all of them share."""

    packs: tuple[RulePack, ...]
    contexts: tuple[Context, ...]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of all packs."""
        return tuple(rule for pack in self.packs for rule in pack.rules)

    @property
    def vocabularies(self) -> dict[str, Vocabulary]:
        """The vocabularies of all packs by id."""
        return {key: value for pack in self.packs for key, value in pack.vocabularies.items()}


def load(folders: Sequence[Path] = ()) -> Rulebook:
    """Load the packs in `folders` (none: the shipped ones); `RuleError` names every problem."""
    shipped = resources.folder("rules")
    roots = [folder.resolve() for folder in folders] or [shipped]
    pack_folders = [folder for root in roots for folder in _pack_folders(root)]
    problems: list[Problem] = []
    shared = [*([shipped] if shipped not in roots else []), *roots]
    with remembering(_written(shared)):
        vocabularies = _all(shared, "vocabularies", schema.vocabulary, problems)
        contexts = _all(shared, "contexts", schema.context, problems)
        packs = _packs(pack_folders, vocabularies, {QUOTES, POLICY, *contexts}, problems)
        if problems:
            raise RuleError(sorted(problems, key=lambda problem: (problem.path, problem.line, problem.what)))
    return Rulebook(tuple(packs), tuple(context for context in contexts.values() if context))


def _written(roots: Iterable[Path]) -> Iterator[bytes]:
    """What is written in all files below the folders: terms stand in any of them."""
    yield from (path.read_bytes() for root in roots for path in sorted(root.rglob("*.yaml")))


def _pack_folders(root: Path) -> list[Path]:
    if not root.is_dir():
        raise InputError("no such rules folder", str(root), "Name a folder that holds packs or a pack.yaml")
    if (root / PACK_FILE).is_file():
        return [root]
    found = [path.parent for path in sorted(root.glob(f"*/{PACK_FILE}"))]
    if not found:
        raise InputError("no rule pack in it", str(root), f"A pack is a folder with a {PACK_FILE}")
    return found


def _packs(
    folders: Iterable[Path], vocabularies: Mapping[str, Vocabulary | None], contexts: set[str], problems: list[Problem]
) -> list[RulePack]:
    files = {folder: [path for path in sorted(folder.glob("*.yaml")) if path.name != PACK_FILE] for folder in folders}
    ids = Counter(f"{folder.name}/{path.stem}" for folder, paths in files.items() for path in paths)
    # Broken files count as there: what is wrong with them is said once, not again at every rule that names them.
    names = Names(frozenset(vocabularies), frozenset(contexts), frozenset(ids), frozenset(bases.shipped().sets))
    problems += [Problem(f"{twice}.yaml", 1, f"{ids[twice]} folders hold this rule") for twice in ids if ids[twice] > 1]
    loaded = {key: vocabulary for key, vocabulary in vocabularies.items() if vocabulary}
    packs = []
    for folder, paths in files.items():
        head = _one(folder / PACK_FILE, schema.pack, problems)
        rules = [_one(path, partial(_rule, f"{folder.name}/{path.stem}", names), problems) for path in paths]
        if head:
            pack_id, version, title = head
            kept = tuple(filter(None, rules))
            packs.append(RulePack(pack_id, version, _digest(folder), kept, loaded, str(folder), title))
    problems += _cycles({rule.id: rule for pack in packs for rule in pack.rules})
    return packs


def _cycles(rules: Mapping[str, Rule]) -> Iterator[Problem]:
    """Yield a problem for every rule that comes back to itself by way of the rules it names."""
    named = {
        key: {clause["rule"] for tree in rule.trees for clause in grammar.walk(tree) if "rule" in clause}
        for key, rule in rules.items()
    }
    for key, rule in rules.items():
        reached, new = set(), named[key]
        while new:
            reached |= new
            new = {further for one in new for further in named.get(one, ())} - reached
        if key in reached:
            yield Problem(rule.path, 1, "the rule refers to itself, by way of others or not", "break the circle")


def _all(
    roots: Iterable[Path], kind: str, build: Callable[[Document, str], T | None], problems: list[Problem]
) -> dict[str, T | None]:
    """What the files of a kind hold, by id; None for a broken one."""
    paths = {path.stem: path for root in roots for path in sorted((root / kind).glob("*.yaml"))}
    return {stem: _one(path, partial(_named, build, stem), problems) for stem, path in sorted(paths.items())}


def _rule(rule_id: str, names: Names, document: Document) -> Rule | None:
    return schema.rule(document, rule_id, names)


def _named(build: Callable[[Document, str], T | None], name: str, document: Document) -> T | None:
    return build(document, name)


def _one(path: Path, build: Callable[[Document], T | None], problems: list[Problem]) -> T | None:
    document = yamlfile.read(path, f"{path.parent.name}/{path.name}")
    value = build(document)
    problems += document.problems
    return value


def _digest(folder: Path) -> str:
    """SHA-256 over the pack's files by name: what a report names so that a scan can be repeated."""
    total = hashlib.sha256()
    for path in sorted(folder.glob("*.yaml")):
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()
