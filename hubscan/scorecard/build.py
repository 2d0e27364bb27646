"""Building a scorecard: everything read from the store once, then counted hub by hub."""

import difflib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from hubscan import tracing
from hubscan.bases import Bases
from hubscan.casework import Verdict
from hubscan.errors import UsageError
from hubscan.findings import Severity
from hubscan.holders import Holder, Presence
from hubscan.hubs import base as hubs_of
from hubscan.policies import Policies
from hubscan.records import RepoRecord, RepoRef
from hubscan.scorecard import answers, asking
from hubscan.scorecard.fates import End, Fate, fate
from hubscan.scorecard.measures import Ground, rows
from hubscan.scorecard.sheet import Creator, Edition, Kept, Named, Row, Scorecard, Value
from hubscan.scorecard.survey import Survey, survey
from hubscan.scorecard.table import OF_HUBS, OF_LINEAGE
from hubscan.store import Store, casebook, tally
from hubscan.tracing import Kin, Version

_MARKED = ("training-data", "safeguard-removal")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a scorecard is asked for. No `hubs`: all of which anything was looked at."""

    now: str
    min_severity: Severity = Severity.MEDIUM
    edition: Edition = Edition.PUBLIC
    hubs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the store holds, of all hubs; `marked` is None for a category that no run had the rules of."""

    read: Mapping[str, int]
    unread: Mapping[str, int]
    flagged: Collection[RepoRef]
    marked: Mapping[str, Collection[RepoRef] | None]
    judged: Mapping[RepoRef, tuple[int, Verdict]]
    drafted: Collection[RepoRef]
    fates: Sequence[Fate]
    categories: Mapping[int, Collection[str]]

    @property
    def confirmed(self) -> set[RepoRef]:
        return {ref for ref, (_, verdict) in self.judged.items() if verdict is Verdict.CONFIRMED}


def build(store: Store, policies: Policies, on_file: Bases, wanted: Wanted) -> Scorecard:
    """Return the scorecard of hubs; `UsageError` for a hub of which nothing was looked at and nothing is on file."""
    facts = _gather(store, wanted.min_severity)
    hubs = _hubs({*facts.read, *facts.unread}, policies, wanted.hubs)
    seen = survey(_records(store), on_file)
    copies = tracing.copies_of(store, facts.confirmed)
    held = tracing.holders(store, [ref for one in seen.values() for ref in one.holders])
    grounds = [_ground(wanted.now, hub, facts, seen, copies, held) for hub in hubs]
    card = _sheet(wanted, policies, hubs, tuple(rows(OF_HUBS, grounds, wanted.min_severity)))
    bases_held = {ref: ids for one in seen.values() for ref, ids in one.holders.items()}
    named = (*_cases(facts), *_reuploads(copies), *_history(held, bases_held, on_file))
    return replace(card, named=_shown(named, card))


def of_creator(store: Store, policies: Policies, on_file: Bases, model: str, wanted: Wanted) -> Scorecard:
    """Return the scorecard of one creator's lineage over hubs; `UsageError` where nothing stored is of `model`."""
    kin = tracing.kin(store, on_file, model)
    read: Counter[str] = Counter()
    seen = survey(_counted(_records(store), kin, read), on_file)
    facts = _within(_gather(store, wanted.min_severity), kin, read)
    holders = [copy.holder for version in kin.versions for copy in version.copies]
    hubs = _hubs({*facts.read, *facts.unread, *(one.ref.hub for one in holders)}, policies, wanted.hubs)
    copies = tracing.copies_of(store, facts.confirmed)
    grounds = [_ground(wanted.now, hub, facts, seen, copies, {}) for hub in hubs]
    card = _sheet(wanted, policies, hubs, tuple(rows(OF_LINEAGE, grounds, wanted.min_severity)))
    versions = tuple(_kept(version, hubs, wanted.now) for version in kin.versions)
    requests = tuple(asking.requests(policies, card, versions, _open(facts)))
    named = (*_versions(kin), *_cases(facts), *_reuploads(copies))
    return replace(card, named=_shown(named, card), creator=Creator(kin.title, versions, requests))


