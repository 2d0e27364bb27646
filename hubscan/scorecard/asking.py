"""What a creator may consider to ask of a hub, and which way: wording for a person to weigh. Nothing is ever sent."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from hubscan.policies import Channel, Hub, Policies, Visibility
from hubscan.scorecard import words
from hubscan.scorecard.sheet import Kept, Request, Scorecard, Standing

_CHILD_SAFETY = (
    "It is public, so no notice in a child-safety case goes this way: consider asking the hub for a private address."
)


def requests(
    policies: Policies, card: Scorecard, versions: Sequence[Kept], confirmed: Mapping[str, Counter[str]]
) -> Iterator[Request]:
    """Yield what may be asked of each hub, in their order: of versions, of confirmed derivatives, of what is unknown.

    `confirmed` counts, by hub and category, confirmed derivatives that are not known to be gone.
    """
    for place, name in enumerate(card.hubs):
        hub = policies.hubs.get(name)
        yield from _versions(name, hub, versions, place)
        for category, count in sorted(confirmed.get(name, Counter()).items()):
            yield _derivatives(name, hub, category, count)
        yield from _unknown(name, card, place)


def _versions(name: str, hub: Hub | None, versions: Sequence[Kept], place: int) -> Iterator[Request]:
    for version in versions:
        up = int(version.up[place].value or 0)
        if up and version.status:
            held = f"{up:,} {'repository that holds' if up == 1 else 'repositories that hold'} {version.title}"
            ask = f"Consider asking whether access to {held} can end, or what will be said beside it: {version.status}"
            yield _by_channel(name, hub, "historical", "a historical version", f"{ask} since {version.since}.")


def _derivatives(name: str, hub: Hub | None, category: str, count: int) -> Request:
    of = f"{count:,} derivative{' is' if count == 1 else 's are'}"
    ask = (
        f"{of} confirmed by a person as marked for {words.category(category)}, and not known to be gone. Consider a "
        "notice for each, or asking what became of the one that was sent."
    )
    return _by_channel(name, hub, category, "confirmed derivatives", ask)


def _unknown(name: str, card: Scorecard, place: int) -> Iterator[Request]:
    for one in card.answered:
        if one.answers[place].standing is Standing.UNKNOWN and one.recommendation.ask:
            yield Request(name, one.recommendation.id, f"Consider asking {one.recommendation.ask}.")


def _by_channel(name: str, hub: Hub | None, category: str, about: str, ask: str) -> Request:
    channel = hub.channel_for(category) if hub else None
    if channel is None:
        none = "No report channel of this hub is on file for it: consider asking the hub for one first."
        return Request(name, about, ask, warnings=(none,))
    reason = channel.reason(category)
    return Request(
        name,
        about,
        ask,
        channel.title,
        f"{channel.route} {channel.address}".strip(),
        channel.visibility,
        channel.login,
        (f"{reason.title} ({reason.code})",) if reason else (),
        channel.verified,
        tuple(_warnings(channel, category)),
    )


def _warnings(channel: Channel, category: str) -> Iterator[str]:
    yield from channel.warnings()
    if channel.visibility is Visibility.PUBLIC and category == "csae":
        yield _CHILD_SAFETY
