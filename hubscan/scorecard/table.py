"""The table of measures: what each row counts, in the words that people read, and how.

Adding a measure is adding an entry here; each is a pure function of `Ground`.
"""

from collections.abc import Callable

from hubscan.casework import Verdict
from hubscan.scorecard.fates import End
from hubscan.scorecard.measures import Ground, Measure, share
from hubscan.scorecard.sheet import Unit, Value
from hubscan.scorecard.survey import Survey
from hubscan.survival import median

LEAST = 5
"""Cases that must have been watched before a time to action is told."""

SEEN, JUDGED, WRITTEN, COPIES, CARDS = (
    "What was looked at",
    "What was found and judged",
    "What was asked for, and what came of it",
    "Copies and historical models",
    "What the hub and its cards tell",
)


def _count(of: Callable[[Ground], int]) -> Callable[[Ground], Value]:
    return lambda ground: Value(of(ground))


def _looked(of: Callable[[Ground], int]) -> Callable[[Ground], Value]:
    return lambda ground: Value(of(ground)) if ground.listed else Value(note="it was never looked at")


def _read(of: Callable[[Ground], int]) -> Callable[[Ground], Value]:
    return lambda ground: Value(of(ground), of=ground.read) if ground.read else Value(note=_NOT_READ)


def _verdict(verdict: Verdict) -> Callable[[Ground], Value]:
    return lambda ground: Value(ground.judged[verdict]) if ground.judged else Value(note="nobody has decided on any")


def _notices(of: Callable[[Ground], int]) -> Callable[[Ground], Value]:
    return lambda ground: Value(of(ground), of=len(ground.fates)) if ground.fates else Value(note=_NOT_ASKED)


def _cards(of: Callable[[Survey], int]) -> Callable[[Ground], Value]:
    return lambda ground: share(of(ground.survey), ground.survey.cards, "no card was read")


def _models(of: Callable[[Survey], int], told: Callable[[Survey], int]) -> Callable[[Ground], Value]:
    return lambda ground: share(of(ground.survey), told(ground.survey), "the hub did not say of any")


def _marked(of: Callable[[Ground], int | None], pack: str) -> Callable[[Ground], Value]:
    def count(ground: Ground) -> Value:
        found = of(ground)
        if not ground.read or found is None:
            return Value(note=_NOT_READ if not ground.read else f"no run had the rule pack {pack}")
        return Value(found, of=ground.read)

    return count


def _removed(ground: Ground) -> Value:
    known = len(ground.fates) - ground.ended(End.UNKNOWN, End.WITHDRAWN)
    return share(ground.ended(End.REMOVED), known, "what became of them is not known" if ground.fates else _NOT_ASKED)


def _time_to_action(ground: Ground) -> Value:
    if not ground.fates:
        return Value(note=_NOT_ASKED)
    found = median(spell for fate in ground.fates if (spell := fate.spell(ground.now)))
    if found.watched < LEAST:
        return Value(of=found.watched, note=f"{found.watched} watched; under {LEAST} no time is told")
    if found.value is None:
        acted = f"{found.ended} of {found.watched} acted on"
        return Value(None, found.low, None, found.watched, f"{acted}, the longest watched {found.longest:.1f} days")
    return Value(found.value, found.low, found.high, found.watched)


def _reuploads(ground: Ground) -> Value:
    if ground.reuploads is None:
        return Value(note="no file of a confirmed upload has a published hash")
    if not ground.survey.hashes:
        return Value(note="no file hash of this hub is known")
    return Value(ground.reuploads, of=ground.survey.hashes)


def _history(of: Callable[[Ground], int]) -> Callable[[Ground], Value]:
    return lambda ground: Value(of(ground), of=ground.survey.models) if ground.survey.models else Value(note=_NOT_READ)


_NOT_READ, _NOT_ASKED = "nothing of it was read", "no notice was recorded as sent"

