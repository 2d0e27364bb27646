"""The clauses of a rule: each knows what it needs, and judges a view as true, false or unknown (None), with evidence.

Unknown is not false: a clause over something the hub did not show is unknown, and a rule fires only on true.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, groupby, islice
from math import inf
from typing import Protocol

from hubscan.engine import nearness
from hubscan.engine.view import Occurrence, Places, View
from hubscan.features import FLAG, Fact
from hubscan.findings import Evidence, Span

LIST = "terms:"
"""What the name of a confidential list begins with among groups of words."""
COMMON_COST = 1000
"""The cost of looking for words that stand in most texts, where a rare word costs one."""
MOST_PLACES = 100
"""Places of one field that a clause lists as evidence: a card that repeats itself shall not swell every output."""
_SortedOut = tuple[list[Occurrence], list[tuple[Occurrence, str]]]
Truth = bool | None
"""True, False, or None for unknown."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A clause judged on one record: the node of the tree that `rules explain` prints."""

    label: str
    truth: Truth
    evidence: tuple[Evidence, ...] = ()
    discounted: tuple[Evidence, ...] = ()
    facets: frozenset[str] = frozenset()
    children: tuple["Outcome", ...] = ()


class Clause(Protocol):
    """A compiled clause."""

    @property
    def label(self) -> str:
        """What outputs call the clause."""
        ...

    @property
    def needs(self) -> frozenset[str] | None:
        """Groups of which one must stand in a record for the clause to be true; None: it may be true without."""
        ...

    @property
    def cost(self) -> int:
        """How much looking for `needs` costs: what a conjunction is entered by is its cheapest part."""
        ...

    def judge(self, view: View) -> Outcome:
        """Judge the clause on one record, in full: evidence, and the trees of all parts."""
        ...

    def possible(self, view: View) -> bool:
        """Whether the words are there without which the clause cannot be true, whatever the text does with them."""
        ...

    def holds(self, view: View) -> bool:
        """Whether the clause is true: no evidence, and no look at parts that cannot change the answer."""
        ...


def conjunction(truths: Iterable[Truth]) -> Truth:
    """False if any is false, else unknown if any is unknown, else true (Kleene's strong logic)."""
    seen = set(truths)
    return False if False in seen else None if None in seen else True


@dataclass(frozen=True, slots=True)
class Words:
    """Any form of `groups` stands in one of `kinds`, outside the contexts that `discounts` names.

    Of training tags only those count that at least `share` of the images carry.
    """

    label: str
    groups: tuple[str, ...]
    kinds: frozenset[str]
    discounts: frozenset[str]
    cost: int = 1
    share: float = 0.0

    @property
    def needs(self) -> frozenset[str]:
        """One of the groups must stand."""
        return frozenset(self.groups)

    def standing(self, view: View) -> Iterator[Occurrence]:
        """Yield every occurrence where it may count, whatever the text does with it."""
        return (o for group in self.groups for o in view.hits(group) if self._stands(view, o.field, o.kind))

    def places(self, view: View, unit: str) -> list[Places]:
        """The same by the stretches of a unit, of each group."""
        return [self._allowed(view, group, view.places(group, unit)) for group in self.groups]

    def sorted_out(self, view: View, standing: Iterable[Occurrence], most: float) -> _SortedOut:
        """Occurrences that count, of each kind of a field `most` at most, and those that a context took away."""
        live: list[Occurrence] = []
        away: list[tuple[Occurrence, str]] = []
        counted = Counter[tuple[str, str]]()
        for occurrence in (o for o in standing if counted[o.field, o.kind] < most):
            context = self._context(view, occurrence)
            if context:
                away.append((occurrence, context))
            else:
                live.append(occurrence)
                counted[occurrence.field, occurrence.kind] += 1
        return live, away

    def judge(self, view: View) -> Outcome:
        """True with the occurrences that count; unknown if none does and part of the record was not seen."""
        live, away = self.sorted_out(view, self.standing(view), MOST_PLACES)
        truth = True if live else False if view.is_known(self.kinds) else None
        return Outcome(self.label, truth, evidence(self.label, live), discounted(self.label, away), facets(live))

    def possible(self, view: View) -> bool:
        """Whether any form stands there."""
        return any(not self.kinds.isdisjoint(view.kinds(group)) for group in self.groups)

    def holds(self, view: View) -> bool:
        """Whether an occurrence counts."""
        return any(self._context(view, occurrence) is None for occurrence in self.standing(view))

    def _allowed(self, view: View, group: str, places: Places) -> Places:
        if not self.share and view.kinds(group) <= self.kinds:
            return places
        return {place: some for place, some in places.items() if self._stands(view, *place[:2])}

    def _stands(self, view: View, field: str, kind: str) -> bool:
        return kind in self.kinds and (not self.share or view.share(field) >= self.share)

    def _context(self, view: View, occurrence: Occurrence) -> str | None:
        if not self.discounts:
            return None
        return next((context for context in view.contexts(occurrence) if context in self.discounts), None)


