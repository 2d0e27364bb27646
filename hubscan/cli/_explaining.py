"""What `hubscan rules explain` does: one rule on every record of a dump, as the tree of its clauses."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from hubscan import bases, dumps
from hubscan.cli import _excerpt, _output, _terms
from hubscan.cli._excerpt import Show
from hubscan.cli._output import Listing
from hubscan.cli._voice import Voice
from hubscan.engine.clauses import Outcome
from hubscan.engine.elsewhere import Known
from hubscan.engine.load import Rulebook
from hubscan.engine.match import Explanation, Matcher, gaps
from hubscan.errors import NothingCollectedError, UsageError
from hubscan.escape import visible
from hubscan.findings import Evidence, ScanError
from hubscan.hubs import base
from hubscan.records import RepoRecord
from hubscan.rulebook import STATUSES

if TYPE_CHECKING:
    from hubscan.terms import Finder

INCOMPLETE = 4
_TRUTHS = {True: "true", False: "false", None: "unknown"}


def run(rulebook: Rulebook, rule: str, dump: str, repo: str | None, fmt: Listing, *, reveal: bool, voice: Voice) -> int:
    """Explain `rule` on the records of `dump` that it matches or nearly does, or on `repo`; return the exit code."""
    known = Known(lineage=bases.shipped(), terms=_terms.loaded(rulebook))
    matcher = Matcher(rulebook, STATUSES, known)
    errors: list[ScanError] = []
    if lack := gaps(rulebook, known).get(rule):
        voice.warn(f"{rule} does not run in a scan without its lists: {lack}. What asks for them is unknown here.")
    lists = _terms.kept() if reveal else ()
    if reveal:
        voice.warn(_excerpt.REVEALED)
    told: list[tuple[Explanation, RepoRecord]] = []
    judged = 0
    for record in (one for one in _records(dump, errors) if repo in (None, one.ref.repo_id)):
        judged, why = judged + 1, matcher.explain(rule, record)
        if why.matched or repo or is_near(why):
            told.append((why, record))
    _require_some(judged, dump, repo)
    if fmt is Listing.JSON:
        _output.show_json([_object(why, record, _show(why, lists, reveal=reveal)) for why, record in told])
    else:
        _output.show_text(
            line for why, record in told for line in _lines(why, record, _show(why, lists, reveal=reveal))
        )
    matched = sum(why.matched for why, _ in told)
    voice.say(f"{rule}: {matched:,} of {judged:,} records match, {len(told) - matched:,} more are shown.")
    for error in errors:
        voice.say(f"  {error.where}: {error.kind}: {error.message}")
    return INCOMPLETE if errors else 0


def is_near(why: Explanation) -> bool:
    """Say whether a rule that did not match met part of its clauses in the text, or would have but for a context."""
    return any((node.truth is True and _in_text(node.evidence)) or node.discounted for node in _nodes(why.match))


def _records(dump: str, errors: list[ScanError]) -> Iterator[RepoRecord]:
    for item in dumps.read([dump]):
        record = item if isinstance(item, ScanError) else base.parse(item)
        if isinstance(record, ScanError):
            errors.append(record)
        else:
            yield record


def _require_some(judged: int, dump: str, repo: str | None) -> None:
    if not judged and repo:
        raise UsageError(f"there is no repository {repo!r} in it", dump, "Ids are written as the hub writes them")
    if not judged:
        raise NothingCollectedError("there is no record in it", dump, "Check that this is the file you meant")


def _nodes(outcome: Outcome) -> Iterator[Outcome]:
    yield outcome
    for child in outcome.children:
        yield from _nodes(child)


def _show(why: Explanation, lists: tuple["Finder", ...], *, reveal: bool) -> Show:
    nodes = [*_nodes(why.match), *(_nodes(why.unless) if why.unless else ())]
    return _excerpt.showing(reveal, (item for node in nodes for item in (*node.evidence, *node.discounted)), lists)


def _in_text(evidence: Iterable[Evidence]) -> bool:
    return any(item.span.end > item.span.start for item in evidence)


def _verdict(why: Explanation) -> str:
    if why.matched:
        return "matches"
    return "is taken out by `unless`" if why.match.truth is True else "nearly matches" if is_near(why) else "no match"


def failing(outcome: Outcome) -> Iterator[Outcome]:
    """Yield the clauses that kept a tree from being true: the innermost ones that would each have had to be."""
    if outcome.truth is True:
        return
    needed = [child for child in outcome.children if child.truth is not True]
    if outcome.label == "all of" and needed:
        for child in needed:
            yield from failing(child)
    else:
        yield outcome


def _kept_from(why: Explanation) -> list[str]:
    return [f"{node.label} ({_TRUTHS[node.truth]})" for node in failing(why.match)]


def _lines(why: Explanation, record: RepoRecord, show: Show) -> Iterator[str]:
    yield f"{visible(str(record.ref))}: {_verdict(why)}"
    if why.match.truth is not True:
        yield f"  for want of: {'; '.join(_kept_from(why))}"
    yield from _tree(why.match, record, show, 1)
    if why.unless:
        yield "  unless"
        yield from _tree(why.unless, record, show, 2)
    yield ""


def _tree(outcome: Outcome, record: RepoRecord, show: Show, depth: int) -> Iterator[str]:
    indent = "  " * depth
    yield f"{indent}{_TRUTHS[outcome.truth]}: {outcome.label}"
    for child in outcome.children:
        yield from _tree(child, record, show, depth + 1)
    if not outcome.children:
        for item in (*outcome.evidence, *outcome.discounted):
            yield f"{indent}  {_sentence(item, record, show)}"


def _sentence(item: Evidence, record: RepoRecord, show: Show) -> str:
    found = _excerpt.excerpt(record, item.span, show)
    place = visible(item.span.field) + (f" {item.span.start}-{item.span.end}" if found else "")
    away = f", set aside: the text {item.context} it" if item.context else ""
    return f"{place}{f' {item.term_ref}' if item.term_ref else ''}{away}{f': {found}' if found else ''}"


def _object(why: Explanation, record: RepoRecord, show: Show) -> dict[str, Any]:
    ref = record.ref
    return {
        "repo": {"hub": ref.hub, "kind": ref.kind, "id": ref.repo_id, "url": record.url, "revision": ref.revision},
        "matched": why.matched,
        "for_want_of": _kept_from(why),
        "match": _node(why.match, record, show),
        "unless": _node(why.unless, record, show) if why.unless else None,
    }


def _node(outcome: Outcome, record: RepoRecord, show: Show) -> dict[str, Any]:
    leaf = () if outcome.children else (*outcome.evidence, *outcome.discounted)
    return {
        "clause": outcome.label,
        "truth": _TRUTHS[outcome.truth],
        "evidence": [
            {
                "field": item.span.field,
                "start": item.span.start,
                "end": item.span.end,
                "term_ref": item.term_ref,
                "context": item.context,
                "excerpt": _excerpt.excerpt(record, item.span, show),
            }
            for item in leaf
        ],
        "children": [_node(child, record, show) for child in outcome.children],
    }
