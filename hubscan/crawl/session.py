"""One crawl, step by step: every page of a list and every few cards are kept before the next is asked.

What is judged is handed on only when it is safe in the store. A crawl that stops, however hard, is taken up by the next
one of the same scope and mode with the same rules: it hands on what was kept before, then asks for the rest.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Lock

from hubscan import __version__, scan
from hubscan.crawl import worth
from hubscan.crawl.coverage import said_of_vantage, shortfall
from hubscan.crawl.plan import Cards, Plan, check_fit, lists_of
from hubscan.crawl.stop import StopSign
from hubscan.engine.match import Matcher
from hubscan.errors import StoppedError, UsageError
from hubscan.findings import Delta, PackRef, ScanError, SkippedRepo
from hubscan.http import Client, Entry
from hubscan.hubs import base
from hubscan.hubs.base import Connector, Holder, Listed, Order
from hubscan.records import RepoRecord, RepoRef, StoredRecord
from hubscan.store import Judged, Store, crawls, ledger, runs
from hubscan.store.crawls import CHANGES, SWEEP, Crawl, Known, Progress

OVERLAP = timedelta(hours=2)
"""How far a crawl for changes looks back behind the start of the one before: clocks differ, and indexes lag."""
_OVERFLOW = 200


class Pending:
    """Ledger entries not yet kept: they go into the store with the next transaction."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._lock = Lock()

    def note(self, entry: Entry) -> None:
        """Take one entry; see `http.Ledger`."""
        with self._lock:
            self._entries.append(entry)

    def take(self) -> list[Entry]:
        """Return what was noted since the last call."""
        with self._lock:
            taken, self._entries = self._entries, []
        return taken


@dataclass(slots=True)
class _Step:
    """What one transaction keeps: records to judge, and what is said beside them."""

    judged: list[Judged] = field(default_factory=list)
    skips: list[SkippedRepo] = field(default_factory=list)
    errors: list[ScanError] = field(default_factory=list)
    queued: dict[RepoRef, tuple[int, StoredRecord]] = field(default_factory=dict)
    versions: dict[RepoRef, str] = field(default_factory=dict)
    cards: dict[RepoRef, str] = field(default_factory=dict)
    done: list[RepoRef] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Item:
    """A listed repo: its object, as it was read, and what is known of it from before.

    `before` is the stored record, `card_version` the version of the card in it, None where there is none.
    """

    stored: StoredRecord
    record: RepoRecord
    version: str
    known: Known | None
    before: StoredRecord | None
    card_version: str | None

    @property
    def ref(self) -> RepoRef:
        return self.record.ref

    @property
    def same(self) -> bool:
        """Whether the list says the same of it as the last time."""
        return self.known is not None and bool(self.version) and self.known.version == self.version

    @property
    def card_stored(self) -> bool:
        """Whether the card of just this version is stored."""
        return bool(self.version) and self.card_version == self.version


@dataclass(frozen=True, slots=True)
class Means:
    """What a crawl works with. `pending` is the ledger the client writes to."""

    hub: Connector
    client: Client
    pending: Pending
    store: Store
    matcher: Matcher
    sign: StopSign = field(default_factory=StopSign)


