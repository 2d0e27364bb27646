"""What `hubscan rules shadow` does: two sets of rules on the stored records, and what differs between them."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hubscan import scan, shadow, tracing, wire
from hubscan.cli import _options, _terms
from hubscan.cli._output import Listing, show_json, show_text, table
from hubscan.cli._voice import Voice
from hubscan.engine.load import load
from hubscan.engine.match import Matcher
from hubscan.errors import NothingCollectedError
from hubscan.render import counted
from hubscan.shadow import Change, Shadow

KINDS = ("added", "dropped", "severity")
INCOMPLETE = 4


def run(
    packs: Sequence[Path], against: Sequence[Path], database: str | None, draft: bool, fmt: Listing, voice: Voice
) -> int:
    """Compare the rules of `packs` with those of `against` (none: the shipped ones); return the exit code."""
    after, before = load(packs), load(against)
    statuses = ("stable", "test", "draft") if draft else ("stable", "test")
    with _options.opened_store(database) as store:
        known = [replace(tracing.known(store, book), terms=_terms.loaded(book)) for book in (before, after)]
        old, new = (Matcher(book, statuses, one) for book, one in zip((before, after), known, strict=True))
        found = shadow.compared(voice.count(store.stored(), "records"), old, new)
    if not found.read and not found.errors:
        raise NothingCollectedError("no record is stored", todo="Scan something first, and let the scan keep it")
    if fmt is Listing.JSON:
        show_json(_object(found))
    else:
        show_text(_page(found))
        if found.changes and not sys.stdout.isatty():
            voice.say("Repositories are listed on a terminal only, or with --format json.")
    sums = {kind: sum(change.kind == kind for change in found.changes) for kind in KINDS}
    voice.say(
        f"{counted(found.read, 'record')}: {sums['added']:,} findings added, {sums['dropped']:,} dropped, "
        f"{sums['severity']:,} of another severity, {found.same.total():,} the same. Nothing was asked or kept."
    )
    for which, book, one in zip(("old", "changed"), (before, after), known, strict=True):
        for gap in scan.not_run(book, statuses, one):
            voice.say(f"Not run among the {which} rules: {gap.rule}: {gap.reason}.")
    for error in found.errors[:10]:
        voice.say(f"  {error.where}: {error.kind}: {error.message}")
    return INCOMPLETE if found.errors else 0


def _page(found: Shadow) -> list[str]:
    lines: list[str] = []
    for name in ("category", "rule"):
        rows = [(what, *(sums[kind] for kind in KINDS)) for what, sums in found.by(name).items()]
        if rows:
            lines += [*table((name, *KINDS), rows).decode().splitlines(), ""]
    rows = [(change.kind, change.rule, _levels(change), change.ref) for change in found.changes]
    if rows and sys.stdout.isatty():  # a list of names is not for a file that is passed on
        lines += table(("change", "rule", "severity", "repository"), rows).decode().splitlines()
    return lines


def _levels(change: Change) -> str:
    return " to ".join(level.label if level else "none" for level in (change.before, change.after))


def _object(found: Shadow) -> dict[str, Any]:
    return {
        "read": found.read,
        "same": dict(sorted(found.same.items())),
        **{
            f"by_{name}": [
                {name: what, **{kind: sums[kind] for kind in KINDS}} for what, sums in found.by(name).items()
            ]
            for name in ("category", "rule")
        },
        "changes": [
            {
                "change": change.kind,
                "rule": change.rule,
                "category": change.category,
                "repo": wire.repo(change.ref),
                "before": change.before.label if change.before else None,
                "after": change.after.label if change.after else None,
            }
            for change in found.changes
        ],
        "errors": list(map(wire.scan_error, found.errors)),
    }
