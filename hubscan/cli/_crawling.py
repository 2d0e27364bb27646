"""What `hubscan scan HUB` does beyond the scan of a dump: a client, a crawl that can stop, and what to say of it."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from hubscan import crawl, scan
from hubscan.cli import _options
from hubscan.cli._ends import Ends
from hubscan.engine.load import Rulebook
from hubscan.engine.match import Matcher
from hubscan.errors import NothingCollectedError, StoppedError
from hubscan.findings import Delta
from hubscan.http import Budget, Client, FileRecorder, Settings
from hubscan.hubs import base
from hubscan.hubs.base import Account, Connector

CONTACT_VARIABLE = "HUBSCAN_CONTACT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options of a network scan. None means the hub's own endpoint and pace, no budget, no recording."""

    hub: str
    endpoint: str | None
    plan: crawl.Plan
    max_requests: int | None
    max_minutes: float | None
    record: Path | None
    interval: float | None
    contact: str | None


@contextmanager
def opened(
    asked: Asked, rulebook: Rulebook, matcher: Matcher, tally: scan.Tally, database: str | None, keep: bool
) -> Iterator[Ends]:
    """Begin or take up the crawl. Where nothing is to be kept, its state lives in a folder that goes away after it."""
    asked.plan.check()
    hub = base.connector(asked.hub)
    hub = base.hash_source(hub).with_file_hashes() if asked.plan.file_hashes else hub
    account = hub.account(asked.endpoint)
    contact = asked.contact or os.environ.get(CONTACT_VARIABLE)
    interval = hub.interval if asked.interval is None else asked.interval
    settings = Settings(endpoint=account.endpoint, token=account.token, contact=contact, interval=interval)
    with ExitStack() as stack:
        if not keep:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="hubscan-"))
            database = f"sqlite:///{folder}/crawl.db"
        store = stack.enter_context(_options.opened_store(database))
        sign, pending = crawl.StopSign(), crawl.Pending()
        stack.enter_context(sign.watching())
        budget = Budget(requests=asked.max_requests, minutes=asked.max_minutes)
        recorder = _recorder(asked.record, hub, account) if asked.record else None
        client = stack.enter_context(Client(settings, pending, budget, sign.clock(), recorder))
        means = crawl.Means(hub, client, pending, store, matcher, sign)
        packs = [pack.ref for pack in rulebook.packs]
        crawler = stack.enter_context(crawl.opened(asked.plan, means, packs, asked.plan.depth, tally))
        yield Ends(
            judged=crawler.judged(),
            finish=lambda: _finish(crawler),
            store=store if keep else None,
            run=crawler.crawl.run if keep else None,
            requests=crawler.requests,
            unknown=lambda: _unknown(crawler),
        )


def _recorder(folder: Path, hub: Connector, account: Account) -> FileRecorder:
    return FileRecorder(folder, account.endpoint, account.token, lambda value: base.scrubbed(hub, value))


def _finish(crawler: crawl.Crawler) -> Delta:
    delta, tally = crawler.finish(), crawler.tally
    withheld = any(skip.reason == "withheld" for skip in tally.skipped)  # that the hub holds it is worth a report
    if tally.listed or withheld or crawler.plan.since_last or crawler.stopped:
        return delta
    if not tally.errors:
        what = "the hub knows none of these files" if crawler.plan.hashes else "the hub lists no such repo"
        todo = "Check the filters, or the endpoint"
        raise NothingCollectedError(what, crawler.means.client.settings.endpoint, todo)
    first = tally.errors[0]
    raise NothingCollectedError(f"nothing could be read; the first: {first.kind}: {first.message}", first.where)


def _unknown(crawler: crawl.Crawler) -> tuple[str, ...]:
    return (*_stop(crawler.stopped), *crawler.unknown)


def _stop(stopped: StoppedError | None) -> tuple[str, ...]:
    return (f"Stopped ({stopped.reason}): {stopped}.",) if stopped else ()
