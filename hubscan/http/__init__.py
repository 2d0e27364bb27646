"""The one polite client every hub connector talks through, and the ledger of what it asked.

What is promised here: quotas are kept before they bite, every wait and every body has a bound, the token goes to its
own origin only, and every answer is a value: a `Reply`, or a `Fault` that a connector turns into a `SkippedRepo` or a
`ScanError`. Only what ends the whole run is raised: `errors.StoppedError`. What the answers mean lives in `hubs/`.

    outcomes    Reply, Fault, Page
    settings    the manners of a run, and its clock
    budget      what a run may spend
    places      which addresses may be asked: origins, redirects, links
    quota       pacing from `RateLimit` headers
    transport   sockets: deadlines, proxies, no cookies, no .netrc
    verdict     what a reply's head says
    body        bytes under a cap, unpacked
    decode      text and JSON, and what can be saved of a broken page
    client      one question after the other, with redirects and retries
    paging      a list, page by page, with a loop guard
    ledger      what was asked, by URL class
    recording   replies kept for playing back
"""

from hubscan.http.budget import Budget
from hubscan.http.client import Client
from hubscan.http.decode import parse as parse_json
from hubscan.http.decode import text as text_of
from hubscan.http.ledger import Entry, Ledger, MemoryLedger, UrlClass
from hubscan.http.outcomes import Fault, FaultKind, Page, Reply
from hubscan.http.paging import link_next
from hubscan.http.recording import Exchange, FileRecorder, Recorder
from hubscan.http.settings import Clock, Settings

__all__ = [
    "Budget",
    "Client",
    "Clock",
    "Entry",
    "Exchange",
    "Fault",
    "FaultKind",
    "FileRecorder",
    "Ledger",
    "MemoryLedger",
    "Page",
    "Recorder",
    "Reply",
    "Settings",
    "UrlClass",
    "link_next",
    "parse_json",
    "text_of",
]
