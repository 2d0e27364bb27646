"""Hugging Face: models, data sets and spaces, as https://huggingface.co/api lists and describes them.

Both shapes are read, the listing's and the single repo's. The hub repeats the card's front matter in three places
(`cardData`, tags such as `license:mit`, and `baseModels`); they are read together, tags first. The card's own YAML is
parsed only where the hub sent no `cardData`, because that costs more than all the rest. What is asked over the network
is in `_huggingface_api`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias
from urllib.parse import quote

from hubscan.findings import ScanError
from hubscan.frontmatter import parse as parse_front_matter
from hubscan.frontmatter import split
from hubscan.hubs._fields import Fields, clean, headers, instant, repo_id, sha256, unusable, without_pictures
from hubscan.hubs._huggingface_api import HuggingFaceApi
from hubscan.records import BaseModel, FileEntry, RepoRecord, RepoRef, StoredRecord, TextField

SITE = "https://huggingface.co"
RELATIONS = frozenset({"finetune", "adapter", "merge", "quantized"})
"""How a model says it came from its base: https://huggingface.co/docs/hub/model-cards#specifying-a-base-model"""

_ADULT_TAG = "not-for-all-audiences"
_PREFIX = {"model": "", "dataset": "datasets/", "space": "spaces/"}
_GATES = {"auto": True, "manual": True, "true": True, "false": False}
_READ_BY_PEOPLE = (
    *("pretty_name", "title", "short_description", "description", "summary", "license_name"),
    *("extra_gated_heading", "extra_gated_prompt", "extra_gated_description", "extra_gated_button_content"),
)
_READ_ELSEWHERE = frozenset(
    {
        *("license", "license_link", "language", "languages", "tags", "base_model", "base_model_relation", "datasets"),
        *("pipeline_tag", "library_name", "instance_prompt", "thumbnail", "emoji", "colorFrom", "colorTo", "sdk"),
        *("sdk_version", "app_file", "python_version"),
    }
)

_Tagged: TypeAlias = dict[str, list[str]]


class _Card:
    """The declared facts of a card, wherever they came from. `known` is false where a missing key proves nothing."""

    def __init__(self, values: Mapping[str, Any], known: bool, malformed: dict[str, None]) -> None:
        self.values = values
        self.known = known
        self.fields = Fields(values, "cardData.", malformed)


class HuggingFace(HuggingFaceApi):
    """The hub of https://huggingface.co."""

    title = "Hugging Face"

    def parse(self, stored: StoredRecord) -> RepoRecord | ScanError:
        """Read one object of the API; see `Hub.parse`."""
        native = Fields(stored.native)
        name = repo_id(native.text("id")) or repo_id(native.text("modelId"))
        if name is None:
            return unusable(stored)
        return _record(stored, native, name, _card(stored, native))

    def scrub(self, native: Mapping[str, Any]) -> dict[str, Any]:
        """Drop widgets' pictures, thumbnails and their addresses; see `Hub.scrub`."""
        kept: dict[str, Any] = without_pictures(native)
        return kept


def _record(stored: StoredRecord, native: Fields, name: str, card: _Card) -> RepoRecord:
    tags = native.texts("tags")
    tagged = None if tags is None else _by_prefix(tags)
    files = _files(native)
    return RepoRecord(
        ref=RepoRef(stored.hub, stored.kind, name, native.text("sha")),
        url=_address(stored.kind, name),
        title=name.rpartition("/")[2] or name,
        author=native.text("author") or name.rpartition("/")[0] or None,
        tags=tags if tags is not None else card.fields.texts("tags"),
        texts=tuple(_texts(stored, native, card)),
        card=_card_state(stored.card, files),
        files=files,
        headers=headers(stored),
        base_models=_base_models(native, tagged, card),
        datasets=_datasets(tagged, card),
        license=_license(tagged, card),
        pipeline=native.text("pipeline_tag") or card.fields.text("pipeline_tag"),
        library=native.text("library_name") or native.text("sdk") or card.fields.text("library_name"),
        gated=_gated(native),
        private=native.flag("private"),
        disabled=native.flag("disabled"),
        downloads=native.count("downloads"),
        likes=native.count("likes"),
        created_at=native.date("createdAt"),
        updated_at=native.date("lastModified"),
        flags=dict(_flags(native, tags)),
        fetched_at=instant(stored.fetched_at) if stored.fetched_at else None,
        malformed=tuple(native.malformed),
    )


def _address(kind: str, name: str) -> str:
    prefix = _PREFIX.get(kind)
    return f"{SITE}/{f'{quote(kind)}s/' if prefix is None else prefix}{quote(name)}"


def _card(stored: StoredRecord, native: Fields) -> _Card:
    declared = native.mapping("cardData")
    if declared or not stored.card:
        return _Card(declared or {}, declared is not None, native.malformed)
    block, _ = split(stored.card)
    if block is None:
        return _Card({}, True, native.malformed)
    front = parse_front_matter(block)
    if not front.complete:
        native.note("card front matter")
    return _Card(front.values, front.complete, native.malformed)


def _card_state(card: str | None, files: tuple[FileEntry, ...] | None) -> str | None:
    if card:
        return "none" if card.isspace() else "read"
    listed_without = files is not None and not any(file.name.lower() == "readme.md" for file in files)
    return "none" if card == "" or listed_without else None


