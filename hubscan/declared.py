"""What a weight file's header says of the file itself, by the kind of piece a rule may look in.

Keys are those of ModelSpec (https://github.com/Stability-AI/ModelSpec), of GGUF's `general.` (its specification in
ggml/docs/gguf.md) and of kohya-ss sd-scripts. Captions and folders of training data are read by `training`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from hubscan.records import BaseModel


class Said(NamedTuple):
    """A text of a header: its address within it, the kind of piece it is, and the text itself.

    `.key` addresses a whole value, `:key[0]` what was taken out of one, so that no key a file holds can pass for it.
    """

    place: str
    kind: str
    text: str


_NAMES = frozenset({"ss_output_name", "modelspec.title", "general.name", "general.basename", "general.finetune"})
"""Names the file goes by, whatever the hub's listing calls it."""
_TRIGGERS = frozenset({"modelspec.trigger_phrase"})
_TAG_LISTS = frozenset({"modelspec.tags", "general.tags"})
_DESCRIPTIONS = frozenset(
    {"modelspec.description", "modelspec.usage_hint", "general.description", "ss_training_comment"}
)
"""What people write there about the model, in sentences."""
_FAMILIES = frozenset({"ss_base_model_version", "modelspec.architecture"})
_ONE_BASE, _MERGED = "ss_sd_model_name", "modelspec.merged_from"
_BASE = re.compile(r"general\.base_model\.(\d{1,4})\.name")
_DATASET = re.compile(r"general\.dataset\.\d{1,4}\.(?:name|repo_url)")
_REPO = re.compile(r"https?://(?:www\.)?huggingface\.co/([\w.-]+/[\w.-]+?)/?")
_NOTHING = frozenset({"", "None", "null", "[]", "{}"})
"""What trainers write for "not given": they store every value as `str(value)`."""


def texts(header: Mapping[str, str]) -> Iterator[Said]:
    """Yield every text of a header by its kind, in the file's order; texts of no special kind are `header`."""
    for key, value in header.items():
        bare = key.partition("#")[0].lower()
        if value in _NOTHING:
            continue
        if bare in _TAG_LISTS or bare == _MERGED:
            kind = "tag" if bare in _TAG_LISTS else "base_model"
            yield from (Said(f":{key}[{number}]", kind, part) for number, part in enumerate(_parts(value)))
        elif bare == _ONE_BASE:
            yield Said(f":{key}", "base_model", _file_name(value))
        else:
            yield Said(f".{key}", _kind(bare), value)
    yield from (Said(f":{place}", "base_model", base.name) for place, base in _gguf_bases(header))


def base_models(header: Mapping[str, str]) -> tuple[BaseModel, ...]:
    """Return the parents a header names, with the relation where it can be told.

    A name is `org/name` where a Hugging Face address is given, else as it stands: often the name of a file. The family
    (`sdxl_base_v1-0`) is no parent.
    """
    found = [BaseModel(_file_name(value), _trained(header)) for value in _under(header, _ONE_BASE)]
    found += (BaseModel(part, "merge") for value in _under(header, _MERGED) for part in _parts(value))
    found += (base for _, base in _gguf_bases(header))
    return tuple(dict.fromkeys(found))


def _kind(key: str) -> str:
    if key in _NAMES:
        return "file_name"
    if key in _TRIGGERS:
        return "trigger_word"
    if key in _DESCRIPTIONS:
        return "description"
    if key in _FAMILIES:
        return "base_model"
    return "dataset" if _DATASET.fullmatch(key) else "header"


def _under(header: Mapping[str, str], key: str) -> Iterator[str]:
    found = (value for name, value in header.items() if name.partition("#")[0].lower() == key)
    return (value for value in found if value not in _NOTHING)


def _trained(header: Mapping[str, str]) -> str:
    return "adapter" if any(_under(header, "ss_network_module")) else "finetune"


def _gguf_bases(header: Mapping[str, str]) -> Iterator[tuple[str, BaseModel]]:
    relation = "adapter" if header.get("general.type") == "adapter" else None
    for key, name in header.items():
        if match := _BASE.fullmatch(key):
            place = f"general.base_model.{match[1]}"
            repo = _REPO.fullmatch(header.get(f"{place}.repo_url", ""))
            owner = header.get(f"{place}.organization", "")
            yield place, BaseModel(repo[1] if repo else f"{owner}/{name}" if owner else name, relation)


def _parts(value: str) -> list[str]:
    return [part for piece in value.split(",") if (part := piece.strip())]


def _file_name(path: str) -> str:
    """Return the last part of a path: the folders before it are those of somebody's own machine."""
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2] or path
