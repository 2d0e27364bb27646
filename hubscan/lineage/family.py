"""The answer for one model: what it was made from, what from it, how much of that is flagged, where it is up."""

from array import array
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from hubscan.holders import Holder
from hubscan.lineage.graph import Graph
from hubscan.records import RepoRef

SAME_FILE, NAME_ON_FILE, ITSELF = "same file", "name on file", "itself"
"""How a repo comes to hold the model asked for: by a published hash, by a name in the set of bases, by being it."""


@dataclass(frozen=True, slots=True)
class Copy:
    """One repo that holds the model, and how that is known."""

    holder: Holder
    how: str


class Level(NamedTuple):
    """All that is so many `steps` down: counts of nodes, by relation, flagged, and not read by anybody."""

    steps: int
    nodes: int
    relations: Counter[str]
    flagged: int
    unread: int


class Branch(NamedTuple):
    """One row of the drawn tree. `place` is None where the row stands for `hidden` siblings that are not drawn.

    `below` counts all descendants, drawn or not, and `flagged` those of them, and of the node itself, that are flagged.
    """

    steps: int
    place: int | None
    below: int
    flagged: int
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class Family:
    """A model's kin. `order` lists the nodes below (the model first, nearest next), each found once.

    The arrays go by place in `order`: `steps` down, `via` (place of the node it was first reached from), `marked` (1 if
    flagged itself), `below` and `flagged` (its whole subtree). `cycles` and `disagreeing` are nodes' numbers; `depth`
    bounds what is drawn.
    """

    graph: Graph
    order: Sequence[int]
    steps: "array[int]"
    via: "array[int]"
    marked: "array[int]"
    below: "array[int]"
    flagged: "array[int]"
    above: tuple[int, ...]
    levels: tuple[Level, ...]
    cycles: tuple[tuple[int, ...], ...]
    disagreeing: tuple[int, ...]
    unread_above: tuple[int, ...]
    copies: tuple[Copy, ...]
    depth: int

    schema = "hubscan.lineage/1"

    @property
    def title(self) -> str:
        """How the model is shown."""
        return self.graph.name(self.order[0])

    def relation(self, place: int) -> str:
        """How the node at `place` says it comes from the one above it: `not said` where it gives no relation."""
        above = self.order[self.via[place]]
        said = (edge.relation for edge in self.graph.parents(self.order[place]) if edge.node == above)
        return next((relation for relation in said if relation), "not said")

    def is_flagged(self, place: int) -> bool:
        """Whether a finding stands on the node itself."""
        return bool(self.marked[place])

    def children(self, place: int) -> range:
        """The places of what was first reached from `place`: they stand side by side."""
        return range(_first(self.via, place), _first(self.via, place + 1))

    def drawn(self, widest: int) -> Iterator[Branch]:
        """Yield the tree from the top, to `depth`, the largest branches first and at most `widest` under one node."""
        waiting = [Branch(0, 0, self.below[0], self.flagged[0])]
        while waiting:
            branch = waiting.pop()
            yield branch
            if branch.place is not None and branch.steps < self.depth:
                waiting += reversed(list(self._under(branch.place, branch.steps + 1, widest)))

    def _under(self, place: int, steps: int, widest: int) -> Iterator[Branch]:
        children = sorted(self.children(place), key=lambda child: (-self.below[child], -self.flagged[child], child))
        for child in islice(children, widest):
            yield Branch(steps, child, self.below[child], self.flagged[child])
        if rest := children[widest:]:
            below, flagged = sum(self.below[child] for child in rest), sum(self.flagged[child] for child in rest)
            yield Branch(steps, None, below, flagged, len(rest))


def family(
    graph: Graph, root: int, flagged: Collection[RepoRef], copies: Sequence[Copy] = (), depth: int = 3
) -> Family:
    """Return the answer for the node `root`; `flagged` are the repos with a standing finding."""
    order, by_node, via = graph.below(root)
    marked = {node for ref in flagged if (node := graph.number(ref)) is not None}
    steps, via = array("i", [by_node[node] for node in order]), array("i", [via[node] for node in order])
    own = array("b", [node in marked for node in order])
    below, flags = array("i", bytes(4 * len(order))), array("i", own)
    levels = tuple(_levels(graph, order, steps, via, own))
    for place in range(len(order) - 1, 0, -1):
        below[via[place]] += below[place] + 1
        flags[via[place]] += flags[place]
    above = tuple(graph.above(root)[1:])
    kin = (*order, *above)
    return Family(
        graph,
        order,
        steps,
        via,
        own,
        below,
        flags,
        above,
        levels,
        tuple(map(tuple, graph.cycles(kin))),
        tuple(node for node in dict.fromkeys(kin) if graph.disagree(node)),
        tuple(node for node in above if not graph.is_read(node)),
        tuple(sorted(copies, key=lambda copy: (copy.how, copy.holder.ref))),
        depth,
    )


def _levels(
    graph: Graph, order: Sequence[int], steps: "array[int]", via: "array[int]", flags: "array[int]"
) -> Iterator[Level]:
    start = 1
    while start < len(order):
        end = _first(steps, steps[start] + 1)
        places = range(start, end)
        relations = Counter(_relation(graph, order[place], order[via[place]]) for place in places)
        unread = sum(not graph.is_read(order[place]) for place in places)
        yield Level(steps[start], len(places), relations, sum(flags[start:end]), unread)
        start = end


def _relation(graph: Graph, node: int, above: int) -> str:
    return next((edge.relation for edge in graph.parents(node) if edge.node == above and edge.relation), "not said")


def _first(values: "array[int]", least: int) -> int:
    """The first place whose value is `least` or more; values never fall, because order is by distance."""
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if values[middle] < least else (low, middle)
    return low
