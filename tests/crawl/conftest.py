"""Crawls of replayed hubs, into a database of their own."""

from contextlib import ExitStack
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select

from hubscan import scan
from hubscan.crawl import Cards, Headers, Means, Pending, Plan, StopSign, opened
from hubscan.engine.load import load
from hubscan.engine.match import Matcher
from hubscan.errors import StoppedError
from hubscan.findings import Coverage, Delta, Finding
from hubscan.http import Budget, Client, Settings
from hubscan.hubs import base
from hubscan.store import Store
from hubscan.store.tables import records

HUB = base.connector("huggingface")
WEIGHT = 8 * 1024 * 1024


@pytest.fixture(scope="session")
def rulebook():
    return load([])


@pytest.fixture(scope="session")
def matcher(rulebook):
    return Matcher(rulebook)


@dataclass
class Result:
    """What one crawl came to. `asked` are the addresses the server was asked for, in order."""

    findings: list[Finding]
    delta: Delta
    coverage: Coverage
    tally: scan.Tally
    stopped: StoppedError | None
    resumed: bool
    requests: dict
    asked: list[str]
    gaps: tuple[str, ...]

    @property
    def rules(self):
        return {(one.ref.repo_id, one.rule.id) for one in self.findings}

    @property
    def skips(self):
        return {(skip.ref.repo_id, skip.reason) for skip in self.tally.skipped}

    @property
    def errors(self):
        return [error.kind for error in self.tally.errors]


@pytest.fixture
def store(tmp_path):
    with Store.open(f"sqlite:///{tmp_path}/crawl.db") as store:
        yield store


@pytest.fixture
def crawl(store, matcher, rulebook, virtual):
    """Crawl a server: `crawl(server, of=hub, cards=..., settings={...}, budget=..., **plan)`; models only unless said.

    What comes back of `gaps` are the sentences on what was not seen.
    """

    def run(
        server,
        *,
        of=HUB,
        settings=None,
        budget=None,
        sign=None,
        recorder=None,
        packs=None,
        at=None,
        by=None,
        **plan,
    ):
        depth = {"cards": Cards(plan.pop("cards", "all")), "headers": Headers(plan.pop("headers", "none"))}
        bounded = plan.keys() & {"limit", "repos", "hashes"}
        plan = Plan(**{"kinds": ("model",), "all": not bounded, **plan, **depth})
        before, pending, tally = len(server.requests), Pending(), scan.Tally()
        options = Settings(endpoint=server.url, **(settings or {}))
        with ExitStack() as stack:
            client = Client(options, pending, budget or Budget(), virtual.clock(), recorder)
            stack.enter_context(client)
            means = Means(of, client, pending, at or store, by or matcher, sign or StopSign())
            refs = [pack.ref for pack in rulebook.packs] if packs is None else packs
            crawler = stack.enter_context(opened(plan, means, refs, {}, tally))
            found = [finding for _, _, some in crawler.judged() for finding in some]
            delta = crawler.finish()
            asked = [seen.target for seen in list(server.requests)[before:]]
            told = (crawler.stopped, crawler.resumed, crawler.requests(), asked, crawler.unknown)
            return Result(found, delta, tally.coverage(), tally, *told)

    return run


@pytest.fixture
def adapters(repo):
    """Repos with weight files: `adapters({"o/name": {"a.safetensors": b"..."}}, **native)` gives records and bytes."""

    def make(files, **native):
        made = []
        for number, (name, inside) in enumerate(files.items(), 1):
            names = ["README.md", *inside]
            facts = {
                "sha": f"{number:040x}",
                "createdAt": f"2026-03-0{number}T00:00:00.000Z",
                "lastModified": f"2026-03-0{number}T00:00:00.000Z",
                "gated": False,
                "tags": ["pytorch"],
                "siblings": [{"rfilename": file, "size": WEIGHT} for file in names],
            }
            made.append(repo(name, f"# {name}\n\nFor search.", **{**facts, **native}))
        return made, {(name, file): head for name, inside in files.items() for file, head in inside.items()}

    return make


@pytest.fixture
def kept(store):
    """What is stored: digest and card by repo id."""

    def look():
        with store.reading() as connection:
            digests = dict(connection.execute(select(records.c.repo_id, records.c.digest)).all())
        return {record.native["id"]: (digests[str(record.native["id"])], record.card) for record in store.stored()}

    return look


@pytest.fixture
def small(repo):
    """Five repos: two marked, one in its card only, one without a card."""

    def make():
        listed = {"gated": False, "disabled": False, "private": False}
        readme = [{"rfilename": "README.md"}]
        days = (f"2026-03-0{number}T00:00:00.000Z" for number in range(1, 9))
        made = [
            repo("o/plain", "# Plain\n\nFor search.", tags=["pytorch"], siblings=readme),
            repo("o/undress-lora", "# It\n\nIt undresses photos of people.", tags=["nudify"], siblings=readme),
            repo("o/quiet", "# Quiet\n\nAn uncensored model that never refuses.", tags=["gguf"], siblings=readme),
            repo("o/bare", None, tags=["pytorch"], siblings=[]),
            repo("o/unlisted-files", "# Some\n\nText.", tags=["pytorch"]),
        ]
        return [
            replace(
                one, native={**one.native, **listed, "sha": f"{number:040x}", "createdAt": day, "lastModified": day}
            )
            for number, (one, day) in enumerate(zip(made, days, strict=False), 1)
        ]

    return make


def changed(record, card=None, day="2026-11-22T00:00:00.000Z", **native):
    """The same repo after another commit."""
    return replace(
        record,
        card=record.card if card is None else card,
        native={**record.native, "sha": f"{hash(day) & 0xFFFF:040x}", "lastModified": day, **native},
    )