# --- what the store holds ---------------------------------------------------------------------------------------------


def _gather(store: Store, min_severity: Severity) -> _Facts:
    with store.reading() as connection:
        packs, found = tally.packs(connection), tally.marked(connection, _MARKED)
        cases = tally.noticed(connection)
        judged = tally.judged(connection)
        events = casebook.events_of(connection, list(cases))
        ended = {number: fate(number, ref, events[number]) for number, ref in cases.items()}
        return _Facts(
            read=tally.read(connection),
            unread=tally.unread(connection),
            flagged=tally.flagged(connection, min_severity),
            marked={one: found[one] if found[one] or one in packs else None for one in _MARKED},
            judged=judged,
            drafted=[cases[number] for number, one in ended.items() if one is None],
            fates=[one for one in ended.values() if one is not None],
            categories=tally.categories(connection, [number for number, _ in judged.values()]),
        )


def _records(store: Store) -> Iterator[RepoRecord]:
    return (record for one in store.stored() if isinstance(record := hubs_of.parse(one), RepoRecord))


def _counted(records: Iterable[RepoRecord], kin: Kin, read: Counter[str]) -> Iterator[RepoRecord]:
    """Pass on the records of a lineage, counting them by hub."""
    for record in records:
        if kin.has(record.ref):
            read[record.ref.hub] += 1
            yield record


def _within(facts: _Facts, kin: Kin, read: Counter[str]) -> _Facts:
    """Keep what is of one lineage."""
    return _Facts(
        read=read,
        unread=Counter(kin.unread()),
        flagged={ref for ref in facts.flagged if kin.has(ref)},
        marked={
            one: None if refs is None else [ref for ref in refs if kin.has(ref)] for one, refs in facts.marked.items()
        },
        judged={ref: told for ref, told in facts.judged.items() if kin.has(ref)},
        drafted=[ref for ref in facts.drafted if kin.has(ref)],
        fates=[one for one in facts.fates if kin.has(one.ref)],
        categories=facts.categories,
    )


def _hubs(seen: Collection[str], policies: Policies, wanted: Sequence[str]) -> tuple[str, ...]:
    for hub in wanted:
        if hub not in seen and hub not in policies.hubs:
            close = difflib.get_close_matches(hub, sorted({*seen, *policies.hubs}), 3) or sorted(seen)
            todo = f"Looked at, or on file: {', '.join(close)}" if close else "Scan something first"
            raise UsageError(f"nothing of {hub} was ever looked at, and nothing is on file of it", todo=todo)
    return tuple(dict.fromkeys(wanted)) or tuple(sorted(seen))


# --- counting ---------------------------------------------------------------------------------------------------------


def _ground(
    now: str,
    hub: str,
    facts: _Facts,
    seen: Mapping[str, Survey],
    copies: Collection[Holder] | None,
    held: Mapping[RepoRef, Holder],
) -> Ground:
    flagged = [ref for ref in facts.flagged if ref.hub == hub]
    settled = (Verdict.CONFIRMED, Verdict.REJECTED)
    up = [ref for ref, holder in held.items() if ref.hub == hub and holder.presence is Presence.UP]
    own = seen.get(hub, Survey())
    read, unread = facts.read.get(hub, 0), facts.unread.get(hub, 0)
    return Ground(
        now=now,
        listed=read + unread,
        read=read,
        unread=unread,
        flagged=len(flagged),
        unjudged=sum(ref not in facts.judged or facts.judged[ref][1] not in settled for ref in flagged),
        judged=Counter(verdict for ref, (_, verdict) in facts.judged.items() if ref.hub == hub),
        drafted=sum(ref.hub == hub for ref in facts.drafted),
        fates=tuple(one for one in facts.fates if one.ref.hub == hub),
        reuploads=None if copies is None else sum(_is_up(one) and one.ref.hub == hub for one in copies),
        versions_up=len({base for ref in up for base in own.holders.get(ref, ())}),
        holders_up=len(up),
        survey=own,
        known_sets=_of(facts.marked["training-data"], hub),
        safeguards_removed=_of(facts.marked["safeguard-removal"], hub),
    )


