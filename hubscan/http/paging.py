"""A list, page by page: the next address from a `Link` header or from the body, and a guard against going in circles.

Lists of live hubs move while they are read, so a page may repeat some of the one before. A page whose items were all
on one page before adds nothing; three of those in a row are a loop, whatever the cursors say. Some hubs filter behind
the paging, so that honest lists have empty pages in them: how many in a row are let pass is the caller's to say.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from hubscan.http import decode
from hubscan.http.outcomes import Fault, FaultKind, Page, Reply
from hubscan.http.places import canonical, join, shown

IDLE_PAGES = 3

NextOf = Callable[[Reply[Any]], str | None]
"""From a page to the address of the next one, None at the end. `Reply.value` is None where the JSON was broken."""

_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_REL_NEXT = re.compile(r';\s*rel\s*=\s*"?(?:[\w-]+\s+)*next\b', re.IGNORECASE)


def link_next(page: Reply[Any]) -> str | None:
    """Return the `rel="next"` address of the `Link` header (RFC 8288), made absolute, or None."""
    for target, parameters in _LINK.findall(page.headers.get("link", "")[:8000]):
        if _REL_NEXT.search(parameters):
            return join(page.url, target)
    return None


def walk(
    url: str, fetch: Callable[[str], Reply[bytes] | Fault], next_of: NextOf, empty_pages: int = IDLE_PAGES
) -> Iterator[Page | Fault]:
    """Yield what `fetch` gives from `url` on, page by page. A fault whose head named a next page does not end it."""
    guard, place = _Guard(empty_pages), url
    while True:
        outcome = fetch(place)
        value, faults = _opened(outcome)
        onward = next_of(Reply(value, place, place, headers=outcome.headers))
        yield faults[0] if value is None else Page(value, place, onward, faults)
        if onward is None:
            return
        if loop := guard.objection(value, place, onward):
            yield Fault(FaultKind.REFUSED, shown(onward), f"{loop}: the list ends here")
            return
        place = onward


def _opened(outcome: Reply[bytes] | Fault) -> tuple[Any, tuple[Fault, ...]]:
    """The decoded page, None if there is none, and what is wrong with it or with single items."""
    if isinstance(outcome, Fault):
        return None, (outcome,)
    try:
        value = decode.parse(outcome.value)
    except ValueError as error:
        saved = decode.salvage(outcome.value)
        sound, broken = saved or (None, 0)
        what = f"{broken} items of the page are no JSON" if sound else f"the page is no JSON ({type(error).__name__})"
        fault = Fault(FaultKind.BAD_BODY, shown(outcome.url), what, outcome.status, headers=outcome.headers)
        return sound or None, (fault,)
    if isinstance(value, list | dict):
        return value, ()
    return None, (Fault(FaultKind.BAD_BODY, shown(outcome.url), "the page is no list", outcome.status),)


class _Guard:
    def __init__(self, empty_pages: int) -> None:
        self._asked: set[str] = set()
        self._contents: set[int] = set()
        self._idle = self._empty = 0
        self._empty_pages = empty_pages

    def objection(self, value: Any, place: str, onward: str) -> str | None:
        self._asked.add(canonical(place))
        if canonical(onward) in self._asked:
            return "the next page is one that was asked for before"
        items = _items(value)
        self._empty = 0 if items else self._empty + 1
        mark = _mark(items)
        self._idle = self._idle + 1 if items and mark in self._contents else 0
        self._contents.add(mark)
        if self._empty >= self._empty_pages:
            return f"{self._empty} empty pages in a row"
        return f"{IDLE_PAGES} pages in a row added nothing" if self._idle >= IDLE_PAGES else None


def _items(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return max((part for part in value.values() if isinstance(part, list)), key=len, default=[value])
    return value if isinstance(value, list) else []


def _mark(items: list[Any]) -> int:
    """One number for what a page holds, whatever its order and counters: its ids."""
    return hash(frozenset(repr(item.get("id", item)) if isinstance(item, dict) else repr(item) for item in items))