@dataclass(frozen=True, slots=True)
class Terms(Words):
    """A term of a confidential list stands in one of `kinds`, outside some contexts; `groups` name the lists.

    Unknown where one of the lists is not loaded.
    """

    cost: int = COMMON_COST
    loaded: bool = True

    @property
    def needs(self) -> None:  # type: ignore[override]
        """Nothing that could be looked for beforehand: the words are not known."""

    def judge(self, view: View) -> Outcome:
        """As words are judged."""
        return Words.judge(self, view) if self.loaded else Outcome(self.label, None)

    def possible(self, view: View) -> bool:
        """Whether any term stands there."""
        return self.loaded and Words.possible(self, view)

    def holds(self, view: View) -> bool:
        """Whether a term counts."""
        return self.loaded and Words.holds(self, view)


@dataclass(frozen=True, slots=True)
class Near:
    """Every part stands, and within one sentence, paragraph or block, or within so many words of one sentence."""

    label: str
    parts: tuple[Words, ...]
    within: str | int
    tried: tuple[Clause, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tried", cheapest_first(self.parts))

    @property
    def needs(self) -> frozenset[str] | None:
        """The cheapest part must stand."""
        return cheapest(self.parts)

    @property
    def cost(self) -> int:
        """That of the cheapest part."""
        return min(part.cost for part in self.parts)

    def judge(self, view: View) -> Outcome:
        """True with the occurrences that stand near one another; discounted are those that would have."""
        live: list[Occurrence] = []
        away: list[tuple[Occurrence, str]] = []
        for counting, discounting in self._near(view, MOST_PLACES):
            live += counting
            away += discounting
        kinds = frozenset().union(*(part.kinds for part in self.parts))
        truth = True if live else False if view.is_known(kinds) else None
        return Outcome(self.label, truth, evidence(self.label, live), discounted(self.label, away), facets(live))

    def _near(self, view: View, most: int) -> Iterator[_SortedOut]:
        """Sort out place by place what is near another part: elsewhere it does not matter what the text says of it.

        Of each kind of a field no more than `most` places in which something counts, and of each part as many in a
        place; where words are counted all, since any may be the near one.
        """
        counted = Counter[tuple[str, str]]()
        enough = inf if isinstance(self.within, int) else most
        unit = "sentence" if isinstance(self.within, int) else self.within
        for near in nearness.shared([part.places(view, unit) for part in self.parts]):
            stretch = near[0][0].field, near[0][0].kind
            if counted[stretch] < most:
                found = [part.sorted_out(view, some, enough) for part, some in zip(self.parts, near, strict=True)]
                live = nearness.together([some for some, _ in found], self.within)
                counted[stretch] += bool(live)
                yield live, [pair for _, away in found for pair in away]

    def possible(self, view: View) -> bool:
        """Whether every part stands."""
        return all(part.possible(view) for part in self.tried)

    def holds(self, view: View) -> bool:
        """Whether every part stands, and near enough."""
        return self.possible(view) and any(live for live, _ in self._near(view, 1))


@dataclass(frozen=True, slots=True)
class FieldTest:
    """A fact of the record passes a test; unknown where the hub did not say."""

    label: str
    name: str
    test: Callable[[Fact], bool]
    cost: int = 0

    @property
    def needs(self) -> frozenset[str] | None:
        """A hub's flag, where only one that is set can pass: few records have any."""
        is_flag = self.name.startswith(FLAG)
        return None if not is_flag or self.test(False) or self.test(0) else frozenset({self.name})

    def judge(self, view: View) -> Outcome:
        """Test the fact; its evidence is the field itself."""
        value = view.fact(self.name)
        if value is None:
            return Outcome(self.label, None)
        if not self.test(value):
            return Outcome(self.label, False)
        return Outcome(self.label, True, (Evidence(Span(self.name, 0, 0), self.label),), facets=_fact_facet(self.name))

    def holds(self, view: View) -> bool:
        """Whether the fact is known and passes."""
        value = view.fact(self.name)
        return value is not None and self.test(value)

    possible = holds


def _fact_facet(name: str) -> frozenset[str]:
    return frozenset({"files" if name == "files" else "card" if name.startswith("card") else "tags"})


@dataclass(frozen=True, slots=True)
class All:
    """Every part is true."""

    label: str
    parts: tuple[Clause, ...]
    tried: tuple[Clause, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tried", cheapest_first(self.parts))

    @property
    def needs(self) -> frozenset[str] | None:
        """The need of the cheapest part that has one."""
        return cheapest(self.parts)

    @property
    def cost(self) -> int:
        """That of the cheapest part that needs words."""
        return min((part.cost for part in self.parts if part.needs is not None), default=0)

    def judge(self, view: View) -> Outcome:
        """Join the parts."""
        outcomes = tuple(part.judge(view) for part in self.parts)
        return _joined(self.label, conjunction(o.truth for o in outcomes), outcomes)

    def possible(self, view: View) -> bool:
        """Whether every part is possible."""
        return all(part.possible(view) for part in self.tried)

    def holds(self, view: View) -> bool:
        """Whether every part holds."""
        return all(part.holds(view) for part in self.tried)


@dataclass(frozen=True, slots=True)
class AtLeast:
    """`count` of the parts are true; `any` is a count of one."""

    label: str
    parts: tuple[Clause, ...]
    count: int = 1
    tried: tuple[Clause, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tried", cheapest_first(self.parts))

    @property
    def needs(self) -> frozenset[str] | None:
        """What any part needs: one of them must be true."""
        return union(part.needs for part in self.parts)

    @property
    def cost(self) -> int:
        """That of all parts together."""
        return sum(part.cost for part in self.parts)

    def judge(self, view: View) -> Outcome:
        """Count the true parts; unknown parts may still tip it."""
        outcomes = tuple(part.judge(view) for part in self.parts)
        true = sum(o.truth is True for o in outcomes)
        open_ = sum(o.truth is None for o in outcomes)
        truth = True if true >= self.count else None if true + open_ >= self.count else False
        return _joined(self.label, truth, outcomes)

    def possible(self, view: View) -> bool:
        """Whether enough parts are possible."""
        return self._enough(part.possible(view) for part in self.tried)

    def holds(self, view: View) -> bool:
        """Whether enough parts hold."""
        return self._enough(part.holds(view) for part in self.tried)

    def _enough(self, answers: Iterable[bool]) -> bool:
        """Whether `count` answers are yes; no more of them are asked for than that takes."""
        return sum(islice(filter(None, answers), self.count)) == self.count


@dataclass(frozen=True, slots=True)
class Not:
    """The part is false."""

    label: str
    part: Clause
    needs: None = None
    cost: int = 0

    def judge(self, view: View) -> Outcome:
        """Turn the part round; it gives no evidence of its own."""
        outcome = self.part.judge(view)
        return Outcome(self.label, None if outcome.truth is None else not outcome.truth, children=(outcome,))

    def possible(self, _: View) -> bool:
        """Whether it can be: always, since what it denies may be discounted."""
        return True

    def holds(self, view: View) -> bool:
        """Whether the part is false, which unknown is not."""
        return self.part.judge(view).truth is False


@dataclass(frozen=True, slots=True)
class Unless:
    """The part is not true: what a rule's own `unless` asks, where unknown takes nothing out."""

    label: str
    part: Clause
    needs: None = None
    cost: int = 0

    def judge(self, view: View) -> Outcome:
        """Turn the part round; it gives no evidence of its own."""
        outcome = self.part.judge(view)
        return Outcome(self.label, outcome.truth is not True, children=(outcome,))

    def possible(self, _: View) -> bool:
        """Whether it can be: always, since what it denies may be discounted."""
        return True

    def holds(self, view: View) -> bool:
        """Whether the part does not hold."""
        return not self.part.holds(view)


@dataclass(frozen=True, slots=True)
class Facets:
    """The part is true, in `count` independent places of the record."""

    label: str
    part: Clause
    count: int

    @property
    def needs(self) -> frozenset[str] | None:
        """What the part needs."""
        return self.part.needs

    @property
    def cost(self) -> int:
        """That of the part."""
        return self.part.cost

    def judge(self, view: View) -> Outcome:
        """Count the facets of the part's evidence."""
        outcome = self.part.judge(view)
        enough = outcome.truth is True and len(outcome.facets) >= self.count
        truth = True if enough else None if outcome.truth is None else False
        return _joined(self.label, truth, (outcome,))

    def possible(self, view: View) -> bool:
        """Whether the part is possible."""
        return self.part.possible(view)

    def holds(self, view: View) -> bool:
        """Whether the part holds in enough places."""
        return self.part.holds(view) and self.judge(view).truth is True


def cheapest_first(parts: Iterable[Clause]) -> tuple[Clause, ...]:
    """Return the parts in the order they are tried."""
    return tuple(sorted(parts, key=lambda part: part.cost))


def cheapest(parts: Iterable[Clause]) -> frozenset[str] | None:
    """What the cheapest part that needs words needs.

    None if no part does, or if all that do need common words while another can be tried on every record for nothing.
    What is denied is never tried: it seldom keeps a record out.
    """
    all_parts = tuple(part for part in parts if not isinstance(part, Not | Unless))
    needing = [part for part in all_parts if part.needs is not None]
    best = min(needing, key=lambda part: part.cost, default=None)
    if best is None or (best.cost >= COMMON_COST and len(needing) < len(all_parts)):
        return None
    return best.needs


def union(needs: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    """All groups that any of `needs` names; None as soon as one needs none."""
    joined: frozenset[str] = frozenset()
    for need in needs:
        if need is None:
            return None
        joined |= need
    return joined


def _joined(label: str, truth: Truth, outcomes: tuple[Outcome, ...]) -> Outcome:
    true = [o for o in outcomes if o.truth is True]
    return Outcome(
        label,
        truth,
        tuple(sorted({e for o in true for e in o.evidence}, key=evidence_order)),
        tuple(sorted({e for o in outcomes for e in o.discounted}, key=evidence_order)),
        frozenset().union(*(o.facets for o in true)),
        outcomes,
    )


def evidence_order(item: Evidence) -> tuple[str, int, int, str, str, str]:
    """The order evidence is kept in: by span, which compared as such costs more than all the rest."""
    span = item.span
    return span.field, span.start, span.end, item.clause, item.term_ref or "", item.context or ""


def evidence(clause: str, found: Iterable[Occurrence]) -> tuple[Evidence, ...]:
    """Evidence of the occurrences that count, `MOST_PLACES` of a field."""
    return _first(Evidence(o.span, clause, o.ref) for o in found)


def discounted(clause: str, found: Iterable[tuple[Occurrence, str]]) -> tuple[Evidence, ...]:
    """Evidence of the occurrences that a context took away, `MOST_PLACES` of a field."""
    return _first(Evidence(o.span, clause, o.ref, context) for o, context in found)


def _first(items: Iterable[Evidence]) -> tuple[Evidence, ...]:
    ordered = sorted(set(items), key=evidence_order)
    by_field = (list(islice(some, MOST_PLACES)) for _, some in groupby(ordered, key=lambda item: item.span.field))
    return tuple(chain.from_iterable(by_field))


def facets(found: Iterable[Occurrence]) -> frozenset[str]:
    """The independent places the occurrences stand in."""
    return frozenset(o.facet for o in found)
