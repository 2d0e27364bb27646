"""What a crawl looks at, and how deep."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from hubscan.errors import UsageError
from hubscan.hubs import base
from hubscan.hubs.base import Connector, Order, Query


class Cards(StrEnum):
    """Which cards to read. None of them reads a card again whose repo has not changed.

    `changed`: of repos that are new or changed since they were last listed; `candidates`: those that list fields make
    worth it (see `worth`), at most a tenth; `all`: every one that is not stored yet.
    """

    NONE = "none"
    CHANGED = "changed"
    CANDIDATES = "candidates"
    ALL = "all"


class Headers(StrEnum):
    """What to look at of the headers of weight files.

    `hub`: what the hub has read of them itself and tells in its lists; `files`: also the headers of the repos that
    `Cards` chooses, by ranges, once their text is read and no rule forbids it.
    """

    NONE = "none"
    HUB = "hub"
    FILES = "files"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The options that decide what a crawl sees. `since` is RFC 3339 UTC; None and empty mean no limit.

    `rules` names the packs and rule statuses, for the scope; `repos` names single repos of the one kind in `kinds`;
    `hashes` are the SHA-256, in lower-case hex, of files whose holders are looked for; `file_hashes` asks for those of
    the repos whose cards are read. `vantage` is the country or
    network that is read from, as the operator says: hubs do not show the same everywhere.
    """

    kinds: tuple[str, ...]
    author: str | None = None
    search: str | None = None
    tag: str | None = None
    since: str | None = None
    since_last: bool = False
    limit: int | None = None
    all: bool = False
    repos: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()
    vantage: str | None = None
    cards: Cards = Cards.CANDIDATES
    headers: Headers = Headers.NONE
    file_hashes: bool = False
    reports: bool = False
    rules: str = ""
    page_size: int = 100
    jobs: int = 4

    def check(self) -> None:
        """Raise `UsageError` where options do not go together, or nothing bounds the crawl."""
        if self.since and self.since_last:
            raise UsageError("--since and --since-last say two things", todo="Give one of them")
        if self.limit is not None and self.all:
            raise UsageError("--limit and --all say two things", todo="Give one of them")
        if self.repos and len(self.kinds) != 1:
            raise UsageError("a name is not enough to find a repo", todo="Say what it is with --kind")
        if self.file_hashes and self.cards is Cards.NONE:
            what = "file hashes are asked for where cards are read, and --cards none reads no card"
            raise UsageError(what, todo="Give --cards candidates, changed or all")
        if self.hashes and (self.repos or self.author or self.search or self.tag or self.since or self.since_last):
            raise UsageError("files are looked up by their hash alone", todo="Leave the other filters out")
        if self.headers is Headers.FILES and self.cards is Cards.NONE:
            what = "headers are read of the repos whose cards are read, and --cards none reads no card"
            raise UsageError(what, todo="Give --cards candidates, changed or all, or --headers hub")
        if self.limit is None and not (self.all or self.repos or self.hashes or self.since_last):
            raise UsageError(
                "a whole hub is not swept by accident", todo="Give --limit N for a part of it, or --all to mean it"
            )

    @property
    def depth(self) -> dict[str, str]:
        """How deep a crawl looks, for the report."""
        return {"cards": self.cards.value, "headers": self.headers.value}

    @property
    def partial(self) -> bool:
        """Whether a repo may be missing from the crawl and be on the hub all the same."""
        return bool(self.limit is not None or self.since or self.repos or self.hashes)

    @property
    def counted(self) -> bool:
        """Whether the crawl should list all that the hub counts for an account, or for every one."""
        return not (self.partial or self.search or self.tag)

    def queries(self, order: Order, view: str = "") -> Iterator[Query]:
        """Yield the list to ask for of each kind."""
        size = self.page_size if self.limit is None else min(self.page_size, self.limit)
        for kind in self.kinds:
            yield Query(
                kind=kind,
                view=view,
                author=self.author,
                search=self.search,
                tag=self.tag,
                order=order,
                page_size=max(1, size),
            )

    def scope(self, hub: str, endpoint: str) -> str:
        """Return all that decides which repos are read, and how deep, in one line.

        `since_last` is not in it: it looks at a part of the same scope.
        """
        parts = {
            "author": self.author,
            "search": self.search,
            "tag": self.tag,
            "since": self.since,
            "limit": self.limit,
            "repos": ", ".join(self.repos) or None,
            "hashes": _digest(self.hashes),
            "from": self.vantage,
            "headers": self.headers if self.headers is not Headers.NONE else None,
            "file hashes": self.file_hashes or None,
            "reports": self.reports or None,
            "rules": self.rules or None,
        }
        told = "".join(f"; {name} {value}" for name, value in parts.items() if value is not None)
        return f"{hub} at {endpoint}; {', '.join(self.kinds)}; cards {self.cards}{told}"


def lists_of(plan: Plan, hub: Connector) -> tuple[str, ...]:
    """Return the names of the lists a crawl reads, each a kind and, behind a blank, a view if it has a name."""
    views = ("",) if plan.repos or plan.hashes else hub.views
    return tuple(f"{kind} {view}".strip() for kind in plan.kinds for view in views)


def check_fit(plan: Plan, hub: Connector) -> None:
    """Raise `UsageError` where the plan asks of a hub what it cannot answer."""
    wanted = {
        "list": not (plan.repos or plan.hashes),
        "since": bool(plan.since or plan.since_last),
        "author": plan.author is not None,
        "search": plan.search is not None,
        "tag": plan.tag is not None,
        "hashes": bool(plan.hashes),
        "reports": plan.reports,
        "headers": plan.headers is not Headers.NONE,
    }
    for what, reason in hub.refused.items():
        if wanted[what]:
            raise UsageError(f"{hub.title}: {reason}", todo=_INSTEAD[what])
    if wanted["headers"]:
        base.header_source(hub)


_INSTEAD = {
    "list": "Name them: --repo NAME, or --repos FILE with one name a line",
    "since": "Run it without --since and --since-last; what is unchanged is still told apart",
    "author": "Leave --author out",
    "search": "Leave --search out",
    "tag": "Leave --tag out",
    "hashes": "Leave --hashes out; stored records of this hub are compared by `identity`",
    "reports": "Leave --reports out",
    "headers": "Leave --headers out",
}


def _digest(hashes: tuple[str, ...]) -> str | None:
    """Ten thousand hashes in one word: the same set has the same scope."""
    if not hashes:
        return None
    return f"{len(hashes)} of {hashlib.sha256(' '.join(sorted(hashes)).encode()).hexdigest()[:16]}"
