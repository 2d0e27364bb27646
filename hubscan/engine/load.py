"""Read rule packs, vocabularies and contexts from folders, and report every problem of all of them at once.

A rules folder holds `vocabularies/`, `contexts/` and one folder a pack (with `pack.yaml`); a single pack folder may be
named too, and then uses the shipped vocabularies and contexts beside its own.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from hubscan import resources
from hubscan.context import QUOTES
from hubscan.engine import schema, yamlfile
from hubscan.engine.grammar import Names
from hubscan.engine.yamlfile import Document
from hubscan.errors import InputError, Problem, RuleError
from hubscan.rulebook import Context, Rule, RulePack, Vocabulary

PACK_FILE = "pack.yaml"
SHARED = ("vocabularies", "contexts")
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
    roots = list(folders) or [shipped]
    for root in roots:
        if not root.is_dir():
            raise InputError("no such rules folder", str(root), "Name a folder that holds packs or a pack.yaml")
    problems: list[Problem] = []
    shared = [*([shipped] if shipped not in roots else []), *roots]
    vocabularies = _all(shared, "vocabularies", schema.vocabulary, problems)
    contexts = _all(shared, "contexts", schema.context, problems)
    pack_folders = [folder for root in roots for folder in _pack_folders(root)]
    if not pack_folders:
        raise InputError("no rule pack in it", str(roots[0]), f"A pack is a folder with a {PACK_FILE}")
    packs = _packs(pack_folders, {v.id: v for v in vocabularies}, {QUOTES} | {c.id for c in contexts}, problems)
    if problems:
        raise RuleError(sorted(problems, key=lambda problem: (problem.path, problem.line)))
    return Rulebook(tuple(packs), tuple(contexts))


def _pack_folders(root: Path) -> list[Path]:
    if (root / PACK_FILE).is_file():
        return [root]
    return [path.parent for path in sorted(root.glob(f"*/{PACK_FILE}"))]


def _packs(
    folders: Iterable[Path], vocabularies: dict[str, Vocabulary], contexts: set[str], problems: list[Problem]
) -> list[RulePack]:
    files = {folder: [path for path in sorted(folder.glob("*.yaml")) if path.name != PACK_FILE] for folder in folders}
    ids = frozenset(f"{folder.name}/{path.stem}" for folder, paths in files.items() for path in paths)
    names = Names(frozenset(vocabularies), frozenset(contexts), ids)
    packs = []
    for folder, paths in files.items():
        head = _one(folder / PACK_FILE, schema.pack, problems)
        rules = [_one(path, partial(_rule, f"{folder.name}/{path.stem}", names), problems) for path in paths]
        if head:
            loaded = tuple(rule for rule in rules if rule)
            packs.append(RulePack(*head, _digest(folder), loaded, vocabularies, str(folder)))
    return packs


def _all(
    roots: Iterable[Path], kind: str, build: Callable[[Document, str], T | None], problems: list[Problem]
) -> list[T]:
    paths = {path.stem: path for root in roots for path in sorted((root / kind).glob("*.yaml"))}
    built = [_one(path, partial(_named, build, stem), problems) for stem, path in sorted(paths.items())]
    return [value for value in built if value is not None]


def _rule(rule_id: str, names: Names, document: Document) -> Rule | None:
    return schema.rule(document, rule_id, names)


def _named(build: Callable[[Document, str], T | None], name: str, document: Document) -> T | None:
    return build(document, name)


def _one(path: Path, build: Callable[[Document], T | None], problems: list[Problem]) -> T | None:
    document = yamlfile.read(path, f"{path.parent.name}/{path.name}")
    value = None if document.problems else build(document)
    problems += document.problems
    return value


def _digest(folder: Path) -> str:
    """SHA-256 over the pack's files by name: what a report names so that a scan can be repeated."""
    total = hashlib.sha256()
    for path in sorted(folder.glob("*.yaml")):
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()
