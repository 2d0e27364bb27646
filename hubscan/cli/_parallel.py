"""`hubscan scan dump --jobs N`: each process reads, judges and writes out bundles of lines as one process would."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import IO, TYPE_CHECKING, NamedTuple, cast

from hubscan import dumps, scan, workers
from hubscan.cli._seen import Seen
from hubscan.dumps import Undecoded
from hubscan.engine.match import Matcher
from hubscan.findings import Confidence, Finding
from hubscan.formats import base as formats
from hubscan.hubs import base
from hubscan.records import RepoRecord, StoredRecord
from hubscan.store import Judged

if TYPE_CHECKING:
    from hubscan.cli._scanning import Plan


class _Judge(NamedTuple):
    """What a process needs to judge: set before processes are forked, built anew where they are not."""

    matcher: Matcher
    fmt: formats.Format
    least: Confidence


_judge: _Judge | None = None


class Found(NamedTuple):
    """What came of a bundle: the findings of each record read, in order."""

    tally: scan.Tally
    found: list[tuple[Finding, ...]]


class Written(NamedTuple):
    """What came of a bundle whose findings are written out and otherwise not needed."""

    tally: scan.Tally
    seen: Seen
    text: bytes


def started(plan: "Plan", matcher: Matcher) -> AbstractContextManager[workers.Pool]:
    """Give the processes that `plan` asks for."""
    global _judge
    _judge = _Judge(matcher, formats.load(plan.format), plan.min_confidence)
    return workers.started(plan.jobs, _begin, plan)


def judge(pool: workers.Pool, plan: "Plan", tally: scan.Tally) -> Iterator[Judged]:
    """Judge the dumps of a plan as `scan.judge` does."""
    for bundle, part in pool.results(_found, dumps.bundles(plan.paths)):
        tally.add(part.tally)
        stored = (item for item in map(dumps.decoded, bundle) if isinstance(item, StoredRecord))
        read = ((item, record) for item in stored if isinstance(record := base.parse(item), RepoRecord))
        yield from ((item, record, found) for (item, record), found in zip(read, part.found, strict=True))


def stream(pool: workers.Pool, plan: "Plan", tally: scan.Tally, seen: Seen, out: IO[bytes]) -> None:
    """Judge the dumps of a plan and write the findings out, where nothing else is to be done with them."""
    for _, part in pool.results(_written, dumps.bundles(plan.paths)):
        tally.add(part.tally)
        seen.add(part.seen)
        out.write(part.text)
        out.flush()


# --- in the processes -------------------------------------------------------------------------------------------------


def _begin(plan: "Plan") -> None:
    global _judge
    if _judge is None:
        from hubscan.cli._scanning import matcher_for

        _judge = _Judge(matcher_for(plan), formats.load(plan.format), plan.min_confidence)


def _ready() -> _Judge:
    if _judge is None:
        raise RuntimeError("a process was given work before it had begun")
    return _judge


def _found(bundle: Sequence[Undecoded]) -> Found:
    tally = scan.Tally()
    judged = scan.judge_bundle([*map(dumps.decoded, bundle)], _ready().matcher, tally)
    return Found(tally, [found for _, _, found in judged])


def _written(bundle: Sequence[Undecoded]) -> Written:
    matcher, fmt, least = _ready()
    line = cast(formats.Streaming, fmt).line  # `stream` is for such formats alone
    tally, seen, lines = scan.Tally(), Seen(), []
    for _, _, found in scan.judge_bundle([*map(dumps.decoded, bundle)], matcher, tally):
        for finding in found:
            if finding.confidence >= least:
                seen.count(finding)
                lines.append(line(finding))
    return Written(tally, seen, b"".join(lines))
