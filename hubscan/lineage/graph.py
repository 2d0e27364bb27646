"""The graph itself, held in arrays: a million edges take a few hundred megabytes and are walked in linear time."""

from array import array
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hubscan.bases import Bases, Descent, Parent, named, repo_node
from hubscan.errors import UsageError
from hubscan.records import RepoRecord, RepoRef

RELATIONS = (None, "finetune", "adapter", "merge", "quantized")
SOURCES = ("hub", "header")
_UNREAD, _READ, _SILENT = 0, 1, 2
"""Of a node: no record of it was read; it was; it was and its hub did not say what it was made from."""


class Edge(NamedTuple):
    """One step between two nodes, by number; `source` is who says so: the hub's field, or a file's header."""

    node: int
    relation: str | None
    source: str


@dataclass(frozen=True, slots=True)
class _Links:
    """Edges by the node they start from: those of node n are at `start[n]` to `start[n + 1]`."""

    start: "array[int]"
    to: "array[int]"
    how: "array[int]"

    def of(self, node: int) -> range:
        return range(self.start[node], self.start[node + 1])


class Builder:
    """Takes records one by one, in any order, and keeps of each only names and edges."""

    def __init__(self, bases: Bases) -> None:
        self._bases = bases
        self._numbers: dict[str, int] = {}
        self._shown: list[str] = []
        self._state = bytearray()
        self._child, self._parent, self._how = array("I"), array("I"), array("B")
        self._published: dict[bytes, int] = {}
        self._wanted: list[tuple[int, bytes]] = []

    def add(self, record: RepoRecord) -> None:
        """Take in one record. Of a repo that comes twice, what both say stands."""
        parents = self._bases.parents(record)
        node = self._number(self._bases.itself(record.ref), str(record.ref))
        if parents or record.base_models is not None:
            self._state[node] = _READ
        elif self._state[node] == _UNREAD:
            self._state[node] = _SILENT
        if not self._shown[node].startswith("base:"):
            self._shown[node] = str(record.ref)
        for file in record.files or ():
            if file.sha256:
                self._published.setdefault(bytes.fromhex(file.sha256), node)
        for parent in parents:
            self._add_edge(node, parent)

    def graph(self) -> "Graph":
        """Return the graph of all that was taken in; the builder is spent."""
        for edge, digest in self._wanted:
            self._parent[edge] = self._published.get(digest, self._parent[edge])
        children = _linked(self._parent, self._child, self._how, len(self._shown))
        parents = _linked(self._child, self._parent, self._how, len(self._shown))
        return Graph(self._bases, self._numbers, self._shown, bytes(self._state), parents, children)

    def _add_edge(self, child: int, parent: Parent) -> None:
        if parent.sha256 and not parent.node.startswith("base:"):
            self._wanted.append((len(self._parent), bytes.fromhex(parent.sha256)))
        self._child.append(child)
        self._parent.append(self._number(parent.node, _shown(parent)))
        self._how.append(RELATIONS.index(parent.relation) * len(SOURCES) + SOURCES.index(parent.source))

    def _number(self, name: str, shown: str) -> int:
        number = self._numbers.setdefault(name, len(self._shown))
        if number == len(self._shown):
            self._shown.append(name if name == shown or name.startswith("base:") else shown)
            self._state.append(_UNREAD)
        return number


def build(records: Iterable[RepoRecord], bases: Bases) -> "Graph":
    """Return the graph of `records`."""
    builder = Builder(bases)
    for record in records:
        builder.add(record)
    return builder.graph()


