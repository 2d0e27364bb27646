"""What the stored records of each hub say of themselves: cards, training data, hashes, and historical models.

One pass over records, counts and names kept; only models count. The section on child safety is known by its heading in
Hugging Face's template for model cards ("Societal Impact Assessment", huggingface/hub-docs
docs/hub/model-card-annotated.md), at any level, whatever stands behind the two first words.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hubscan import frontmatter
from hubscan.bases import Bases
from hubscan.records import RepoRecord, RepoRef


@dataclass(slots=True)
class Survey:
    """Counts of one hub's models. `..._told` count those of which the hub said anything in the matter.

    `holders` are the repos that are a historical base or carry its file, with the ids of those; `derived` counts those
    that name one as their parent.
    """

    models: int = 0
    cards: int = 0
    no_card: int = 0
    section: int = 0
    answered: int = 0
    filtering: int = 0
    datasets_told: int = 0
    datasets_named: int = 0
    parents_told: int = 0
    parents_named: int = 0
    files_told: int = 0
    hashes: int = 0
    derived: int = 0
    holders: dict[RepoRef, frozenset[str]] = field(default_factory=dict)


def survey(records: Iterable[RepoRecord], on_file: Bases) -> Mapping[str, Survey]:
    """Return the survey of each hub among `records`; hubs without a model are not in it."""
    found: dict[str, Survey] = {}
    for record in records:
        if record.ref.kind == "model":
            seen = found.setdefault(record.ref.hub, Survey())
            _count(seen, record)
            _history(seen, record, on_file)
    return found


def _count(seen: Survey, record: RepoRecord) -> None:
    seen.models += 1
    seen.cards += record.card == "read"
    seen.no_card += record.card == "none"
    if record.card == "read":
        _card(seen, record.text("card") or "")
    seen.datasets_told += record.datasets is not None
    seen.datasets_named += bool(record.datasets)
    seen.parents_told += record.base_models is not None
    seen.parents_named += bool(record.base_models)
    seen.files_told += bool(record.files)
    seen.hashes += any(file.sha256 for file in record.files or ())


def _card(seen: Survey, card: str) -> None:
    body = card[frontmatter.split(card)[1] :]
    section = societal_section(body)
    seen.section += section is not None
    seen.answered += bool(section and _WORDS.search(section))
    seen.filtering += tells_filtering(body)


def _history(seen: Survey, record: RepoRecord, on_file: Bases) -> None:
    own = {on_file.itself(record.ref), *on_file.held(record)}
    ids = frozenset(node.removeprefix("base:") for node in own if node.startswith("base:"))
    if ids:
        seen.holders[record.ref] = ids
    elif any(parent.node.startswith("base:") for parent in on_file.parents(record)):
        seen.derived += 1


def societal_section(card: str) -> str | None:
    """Return what somebody wrote under the heading, without the template's placeholder; None where it is not there."""
    found = _HEADING.search(card)
    if not found:
        return None
    level = len(found["marks"])
    rest = card[found.end() :]
    end = re.search(rf"(?m)^ {{0,3}}#{{1,{level}}}\s", rest)
    return _PLACEHOLDER.sub("", rest[: end.start()] if end else rest).strip()


def tells_filtering(card: str) -> bool:
    """Return whether an English sentence says of abuse material that training data was filtered for it, or was not."""
    return any(
        _MATERIAL.search(sentence) and _FILTERS.search(sentence) and _DATA.search(sentence)
        for sentence in (_SENTENCE.split(card) if _MATERIAL.search(card) else ())
    )


_HEADING = re.compile(r"^ {0,3}(?P<marks>#{1,6})\s[^\n]{0,40}?\bsocietal impact\b[^\n]*", re.IGNORECASE | re.MULTILINE)
_PLACEHOLDER = re.compile(r"<!--.*?-->|\[more information needed\]", re.IGNORECASE | re.DOTALL)
_WORDS = re.compile(r"\w{2}")
_MATERIAL = re.compile(
    r"\bcsam\b|\bchild sexual (?:abuse|exploitation)\b|\bchild abuse (?:material|imagery)\b", re.IGNORECASE
)
_FILTERS = re.compile(r"\b(?:un)?(?:filter|remov|exclud|screen|scann|clean|purg|hash)\w*", re.IGNORECASE)
_DATA = re.compile(r"\b(?:data|dataset|datasets|corpus|images|trained|training|pre-?train\w*)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s|\n\s*\n|\n\s*[-*#|]")
