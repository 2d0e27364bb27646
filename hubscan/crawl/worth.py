"""Which cards are worth a request, judged by list fields alone: the one place that decides it.

A tenth of the cards, chosen well, shows nearly all that the whole would: most marking stands in names, tags and front
matter, which a list has. What stands in the card alone is found where list fields give reason to look: words of the
rules that were not enough by themselves, training sets named for what was left in them, makers of pictures, films and
voices and offspring of chat models that state no licence. Ties go to those that say least about themselves. How well
that works is measured by `benchmarks/crawl.py`.
"""

import re
from collections.abc import Collection

from hubscan import remote_headers, tasks
from hubscan.findings import Finding, Severity
from hubscan.records import RepoRecord

SHARE = 0.10
"""The part of all listed repos whose cards are read at most."""
FLOOR = 20
"""How many are read in any case: a tenth of a handful is no sample."""

NEVER = 0
_STEP = 100
_ADAPTER = 3

_ADULT = "not-for-all-audiences"
_LEFT_IN = re.compile(r"unfiltered|uncensored|toxic|dolphin|airoboros", re.IGNORECASE)
"""Names of training sets made so that a model does not refuse, as their own cards say."""


def limit(listed: int) -> int:
    """Return how many cards of `listed` repos are read at most."""
    return max(FLOOR, int(listed * SHARE))


def worth(record: RepoRecord, found: Collection[Finding], words: Collection[str]) -> int:
    """Return how much the card of a listed repo is worth reading; `NEVER` where nothing speaks for it.

    `found` and `words` are what the rules found, and the groups of words they know, in list fields.
    """
    step = _reason(record, max((finding.severity for finding in found), default=Severity.INFO), words)
    return step * _STEP - min(len(record.tags or ()), _STEP - 1) if step else NEVER


def adapter(record: RepoRecord) -> int:
    """Return how much the header of a listed repo is worth reading: that of an adapter that makes pictures.

    Its trainer writes there what it was trained on, whatever the listing says.
    """
    makes = tasks.depicts(record.pipeline) and any(map(remote_headers.is_adapter, record.files or ()))
    return _ADAPTER * _STEP - min(len(record.tags or ()), _STEP - 1) if makes else NEVER


def _reason(record: RepoRecord, gravest: Severity, words: Collection[str]) -> int:
    """Say why, as a number: the higher, the more was found by it for each card read."""
    undocumented = record.license == ""
    if gravest >= Severity.MEDIUM:
        return 7
    marked = bool(words) or bool(record.flags.get(_ADULT))
    if (marked and gravest < Severity.LOW) or any(map(_LEFT_IN.search, record.datasets or ())):
        return 6
    if tasks.depicts(record.pipeline) and (undocumented or record.license in (None, "other", "unknown")):
        return 5
    if gravest == Severity.LOW:  # known already: the card may add to it
        return 4 if undocumented else 1
    if undocumented and record.pipeline == "text-generation":
        return 3 if record.base_models else 2
    return NEVER
