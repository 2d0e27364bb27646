"""The front matter of a card: what it declares and which texts stand in it. Shared by hubs with README cards."""

from collections.abc import Iterator, Mapping
from typing import Any

from hubscan.frontmatter import parse, split
from hubscan.hubs._fields import Fields, clean
from hubscan.records import StoredRecord, TextField

RELATIONS = frozenset({"finetune", "adapter", "merge", "quantized"})
"""How a model says it came from its base: https://huggingface.co/docs/hub/model-cards#specifying-a-base-model"""

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


class Card:
    """The declared facts of a card, wherever they came from. `known` is false where a missing key proves nothing."""

    def __init__(self, values: Mapping[str, Any], known: bool, malformed: dict[str, None]) -> None:
        self.values = values
        self.known = known
        self.fields = Fields(values, "cardData.", malformed)

    def bases(self) -> Iterator[tuple[str, str | None]]:
        """Yield the declared parents, each with its relation if one is declared."""
        names = self.fields.texts("base_model")
        said = as_relation(self.fields.text("base_model_relation")) if names else None
        return ((name, said) for name in names or () if name)

    def texts(self) -> Iterator[TextField]:
        """Yield the texts that people read, by the key or, under keys of the uploader's own making, the position."""
        if not self.values:
            return
        for number, prompt in enumerate(self.fields.texts("instance_prompt") or ()):
            place = f"front_matter.instance_prompt[{number}]" if number else "front_matter.instance_prompt"
            yield TextField(place, "trigger_word", prompt)
        for place, text in (*self._named(), *_unnamed(self.values), *_asked_of_visitors(self.values)):
            yield TextField(f"front_matter.{place}", "front_matter", clean(text))
        for place, text in _widget(self.values):
            yield TextField(f"front_matter.{place}", "front_matter", clean(text))

    def _named(self) -> Iterator[tuple[str, str]]:
        for key in _READ_BY_PEOPLE:
            if key in self.values and (text := self.fields.text(key)):
                yield key, text


def declared(stored: StoredRecord, native: Fields) -> Card:
    """Return what a card declares: by the hub's `cardData`, or else by the card's own front matter."""
    said = native.mapping("cardData")
    if said or not stored.card:
        return Card(said or {}, said is not None, native.malformed)
    block, _ = split(stored.card)
    if block is None:
        return Card({}, True, native.malformed)
    front = parse(block)
    if not front.complete:
        native.note("card front matter")
    return Card(front.values, front.complete, native.malformed)


def as_relation(said: str | None) -> str | None:
    """Return a relation that is one, else None."""
    return said if said in RELATIONS else None


def _unnamed(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
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