def _gated(native: Fields) -> bool | None:
    said = native.raw("gated")
    if not isinstance(said, str):
        return native.flag("gated")
    if said.lower() not in _GATES:
        native.note("gated")
    return _GATES.get(said.lower())


def _flags(native: Fields, tags: tuple[str, ...] | None) -> Iterator[tuple[str, bool | int]]:
    if tags is not None:
        yield _ADULT_TAG, _ADULT_TAG in tags
    if (reports := native.inside("discussions")) is not None:
        yield "reports", len(reports)


def _by_prefix(tags: tuple[str, ...]) -> _Tagged:
    """Group tags such as `license:mit` by what stands before the colon."""
    groups: _Tagged = {}
    for tag in tags:
        prefix, _, rest = tag.partition(":")
        if rest:
            groups.setdefault(prefix, []).append(rest)
    return groups


def _license(tagged: _Tagged | None, card: _Card) -> str | None:
    said = (tagged or {}).get("license") or card.fields.texts("license")
    return next(iter(said or ()), None) or ("" if tagged is not None or card.known else None)


def _datasets(tagged: _Tagged | None, card: _Card) -> tuple[str, ...] | None:
    declared = card.fields.texts("datasets")
    if tagged is None and declared is None and not card.known:
        return None
    return tuple(dict.fromkeys((*(tagged or {}).get("dataset", ()), *(declared or ()))))


def _base_models(native: Fields, tagged: _Tagged | None, card: _Card) -> tuple[BaseModel, ...] | None:
    """Join the three places; a name keeps the first relation any of them gives it."""
    relations: dict[str, str | None] = {}
    said = native.mapping("baseModels")
    for name, relation in (*_from_base_models(said, native), *_from_tags(tagged), *_from_card(card)):
        relations[name] = relations.get(name) or relation
    if not relations and said is None and tagged is None and not card.known:
        return None
    return tuple(BaseModel(name, relation) for name, relation in relations.items())


def _from_base_models(said: Mapping[str, Any] | None, native: Fields) -> Iterator[tuple[str, str | None]]:
    if not said:
        return
    fields = Fields(said, "baseModels.", native.malformed)
    relation = _relation(fields.text("relation"))
    for model in fields.inside("models") or ():
        if name := model.text("id"):
            yield name, relation


def _from_tags(tagged: _Tagged | None) -> Iterator[tuple[str, str | None]]:
    for rest in (tagged or {}).get("base_model", ()):
        relation, colon, name = rest.partition(":")
        if not colon:
            yield rest, None
        elif name:
            yield name, _relation(relation)


def _from_card(card: _Card) -> Iterator[tuple[str, str | None]]:
    names = card.fields.texts("base_model")
    relation = _relation(card.fields.text("base_model_relation")) if names else None
    return ((name, relation) for name in names or () if name)


def _relation(said: str | None) -> str | None:
    return said if said in RELATIONS else None


def _files(native: Fields) -> tuple[FileEntry, ...] | None:
    siblings = native.inside("siblings")
    return None if siblings is None else tuple(file for entry in siblings if (file := _file(entry)))


def _file(entry: Fields) -> FileEntry | None:
    name = entry.text("rfilename")
    if not name:
        entry.note("rfilename")
        return None
    digest = (entry.mapping("lfs") or {}).get("sha256")
    known = sha256(digest) if isinstance(digest, str) else None
    if digest is not None and known is None:
        entry.note("lfs.sha256")
    return FileEntry(name, entry.count("size"), known)


def _texts(stored: StoredRecord, native: Fields, card: _Card) -> Iterator[TextField]:
    if stored.card:
        yield TextField("card", "card", clean(stored.card), "markdown")
    if description := native.text("description"):
        yield TextField("description", "description", description)
    if not card.values:
        return
    for number, prompt in enumerate(card.fields.texts("instance_prompt") or ()):
        place = f"front_matter.instance_prompt[{number}]" if number else "front_matter.instance_prompt"
        yield TextField(place, "trigger_word", prompt)
    for place, text in (*_named(card), *_unnamed(card.values), *_asked_of_visitors(card.values), *_widget(card.values)):
        yield TextField(f"front_matter.{place}", "front_matter", clean(text))


def _named(card: _Card) -> Iterator[tuple[str, str]]:
    for key in _READ_BY_PEOPLE:
        if key in card.values and (text := card.fields.text(key)):
            yield key, text


def _unnamed(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield texts under keys of the uploader's own making by position: such a key is text too, and no address."""
    for number, (key, value) in enumerate(values.items()):
        own = key not in _READ_ELSEWHERE and key not in _READ_BY_PEOPLE
        if own and isinstance(value, str) and value and not value.startswith(("http://", "https://", "data:")):
            yield f"other[{number}]", value


def _asked_of_visitors(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    fields = values.get("extra_gated_fields")
    if isinstance(fields, Mapping):
        yield from ((f"extra_gated_fields[{number}]", str(label)) for number, label in enumerate(fields))


def _widget(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the sample inputs shown beside the model, never the pictures they made."""
    samples = values.get("widget")
    for number, sample in enumerate(samples if isinstance(samples, list) else ()):
        for key in ("text", "prompt", "example_title") if isinstance(sample, Mapping) else ():
            if isinstance(text := sample.get(key), str) and text:
                yield f"widget[{number}].{key}", text


HUB = HuggingFace()
