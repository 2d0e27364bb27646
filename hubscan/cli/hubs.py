"""`hubscan hubs`: what can be read from each hub, and how one is told."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hubscan.cli import _options
from hubscan.cli._output import Listing, show, show_json, show_text
from hubscan.cli._voice import voice
from hubscan.errors import UsageError

if TYPE_CHECKING:
    from hubscan.policies import Channel, Clause, Policies, Practice

app = typer.Typer(
    name="hubs", help="Show what can be read from each hub, and how to report there.", no_args_is_help=True
)

_CHANNEL = ("id", "title", "route", "address", "url", "source")


@app.command("list")
def list_hubs(fmt: _options.Format = Listing.TABLE) -> None:
    """List hubs: what can be read from each, and the reporting channels on file."""
    from hubscan import policies

    on_file = policies.load()
    told = [_summary(name, on_file) for name in _names(on_file)]
    columns = ("name", "title", "reads", "channels", "clauses")
    show(fmt, told, columns, [(*list(hub.values())[:2], _reads(hub), _channels(hub), hub["clauses"]) for hub in told])


@app.command("show")
def show_hub(
    name: Annotated[str, typer.Argument(metavar="HUB", help="A name from `hubscan hubs list`.")],
    fmt: _options.Format = Listing.TABLE,
) -> None:
    """Show a hub's reporting channels and policy clauses, and whether anyone has read them at the source."""
    from hubscan import policies

    on_file = policies.load()
    if name not in _names(on_file):
        raise UsageError(f"there is no hub {name!r}", todo=f"Choose one of {', '.join(_names(on_file))}")
    told = _whole(name, on_file)
    for warning in on_file.hubs[name].warnings() if name in on_file.hubs else ():
        voice().warn(warning)
    if fmt is Listing.JSON:
        show_json(told)
    else:
        show_text(_page(told))


def _names(on_file: "Policies") -> list[str]:
    from hubscan.hubs import base

    return sorted({*base.names(), *on_file.hubs})


def _summary(name: str, on_file: "Policies") -> dict[str, Any]:
    from hubscan.hubs import base

    hub = on_file.hubs.get(name)
    channels = hub.channels if hub else ()
    return {
        "name": name,
        "title": hub.title if hub else base.load(name).title,
        "reads": _ways(name),
        "unverified": _unverified(name),
        "channels": [{"id": one.id, "visibility": one.visibility, "verified": _day(one.verified)} for one in channels],
        "clauses": len(hub.clauses) if hub else 0,
    }


def _whole(name: str, on_file: "Policies") -> dict[str, Any]:
    told, hub = _summary(name, on_file), on_file.hubs.get(name)
    told["home"] = hub.home if hub else None
    told["channels"] = [_channel(one) for one in hub.channels] if hub else []
    told["contact"] = dict(hub.contact) if hub else {}
    told["notes"] = list(hub.notes) if hub else []
    told["clauses"] = [_clause(one) for one in (hub.clauses if hub else ())]
    told["practices"] = [_practice(one) for one in (hub.practices if hub else ())]
    return told


def _channel(channel: "Channel") -> dict[str, Any]:
    facts = {key: getattr(channel, key) for key in _CHANNEL}
    levels = {"visibility": channel.visibility, "login": channel.login, "verified": _day(channel.verified)}
    reasons = [{"code": one.code, "title": one.title, "categories": list(one.categories)} for one in channel.reasons]
    lists = {"categories": list(channel.categories), "reasons": reasons, "notes": list(channel.notes)}
    return {**facts, **levels, **lists}


def _clause(clause: "Clause") -> dict[str, Any]:
    facts = {key: getattr(clause, key) for key in ("id", "title", "says", "url", "source")}
    days = {"effective": _day(clause.effective), "verified": _day(clause.verified)}
    return {**facts, **days, "text_sha256": clause.text_sha256 or None}


def _practice(practice: "Practice") -> dict[str, Any]:
    facts = {key: getattr(practice, key) for key in ("recommendation", "stance", "says", "url", "source")}
    return {**facts, "verified": _day(practice.verified)}


def _page(told: dict[str, Any]) -> list[str]:
    lines = [f"{told['name']}: {told['title']} {told['home'] or ''}".rstrip(), f"Can be read from: {_reads(told)}"]
    lines += [f"Not checked against the live hub: {sentence}" for sentence in told["unverified"]]
    for channel in told["channels"]:
        takes = ", ".join(channel["categories"]) or "any category"
        lines += ["", f"Channel {channel['id']}: {channel['title']} ({channel['visibility']}, {_verified(channel)})"]
        lines += [f"  {channel['route']} {channel['address']}".rstrip(), f"  takes {takes}; account {channel['login']}"]
        lines += [
            f"  reason for {', '.join(one['categories']) or 'none'}: {one['title']}" for one in channel["reasons"]
        ]
        lines += [f"  {note}" for note in channel["notes"]]
    for clause in told["clauses"]:
        lines += ["", f"Clause {clause['id']}: {clause['title']} ({_verified(clause)})", f"  {clause['says']}"]
        lines += [f"  {clause['url']} since {clause['effective'] or 'unknown'}"]
        lines += [f"  SHA-256 of the text as read: {clause['text_sha256'] or 'unknown'}"]
    for one in told["practices"]:
        lines += ["", f"Practice {one['recommendation']}: {one['stance']} ({_verified(one)})", f"  {one['says']}"]
        lines += [f"  {one['url']}"]
    lines += ["", *(f"Contact for {purpose}: {address}" for purpose, address in told["contact"].items())]
    lines += told["notes"]
    return lines if told["channels"] else [*lines, "No reporting channel is on file."]


def _ways(name: str) -> list[str]:
    from hubscan.hubs import base
    from hubscan.localfiles import HUB

    if name not in base.names():
        return []
    if name == HUB:
        return ["dump", "folder"]
    return ["dump", "network"] if isinstance(base.load(name), base.Connector) else ["dump"]


def _unverified(name: str) -> list[str]:
    """What of a connector no run against the live hub has confirmed."""
    from hubscan.hubs import base

    hub = base.load(name) if name in base.names() else None
    return list(hub.unverified) if isinstance(hub, base.Connector) else []


def _reads(told: dict[str, Any]) -> str:
    ways = ", ".join(told["reads"]) or "nothing yet"
    return f"{ways} (not checked live)" if told["unverified"] else ways


def _channels(told: dict[str, Any]) -> str:
    return (
        ", ".join(f"{one['id']} ({one['visibility']}, {_verified(one)})" for one in told["channels"]) or "none on file"
    )


def _verified(told: dict[str, Any]) -> str:
    return f"verified {told['verified']}" if told["verified"] else "not verified"


def _day(verified: object) -> str | None:
    return str(verified) if verified else None
