"""Across hubs: the stored records as one graph, the same file elsewhere, and hash lists that people's decisions fill.

Joins the store with `lineage` and `identity`, which know no database. Nothing here asks a hub anything: what is said
of a repo is as of the last look at it, by a scan or a check, with that time.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice

from sqlalchemy import Connection

from hubscan import bases, caseflow, cases, filehashes
from hubscan.bases import Base, Bases
from hubscan.casework import Case, CheckOutcome, Verdict
from hubscan.engine.elsewhere import Known
from hubscan.engine.grammar import walk
from hubscan.engine.load import Rulebook
from hubscan.errors import CaseError, UsageError
from hubscan.findings import ScanError, Severity
from hubscan.hashlists import CONFIRMED, HashEntry, HashEvent, Opinion
from hubscan.holders import Holder, Presence
from hubscan.hubs import base as hubs
from hubscan.identity import hashlist
from hubscan.identity.clusters import COMMON, Match, clusters, match
from hubscan.lineage import Builder, Family, Graph, family
from hubscan.lineage.family import ITSELF, NAME_ON_FILE, SAME_FILE, Copy
from hubscan.records import RepoRecord, RepoRef, StoredRecord
from hubscan.store import Store, casebook, hashindex, hashlists, indexes
from hubscan.store.hashindex import Look

# --- lineage ----------------------------------------------------------------------------------------------------------


def graph(store: Store, on_file: Bases) -> Graph:
    """Return the graph of everything stored. A record that cannot be read is not in it."""
    builder = Builder(on_file)
    for record in _read(store.stored()):
        builder.add(record)
    return builder.graph()


def trace(store: Store, on_file: Bases, model: str, depth: int, min_severity: Severity) -> Family:
    """Return the family of the model called `model`, findings at or above `min_severity` counted as flags.

    `UsageError` where nothing stored is called that, or several things are.
    """
    whole = graph(store, on_file)
    root = whole.find(model)
    flagged = {finding.ref for finding in store.findings(min_severity) if finding.rule.status != "draft"}
    copies = _copies(store, on_file.by_id.get(whole.base(root) or ""), whole.name(root))
    return family(whole, root, flagged, copies, depth)


@dataclass(frozen=True, slots=True)
class Version:
    """One model of a creator: the base on file that it is (None for any other), and who holds it."""

    title: str
    base: Base | None
    copies: tuple[Copy, ...]


@dataclass(frozen=True, slots=True)
class Kin:
    """A creator's models and all that was made from them; `below` are the nodes of those, the models left out."""

    title: str
    versions: tuple[Version, ...]
    graph: Graph
    below: frozenset[int]

    def has(self, ref: RepoRef) -> bool:
        """Whether a repo was made from one of the models, as far as is known."""
        return self.graph.number(ref) in self.below

    def unread(self) -> Iterator[str]:
        """Yield the hub of each repo that others name as one of these, and nobody has read."""
        for node in self.below:
            name = self.graph.name(node)
            if not self.graph.is_read(node) and self.graph.base(node) is None and name.count(":") >= 2:
                yield name.partition(":")[0]


def kin(store: Store, on_file: Bases, model: str) -> Kin:
    """Return the lineage of `model`: a repo, `hub:id`, a name or file of a base on file, or a family of those.

    A family is given by how the names of its bases begin (`Stable Diffusion 1`), or by the id of a set. `UsageError`
    where nothing stored is that or was made from it; it names what is called nearly so.
    """
    whole = graph(store, on_file)
    nodes, named = _meant(whole, on_file, model)
    known = [on_file.by_id[one] for one in dict.fromkeys((*filter(None, map(whole.base, nodes)), *named))]
    others = [whole.name(node) for node in nodes if whole.base(node) is None]
    versions = [Version(base.title, base, tuple(_copies(store, base, base.title))) for base in known]
    versions += [Version(name, None, tuple(_copies(store, None, name))) for name in others]
    roots = {node for one in known for node in whole.called(f"base:{one.id}")} | set(nodes)
    if not roots and not any(version.copies for version in versions):
        raise _not_found(whole, on_file, model)
    below = frozenset(node for root in roots for node in whole.below(root)[0]) - roots
    title = versions[0].title if len(versions) == 1 else model
    return Kin(title, tuple(versions), whole, below)