class Graph:
    """Nodes are numbers from 0; `len` counts them."""

    def __init__(
        self, bases: Bases, numbers: dict[str, int], shown: list[str], state: bytes, parents: _Links, children: _Links
    ) -> None:
        self.bases = bases
        self._numbers, self._shown, self._state = numbers, shown, state
        self._parents, self._children = parents, children

    def __len__(self) -> int:
        return len(self._shown)

    @property
    def edges(self) -> int:
        """How many edges there are; what two sources say alike are two."""
        return len(self._parents.to)

    def name(self, node: int) -> str:
        """Return how a node is shown: `hub:kind:id`, a base's title, or a name as somebody wrote it."""
        shown = self._shown[node]
        if shown.startswith("base:"):
            return self.bases.by_id[shown.removeprefix("base:")].title
        return shown.removeprefix("name:")

    def base(self, node: int) -> str | None:
        """Return the id of the base on file that a node is, None for any other."""
        shown = self._shown[node]
        return shown.removeprefix("base:") if shown.startswith("base:") else None

    def is_read(self, node: int) -> bool:
        """Whether a record of the node is among those taken in; of the others only a name is known."""
        return self._state[node] != _UNREAD

    def number(self, ref: RepoRef) -> int | None:
        """Return the node of a repo."""
        return self._numbers.get(self.bases.itself(ref))

    def called(self, text: str) -> set[int]:
        """Return the nodes that `text` may name: by `hub:kind:id`, an id or label, a base's name, a SHA-256."""
        kinds = (text.casefold(), f"sha256:{text.casefold()}", named(text), f"base:{text}")
        found = {node for name in kinds if (node := self._numbers.get(self.bases.node(name))) is not None}
        ending = f":{text.casefold()}"
        for name in self._repos_ending(ending) if not found else ():
            found.add(self._numbers[name])
        for base in self.bases.by_id.values() if not found else ():
            if any(repo.casefold().endswith(ending) for repo in base.repos) and f"base:{base.id}" in self._numbers:
                found.add(self._numbers[f"base:{base.id}"])
        return found

    def names(self) -> Iterator[str]:
        """Yield how every node is called within: `hub:kind:id`, `base:ID` or `name:words`."""
        return iter(self._numbers)

    def find(self, text: str) -> int:
        """Return the node that `text` names: `hub:kind:id`, an id or label, a base's name, a SHA-256.

        `UsageError` where there is none, or several.
        """
        found = self.called(text)
        if len(found) == 1:
            return found.pop()
        if not found:
            raise UsageError(f"nothing stored is called {text!r} or was made from it", todo="Scan its hub first")
        names = ", ".join(sorted(map(self.name, found))[:5])
        raise UsageError(f"{text!r} may be several", todo=f"Name one: {names}")

    def _repos_ending(self, ending: str) -> Iterator[str]:
        return (name for name in self._numbers if name.endswith(ending) and name.count(":") >= 2)

    def parents(self, node: int) -> Iterator[Edge]:
        """Yield what a node was made from."""
        return _edges(self._parents, node)

    def children(self, node: int) -> Iterator[Edge]:
        """Yield what was made from a node."""
        return _edges(self._children, node)

    def below(self, root: int) -> "tuple[list[int], array[int], array[int]]":
        """Return the nodes below `root`, nearest first and `root` itself at the head; the steps down to each; via whom.

        The two arrays are by node number: steps, -1 for a node not below; and the place in the list of the node it was
        first reached from.
        """
        return _walk(self._children, root, len(self))

    def above(self, root: int) -> list[int]:
        """Return what `root` was made from, nearest first and `root` itself at the head."""
        return _walk(self._parents, root, len(self))[0]

    def disagree(self, node: int) -> bool:
        """Whether the hub's field and the files' headers name different parents, neither of which is a mere word."""
        if len(self._parents.of(node)) < 2:
            return False
        said: dict[str, set[int]] = {}
        for edge in self.parents(node):
            if not self._shown[edge.node].startswith("name:"):
                said.setdefault(edge.source, set()).add(edge.node)
        return len(said) > 1 and not set.intersection(*said.values())

    def cycles(self, nodes: Collection[int]) -> list[list[int]]:
        """Return the cycles among `nodes`: each group of nodes that are all below one another, sorted."""
        return sorted(sorted(group) for group in _knots(self._children, nodes))

    def steps(self, record: RepoRecord, set_id: str) -> Descent:
        """Return how far a record is below a set, by its own word and that of everything it was made from."""
        own = self.bases.steps(record, set_id)
        if own.steps is not None:
            return own
        members, known = self.bases.members(set_id), record.base_models is not None
        seen = {self._numbers.get(repo_node(record.ref), -1)}
        level = [number for parent in self.bases.parents(record) if (number := self._of(parent)) is not None]
        known = known and len(level) == len(self.bases.parents(record))
        steps = 1
        while level := [node for node in dict.fromkeys(level) if node not in seen]:
            if any(self._shown[node] in members for node in level):
                return Descent(steps, True)
            known = known and all(self._state[node] == _READ for node in level)
            seen.update(level)
            level = [edge.node for node in level for edge in self.parents(node)]
            steps += 1
        return Descent(None, known)

    def _of(self, parent: Parent) -> int | None:
        return self._numbers.get(parent.node)


