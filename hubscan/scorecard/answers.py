"""What is on file of each hub for each recommendation: documented, none or unknown, with where it was read and when.

Only what somebody has read at its source is documented, and only a source makes it none. What a clause or a channel on
file answers is taken from there; the rest are the hub's practices. A hub that nothing is on file for is unknown
throughout. Pure: facts in, answers out.
"""

from collections.abc import Iterable, Iterator, Sequence

from hubscan.policies import (
    Asked,
    Channel,
    Clause,
    Follows,
    Hub,
    Login,
    Policies,
    Practice,
    Recommendation,
    Stance,
    Visibility,
)
from hubscan.scorecard import words
from hubscan.scorecard.sheet import Answer, Answered, Covered, Standing

HARMS = ("csae", "ncii", "likeness", "safeguard-removal", "malicious-use", "evasion", "reupload", "historical")
"""The categories a hub's rules may cover; the others are no harms."""

_UNKNOWN = Answer(Standing.UNKNOWN, "Nothing is on file, and nothing was looked for.")
_NOT_ASKED = Answer(Standing.NOT_ASKED, "Not a hub's to answer.")
_LOGINS = {Login.REQUIRED: "account needed", Login.NOT_REQUIRED: "no account needed", Login.UNKNOWN: "account: unknown"}
_SEEN = {
    Visibility.PUBLIC: "public: the uploader and everyone else can read the report",
    Visibility.PRIVATE: "private",
    Visibility.UNKNOWN: "who can read the report is unknown",
}


def answered(policies: Policies, hubs: Sequence[str]) -> Iterator[Answered]:
    """Yield every recommendation with the answer of each of `hubs`."""
    for one in policies.recommendations:
        yield Answered(one, tuple(answer(one, policies.hubs.get(hub)) for hub in hubs))


def covered(policies: Policies, hubs: Sequence[str]) -> Iterator[Covered]:
    """Yield every harm, and whether a rule of each of `hubs` covers it."""
    for category in HARMS:
        answers = (_covering(policies.hubs.get(hub), category) for hub in hubs)
        yield Covered(category, tuple(answers))


def rules(hub: Hub | None) -> tuple[Answer, ...]:
    """Return what each clause on file of a hub says; `parts` are the categories it covers."""
    return tuple(map(_rule, hub.clauses)) if hub else ()


def answer(one: Recommendation, hub: Hub | None) -> Answer:
    """Return what is on file of `hub` for one recommendation."""
    if one.asked is not Asked.HUB:
        return _NOT_ASKED
    if hub is None:
        return _UNKNOWN
    given = next((practice for practice in hub.practices if practice.recommendation == one.id), None)
    if given is not None:
        return _practice(given)
    if one.follows is Follows.CHANNELS:
        return _channels(hub.channels)
    return _clauses(hub, one.categories) if one.follows is Follows.CLAUSES else _UNKNOWN


def _practice(practice: Practice) -> Answer:
    standing = Standing.NONE if practice.stance is Stance.NONE else Standing.DOCUMENTED
    known = _known(standing, practice.verified is not None)
    says = practice.says if practice.verified else f"Not verified: {practice.says}"
    return Answer(known, says, practice.url, practice.verified, source=practice.source)


def _channels(channels: Sequence[Channel]) -> Answer:
    if not channels:
        return _UNKNOWN
    first = next((channel for channel in channels if channel.verified), channels[0])
    several = f"{len(channels)} routes" if len(channels) > 1 else "One route"
    return Answer(
        _known(Standing.DOCUMENTED, first.verified is not None),
        f"{several} on file.",
        first.url,
        read=first.verified,
        source=first.source,
        parts=tuple(map(_channel, channels)),
    )


def _channel(channel: Channel) -> str:
    takes = f", for {_titles(channel.categories)} alone" if channel.categories else ""
    told = f"{channel.title} ({_SEEN[channel.visibility]}; {_LOGINS[channel.login]}{takes}; {_child_safety(channel)}"
    return f"{told}; {'read ' + str(channel.verified) if channel.verified else 'not verified'})"


def _child_safety(channel: Channel) -> str:
    """Say what a report for child safety can choose there."""
    if not channel.accepts("csae"):
        return "not for child safety"
    if not channel.reasons:
        return "offers no list of reasons, as far as is on file"
    reason = channel.reason("csae")
    if reason is None:
        return "no reason on file fits child safety"
    own = "a reason of its own" if reason.categories == ("csae",) else "under a reason for several harms"
    return f"child safety: {own}, {reason.title!r}"


def _clauses(hub: Hub, categories: Iterable[str]) -> Answer:
    """Documented where every one of `categories` has a clause that somebody has read."""
    each = {category: _covering(hub, category) for category in categories}
    if all(found is _UNKNOWN for found in each.values()):
        return _UNKNOWN
    missing = [category for category, found in each.items() if found.standing is not Standing.DOCUMENTED]
    first = next(found for found in each.values() if found.url)
    days = [found.read for found in each.values() if found.read]
    return Answer(
        _known(Standing.DOCUMENTED, not missing),
        f"No rule was read at its source for {_titles(missing)}." if missing else "A rule was read for each harm.",
        first.url,
        None if missing else min(days),
        source=first.source,
        parts=tuple(f"{words.category(category)}: {found.says}" for category, found in each.items()),
    )


def _covering(hub: Hub | None, category: str) -> Answer:
    clauses = [clause for clause in hub.clauses if category in clause.categories] if hub else []
    if not clauses:
        return _UNKNOWN
    read = [clause for clause in clauses if clause.verified]
    titles = "; ".join(clause.title for clause in read or clauses)
    first = (read or clauses)[0]
    return Answer(
        _known(Standing.DOCUMENTED, bool(read)),
        titles if read else f"not verified: {titles}",
        first.url,
        first.verified,
        first.effective,
        source=first.source,
    )


def _rule(clause: Clause) -> Answer:
    return Answer(
        _known(Standing.DOCUMENTED, clause.verified is not None),
        f"{clause.title}. {clause.says}",
        clause.url,
        clause.verified,
        clause.effective,
        clause.text_sha256,
        clause.source,
        tuple(words.category(category) for category in clause.categories),
    )


def _known(standing: Standing, read: bool) -> Standing:
    return standing if read else Standing.UNKNOWN


def _titles(categories: Iterable[str]) -> str:
    return "; ".join(words.category(category) for category in categories)