def _meant(whole: Graph, on_file: Bases, model: str) -> tuple[list[int], list[str]]:
    """Return the nodes `model` names, or, where it names none, the ids of the bases on file that it stands for."""
    hub, _, rest = model.partition(":")
    found = whole.called(model) or whole.called(f"{hub}:model:{rest}")
    if len(found) > 1:
        names = ", ".join(sorted(map(whole.name, found))[:5])
        raise UsageError(f"{model!r} may be several", todo=f"Name one: {names}")
    if found:
        return list(found), []
    words = bases.named(model)
    start = re.compile(re.escape(words) + r"(?![a-z0-9])")
    family = [
        base.id
        for one in on_file.sets.values()
        for base in one.bases
        if model == one.id or words in base.names or any(start.match(name) for name in base.names)
    ]
    return [], family


def _not_found(whole: Graph, on_file: Bases, model: str) -> UsageError:
    owner, _, rest = model.casefold().rpartition("/")
    parts = [part for part in (f":{owner}/" if owner else "", rest[:3]) if part]
    alike = (name for name in whole.names() if name.count(":") >= 2 and any(part in name for part in parts))
    stored = islice(alike, _NEAR)
    labels = {label.casefold(): label for base in on_file.by_id.values() for label in (base.title, *base.labels)}
    called = {name.split(":", 2)[2]: name.split(":", 2)[2] for name in stored} | labels
    close = get_close_matches(model.casefold(), called, 4, 0.5)
    near = f"Near: {', '.join(called[name] for name in close)}" if close else "Scan its hub first"
    return UsageError(f"nothing stored is called {model!r} or was made from it", todo=near)


_NEAR = 5000
"""Names that are compared with one that nobody knows."""


def holders(store: Store, refs: Iterable[RepoRef]) -> Mapping[RepoRef, Holder]:
    """Return the holder that each repo is, as of the last look at it; a repo that was never read is not in it."""
    with store.reading() as connection:
        return _holders(connection, refs)


def _copies(store: Store, named: Base | None, name: str) -> list[Copy]:
    """Find who holds a model: by its names, and by the hashes that it, or the base on file, is known by."""
    how: dict[RepoRef, str] = {}
    with store.reading() as connection:
        for ref in _refs(connection, named.repos if named else (name,)):
            how[ref] = NAME_ON_FILE if named else ITSELF
        hashes = {("sha256", digest) for digest in named.sha256} if named else set()
        for ref in how:
            hashes |= {(one.algorithm, one.value) for one in hashindex.hashes_of(connection, ref)}
        strong = ((algorithm, value) for algorithm, value in hashes if algorithm in ("sha256", "sshs"))
        for one in hashindex.showing(connection, strong):
            if one.current:
                how.setdefault(one.ref, SAME_FILE)
        known = _holders(connection, how)
    return [Copy(holder, how[ref]) for ref, holder in known.items()]


def _refs(connection: Connection, names: Iterable[str]) -> list[RepoRef]:
    parts = (name.split(":", 2) for name in names if ":" in name)
    refs = [RepoRef(part[0], "model", part[-1]) if len(part) == 2 else RepoRef(*part) for part in parts]
    return list(hashindex.looks(connection, refs))


# --- the same file ----------------------------------------------------------------------------------------------------


def index(store: Store) -> None:
    """Bring into the indexes what was kept before there were any."""
    while True:
        with store.writing() as connection:
            waiting = indexes.waiting(connection)
            if not waiting:
                return
            indexes.save(connection, list(_read(waiting.values())), store.now())
            indexes.settle(connection, waiting)


def matches(store: Store) -> Iterator[Match]:
    """Yield the files that went from one repo, by the latest look at it, and are up in another, surest hash first."""
    index(store)
    with store.reading() as connection:
        for cluster in list(clusters(hashindex.shared(connection), _WholeHashes(connection))):
            if found := match(cluster, _holders(connection, cluster.files)):
                yield found


def elsewhere(store: Store, ref: RepoRef) -> list[tuple[Holder, str]]:
    """Return who else shows, or has shown, a file of this repo by its SHA-256 or `sshs`, and under which name."""
    with store.reading() as connection:
        own = {(one.algorithm, one.value) for one in hashindex.hashes_of(connection, ref)}
        strong = sorted((algorithm, value) for algorithm, value in own if algorithm in ("sha256", "sshs"))
        shown = {one.ref: one.file for one in hashindex.showing(connection, strong) if one.ref != ref}
        return [(holder, shown[other]) for other, holder in sorted(_holders(connection, shown).items())]


