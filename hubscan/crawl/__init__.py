"""Crawling a hub: what to ask, in which order, what to keep of it, and how to go on after a stop.

    plan     what a crawl looks at and how deep; two crawls of the same scope can be compared
    coverage what the hub's own counts say about that
    worth    which cards are worth reading, from list fields alone
    stop     how a person, a budget or a quota ends a run without losing anything
    session  lists, then cards, each step kept before the next is asked

A crawl is two stages. The first reads lists, one request a page, and judges every repo by its list fields. The second
reads the cards that `--cards` asks for and judges those repos whole. How a hub is asked is in `hubs/`, how politely in
`http/`, and what is kept in `store/crawls.py`.
"""

from hubscan.crawl.plan import Cards, Headers, Plan, check_fit
from hubscan.crawl.session import Crawler, Means, Pending, opened
from hubscan.crawl.stop import StopSign

__all__ = ["Cards", "Crawler", "Headers", "Means", "Pending", "Plan", "StopSign", "check_fit", "opened"]
