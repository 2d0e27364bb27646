"""One crawl, step by step: every page of a list and every few repos read closely are kept before the next is asked.

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

from hubscan import __version__, remote_headers, scan
from hubscan.crawl import worth
from hubscan.crawl.asking import CARD, HEADERS, Answer, Asker, Wanted, ref_of
from hubscan.crawl.coverage import said_of_vantage, shortfall
from hubscan.crawl.items import Item, is_whole, item_of
from hubscan.crawl.plan import Cards, Headers, Plan, check_fit, lists_of
from hubscan.crawl.stop import StopSign
from hubscan.engine.match import Matcher
from hubscan.errors import StoppedError, UsageError
from hubscan.findings import Delta, Finding, PackRef, ScanError, SkippedRepo
from hubscan.http import Client, Entry
from hubscan.hubs import base
from hubscan.hubs.base import Connector, Holder, Listed, Order
from hubscan.records import FileEntry, RepoRecord, RepoRef, StoredRecord
from hubscan.remote_headers import NEVER_FOR
from hubscan.store import Judged, Store, crawls, ledger, reading, runs
from hubscan.store.crawls import CHANGES, SWEEP, Crawl, Known, Progress, Queued

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
    headers: dict[RepoRef, str] = field(default_factory=dict)
    part: dict[RepoRef, Queued] = field(default_factory=dict)
    done: list[RepoRef] = field(default_factory=list)


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
    _matching: Lock = field(default_factory=Lock)  # a matcher serves one thread at a time

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
            yield from self._closely()
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

    def _items(self, page: Listed, step: _Step) -> list[Item]:
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
        return [item_of(self.means.hub, *read[ref], known.get(ref), before.get(ref)) for ref in read]

    def _is_old(self, item: Item) -> bool:
        bound, said = self._bound(), self.means.hub.changed_at(item.stored)
        return bound is not None and said is not None and said < bound

    def _place(self, item: Item, step: _Step) -> None:
        """Judge a repo now, with what is stored of its card and headers, or queue it to be read closely."""
        stored, before = item.stored, item.before
        if before is not None:
            kept = {key: before.native[key] for key in self.means.hub.with_card if key in before.native}
            native = {**kept, **stored.native}
            stored = replace(stored, native=native, card=before.card, headers=before.headers)
            if item.card_version is not None:
                step.cards[item.ref] = item.card_version
            if item.headers_version is not None:
                step.headers[item.ref] = item.headers_version
        judged = self._judge(stored)
        if value := self._worth(item, judged):
            step.queued[item.ref] = value, stored
            return
        step.judged += judged
        if before is not None and before.card is not None and not item.card_stored:
            step.skips.append(SkippedRepo(item.ref, "card_outdated"))
        elif before is not None and before.headers and item.headers is None:
            step.skips.append(SkippedRepo(item.ref, "headers_outdated"))
        elif item.record.disabled and self._wants_card(item):
            step.skips.append(SkippedRepo(item.ref, "disabled"))

    def _worth(self, item: Item, judged: Sequence[Judged]) -> int:
        """How much reading it closely is worth, 0 for not at all."""
        cards, headers = self.plan.cards, self._wants_headers(item)
        if item.record.disabled or not (headers or (self._wants_card(item) and not item.card_stored)):
            return worth.NEVER
        if cards is Cards.CANDIDATES:
            adapter = worth.adapter(item.record) if headers else worth.NEVER
            words = self.means.matcher.words
            return max([adapter, *(worth.worth(record, found, words(record)) for _, record, found in judged)])
        return int(cards is Cards.ALL or not item.same or (item.before is not None and not item.card_stored))

    def _wants_card(self, item: Item) -> bool:
        return self.plan.cards is not Cards.NONE and self.means.hub.has_card(item.stored) is not False

    def _wants_headers(self, item: Item) -> bool:
        return self.plan.headers is Headers.FILES and bool(_waiting(item.stored, item.headers))

    def _judge(self, stored: StoredRecord) -> list[Judged]:
        with self._matching:
            return list(scan.judge([stored], self.means.matcher, scan.Tally()))

    def _match(self, record: RepoRecord) -> list[Finding]:
        with self._matching:
            return self.means.matcher.match(record)

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

    def _closely(self) -> Iterator[Judged]:
        """Read cards and headers of those in the queue."""
        asker = Asker(self.means.hub, self.means.client, self._match, self.plan.reports)
        with ThreadPoolExecutor(self.plan.jobs, thread_name_prefix="asker") as pool:
            while batch := self._next():
                self.means.sign.check()
                step, stops = _Step(), list[StoppedError]()
                for wanted, answer in zip(batch, pool.map(asker.ask, batch), strict=True):
                    self._take(wanted, answer, step)
                    stops += [answer.stopped] if answer.stopped else []
                yield from self._keep(step)
                if stops:
                    raise stops[0]

    def _next(self) -> list[Wanted]:
        """The next repos to be read closely, with what is known of them from before."""
        with self.means.store.reading() as connection:
            batch = {ref_of(one[0]): one for one in crawls.queued(connection, self.crawl, self.plan.jobs)}
            known = crawls.known(connection, batch)
            flagged = reading.flagged(connection, batch, NEVER_FOR)
        return [self._wanted(*one, known[ref], ref in flagged) for ref, one in batch.items()]

    def _wanted(self, stored: StoredRecord, progress: str | None, known: Known, flagged: bool) -> Wanted:
        version = self.means.hub.version(stored)
        current = bool(version) and version == known.headers_version
        held = stored.headers if progress == HEADERS or current else None
        card = progress is None and not (version and version == known.card_version and is_whole(self.means.hub, stored))
        return Wanted(
            stored,
            card=card and self.means.hub.has_card(stored) is not False,
            headers=self.plan.headers is Headers.FILES and bool(_waiting(stored, held)),
            progress=progress,
            held=held,
            flagged=flagged,
        )

    def _take(self, wanted: Wanted, answer: Answer, step: _Step) -> None:
        stored, ref, version = answer.stored, ref_of(wanted.stored), self.means.hub.version(answer.stored)
        if answer.stopped:
            if answer.card or answer.headers:
                step.part[ref] = stored, HEADERS if answer.headers else CARD
            return
        step.done.append(ref)
        step.errors += answer.errors
        step.skips += answer.skips
        if answer.vanished:
            return
        step.judged += self._judge(stored)
        if answer.card or wanted.progress:
            step.cards[ref] = version
        if answer.headers or wanted.progress == HEADERS:
            step.headers[ref] = "" if answer.errors else version  # with errors: all of them again the next time

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
            for ref, version in step.headers.items():
                crawls.read_headers(connection, ref, version)
            crawls.requeue(connection, crawl, step.part)
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
    if plan.headers is not Headers.NONE:
        means = replace(means, hub=base.header_source(means.hub).with_headers())
    if plan.headers is Headers.FILES:
        _require_care(means.matcher)
    with means.store.alone(f"crawl-{means.hub.name}"):
        crawl, resumed = _crawl(plan, means, packs, settings)
        yield Crawler(means, plan, crawl, tally, resumed)


def _require_care(matcher: Matcher) -> None:
    """Refuse where no rule could forbid it: what may not be looked into must be found out first."""
    if not any(rule.category == NEVER_FOR for rule in matcher.rules):
        what = f"headers are read only where rules of the category {NEVER_FOR} say first that they may be"
        raise UsageError(what, todo="Add the shipped pack with --packs, or leave --headers files out")


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


def _waiting(stored: StoredRecord, held: Mapping[str, Mapping[str, str]] | None) -> Sequence[FileEntry]:
    """The files of a repo whose header of this version is not known yet."""
    record = base.parse(replace(stored, headers=held))
    return [] if isinstance(record, ScanError) else remote_headers.waiting(record)


def _held(item: StoredRecord | SkippedRepo | ScanError) -> StoredRecord | SkippedRepo | ScanError:
    """A repo that the hub's own look-up names and that it then does not show is kept back, not gone."""
    kept_back = isinstance(item, SkippedRepo) and item.reason == "vanished"
    return SkippedRepo(item.ref, "withheld") if kept_back and isinstance(item, SkippedRepo) else item


def _earlier(when: str) -> str:
    start = datetime.fromisoformat(when).astimezone(UTC) - OVERLAP
    return start.strftime("%Y-%m-%dT%H:%M:%SZ")