def reuploads(store: Store, case: Case) -> list[RepoRef]:
    """Return the repos that show a file of this case's repo, by its SHA-256, since people last dealt with the case.

    Each was up at the last look. Files that very many share (`clusters.COMMON`) tell nothing and are left out.
    """
    since = caseflow.dealt_with_at(case.events)
    with store.reading() as connection:
        own = {(one.algorithm, one.value) for one in hashindex.hashes_of(connection, case.ref)}
        whole = {(algorithm, value) for algorithm, value in own if algorithm == "sha256"}
    telling = whole - _common(store, whole)
    with store.reading() as connection:
        shown = (one for one in hashindex.showing(connection, telling) if one.current and one.first_seen > since)
        found = _holders(connection, {one.ref for one in shown} - {case.ref})
    return sorted(ref for ref, holder in found.items() if holder.presence is Presence.UP)


def copies_of(store: Store, confirmed: Collection[RepoRef]) -> tuple[Holder, ...] | None:
    """Return who else shows a file of these repos, by its whole SHA-256; None where no file of theirs has one.

    Parts that everybody shares (`clusters.COMMON`) are left out. Exact copies only: a file saved anew has another hash.
    """
    index(store)
    with store.reading() as connection:
        own = {
            (one.algorithm, one.value)
            for ref in confirmed
            for one in hashindex.hashes_of(connection, ref)
            if one.algorithm == "sha256"
        }
    if not own:
        return None
    own -= _common(store, own)
    with store.reading() as connection:
        shown = {one.ref for one in hashindex.showing(connection, own) if one.current and one.ref not in confirmed}
        return tuple(holder for _, holder in sorted(_holders(connection, shown).items()))


