"""What a crawl costs and survives, on a replayed hub that counts what it is asked.

    python benchmarks/crawl.py [kill] [requests] [quota] [--data DIR] [--kills N] [--seed N]

The hub is made of real metadata (`hf-listing.jsonl.gz`: 15,901 listings, `hf-cards.jsonl.gz`: 801 cards, in DIR) and,
for `requests`, the Hugging Face part of the bundled sample hub; pages hold 100. All is asked over loopback.

* kill: a crawl in a process of its own is killed by SIGKILL at random moments and started again until it ends; what is
  stored is compared with that of a crawl nobody disturbed, and questions asked twice are counted.
* requests: sweeps at each depth of `--cards`, what each finds above `info`, a crawl for changes on the unchanged hub,
  and the usual client's way (list, info and card of each repo by huggingface_hub) on 200 of the repos.
* quota: 5,000 requests against 500 in 300 s, in virtual time.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from hubscan import dumps, scan
from hubscan.crawl import Cards, Means, Pending, Plan, StopSign, opened
from hubscan.engine.load import load
from hubscan.engine.match import Matcher
from hubscan.findings import Severity
from hubscan.http import Client, Clock, Settings
from hubscan.hubs import base
from hubscan.records import StoredRecord
from hubscan.replay import Quota, ReplayServer, serve
from hubscan.store import Store
from hubscan.store.tables import findings, records

DATA = Path(os.environ.get("HUBSCAN_DATA", "../shared/data"))
SAMPLE = Path(__file__).parent.parent / "examples" / "sample-hub.jsonl"
SOURCES = ("hf-listing.jsonl.gz", "hf-cards.jsonl.gz")


def hub_records(*paths: Path) -> Iterator[StoredRecord]:
    """Yield the Hugging Face records of dumps."""
    for record in dumps.read(paths):
        if isinstance(record, StoredRecord) and record.hub == "huggingface":
            yield record


def outcome(url: str) -> tuple[set[tuple[str, str]], set[str]]:
    """Return what a database holds: (repo, digest) of each record, and the fingerprints of all findings."""
    with Store.open(url) as store, store.reading() as connection:
        rows = connection.execute(select(records.c.repo_id, records.c.digest))
        return {(row.repo_id, row.digest) for row in rows}, set(connection.scalars(select(findings.c.fingerprint)))


def asked(server: ReplayServer) -> Counter[str]:
    """Count what a server was asked, address by address."""
    return Counter(seen.target for seen in list(server.requests))


def start(server: ReplayServer, url: str, *options: str) -> subprocess.Popen[bytes]:
    """Start a crawl of `server` into the database `url`, in a process of its own."""
    command = ("scan", "huggingface", "--endpoint", server.url, "--all", "--database", url, "--quiet", *options)
    return subprocess.Popen(
        [sys.executable, "-m", "hubscan.cli", *command, "--format", "jsonl", "--open-cases", "none"],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )


def crawl_with_kills(server: ReplayServer, url: str, kills: int, most: float, chance: random.Random) -> int:
    """Crawl, killing `kills` times within `most` seconds of the first new question; return how many kills hit."""
    hits = 0
    for number in range(kills + 1):
        seen = len(server.requests)
        with start(server, url, "--cards", "all") as process:
            if number < kills:
                while len(server.requests) == seen and process.poll() is None:
                    time.sleep(0.01)
                time.sleep(chance.uniform(0, most))
                hits += process.poll() is None
                process.send_signal(signal.SIGKILL)
    if process.returncode != 0:
        raise SystemExit(f"the last crawl ended with {process.returncode}")
    return hits


def kill(data: Path, kills: int, seed: int) -> None:
    """Print what `kills` kills changed: nothing, and how many questions were asked twice."""
    hub = list(hub_records(*(data / name for name in SOURCES)))
    with serve(hub) as calm, serve(hub) as rough, tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        with start(calm, f"sqlite:///{folder}/calm.db", "--cards", "all") as process:
            pass
        print(
            f"undisturbed: exit {process.returncode}, {len(calm.requests):,} requests, {time.monotonic() - began:.0f} s"
        )
        most = (time.monotonic() - began) * 1.2 / kills
        hits = crawl_with_kills(rough, f"sqlite:///{folder}/rough.db", kills, most, random.Random(seed))
        one, other = outcome(f"sqlite:///{folder}/calm.db"), outcome(f"sqlite:///{folder}/rough.db")
        twice = {target: number - 1 for target, number in asked(rough).items() if number > 1}
        stored = f"{len(other[0]):,} records, {len(other[1]):,} findings"
        print(f"killed {hits} times: {len(rough.requests):,} requests, {stored}")
        print(f"same records: {one[0] == other[0]}; same findings: {one[1] == other[1]}")
        print(f"same addresses asked: {set(asked(calm)) == set(asked(rough))}")
        print(f"asked again: {sum(twice.values())} (in flight at most 4 a kill: {4 * hits})")


@dataclass(slots=True)
class Bench:
    """One database and one rulebook to crawl with, again and again."""

    store: Store
    matcher: Matcher

    def crawl(
        self, server: ReplayServer, clock: Clock | None = None, **plan: object
    ) -> tuple[int, set[tuple[str, ...]]]:
        """Crawl, and return requests counted by the server and the findings above `info` as (repo, rule)."""
        before, pending, tally = len(server.requests), Pending(), scan.Tally()
        hub = base.connector("huggingface")
        with Client(Settings(endpoint=server.url), pending, clock=clock or Clock()) as client:
            means = Means(hub, client, pending, self.store, self.matcher, StopSign())
            with opened(Plan(**{"kinds": hub.kinds, "all": True, **plan}), means, (), {}, tally) as crawler:
                found = {
                    (one.ref.repo_id, one.rule.id, one.fingerprint)
                    for _, _, some in crawler.judged()
                    for one in some
                    if one.severity > Severity.INFO
                }
                crawler.finish()
        if crawler.stopped or tally.errors:
            raise SystemExit(f"the crawl did not end well: {crawler.stopped or tally.errors[0]}")
        return len(server.requests) - before, found


@contextmanager
def bench(matcher: Matcher) -> Iterator[Bench]:
    """Give a bench with an empty database."""
    with tempfile.TemporaryDirectory() as folder, Store.open(f"sqlite:///{folder}/bench.db") as store:
        yield Bench(store, matcher)


def usual_way(server: ReplayServer, number: int) -> int:
    """List, describe and read the card of `number` repos by huggingface_hub; return the requests it took."""
    from huggingface_hub import HfApi, ModelCard
    from huggingface_hub.errors import HfHubHTTPError

    api, before = HfApi(endpoint=server.url, token=False), len(server.requests)
    for model in api.list_models(limit=number):
        api.model_info(model.id)
        try:
            ModelCard.load(model.id, token=False)
        except (HfHubHTTPError, OSError, ValueError):
            continue
    return len(server.requests) - before


def requests(data: Path) -> None:
    """Print what each depth asks and finds."""
    hub = list(hub_records(*(data / name for name in SOURCES), SAMPLE))
    matcher = Matcher(load([]))
    with serve(hub) as server, ExitStack() as stack:
        benches = {cards: stack.enter_context(bench(matcher)) for cards in (Cards.NONE, Cards.CANDIDATES, Cards.ALL)}
        ran = {cards: one.crawl(server, cards=cards) for cards, one in benches.items()}
        whole = ran[Cards.ALL][1]
        listing = ran[Cards.NONE][0]
        print(f"{len(hub):,} repos, {sum(bool(one.card) for one in hub):,} with a card; lists: {listing:,} requests")
        for cards, (number, found) in ran.items():
            rules = {one[:2] for one in found} & {one[:2] for one in whole}
            share = len(rules) / len({one[:2] for one in whole})
            exact = len(found & whole) / len(whole)
            print(f"cards {cards}: {number:,} requests, {number - listing:,} cards asked for")
            print(f"  finds {share:.2%} of what all finds above info, {exact:.2%} with the same evidence")
        only = {one[:2] for one in whole} - {one[:2] for one in ran[Cards.NONE][1]}
        met = only & {one[:2] for one in ran[Cards.CANDIDATES][1]}
        print(f"of {len(only)} findings that no list shows, candidates finds {len(met)}")
        again, _ = benches[Cards.ALL].crawl(server, cards=Cards.ALL, since_last=True)
        first = ran[Cards.ALL][0]
        print(f"--since-last on the unchanged hub: {again} requests, {again / first:.2%} of {first:,}")
        again, _ = benches[Cards.NONE].crawl(server, cards=Cards.NONE, since_last=True)
        print(f"  after a sweep of lists alone: {again} requests, {again / listing:.2%} of {listing:,}")
    with tempfile.TemporaryDirectory() as home, serve(hub) as server:
        os.environ["HF_HOME"], os.environ["HF_HUB_DISABLE_TELEMETRY"] = home, "1"
        os.environ["HF_ENDPOINT"] = server.url
        print(f"the usual client: {usual_way(server, 200):,} requests for 200 repos")


def quota(data: Path) -> None:
    """Print what 5,000 requests meet that keep to 500 in 300 seconds."""
    now = [1_000_000.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    clock = Clock(monotonic=lambda: now[0], wall=lambda: now[0], sleep=sleep)
    granted = Quota(dict.fromkeys(("api", "resolvers", "pages"), 500), 300, clock=lambda: now[0])
    hub = list(hub_records(data / SOURCES[0]))[:4900]
    with serve(hub, quota=granted) as server, bench(Matcher(load([]))) as one:
        number, _ = one.crawl(server, clock, cards=Cards.ALL, jobs=1, page_size=49)
        refused = sum(seen.status == 429 for seen in server.requests)
        print(
            f"quota 500 in 300 s: {number:,} requests in {(now[0] - 1e6) / 3600:.2f} virtual hours, {refused} times 429"
        )


def main() -> None:
    """Run what is asked for, or all of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", choices=["kill", "requests", "quota", []], metavar="what")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    wanted = options.what or ["requests", "quota", "kill"]
    if "requests" in wanted:
        requests(options.data)
    if "quota" in wanted:
        quota(options.data)
    if "kill" in wanted:
        kill(options.data, options.kills, options.seed)


if __name__ == "__main__":
    main()