def _is_up(holder: Holder) -> bool:
    return holder.presence is Presence.UP


def _of(refs: Collection[RepoRef] | None, hub: str) -> int | None:
    return None if refs is None else sum(ref.hub == hub for ref in refs)


def _sheet(wanted: Wanted, policies: Policies, hubs: tuple[str, ...], counted: tuple[Row, ...]) -> Scorecard:
    return Scorecard(
        made_at=wanted.now,
        min_severity=wanted.min_severity,
        edition=wanted.edition,
        hubs=hubs,
        titles=tuple(policies.hubs[hub].title if hub in policies.hubs else hub for hub in hubs),
        rows=counted,
        answered=tuple(answers.answered(policies, hubs)),
        covered=tuple(answers.covered(policies, hubs)),
        rules=tuple(answers.rules(policies.hubs.get(hub)) for hub in hubs),
        blind_spots=tuple(map(_blind_spots, hubs)),
    )


def _blind_spots(hub: str) -> tuple[str, ...]:
    known = hubs_of.load(hub) if hub in hubs_of.names() else None
    return known.blind_spots if isinstance(known, hubs_of.Connector) else ()


# --- one creator ------------------------------------------------------------------------------------------------------


def _kept(version: Version, hubs: tuple[str, ...], now: str) -> Kept:
    base = version.base
    found = Counter((copy.holder.ref.hub, copy.holder.presence) for copy in version.copies)
    known = {hub for hub, _ in found}
    return Kept(
        title=version.title,
        status=base.status.value if base else "",
        since=base.since.isoformat() if base else "",
        reason=base.reason if base else "",
        references=base.references if base else (),
        days=(date.fromisoformat(now[:10]) - base.since).days if base else None,
        up=tuple(
            Value(found[hub, Presence.UP]) if hub in known else Value(note="no copy of it was read there")
            for hub in hubs
        ),
        gone=tuple(found[hub, Presence.REMOVED] + found[hub, Presence.UNLISTED] for hub in hubs),
        unknown=tuple(found[hub, Presence.UNKNOWN] for hub in hubs),
    )


def _open(facts: _Facts) -> Mapping[str, Counter[str]]:
    """Count, by hub and category, the confirmed repos that are not known to be gone."""
    gone = {one.ref for one in facts.fates if one.end is End.REMOVED}
    found: dict[str, Counter[str]] = {}
    for ref, (number, verdict) in facts.judged.items():
        if verdict is Verdict.CONFIRMED and ref not in gone:
            found.setdefault(ref.hub, Counter()).update(facts.categories.get(number, ()))
    return found


# --- names, for the restricted edition --------------------------------------------------------------------------------


def _shown(named: Iterable[Named], card: Scorecard) -> tuple[Named, ...]:
    """The public edition holds none."""
    if card.edition is Edition.PUBLIC:
        return ()
    return tuple(one for one in named if one.hub in card.hubs)


def _cases(facts: _Facts) -> Iterator[Named]:
    for one in facts.fates:
        if one.end in (End.UP, End.REFUSED):
            since = f"case {one.case}, notice sent {one.sent_at[:10]}"
            yield Named(one.ref.hub, f"written about, {one.end}", str(one.ref), since, one.seen_up or "")


def _reuploads(copies: Iterable[Holder] | None) -> Iterator[Named]:
    for one in copies or ():
        if _is_up(one):
            yield _holder(one, "has a file of a confirmed upload", one.why)


def _history(held: Mapping[RepoRef, Holder], ids: Mapping[RepoRef, Collection[str]], on_file: Bases) -> Iterator[Named]:
    for ref, one in sorted(held.items()):
        if _is_up(one):
            yield _holder(
                one, "holds a historical model", ", ".join(on_file.by_id[base].title for base in sorted(ids[ref]))
            )


def _versions(kin: Kin) -> Iterator[Named]:
    for version in kin.versions:
        for copy in version.copies:
            if _is_up(copy.holder):
                yield _holder(copy.holder, "holds a version", f"{version.title}, by {copy.how}")


def _holder(one: Holder, why: str, detail: str) -> Named:
    return Named(one.ref.hub, why, str(one.ref), detail, one.as_of)