class _WholeHashes:
    """Asks the index for the SHA-256 of a repo's file, each repo once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[RepoRef, Mapping[str, set[str]]] = {}

    def __call__(self, ref: RepoRef, file: str) -> Collection[str]:
        if ref not in self._known:
            digests = defaultdict(set)
            for one in hashindex.hashes_of(self._connection, ref):
                if one.algorithm == "sha256":
                    digests[one.file].add(one.value)
            self._known[ref] = digests
        return self._known[ref].get(file, set())


def _holders(connection: Connection, refs: Iterable[RepoRef]) -> dict[RepoRef, Holder]:
    looks = hashindex.looks(connection, refs)
    checked = casebook.last_seen_by_checks(connection, looks)
    return {ref: _holder(ref, look, checked.get(ref)) for ref, look in looks.items()}


def _holder(ref: RepoRef, look: Look, checked: tuple[CheckOutcome, str] | None) -> Holder:
    record = hubs.parse(look.stored)
    author = record.author if isinstance(record, RepoRecord) else None
    presence, why, as_of = _presence(record, look)
    if checked and checked[1] > as_of:
        outcome, as_of = checked
        presence, why = _CHECKED[outcome], f"checked: {outcome}"
    return Holder(ref, look.url, author, presence, why, as_of)


def _presence(record: RepoRecord | ScanError, look: Look) -> tuple[Presence, str, str]:
    if look.missed and not (look.skipped and look.skipped[1] >= look.missed):
        return Presence.UNLISTED, "a later whole list came without it", look.missed
    if look.skipped:
        reason, at = look.skipped
        return *_SKIPPED.get(reason, (Presence.UNKNOWN, f"not read: {reason}")), at
    if isinstance(record, ScanError):
        return Presence.UNKNOWN, "its record cannot be read", look.seen_at
    mode = record.flags.get("mode")
    if record.disabled or mode == "TakenDown":
        return Presence.REMOVED, "its hub says that it was taken down", look.seen_at
    if record.private or mode == "Archived":
        return Presence.UNKNOWN, "private or archived", look.seen_at
    return Presence.UP, "behind a gate" if record.gated else "listed", look.seen_at


_SKIPPED = {
    "vanished": (Presence.REMOVED, "asked for by name, and not there"),
    "disabled": (Presence.REMOVED, "disabled by its hub"),
    "gated": (Presence.UP, "behind a gate"),
    "unchanged": (Presence.UP, "listed, and unchanged"),
}
"""What a look that read nothing tells. Every other reason tells nothing."""

_CHECKED = {
    CheckOutcome.UP: Presence.UP,
    CheckOutcome.CHANGED: Presence.UP,
    CheckOutcome.GATED: Presence.UP,
    CheckOutcome.DISABLED: Presence.REMOVED,
    CheckOutcome.GONE: Presence.REMOVED,
}
"""What a check tells that saw something."""


# --- hash lists -------------------------------------------------------------------------------------------------------


def entries(store: Store, list_id: str | None, now: str) -> tuple[HashEntry, ...]:
    """Return what stands of every hash of a list at `now`, withdrawn ones too; None for all lists."""
    with store.reading() as connection:
        return tuple(hashlist.entries(hashlists.events(connection, list_id), now, hashlists.overturned(connection)))


def opinions(store: Store, now: str) -> hashlist.Opinions:
    """Return all lists as rules ask them."""
    return hashlist.Opinions(entries(store, None, now))


def known(store: Store, rulebook: Rulebook) -> Known:
    """Return what rules may ask beyond records: all hash lists, and lineage as far up as any of them looks.

    The graph of everything stored is made only for a rule that looks more than one step up. Uploaders are counted when
    a scan has read everything: see `scan.judge_uploaders`.
    """
    clauses = (clause for rule in rulebook.rules for tree in rule.trees for clause in walk(tree))
    far = any(clause["base_model"].get("steps", 1) > 1 for clause in clauses if "base_model" in clause)
    lineage = graph(store, bases.shipped()) if far else bases.shipped()
    return Known(opinions(store, store.now()), lineage, uploaders={})


def seed(
    store: Store,
    number: int,
    *,
    reviewer: str,
    reason: str,
    now: str,
    list_id: str = CONFIRMED,
    opinion: Opinion = Opinion.POSITIVE,
    expires_at: str | None = None,
) -> tuple[HashEvent, ...]:
    """Put the files of a confirmed case on a list, each by its surest hash, as they were when it was decided.

    Only a person's decision does this. Parts that everybody shares (`clusters.COMMON`) stay off the list. `CaseError`
    unless the latest decision confirms the case and a file of its own has a hash.
    """
    file = cases.show_case(store, number)
    if not file.case.decisions or file.case.decisions[-1].verdict is not Verdict.CONFIRMED:
        raise CaseError("nobody has confirmed it", f"case {number}", f"hubscan cases decide {number} confirmed ...")
    record = hubs.parse(file.decided_on or file.record)
    files = filehashes.by_file(record) if isinstance(record, RepoRecord) else ()
    surest = {(hashes[0].algorithm, hashes[0].value) for _, hashes in files if hashes}
    own = sorted(surest - _common(store, surest))
    if not own:
        raise CaseError("no weight file of its own has a published hash", f"case {number}", "There is nothing to list")
    events = tuple(
        HashEvent(
            list=list_id,
            algorithm=algorithm,
            value=value,
            opinion=opinion,
            source=reviewer,
            reason=reason,
            at=now,
            case=number,
            expires_at=expires_at,
        )
        for algorithm, value in own
    )
    record_events(store, events)
    return events


def withdraw(store: Store, list_id: str, value: str, *, reviewer: str, reason: str, now: str) -> tuple[HashEvent, ...]:
    """Take back all that was said of a hash, and remember it: no import brings it back. `UsageError` if not listed."""
    listed = [entry for entry in entries(store, list_id, now) if entry.value == value.lower()]
    if not listed:
        raise UsageError(
            f"the list {list_id} does not hold that hash", todo="hubscan identity export shows what it has"
        )
    events = tuple(
        HashEvent(
            list=list_id,
            algorithm=entry.algorithm,
            value=entry.value,
            opinion=Opinion.WITHDRAWN,
            source=reviewer,
            reason=reason,
            at=now,
        )
        for entry in listed
    )
    record_events(store, events)
    return events


def record_events(store: Store, events: Iterable[HashEvent]) -> None:
    """Keep what was said of hashes; `CaseError` where somebody, or the reason, is not named."""
    said = list(events)
    if any(not event.source.strip() or (not event.reason.strip() and event.case is not None) for event in said):
        raise CaseError("the reviewer or the reason is empty", todo="Say who you are and why, for the next reviewer")
    with store.writing() as connection:
        hashlists.add(connection, said)


def _read(stored: Iterable[StoredRecord]) -> Iterator[RepoRecord]:
    return (record for one in stored if isinstance(record := hubs.parse(one), RepoRecord))


def _common(store: Store, hashes: Collection[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    people = defaultdict(set)
    with store.reading() as connection:
        for one in hashindex.showing(connection, hashes):
            people[one.algorithm, one.value].add((one.ref.hub, one.uploader))
    return frozenset(key for key, several in people.items() if len(several) >= COMMON)
