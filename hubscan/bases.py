"""Base models on file with all their names, and what a record says it was made from.

The files are `rules/lineage/*.toml`, one set of bases each; the types below are the format, key by key. What a record
declares comes from the hub's base-model field and from file headers (`declared.base_models`, and the SHA-256 that kohya
sd-scripts write beside a name, `ss_new_sd_model_hash`).
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from hubscan import declared, resources
from hubscan.errors import Problem, RuleError
from hubscan.records import RepoRecord, RepoRef

FOLDER = "lineage"
"""The folder of sets inside `rules/`."""


class Status(StrEnum):
    """What became of a historical base model."""

    WITHDRAWN = "withdrawn"
    DEPRECATED = "deprecated"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """One base model. `since` is the day of the decision or recommendation, `verified` when its names were checked.

    Its names: `repos` (`hub:org/name`), `labels` (what hubs call it), `files` (its weights'), `sha256` (theirs).
    """

    id: str
    title: str
    status: Status
    since: date
    reason: str
    references: tuple[str, ...]
    verified: date | None
    repos: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    sha256: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every name of the base as the name of a node: see `Parent.node`."""
        repos = (_repo_node(*repo.split(":", 1)) for repo in self.repos)
        words = (named(name) for name in (self.id, self.title, *self.labels, *self.files))
        return (*repos, *dict.fromkeys(words), *(f"sha256:{digest}" for digest in self.sha256))


@dataclass(frozen=True, slots=True)
class BaseSet:
    """A set of bases that rules may name."""

    id: str
    title: str
    bases: tuple[Base, ...]


class Parent(NamedTuple):
    """What something was made from, as one `source` (hub or header) puts it.

    `node` names it: `base:ID` for a base on file, `hub:model:id` for a repo, `name:words` for all else. `shown` is the
    name as it was written. `sha256` is that of the parent's file where a header tells it.
    """

    node: str
    shown: str
    relation: str | None
    source: str
    sha256: str | None = None


class Descent(NamedTuple):
    """How far something is below a set: `steps` (0: in it), None if it is not; `known`: all forebears were read."""

    steps: int | None
    known: bool


class Bases:
    """All sets on file, and the names of their bases."""

    def __init__(self, sets: Iterable[BaseSet]) -> None:
        self.sets: Mapping[str, BaseSet] = {one.id: one for one in sets}
        self.by_id: Mapping[str, Base] = {base.id: base for one in self.sets.values() for base in one.bases}
        self._members = {one.id: frozenset(f"base:{base.id}" for base in one.bases) for one in self.sets.values()}
        self._by_name = {name: f"base:{base.id}" for base in self.by_id.values() for name in base.names}
        self._by_hash = {digest: f"base:{base.id}" for base in self.by_id.values() for digest in base.sha256}

    def node(self, name: str) -> str:
        """Return the node a node's name stands for: that of a base on file where it is one of its names."""
        return self._by_name.get(name, name)

    def members(self, set_id: str) -> frozenset[str]:
        """Return the nodes of a set's bases; `KeyError` for a set that is not on file."""
        return self._members[set_id]

    def itself(self, ref: RepoRef) -> str:
        """Return the node of a repo."""
        return self.node(repo_node(ref))

    def held(self, record: RepoRecord) -> frozenset[str]:
        """Return the bases whose files a record carries, by published SHA-256."""
        digests = [file.sha256 for file in record.files or () if file.sha256]
        return frozenset(self._by_hash[digest] for digest in digests if digest in self._by_hash)

    def parents(self, record: RepoRecord) -> tuple[Parent, ...]:
        """Return what a record says it was made from, names resolved, each node once a source."""
        said = (*_declared(record), *_in_headers(record))
        if not said:
            return ()
        found = map(self._resolved, said)
        return tuple({(parent.node, parent.source): parent for parent in found}.values())

    def _resolved(self, parent: Parent) -> Parent:
        node = self._by_hash.get(parent.sha256 or "") or self.node(parent.node)
        return parent if node == parent.node else parent._replace(node=node)

    def steps(self, record: RepoRecord, set_id: str) -> Descent:
        """Return how far a record is below a set as far as it says so itself: 0, 1 or not."""
        members = self.members(set_id)
        if self.itself(record.ref) in members or self.held(record) & members:
            return Descent(0, True)
        parents = self.parents(record) if record.base_models or record.headers else ()
        if any(parent.node in members for parent in parents):
            return Descent(1, True)
        return Descent(None, record.base_models == () and not parents)


@cache
def shipped() -> Bases:
    """Return the sets that come with hubscan."""
    return load(resources.folder("rules") / FOLDER)


def load(folder: Path) -> Bases:
    """Read every set in `folder`; `RuleError` names every fault of all of them at once."""
    problems: list[Problem] = []
    sets = [found for path in sorted(folder.glob("*.toml")) if (found := _read(path, problems))]
    owners: dict[str, str] = {}
    for base in (base for one in sets for base in one.bases):
        for name in base.names:
            if owners.setdefault(name, base.id) != base.id:
                what = f"{name.partition(':')[2]!r} is a name of {owners[name]} and of {base.id}"
                problems.append(Problem(FOLDER, 1, what, "a name stands for one base"))
    if problems:
        raise RuleError(sorted(problems, key=lambda problem: (problem.path, problem.line, problem.what)))
    return Bases(sets)


def repo_node(ref: RepoRef) -> str:
    """Return the name of a repo's node; hubs tell repos apart without regard to case."""
    return f"{ref.hub}:{ref.kind}:{ref.repo_id}".casefold()


def named(text: str) -> str:
    """Return the name of the node for a name that is no repo: case, width, and the kind of gap make no difference."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return f"name:{_GAPS.sub(' ', plain.casefold()).strip()}"


def _repo_node(hub: str, repo_id: str) -> str:
    return repo_node(RepoRef(hub, "model", repo_id))


# --- what a record says -----------------------------------------------------------------------------------------------


def _declared(record: RepoRecord) -> Iterator[Parent]:
    for base in record.base_models or ():
        if base.name.strip():
            yield Parent(_node_of(base.name.strip(), record.ref.hub), base.name, base.relation, "hub")


def _in_headers(record: RepoRecord) -> Iterator[Parent]:
    for header in record.headers:
        found = declared.base_models(header.values)
        digest = header.values.get("ss_new_sd_model_hash", "").lower()
        sha256 = digest if len(found) == 1 and _SHA256.fullmatch(digest) else None
        for base in found:
            if name := base.name.strip():
                yield Parent(_node_of(name, "huggingface"), name, base.relation, "header", sha256)


@lru_cache(1 << 14)  # few bases have most children
def _node_of(text: str, hub: str) -> str:
    if text.startswith(("http://", "https://")):
        return _node_of_address(text)
    return _repo_node(hub, text) if _REPO_ID.fullmatch(text) else named(text)


def _node_of_address(text: str) -> str:
    try:
        address = urlsplit(text)
    except ValueError:
        return named(text)
    hub = _SITES.get((address.hostname or "").removeprefix("www."))
    parts = [part for part in address.path.split("/") if part]
    if hub in ("civitai", "modelscope") and parts[:1] == ["models"]:
        parts = parts[1:]
    wanted = 1 if hub == "civitai" else 2
    return _repo_node(hub, "/".join(parts[:wanted])) if hub and len(parts) >= wanted else named(text)


_SITES = {
    "huggingface.co": "huggingface",
    "hf.co": "huggingface",
    "civitai.com": "civitai",
    "civitai.red": "civitai",
    "modelscope.cn": "modelscope",
    "modelscope.ai": "modelscope",
}
_GAPS = re.compile(r"[\s_\-]+")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_REPO_ID = re.compile(r"\w[\w.\-]*/[\w][\w.\-]*")


# --- the files --------------------------------------------------------------------------------------------------------


def _read(path: Path, problems: list[Problem]) -> BaseSet | None:
    shown, text = f"{FOLDER}/{path.name}", path.read_text(encoding="utf-8")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        problems.append(Problem(shown, int(line[1]) if line else 1, f"not TOML: {error}"))
        return None
    lines = [number for number, line in enumerate(text.splitlines(), 1) if line.strip() == "[[base]]"]
    if set(table) != {"id", "title", "base"} or table["id"] != path.stem:
        problems.append(
            Problem(shown, 1, "a set needs id, title and [[base]], and no more", "its id is the file's name")
        )
        return None
    built = [_base(entry, shown, line, problems) for entry, line in zip(table["base"], lines, strict=True)]
    return BaseSet(table["id"], table["title"], tuple(base for base in built if base))


def _base(entry: Mapping[str, Any], shown: str, line: int, problems: list[Problem]) -> Base | None:
    before = len(problems)
    unread = {"verified": None} if entry.get("verified") is False else {}
    for key in sorted(entry.keys() - _KEYS):
        problems.append(Problem(shown, line, f"unknown key {key}", f"known keys: {', '.join(sorted(_KEYS))}"))
    try:
        base = msgspec.convert({**entry, **unread}, Base)
    except msgspec.ValidationError as error:
        problems.append(Problem(shown, line, str(error), "see hubscan/bases.py"))
        return None
    problems += [Problem(shown, line, what, fix) for what, fix in _faults(base)]
    return base if len(problems) == before else None


def _faults(base: Base) -> Iterator[tuple[str, str]]:
    if not base.references:
        yield f"{base.id} has no reference", "a base is on file only with a public source"
    for repo in base.repos:
        if not re.fullmatch(r"[a-z]+:\S+", repo):
            yield f"{repo!r} is no repo", "write hub:org/name"
    for digest in base.sha256:
        if not _SHA256.fullmatch(digest):
            yield f"{digest!r} is no SHA-256", "64 hex digits in lower case"


_KEYS = frozenset(field.name for field in fields(Base))
