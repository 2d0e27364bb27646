"""What `hubscan scan` does: the pipeline with its ends joined to files, the store and people."""

import gc
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING

from hubscan import __version__, cases, dumps, localfiles, scan, suppressions, tracing, workers
from hubscan.cli import _options, _output, _parallel, _terms
from hubscan.cli._ends import Ends
from hubscan.cli._seen import Seen
from hubscan.cli._voice import Voice
from hubscan.engine.elsewhere import Known
from hubscan.engine.load import Rulebook, load
from hubscan.engine.match import Matcher
from hubscan.errors import NothingCollectedError
from hubscan.findings import Confidence, Delta, Finding, NotRun, ScanReport, Severity, Suppressed
from hubscan.formats import base as formats
from hubscan.render import counted
from hubscan.store import Judged, Store
from hubscan.store.store import utc_now

if TYPE_CHECKING:
    from hubscan.cli import _crawling

INCOMPLETE = 4
MOST_ERRORS = 10
UNKNOWN = {
    "dump": ("A dump shows what its hub said when it was written. What is on the hub now is not known from it.",),
    "files": (
        "Of a local file its name and header are read. Where it came from, and what was said there, is not known.",
    ),
}
NO_RECORD = {
    "dump": ("there is no record in it", "Check that this is the file you meant"),
    "files": ("there is no safetensors or GGUF file in it", "Check that this is the folder you meant"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the options ask for. `database` None is the user's own; `keep` False leaves the store alone.

    Either `paths` names what is on disk, dumps or a folder of files as `hub` says, or `asked` what to ask a hub.
    """

    hub: str
    paths: tuple[str, ...]
    asked: "_crawling.Asked | None"
    packs: tuple[Path, ...]
    database: str | None
    keep: bool
    format: str
    output: Path | None
    save_dump: Path | None
    fail_on: Severity | None
    open_cases: Severity | None
    min_confidence: Confidence
    draft: bool
    suppressions: Path | None = None
    jobs: int = 1

    @property
    def source(self) -> str:
        """What was read, as the report names it."""
        return " ".join((self.hub, *self.paths))

    @property
    def scope(self) -> str:
        """All that decides what a scan can find: scans are compared with earlier ones of the same scope."""
        packs = ", ".join(str(pack.resolve()) for pack in self.packs) or "shipped"
        places = ", ".join(path if "://" in path else str(Path(path).resolve()) for path in self.paths)
        return f"{self.hub} {places}; packs {packs}; {'with' if self.draft else 'without'} drafts"

    @property
    def statuses(self) -> tuple[str, ...]:
        """The rules that run."""
        return ("stable", "test", "draft") if self.draft else ("stable", "test")

    @property
    def bundles(self) -> Iterator[scan.Bundle]:
        """The records on disk, as many at a time as are judged together."""
        if self.hub == localfiles.HUB:
            return ((item,) for item in localfiles.read(Path(self.paths[0])))
        return ([*map(dumps.decoded, bundle)] for bundle in dumps.bundles(self.paths))

    @property
    def only_writes(self) -> bool:
        """Whether findings are written out and nothing else is done with them or their records."""
        return not (self.keep or self.save_dump or self.suppressions)

    @property
    def settings(self) -> dict[str, str]:
        """The options that shaped the run, for the report."""
        return {
            "draft rules": "run" if self.draft else "not run",
            "min confidence": self.min_confidence.label,
            "packs": ", ".join(map(str, self.packs)) or "shipped",
            **({"suppressions": str(self.suppressions)} if self.suppressions else {}),
            **({**self.asked.plan.depth, "vantage": _vantage()} if self.asked else {}),
        }


def _vantage() -> str:
    # A hub may answer by country; where the questions came from is the operator's word.
    return os.environ.get("HUBSCAN_VANTAGE", "").strip() or "unknown"


@contextmanager
def _to_stay() -> Iterator[None]:
    """Make what lives as long as the process: the collector need not go through it, and seldom through anything else.

    Records and findings hold no cycles and go when they are done with. What the collector costs grows with a record.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(_ALLOCATIONS)
        gc.enable()


_ALLOCATIONS = 100_000
"""More objects made than dropped before the collector looks."""


def run(plan: Plan, voice: Voice) -> int:
    """Scan as planned, write the result, say what came of it, and return the exit code."""
    with _to_stay():
        fmt, rulebook = formats.load(plan.format), load(plan.packs)
    sieve = _sieve(plan, rulebook)
    tally, seen, began, started_at = scan.Tally(), Seen(), time.monotonic(), utc_now()
    rules = sum(rule.status in plan.statuses for rule in rulebook.rules)
    voice.say(f"Scanning {plan.source} by {counted(rules, 'rule')} of {counted(len(rulebook.packs), 'pack')}.")
    with ExitStack() as stack:
        # Opened first: a folder that cannot be written to is found out now and not at the end.
        out = stack.enter_context(_output.opened(plan.output))
        known = _known(plan, rulebook)
        with _to_stay():
            matcher = Matcher(rulebook, plan.statuses, scan.first_pass(known))
        pool = stack.enter_context(_parallel.started(plan, matcher)) if plan.jobs > 1 else None
        ends = stack.enter_context(_opened(plan, rulebook, matcher, pool, tally))
        if pool and isinstance(fmt, formats.Streaming) and plan.only_writes:
            _parallel.stream(pool, plan, tally, seen, out)
        else:
            judged = voice.count(ends.judged, "records")
            if plan.save_dump:
                judged = scan.save(judged, stack.enter_context(dumps.Writer(plan.save_dump)))
            judged = chain(judged, _judged_again(plan, ends, rulebook, known, tally))
            _write_or_collect(_shown(judged, plan.min_confidence, sieve, seen), seen, fmt, out, plan)
        delta = ends.finish()
        new_cases = _open_cases(ends.store, plan, seen)
        requests, unknown = ends.requests(), ends.unknown()
        if not isinstance(fmt, formats.Streaming):
            fmt.write(_report(plan, rulebook, known, tally, seen, sieve, started_at, delta, requests, unknown), out)
    _say_result(plan, voice, tally, seen, time.monotonic() - began)
    if delta and ends.store:
        _say_kept(plan, voice, delta, len(new_cases))
    _say_asked(voice, requests)
    _say_suppressed(voice, seen, sieve)
    _say_gaps(voice, tally, scan.not_run(rulebook, plan.statuses, known))
    if not tally.complete:
        voice.say(unknown[0])
    return exit_code(plan, tally, seen)


def exit_code(plan: Plan, tally: scan.Tally, seen: Seen) -> int:
    """Return 11 to 15 where `fail_on` is reached, else 4 where something could not be read, else 0."""
    gravest = max(seen.severities, default=None)
    if plan.fail_on and gravest and gravest >= plan.fail_on:
        return 10 + gravest
    return INCOMPLETE if tally.errors or not tally.complete else 0


def matcher_for(plan: Plan) -> Matcher:
    """Load what a plan judges by."""
    rulebook = load(plan.packs)
    return Matcher(rulebook, plan.statuses, scan.first_pass(_known(plan, rulebook)))


def _opened(
    plan: Plan, rulebook: Rulebook, matcher: Matcher, pool: workers.Pool | None, tally: scan.Tally
) -> AbstractContextManager[Ends]:
    if plan.asked is None:
        judged = _parallel.judge(pool, plan, tally) if pool else scan.judge_bundles(plan.bundles, matcher, tally)
        return _on_disk(plan, rulebook, judged, tally)
    from hubscan.cli import _crawling  # with all that a network needs

    return _crawling.opened(plan.asked, rulebook, matcher, tally, plan.database, plan.keep)


def _known(plan: Plan, rulebook: Rulebook) -> Known:
    terms = _terms.loaded(rulebook)
    if not plan.keep:
        return replace(scan.known_without_store(), terms=terms)
    with _options.opened_store(plan.database) as store:
        return replace(tracing.known(store, rulebook), terms=terms)


def _judged_again(plan: Plan, ends: Ends, rulebook: Rulebook, known: Known, tally: scan.Tally) -> Iterator[Judged]:
    """What rules that count over an uploader's repos find, once a scan that was not cut short has read all else."""
    if ends.store and ends.run and tally.complete:
        tracing.index(ends.store)
        yield from scan.judge_uploaders(ends.store, ends.run, rulebook, plan.statuses, known, tally)


@contextmanager
def _on_disk(plan: Plan, rulebook: Rulebook, judged: Iterable[Judged], tally: scan.Tally) -> Iterator[Ends]:
    unknown = UNKNOWN[plan.hub]
    if not plan.keep:
        yield Ends(judged, lambda: _require_some(tally, plan), None, None, dict, lambda: unknown)
        return
    with _options.opened_store(plan.database) as store:
        packs = [pack.ref for pack in rulebook.packs]
        run = store.start_run(plan.source, plan.scope, plan.settings, packs, __version__)

        def finish() -> Delta:
            _require_some(tally, plan)
            return scan.finish(tally, store, run, unknown)

        yield Ends(scan.keep(judged, store, run), finish, store, run, dict, lambda: unknown)


def _open_cases(store: Store | None, plan: Plan, seen: Seen) -> tuple[int, ...]:
    if store is None or plan.open_cases is None:
        return ()
    ready = (finding for finding in seen.kept if finding.rule.status != "draft")
    return cases.open_cases(store, ready, plan.open_cases, utc_now())


def _sieve(plan: Plan, rulebook: Rulebook) -> suppressions.Sieve:
    ids = frozenset(rule.id for rule in rulebook.rules)
    entries = suppressions.read(plan.suppressions, ids) if plan.suppressions else ()
    return suppressions.Sieve(entries, utc_now()[:10])


def _shown(judged: Iterable[Judged], least: Confidence, sieve: suppressions.Sieve, seen: Seen) -> Iterator[Finding]:
    for _, record, found in judged:
        for finding in (one for one in found if one.confidence >= least):
            if entry := sieve.suppresses(finding, record):
                seen.suppressed.append(Suppressed(finding, entry))
            else:
                yield finding


def _write_or_collect(found: Iterable[Finding], seen: Seen, fmt: formats.Format, out: IO[bytes], plan: Plan) -> None:
    if isinstance(fmt, formats.Streaming):
        _stream(found, seen, fmt, out, plan)
    else:
        _collect(found, seen)


def _collect(findings: Iterable[Finding], seen: Seen) -> None:
    for finding in findings:
        seen.count(finding)
        seen.kept.append(finding)


def _stream(findings: Iterable[Finding], seen: Seen, fmt: formats.Streaming, out: IO[bytes], plan: Plan) -> None:
    for finding in findings:
        seen.count(finding)
        out.write(fmt.line(finding))
        out.flush()
        if plan.keep and plan.open_cases and finding.severity >= plan.open_cases:
            seen.kept.append(finding)


def _require_some(tally: scan.Tally, plan: Plan) -> None:
    if tally.read:
        return
    if not tally.errors:
        what, todo = NO_RECORD[plan.hub]
        raise NothingCollectedError(what, plan.source, todo)
    first = tally.errors[0]
    what = f"none of {counted(tally.listed, 'record')} could be read; the first: {first.kind}: {first.message}"
    raise NothingCollectedError(what, first.where, "docs/dumps.md says what a record looks like")


def _report(
    plan: Plan,
    rulebook: Rulebook,
    known: Known,
    tally: scan.Tally,
    seen: Seen,
    sieve: suppressions.Sieve,
    started_at: str,
    delta: Delta | None,
    requests: Mapping[str, Mapping[str, int]],
    unknown: tuple[str, ...],
) -> ScanReport:
    return scan.report(
        tally,
        rulebook,
        seen.kept,
        source=plan.source,
        started_at=started_at,
        finished_at=utc_now(),
        settings=plan.settings,
        not_run=scan.not_run(rulebook, plan.statuses, known),
        delta=delta if delta and delta.since else None,  # a first scan has nothing to be compared with
        unknown=unknown,
        requests=requests,
        suppressed=seen.suppressed,
        idle_suppressions=sieve.idle(),
    )


def _say_result(plan: Plan, voice: Voice, tally: scan.Tally, seen: Seen, seconds: float) -> None:
    levels = sorted(seen.severities, reverse=True)
    by_severity = ", ".join(f"{seen.severities[level]:,} {level.label}" for level in levels)
    voice.say(
        f"Read {counted(tally.read, 'record')} in {seconds:.1f} s: {counted(seen.severities.total(), 'finding')} on "
        f"{counted(seen.repositories, 'repository', 'repositories')}{f' ({by_severity})' if levels else ''}."
    )
    for path in (plan.output, plan.save_dump):
        if path:
            voice.say(f"Written: {path}")


def _say_kept(plan: Plan, voice: Voice, delta: Delta, new_cases: int) -> None:
    since = f"since {delta.since}" if delta.since else "in the first scan of this"
    voice.say(f"Kept: {len(delta.new):,} new, {len(delta.changed):,} changed, {len(delta.gone):,} gone {since}.")
    if plan.open_cases:
        todo = " `hubscan cases list` shows them." if new_cases else ""
        voice.say(
            f"Opened {counted(new_cases, 'case')} for findings of severity {plan.open_cases.label} or higher.{todo}"
        )


def _say_suppressed(voice: Voice, seen: Seen, sieve: suppressions.Sieve) -> None:
    if seen.suppressed:
        voice.say(f"Suppressed: {counted(len(seen.suppressed), 'finding')}, not counted above.")
    for item in sieve.idle():
        voice.say(f"Suppression without effect: {item.entry.where}: {item.reason}.")


def _say_asked(voice: Voice, requests: Mapping[str, Mapping[str, int]]) -> None:
    if requests:
        kinds = ", ".join(f"{sums['requests']:,} {name}" for name, sums in requests.items())
        size = sum(sums["bytes"] for sums in requests.values())
        total = sum(sums["requests"] for sums in requests.values())
        voice.say(f"Asked the hub {total:,} times ({kinds}) and received {size / 1e6:.1f} MB.")


def _say_gaps(voice: Voice, tally: scan.Tally, missing: Sequence[NotRun]) -> None:
    if missing:
        voice.say(f"{counted(len(missing), 'rule')} did not run: {', '.join(gap.rule for gap in missing)}.")
    if tally.errors:
        voice.say(f"Incomplete: {counted(len(tally.errors), 'thing')} could not be read.")
    for error in tally.errors[:MOST_ERRORS]:
        voice.say(f"  {error.where}: {error.kind}: {error.message}")
    if len(tally.errors) > MOST_ERRORS:
        voice.say(f"  and {len(tally.errors) - MOST_ERRORS:,} more: --format json names them all.")