def _shown(parent: Parent) -> str:
    """Show a repo by its id, in its own spelling; a name as it was written."""
    if parent.node.startswith("name:"):
        return f"name:{parent.shown.strip()}"
    hub, kind, _ = parent.node.split(":", 2) if parent.node.count(":") >= 2 else ("", "", "")
    same = hub and f"{hub}:{kind}:{parent.shown}".casefold() == parent.node
    return f"{hub}:{kind}:{parent.shown}" if same else parent.node


def _linked(start: "array[int]", end: "array[int]", how: "array[int]", nodes: int) -> _Links:
    """Sort edges by where they start, then by where they end; the same edge said twice by one source is one."""
    ones, others, hows = (np.frombuffer(values, values.typecode) for values in (start, end, how))
    order = np.lexsort((hows, others, ones))
    ones, others, hows = ones[order], others[order], hows[order]
    source = hows % len(SOURCES)
    if len(ones):
        same = (ones[1:] == ones[:-1]) & (others[1:] == others[:-1]) & (source[1:] == source[:-1])
        keep = np.concatenate(([True], ~same))
        ones, others, hows = ones[keep], others[keep], hows[keep]
    counts = np.bincount(ones, minlength=nodes)
    starts = array("I", bytes(4 * (nodes + 1)))
    np.frombuffer(starts, "I")[1:] = np.cumsum(counts)
    return _Links(starts, array("I", others.tobytes()), array("B", hows.tobytes()))


def _edges(links: _Links, node: int) -> Iterator[Edge]:
    for place in links.of(node):
        relation, source = divmod(links.how[place], len(SOURCES))
        yield Edge(links.to[place], RELATIONS[relation], SOURCES[source])


def _walk(links: _Links, root: int, nodes: int) -> "tuple[list[int], array[int], array[int]]":
    steps, via = array("i", [-1]) * nodes, array("i", [-1]) * nodes
    steps[root], order = 0, [root]
    for place, node in enumerate(order):  # the list grows while it is walked
        for edge in links.of(node):
            other = links.to[edge]
            if steps[other] < 0:
                steps[other], via[other] = steps[node] + 1, place
                order.append(other)
    return order, steps, via


def _knots(links: _Links, nodes: Collection[int]) -> Iterator[list[int]]:
    """Yield strongly connected groups with a cycle (Tarjan 1972), without recursion: chains may be long."""
    number: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    for start in nodes:
        if start in number:
            continue
        path = [(start, iter(links.of(start)))]
        number[start] = low[start] = len(number)
        stack.append(start)
        on_stack.add(start)
        while path:
            node, edges = path[-1]
            for edge in edges:
                other = links.to[edge]
                if other not in number:
                    number[other] = low[other] = len(number)
                    stack.append(other)
                    on_stack.add(other)
                    path.append((other, iter(links.of(other))))
                    break
                if other in on_stack:
                    low[node] = min(low[node], number[other])
            else:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[node])
                if low[node] == number[node]:
                    yield from _knot(links, node, stack, on_stack)


def _knot(links: _Links, node: int, stack: list[int], on_stack: set[int]) -> Iterator[list[int]]:
    group: list[int] = []
    while not group or group[-1] != node:
        group.append(stack.pop())
        on_stack.discard(group[-1])
    if len(group) > 1 or any(links.to[edge] == node for edge in links.of(node)):
        yield group