_LOOKED = (
    Measure(
        "listed",
        "Repositories listed",
        SEEN,
        Unit.REPOS,
        "Every repository that a scan or a dump named, read or not. What a hub leaves out of its lists is not in it.",
        _looked(lambda g: g.listed),
    ),
)
_KIN = (
    Measure(
        "derivatives",
        "Derivatives known",
        SEEN,
        Unit.REPOS,
        "Repositories that say, or of whose parents it is said, that they were made from the model, at any number of "
        "steps. Who says nothing of a parent is not in it.",
        _looked(lambda g: g.listed),
    ),
)
_SHARED = (
    Measure(
        "read",
        "Read",
        SEEN,
        Unit.REPOS,
        "Repositories whose content is stored.",
        _looked(lambda g: g.read),
    ),
    Measure(
        "unread",
        "Not read: unknown",
        SEEN,
        Unit.REPOS,
        "Repositories that were listed or named, and whose content was never read: behind a gate, private, gone.",
        _looked(lambda g: g.unread),
    ),
    Measure(
        "flagged",
        "Flagged {severity} or above",
        JUDGED,
        Unit.REPOS,
        "Repositories with a standing finding of severity {severity} or above, of a rule past its draft. A rule says "
        "that an upload is marked as something; that is a reason to look.",
        _read(lambda g: g.flagged),
    ),
    Measure(
        "flagged_share",
        "Flagged, of those read",
        JUDGED,
        Unit.SHARE,
        "Flagged by read, with Wilson's interval (95 %), which holds if what was read were drawn at random from the "
        "hub. A crawl by search words or by account is not.",
        lambda g: share(g.flagged, g.read, _NOT_READ),
    ),
    Measure(
        "confirmed",
        "Confirmed by a person",
        JUDGED,
        Unit.REPOS,
        "Cases whose latest decision confirms the marking.",
        _verdict(Verdict.CONFIRMED),
    ),
    Measure(
        "rejected",
        "Rejected by a person",
        JUDGED,
        Unit.REPOS,
        "Cases whose latest decision says that it is not so.",
        _verdict(Verdict.REJECTED),
    ),
    Measure(
        "unjudged",
        "Flagged, not judged yet: unknown",
        JUDGED,
        Unit.REPOS,
        "Flagged repositories that nobody has confirmed or rejected.",
        _read(lambda g: g.unjudged),
    ),
    Measure(
        "drafted",
        "Notice drafted, not recorded as sent: unknown",
        WRITTEN,
        Unit.REPOS,
        "Cases with a draft of which nobody has said that they sent it. It starts no clock and counts nowhere below.",
        _count(lambda g: g.drafted),
    ),
    Measure(
        "noticed",
        "Notice sent",
        WRITTEN,
        Unit.REPOS,
        "Cases whose notice a person recorded as sent. All rows of this group are among these.",
        _count(lambda g: len(g.fates)),
    ),
    Measure(
        "acknowledged",
        "The hub said that it has the notice",
        WRITTEN,
        Unit.REPOS,
        "Cases for which a person recorded such an answer.",
        _notices(lambda g: sum(fate.acknowledged for fate in g.fates)),
    ),
    Measure(
        "acted",
        "Acted on",
        WRITTEN,
        Unit.REPOS,
        "Cases whose hub said that it removed, restricted or labelled the upload, or whose upload a check saw gone, "
        "disabled or behind a gate, at any time since. Whether the hub or the uploader took it away cannot be seen.",
        _notices(lambda g: sum(fate.acted_at is not None for fate in g.fates)),
    ),
    Measure(
        "time_to_action",
        "Median time to action",
        WRITTEN,
        Unit.DAYS,
        "Days from the first notice to the hub's recorded answer or the first check that saw the upload gone, "
        "whichever came first: the Kaplan-Meier median with its log-log interval (95 %). An upload that is still up "
        "counts as no action to the last look that saw it, a refusal as none to the day of this scorecard; a case that "
        "nobody has looked at since is left out. Checks look after 1, 2, 7 and 30 days: true times are shorter by up "
        f"to a step. Unknown under {LEAST} cases, and where fewer than half were acted on.",
        _time_to_action,
    ),
    Measure(
        "removed_share",
        "Removed, of those whose fate is known",
        WRITTEN,
        Unit.SHARE,
        "Cases whose upload is gone or disabled by the last thing heard or seen, by all whose fate is known and whose "
        "notice was not withdrawn, with Wilson's interval (95 %).",
        _removed,
    ),
    Measure(
        "removed",
        "Removed",
        WRITTEN,
        Unit.REPOS,
        "Cases whose upload is gone or disabled by the last thing heard or seen.",
        _notices(lambda g: g.ended(End.REMOVED)),
    ),
    Measure(
        "restricted",
        "Restricted or labelled",
        WRITTEN,
        Unit.REPOS,
        "Cases whose upload is behind a gate, or of which the hub said that it restricted or labelled it.",
        _notices(lambda g: g.ended(End.RESTRICTED)),
    ),
    Measure(
        "refused",
        "Refused",
        WRITTEN,
        Unit.REPOS,
        "Cases whose hub said no, and whose upload was not seen gone since.",
        _notices(lambda g: g.ended(End.REFUSED)),
    ),
    Measure(
        "still_up",
        "Still up",
        WRITTEN,
        Unit.REPOS,
        "Cases whose upload the last look that saw anything saw up, and whose hub did nothing it told of.",
        _notices(lambda g: g.ended(End.UP)),
    ),
    Measure(
        "reappeared",
        "Came back after it was away",
        WRITTEN,
        Unit.REPOS,
        "Cases whose upload was seen up again after it was gone, or after the hub said to have removed it.",
        _notices(lambda g: sum(fate.reappeared for fate in g.fates)),
    ),
    Measure(
        "fate_unknown",
        "Not looked at since: unknown",
        WRITTEN,
        Unit.REPOS,
        "Cases of which nothing was heard and no look since the notice saw anything.",
        _notices(lambda g: g.ended(End.UNKNOWN)),
    ),
    Measure(
        "blocked",
        "Kept out at the last look",
        WRITTEN,
        Unit.REPOS,
        "Cases whose last look was blocked in the region it was made from. That says nothing of the upload.",
        _notices(lambda g: sum(fate.blocked for fate in g.fates)),
    ),
    Measure(
        "withdrawn",
        "Notice taken back",
        WRITTEN,
        Unit.REPOS,
        "Cases that were rejected after their notice went. They count in no share.",
        _notices(lambda g: g.ended(End.WITHDRAWN)),
    ),
    Measure(
        "reuploaded",
        "Up with a file of a confirmed upload",
        COPIES,
        Unit.REPOS,
        "Other repositories that are up, by the latest look, and list a file with the same whole SHA-256 as an upload "
        "that a person confirmed on any hub. Exact copies only; parts that 20 uploaders or more share are left out.",
        _reuploads,
    ),
    Measure(
        "historical_versions",
        "Historical models still up",
        COPIES,
        Unit.VERSIONS,
        "Different base models on file as withdrawn, deprecated or replaced for safety of which a repository that is "
        "up is one, or carries the file, by name or published SHA-256, among the models read.",
        _history(lambda g: g.versions_up),
    ),
    Measure(
        "historical_up",
        "Repositories that hold one, and are up",
        COPIES,
        Unit.REPOS,
        "The repositories behind the row above.",
        _history(lambda g: g.holders_up),
    ),
    Measure(
        "historical_derived",
        "Name one as their parent",
        COPIES,
        Unit.REPOS,
        "Models read that name a historical model as what they were made from, in the hub's field or a file's header.",
        _history(lambda g: g.survey.derived),
    ),
    Measure(
        "cards",
        "Models with a card",
        CARDS,
        Unit.SHARE,
        "Of the models whose card was asked for. Wilson's interval (95 %), as for all shares of this group; it holds "
        "if what was read were drawn at random.",
        lambda g: share(g.survey.cards, g.survey.cards + g.survey.no_card, "no card was asked for"),
    ),
    Measure(
        "societal_section",
        "Cards with a section on societal impact",
        CARDS,
        Unit.SHARE,
        "Cards with the heading of Hugging Face's template, Societal Impact Assessment, at any level.",
        _cards(lambda s: s.section),
    ),
    Measure(
        "societal_answered",
        "... with words under it",
        CARDS,
        Unit.SHARE,
        "The same, where something stands under the heading besides comments and the template's placeholder.",
        _cards(lambda s: s.answered),
    ),
    Measure(
        "filtering_told",
        "Cards that tell of filtering for abuse material",
        CARDS,
        Unit.SHARE,
        "Cards with an English sentence that speaks of abuse material, of training data and of filtering, also to say "
        "that none was done. Other languages are not read, so this is the least it may be.",
        _cards(lambda s: s.filtering),
    ),
    Measure(
        "datasets_named",
        "Models that name a training set",
        CARDS,
        Unit.SHARE,
        "Of the models of which the hub says anything about data sets.",
        _models(lambda s: s.datasets_named, lambda s: s.datasets_told),
    ),
    Measure(
        "known_sets",
        "Name a training set with a known problem",
        CARDS,
        Unit.REPOS,
        "Repositories with a standing finding of category training-data: information, and never a ground for a notice.",
        _marked(lambda g: g.known_sets, "training-data"),
    ),
    Measure(
        "safeguards_removed",
        "Marked as having safeguards taken out",
        CARDS,
        Unit.REPOS,
        "Repositories with a standing finding of category safeguard-removal, of any severity, mostly language models.",
        _marked(lambda g: g.safeguards_removed, "safeguard-removal"),
    ),
    Measure(
        "lineage_told",
        "Models that say what they were made from",
        CARDS,
        Unit.SHARE,
        "Of the models of which the hub says anything about parents.",
        _models(lambda s: s.parents_named, lambda s: s.parents_told),
    ),
    Measure(
        "hashes_published",
        "Models of which a file's hash is known",
        CARDS,
        Unit.SHARE,
        "Models of which the hub told the whole SHA-256 of at least one file, by those of which any file is known. "
        "Some lists leave hashes out and have to be asked (--file-hashes). Without a hash no copy is found.",
        _models(lambda s: s.hashes, lambda s: s.files_told),
    ),
)
OF_HUBS = (*_LOOKED, *_SHARED)
OF_LINEAGE = (*_KIN, *(one for one in _SHARED if not one.key.startswith("historical")))
"""A creator's own versions have a table of their own (`Kept`)."""
