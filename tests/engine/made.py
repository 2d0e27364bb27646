"""Rulebooks made in memory for tests of the engine: tiny vocabularies and contexts of neutral words."""

from collections.abc import Mapping
from typing import Any

from hubscan.engine.load import Rulebook
from hubscan.engine.match import Matcher
from hubscan.findings import Confidence, Severity
from hubscan.records import FileEntry, FileHeader, RepoRecord, RepoRef, TextField
from hubscan.rulebook import Context, Rule, RulePack, Vocabulary

VOCABULARIES: Mapping[str, Mapping[str, Any]] = {
    "lights": {"terms": ("lantern{,s}", "candle{,s}", "street lamp{,s}", "coast"), "excepts": ("lantern fish",)},
    "seas": {"terms": ("harbour{,s}", "lighthouse{,s}")},
    "birds": {"terms": ("seagull{,s}",), "common": True},
}
CONTEXTS = (
    Context("forbids", "", "", {
        "before": {"en": ("do not use", "must not")}, "heading": {"en": ("prohibited uses",)},
    }),
    Context("filters", "", "", {"before": {"en": ("detects",)}, "purpose": {"en": ("detector", "classifier")}}),
    Context("ends", "", "", {"before": {"en": ("but",)}}),
)  # fmt: skip
A, B, C = ({"words": name} for name in ("lights", "seas", "birds"))
"""Words of each vocabulary, anywhere."""


def rule(match: Mapping[str, Any], unless: Mapping[str, Any] | None = None, **changes: Any) -> Rule:
    plain = {"title": "T", "category": "evasion", "since": "2026-01-01", "why": "w", "action": "a", "status": "stable"}
    levels = {"severity": Severity.LOW, "confidence": Confidence.MEDIUM}
    return Rule(**{"id": "demo/one", **plain, **levels, "match": match, "unless": unless, **changes})


def matcher(*rules: Rule, harms: Mapping[str, str] | None = None) -> Matcher:
    """A matcher of the rules; `harms` says which kind of harm a vocabulary names."""
    named = harms or {}
    vocabularies = {
        name: Vocabulary(
            name, name, "", {"en": given["terms"]}, {"en": given.get("excepts", ())}, given.get("common", False),
            harm=named.get(name),
        )
        for name, given in VOCABULARIES.items()
    }  # fmt: skip
    return Matcher(Rulebook((RulePack("demo", "1", "", rules, vocabularies),), CONTEXTS))


def record(repo_id: str = "org/plain", **changes: Any) -> RepoRecord:
    """A record of which all is known and nothing said; `card`, `texts`, `files` and `headers` may be plain text."""
    card = changes.pop("card", "")
    texts = [*changes.pop("texts", ())] + ([TextField("card", "card", card, "markdown")] if card else [])
    known = {
        "author": "maker", "tags": (), "files": (), "base_models": (), "datasets": (), "license": "mit",
        "card": None if card is None else "read" if card else "none",
    }  # fmt: skip
    names = changes.pop("files", ())
    files = None if names is None else tuple(map(FileEntry, names))
    headers = tuple(FileHeader("a.safetensors", values) for values in changes.pop("headers", ({"k": "v"},)))
    values = {**known, "files": files, "headers": headers, **changes}
    ref = RepoRef("huggingface", "model", repo_id)
    return RepoRecord(ref=ref, url="u", **{"title": repo_id.split("/")[-1], "texts": tuple(texts), **values})


def cut(found: RepoRecord, field: str, start: int, end: int) -> str:
    """The original text that a span of evidence names."""
    texts = {"name": found.title, **{f"tags[{n}]": tag for n, tag in enumerate(found.tags or ())}}
    return (found.text(field) or texts[field])[start:end]
