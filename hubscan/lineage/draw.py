"""A family as JSON, GraphML (http://graphml.graphdrawing.org/specification.html), rows of text, and one HTML page.

JSON and GraphML hold every node to the family's depth, written as it goes; text and page fold what is too wide.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

from markupsafe import Markup, escape

from hubscan.charts import TONES, Part
from hubscan.escape import json_bytes, visible
from hubscan.lineage.family import Branch, Copy, Family
from hubscan.render import environment, source

WIDEST = 12
"""Children of one node that are drawn; the rest are one row that says how many, and how many of them are flagged."""
MOST_ROWS = 400
"""Rows of a drawn tree."""


def as_json(family: Family) -> Iterator[bytes]:
    """Yield `hubscan.lineage/1`, a node a line: `place`, and `from`, the place of the node above it."""
    head = json_bytes(_head(family))
    yield head[:-1] + b',"nodes":['
    for place in _drawn_places(family):
        yield (b",\n" if place else b"\n") + json_bytes(_node(family, place))
    yield b"\n]}\n"


def as_graphml(family: Family) -> Iterator[bytes]:
    """Yield a GraphML document of the nodes drawn and all edges between them, also those that make cycles."""
    graph, places = family.graph, {family.order[place]: place for place in _drawn_places(family)}
    yield _GRAPHML.encode()
    for node, place in places.items():
        values: dict[str, str | bool] = {
            "label": visible(graph.name(node)),
            "read": graph.is_read(node),
            "flagged": family.is_flagged(place),
        }
        yield f'<node id="n{place}">{_data(values)}</node>\n'.encode()
    for node, place in places.items():
        for edge in graph.parents(node):
            if edge.node in places:
                told: dict[str, str | bool] = {"relation": edge.relation or "not said", "source": edge.source}
                ends = f'source="n{places[edge.node]}" target="n{place}"'
                yield f"<edge {ends}>{_data(told)}</edge>\n".encode()
    yield b"</graph></graphml>\n"


def as_text(family: Family) -> Iterator[str]:
    """Yield the answer as lines for a terminal."""
    yield f"{visible(family.title)}: {_counted(family.below[0], 'descendant')}, {family.flagged[0]:,} flagged"
    yield from ("", *_sentences(family), "")
    for level in family.levels:
        told = ", ".join(f"{count:,} {relation}" for relation, count in sorted(level.relations.items()))
        yield (
            f"{_counted(level.steps, 'step')} down: {level.nodes:,} ({told}); "
            f"{level.flagged:,} of {level.nodes - level.unread:,} read are flagged, {level.unread:,} unknown"
        )
    yield ""
    yield from (f"{'  ' * branch.steps}{_label(family, branch)}" for branch in _rows(family))
    yield from ("", "Still downloadable at:", *(f"  {_copy(copy)}" for copy in family.copies))
    if not family.copies:
        yield "  unknown: no repository that holds it was read"


def as_html(family: Family) -> bytes:
    """Return one self-contained page with the tree drawn as SVG; nothing is loaded from anywhere."""
    env = environment()
    style = Markup(source(env, "scan/report.css"))  # noqa: S704 - our own file
    values = {
        "family": family,
        "title": visible(family.title),
        "sentences": list(_sentences(family)),
        "series": _SERIES,
        "levels": [(f"{_counted(level.steps, 'step')} down", _shares(level)) for level in family.levels],
        "tree": _svg(family),
        "copies": [(_copy(copy), copy.holder.presence.value, copy.holder.url) for copy in family.copies],
        "style": style,
    }
    return env.get_template("lineage/lineage.html.j2").render(values).encode()


# --- what is told -----------------------------------------------------------------------------------------------------


def _head(family: Family) -> dict[str, Any]:
    graph = family.graph

    def names(nodes: tuple[int, ...]) -> list[str]:
        return [graph.name(node) for node in nodes]

    return {
        "schema": family.schema,
        "root": {"name": family.title, "base": graph.base(family.order[0]), "read": graph.is_read(family.order[0])},
        "depth": family.depth,
        "descendants": family.below[0],
        "flagged": family.flagged[0],
        "made_from": names(family.above),
        "not_read": names(family.unread_above),
        "cycles": [names(cycle) for cycle in family.cycles],
        "disagreeing": names(family.disagreeing),
        "levels": [{**level._asdict(), "relations": dict(sorted(level.relations.items()))} for level in family.levels],
        "copies": [_copy_object(copy) for copy in family.copies],
    }


def _node(family: Family, place: int) -> dict[str, Any]:
    node = family.order[place]
    return {
        "place": place,
        "from": family.via[place] if place else None,
        "steps": family.steps[place],
        "name": family.graph.name(node),
        "relation": family.relation(place) if place else None,
        "read": family.graph.is_read(node),
        "flagged": family.is_flagged(place) if family.graph.is_read(node) else None,
        "below": family.below[place],
    }


def _drawn_places(family: Family) -> range:
    end = next((level.steps for level in family.levels if level.steps > family.depth), None)
    shown = sum(level.nodes for level in family.levels if end is None or level.steps < end)
    return range(1 + shown)


def _copy_object(copy: Copy) -> dict[str, Any]:
    holder = copy.holder
    ref = {"hub": holder.ref.hub, "kind": holder.ref.kind, "id": holder.ref.repo_id}
    return {
        "repo": {**ref, "url": holder.url, "revision": holder.ref.revision},
        "uploader": holder.uploader,
        "how": copy.how,
        "presence": holder.presence.value,
        "why": holder.why,
        "as_of": holder.as_of,
    }


def _sentences(family: Family) -> Iterator[str]:
    graph = family.graph
    base = graph.bases.by_id.get(graph.base(family.order[0]) or "")
    if base:
        read = f"names checked on {base.verified}" if base.verified else "names not checked"
        yield f"{base.status.value} since {base.since}: {base.reason} ({', '.join(base.references)}; {read})"
    if not graph.is_read(family.order[0]):
        yield "No record of it was read: only what others say they made from it is known."
    for title, nodes in (
        ("Made from", family.above),
        ("Named as a parent and never read, so what is above is unknown", family.unread_above),
        ("Hub and file header name different parents", family.disagreeing),
    ):
        if nodes:
            yield f"{title}: {_some(family, nodes)}."
    for cycle in family.cycles:
        yield f"A circle, each made from another: {_some(family, cycle)}."


def _some(family: Family, nodes: tuple[int, ...]) -> str:
    more = f" and {len(nodes) - WIDEST:,} more" if len(nodes) > WIDEST else ""
    return ", ".join(visible(family.graph.name(node), 100) for node in nodes[:WIDEST]) + more


def _rows(family: Family) -> Iterator[Branch]:
    for number, branch in enumerate(family.drawn(WIDEST)):
        if number == MOST_ROWS:
            return
        yield branch


def _label(family: Family, branch: Branch) -> str:
    below = f"; {branch.below:,} below, {branch.flagged:,} flagged" if branch.below else ""
    if branch.place is None:
        return f"... {branch.hidden:,} more{below or f'; {branch.flagged:,} flagged'}"
    node = family.order[branch.place]
    relation = f" ({family.relation(branch.place)})" if branch.place else ""
    marks = [mark for mark, given in _marks(family, branch.place) if given]
    return f"{visible(family.graph.name(node), 120)}{relation}{below}{''.join(f' [{mark}]' for mark in marks)}"


def _marks(family: Family, place: int) -> tuple[tuple[str, bool], ...]:
    read = family.graph.is_read(family.order[place])
    return ("flagged", family.is_flagged(place)), ("not read", not read)


def _copy(copy: Copy) -> str:
    holder = copy.holder
    uploader = f", uploaded by {visible(holder.uploader)}" if holder.uploader else ""
    revision = f" at {holder.ref.revision}" if holder.ref.revision else ""
    return f"{visible(str(holder.ref))}{revision} ({copy.how}{uploader}): {holder.presence}, {holder.why}"


def _counted(value: int, noun: str) -> str:
    return f"{value:,} {noun}{'s' * (value != 1)}"


# --- drawing ----------------------------------------------------------------------------------------------------------

_SERIES = (Part("flagged", 0, "medium"), Part("read, not flagged", 0, "neutral"), Part("not read: unknown", 0, "quiet"))
_ROW, _INDENT, _TEXT = 24, 20, 15


def _shares(level: Any) -> tuple[int, int, int]:
    return level.flagged, level.nodes - level.unread - level.flagged, level.unread


def _svg(family: Family) -> Markup:
    rows = list(_rows(family))
    last: dict[int, int] = {}
    parts = []
    for number, branch in enumerate(rows):
        x, y = _INDENT * branch.steps, _ROW * number + _ROW // 2
        if branch.steps:
            top = _ROW * last[branch.steps - 1] + _ROW // 2
            parts.append(_LINE.format(x - _INDENT + 6, top + 6, y, x - _INDENT + 6, y, x + 2))
        last[branch.steps] = number
        tone = "quiet" if branch.place is None else _tone(family, branch.place)
        parts.append(_DOT.format(tone, TONES[tone], x + 6, y))
        parts.append(_WORDS.format(x + _TEXT + 3, y + 4, escape(_label(family, branch))))
    width = max((_INDENT * b.steps + 7 * len(_label(family, b)) + 40 for b in rows), default=100)
    return _TREE.format(min(width, 2400), _ROW * len(rows), f"Tree below {visible(family.title)}", Markup().join(parts))


def _tone(family: Family, place: int) -> str:
    if not family.graph.is_read(family.order[place]):
        return "quiet"
    return "medium" if family.is_flagged(place) else "neutral"


_TREE = Markup(
    '<svg class="tree" role="img" xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}">'
    "<title>{2}</title>{3}</svg>"
)
_LINE = Markup('<path d="M{} {}V{}M{} {}H{}" fill="none" stroke="currentColor" stroke-opacity=".35"/>')
_DOT = Markup('<circle class="tone-{}" fill="{}" cx="{}" cy="{}" r="5"/>')
_WORDS = Markup('<text x="{}" y="{}" font-size="13" font-family="sans-serif" fill="currentColor">{}</text>')


def _data(values: Mapping[str, str | bool]) -> str:
    texts = {key: json.dumps(value) if isinstance(value, bool) else value for key, value in values.items()}
    return "".join(f'<data key="{key}">{_xml(text)}</data>' for key, text in texts.items())


def _xml(text: str) -> str:
    # quoteattr escapes what XML needs escaped; controls are already spelled out by `visible`.
    return quoteattr(_UNFIT.sub("\ufffd", text))[1:-1].replace("'", "&apos;")


_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_GRAPHML = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="label" for="node" attr.name="label" attr.type="string"/>
<key id="read" for="node" attr.name="read" attr.type="boolean"/>
<key id="flagged" for="node" attr.name="flagged" attr.type="boolean"/>
<key id="relation" for="edge" attr.name="relation" attr.type="string"/>
<key id="source" for="edge" attr.name="source" attr.type="string"/>
<graph edgedefault="directed">
"""