@dataclass(slots=True)
class Crawler:
    """A crawl that is under way. Read `judged` to its end, then `finish`; `stopped` says why it ended early, if so.

    `resumed` tells that it goes on where an earlier process stopped.
    """

    means: Means
    plan: Plan
    crawl: Crawl
    tally: scan.Tally
    resumed: bool
    stopped: StoppedError | None = None
    _hopeless: bool = False
    _of_author: Counter[str | None] = field(default_factory=Counter)
    _notes: tuple[str, ...] = ()

    def judged(self) -> Iterator[Judged]:
        """Yield every judged record once, after it is safe in the store; never raises for what the hub does."""
        for judged in self._steps():
            self._of_author[judged[1].author] += 1
            yield judged
        self._keep(_Step())  # what was asked last, with or without an answer, is in the ledger too
        self._count()

    def _steps(self) -> Iterator[Judged]:
        try:
            if self.resumed:
                yield from self._kept_before()
            for name in lists_of(self.plan, self.means.hub):
                yield from self._list(name)
            yield from self._surplus()
            yield from self._cards()
            self._compare()
        except StoppedError as error:
            self.stopped, self.tally.complete = error, False

    def finish(self) -> Delta:
        """Close the crawl, or leave it to be taken up if it stopped, and return what it changed."""
        store, crawl, now = self.means.store, self.crawl, self.means.store.now()
        with store.writing() as connection:
            if self.stopped or not (self.tally.complete or self._hopeless):
                crawls.pause(connection, crawl, self.stopped.reason if self.stopped else "cut")
            else:
                part = self.plan.partial or crawl.mode == CHANGES
                coverage = self.tally.coverage(self.unknown)
                (runs.finish_part if part else runs.finish)(connection, crawl.run, coverage, now)
                (crawls.give_up if self._hopeless else crawls.close)(connection, crawl, now)
        return store.delta(crawl.run)

    @property
    def unknown(self) -> tuple[str, ...]:
        """What the crawl could not see, in sentences: its hub's blind spots, its counts, and from where it was read."""
        return (*self._notes, *self.means.hub.blind_spots, said_of_vantage(self.plan.vantage))

    def requests(self) -> Mapping[str, Mapping[str, int]]:
        """Return what the run asked, by what it was for; earlier parts of a resumed run included."""
        with self.means.store.reading() as connection:
            return ledger.summary(connection, self.crawl.run)

    def _kept_before(self) -> Iterator[Judged]:
        with self.means.store.reading() as connection:
            self.tally.skipped += crawls.skips_of(connection, self.crawl)
            self.tally.errors += crawls.errors_of(connection, self.crawl)
            yield from scan.judge(crawls.records_of(connection, self.crawl), self.means.matcher, self.tally)

    def _count(self) -> None:
        with self.means.store.reading() as connection:
            read = crawls.progress(connection, self.crawl).values()
        self.tally.listed = sum(progress.listed for progress in read)
        self.tally.unchanged = sum(progress.unchanged for progress in read)

    def _compare(self) -> None:
        """Set what whole lists showed beside what the hub itself counts."""
        if self.tally.complete and self.plan.counted and self.crawl.mode != CHANGES:
            told = self.means.hub.counts(self.means.client, self.plan.author)
            self._notes = shortfall(told, self._of_author, self.plan.author)

    def _list(self, name: str) -> Iterator[Judged]:
        with self.means.store.reading() as connection:
            progress = crawls.progress(connection, self.crawl)
        now = progress[name]
        room = None if self.plan.limit is None else self.plan.limit - sum(one.listed for one in progress.values())
        if now.ended or (room is not None and room <= 0):
            return
        lost, progressed = list[ScanError](), now.onward is None
        for page in self._pages(name, now.onward):
            self.means.sign.check()
            if page.cut:
                lost += [item for item in page.items if isinstance(item, ScanError)]
                continue
            step, now, late = self._page(page, now, room)
            room = None if room is None else room - len(step.versions)
            step.errors, lost, progressed = [*lost, *step.errors], [], True  # the list went on behind what was lost
            full = room is not None and room <= 0
            now = replace(now, onward=page.onward or now.onward, ended=late or full or page.onward is None)
            yield from self._keep(step, name, now)
            if now.ended:
                return
        # Not kept: a crawl that goes on asks for these again. One that cannot take a step where it stopped is over.
        self.tally.errors += lost
        self.tally.complete = False
        self._hopeless = self._hopeless or not progressed

    def _pages(self, name: str, start: str | None) -> Iterator[Listed]:
        kind, _, view = name.partition(" ")
        if self.plan.repos:
            refs = (RepoRef(self.means.hub.name, kind, repo) for repo in self.plan.repos)
            return self._one_by_one(refs, int(start or 0))
        if self.plan.hashes:
            return self._holders(start)
        order = Order.CHANGED if self._bound() else Order.CREATED
        query = next(query for query in self.plan.queries(order, view) if query.kind == kind)
        return self.means.hub.pages(self.means.client, query, start)

    def _one_by_one(self, refs: Iterable[RepoRef], begun: int = 0) -> Iterator[Listed]:
        ordered = list(refs)
        for number, ref in enumerate(ordered[begun:], begun + 1):
            found = self.means.hub.fetch(self.means.client, ref)
            yield Listed((found,), str(number) if number < len(ordered) else None)

    def _holders(self, start: str | None) -> Iterator[Listed]:
        """Read each repo that holds one of the files, by its id: the look-up is asked again where a crawl goes on."""
        told = list(self.means.hub.holders(self.means.client, self.plan.hashes))
        errors = tuple(item for item in told if isinstance(item, ScanError))
        refs = list(dict.fromkeys(item.ref for item in told if isinstance(item, Holder)))
        if errors or not refs:
            yield Listed(errors, "0" if refs else None)
        for page in self._one_by_one(refs, int(start or 0)):
            yield replace(page, items=tuple(map(_held, page.items)))

    def _bound(self) -> str | None:
        return self.crawl.since or self.plan.since

    def _page(self, page: Listed, now: Progress, room: int | None) -> tuple[_Step, Progress, bool]:
        """Judge one page. The last value says that all of it is older than what is looked for."""
        step = _Step()
        step.errors += [item for item in page.items if isinstance(item, ScanError)]
        step.skips += [item for item in page.items if isinstance(item, SkippedRepo)]
        items = self._items(page, step)
        recent = [item for item in items if not self._is_old(item)]
        late = bool(items) and not recent
        fresh = [item for item in recent if item.known is None or item.known.listed_in != self.crawl.id][:room]
        for item in fresh:
            step.versions[item.ref] = item.version
            if item.same and self.crawl.mode == CHANGES:
                step.skips.append(SkippedRepo(item.ref, "unchanged"))
            else:
                self._place(item, step)
        same = sum(item.same for item in fresh)
        now = replace(now, listed=now.listed + len(fresh), unchanged=now.unchanged + same)
        return step, now, late

    def _items(self, page: Listed, step: _Step) -> list[_Item]:
        """The repos of a page, each once, as they were read."""
        read: dict[RepoRef, tuple[StoredRecord, RepoRecord]] = {}
        for stored in page.items:
            if isinstance(stored, StoredRecord):
                clean = replace(stored, native=self.means.hub.scrub(stored.native))
                record = base.parse(clean)
                if isinstance(record, ScanError):
                    step.errors.append(record)
                else:
                    read[record.ref] = clean, record
                    step.errors += self.means.hub.gaps(clean)
        with self.means.store.reading() as connection:
            known, before = crawls.known(connection, read), crawls.bodies(connection, read)
        return [self._item(*read[ref], known.get(ref), before.get(ref)) for ref in read]

    def _item(
        self, stored: StoredRecord, record: RepoRecord, known: Known | None, before: StoredRecord | None
    ) -> _Item:
        card_version = known.card_version if known else None
        if before is None or before.card is None:
            before, card_version = None, None
        elif card_version is None:  # it came by a dump
            card_version = self.means.hub.version(before)
        return _Item(stored, record, self.means.hub.version(stored), known, before, card_version)

    def _is_old(self, item: _Item) -> bool:
        bound, said = self._bound(), self.means.hub.changed_at(item.stored)
        return bound is not None and said is not None and said < bound

    def _place(self, item: _Item, step: _Step) -> None:
        """Judge a repo now, with its stored card if there is one, or queue it for its card."""
        stored, before = item.stored, item.before
        if before is not None:
            kept = {key: before.native[key] for key in self.means.hub.with_card if key in before.native}
            native = {**kept, **stored.native}
            stored = replace(stored, native=native, card=before.card, headers=before.headers)
            step.cards[item.ref] = item.card_version or ""
        judged = self._judge(stored)
        if value := self._worth(item, judged):
            step.queued[item.ref] = value, stored
            return
        step.judged += judged
        if before is not None and not item.card_stored:
            step.skips.append(SkippedRepo(item.ref, "card_outdated"))
        elif item.record.disabled and self._wants_card(item):
            step.skips.append(SkippedRepo(item.ref, "disabled"))

    def _wants_card(self, item: _Item) -> bool:
        return self.plan.cards is not Cards.NONE and self.means.hub.has_card(item.stored) is not False

    def _worth(self, item: _Item, judged: Sequence[Judged]) -> int:
        """How much reading the card is worth, 0 for not at all."""
        cards = self.plan.cards
        if item.card_stored or item.record.disabled or not self._wants_card(item):
            return worth.NEVER
        if cards is Cards.CANDIDATES:
            return max(worth.worth(record, found, self.means.matcher.words(record)) for _, record, found in judged)
        return int(cards is Cards.ALL or not item.same or item.before is not None)

    def _judge(self, stored: StoredRecord) -> list[Judged]:
        return list(scan.judge([stored], self.means.matcher, scan.Tally()))

    def _surplus(self) -> Iterator[Judged]:
        """Judge without a card those for whose card there is no room, the least worthy first."""
        if self.plan.cards is not Cards.CANDIDATES:
            return
        self._count()
        while (over := self._left() - worth.limit(self.tally.listed)) > 0:
            with self.means.store.reading() as connection:
                batch = crawls.least(connection, self.crawl, min(over, _OVERFLOW))
            step = _Step()
            for stored in batch:
                step.judged += self._judge(stored)
            step.done = [record.ref for _, record, _ in step.judged]
            yield from self._keep(step)

    def _left(self) -> int:
        with self.means.store.reading() as connection:
            return crawls.left(connection, self.crawl)

    def _cards(self) -> Iterator[Judged]:
        with ThreadPoolExecutor(self.plan.jobs, thread_name_prefix="card") as pool:
            while batch := self._next_cards():
                self.means.sign.check()
                step, stops = _Step(), list[StoppedError]()
                for stored, card in zip(batch, pool.map(self._ask, batch), strict=True):
                    if isinstance(card, StoppedError):
                        stops.append(card)
                    else:
                        self._take(stored, card, step)
                yield from self._keep(step)
                if stops:
                    raise stops[0]

    def _next_cards(self) -> list[StoredRecord]:
        with self.means.store.reading() as connection:
            return crawls.queued(connection, self.crawl, self.plan.jobs)

    def _ask(self, stored: StoredRecord) -> tuple[StoredRecord, base.Unread | None] | StoppedError:
        """Read card and reports of one repo, on a thread of its own; what ends the run comes back as a value."""
        try:
            read = self.means.hub.card(self.means.client, stored)
            stored, unread = (read, None) if isinstance(read, StoredRecord) else (stored, read)
            if self.plan.reports:
                told = self.means.hub.reports(self.means.client, stored)
                stored, unread = (told, unread) if isinstance(told, StoredRecord) else (stored, unread or told)
        except StoppedError as error:
            return error
        return stored, unread

    def _take(self, listed: StoredRecord, answer: tuple[StoredRecord, base.Unread | None], step: _Step) -> None:
        stored, unread = answer
        ref = _ref(listed)
        step.done.append(ref)
        if isinstance(unread, ScanError):
            step.errors.append(replace(unread, ref=ref))
        elif unread:
            step.skips.append(unread)
            if unread.reason == "vanished":
                return
        step.judged += self._judge(stored)
        if stored.card is not None and stored.card is not listed.card:
            step.cards[ref] = self.means.hub.version(stored)

    def _keep(self, step: _Step, name: str | None = None, now: Progress | None = None) -> Iterator[Judged]:
        store, crawl, at = self.means.store, self.crawl, self.means.store.now()
        judged = {record.ref: (stored, record, found) for stored, record, found in step.judged}
        with store.writing() as connection:
            crawls.list_repos(connection, crawl, step.versions)
            runs.save(connection, crawl.run, judged.values(), at)
            runs.skip(connection, crawl.run, step.skips, at)
            crawls.read_repos(connection, crawl, judged)
            for ref, version in step.cards.items():
                crawls.read_card(connection, ref, version)
            crawls.enqueue(connection, crawl, step.queued)
            crawls.dequeue(connection, crawl, step.done)
            crawls.add_errors(connection, crawl, step.errors)
            ledger.add(connection, crawl.run, self.means.pending.take())
            if name is not None and now is not None:
                crawls.advance(connection, crawl, name, now)
        self.tally.errors += step.errors
        self.tally.skipped += [skip for skip in step.skips if skip.reason != "unchanged"]
        for _, record, found in judged.values():
            self.tally.read += 1
            self.tally.cards += record.card == "read"
            self.tally.findings += len(found)
        return iter(judged.values())


@contextmanager
def opened(
    plan: Plan, means: Means, packs: Sequence[PackRef], settings: Mapping[str, str], tally: scan.Tally
) -> Iterator[Crawler]:
    """Take up the crawl of this plan that stopped, or begin one, alone on its hub in this database.

    `StoreError` where another process crawls the hub; `UsageError` for `since_last` with nothing to start from.
    """
    plan.check()
    check_fit(plan, means.hub)
    with means.store.alone(f"crawl-{means.hub.name}"):
        crawl, resumed = _crawl(plan, means, packs, settings)
        yield Crawler(means, plan, crawl, tally, resumed)


def _crawl(plan: Plan, means: Means, packs: Sequence[PackRef], settings: Mapping[str, str]) -> tuple[Crawl, bool]:
    store, scope = means.store, plan.scope(means.hub.name, means.client.settings.endpoint)
    with store.reading() as connection:
        last = crawls.last_start(connection, scope) if plan.since_last else None
    if plan.since_last and last is None and not plan.all:
        what = "no crawl of this kind has come to its end, so there is nothing to look for changes since"
        raise UsageError(what, todo="Run it once with --all instead, or add --all to do so now")
    mode = CHANGES if last else SWEEP
    with store.reading() as connection:
        if found := crawls.stopped(connection, scope, mode, packs):
            return found, True
    run = store.start_run(means.hub.name, scope, settings, packs, __version__)
    with store.writing() as connection:
        since = _earlier(last) if last else None
        return crawls.begin(connection, run, mode, since, lists_of(plan, means.hub), store.now()), False


def _ref(stored: StoredRecord) -> RepoRef:
    record = base.parse(stored)
    assert isinstance(record, RepoRecord), "what is queued was read before"  # noqa: S101
    return record.ref


def _held(item: StoredRecord | SkippedRepo | ScanError) -> StoredRecord | SkippedRepo | ScanError:
    """A repo that the hub's own look-up names and that it then does not show is kept back, not gone."""
    kept_back = isinstance(item, SkippedRepo) and item.reason == "vanished"
    return SkippedRepo(item.ref, "withheld") if kept_back and isinstance(item, SkippedRepo) else item


def _earlier(when: str) -> str:
    start = datetime.fromisoformat(when).astimezone(UTC) - OVERLAP
    return start.strftime("%Y-%m-%dT%H:%M:%SZ")
