"""What a trainer wrote into a LoRA's header: captions as training tags with their share of images, folders, triggers.

Format: kohya-ss sd-scripts `train_network.py` writes JSON inside strings: `ss_tag_frequency` as {folder: {tag: count}},
`ss_dataset_dirs` as {folder: {"n_repeats", "img_count"}}, and the same captions again in `ss_datasets`, a list of
{"tag_frequency", "subsets": [{"img_count", "image_dir", "class_tokens", "caption_prefix", "is_reg"}]}. A caption that
stands in several of these is counted once. A trainer can be told to write nothing, so an absent tag proves nothing.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from math import isfinite
from typing import Any, NamedTuple

LEAST_SHARE = 0.05
"""Share of images from which a training tag says what an upload is for; a rare one may be anything."""
DECODED = ("ss_tag_frequency", "ss_datasets", "ss_dataset_dirs", "ss_bucket_info", "ss_reg_dataset_dirs")
"""Header values that are JSON of their own: read here, and noise to a rule."""

_MOST_TAGS = 2000
_MOST_IMAGES = 10**9
_Folders = dict[str, dict[str, int]]


class TrainingTag(NamedTuple):
    """A caption word, and the share of training images that carry it (0 to 1)."""

    tag: str
    share: float


def tags(header: Mapping[str, str]) -> Iterator[TrainingTag]:
    """Yield the tags of a header that at least `LEAST_SHARE` of its images carry, the most frequent first."""
    folders, sizes = _frequencies(header), _sizes(header)
    counts: dict[str, int] = {}
    images = 0
    for folder, found in folders.items():
        images += max(sizes.get(folder, 0), *found.values())
        for tag, count in found.items():
            counts[tag] = counts.get(tag, 0) + count
    common = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_MOST_TAGS]
    yield from (TrainingTag(tag, count / images) for tag, count in common if count >= LEAST_SHARE * images)


def folders(header: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the training folders, usually `<repeats>_<token> <class>`; not those of regularisation."""
    dirs = (folder for value in _decoded(header, "ss_dataset_dirs") for folder in _mapping(value))
    subsets = (_last_part(one.get("image_dir")) for one in _subsets(header))
    return tuple(dict.fromkeys(name for name in (*dirs, *_frequencies(header), *subsets) if name))


def folder_shares(header: Mapping[str, str]) -> Mapping[str, float]:
    """Return the share of training images in each folder; where no size is stated, all are taken for equal."""
    found, sizes, counted = folders(header), _sizes(header), _frequencies(header)
    images = {name: max(sizes.get(name, 0), *counted.get(name, {}).values(), 0) for name in found}
    total = sum(images.values())
    return {name: images[name] / total if total else 1 / len(found) for name in found}


def triggers(header: Mapping[str, str]) -> tuple[str, ...]:
    """Return what the training data says is to be typed to call the model up: class tokens and caption prefixes."""
    found = (one.get(key) for one in _subsets(header) for key in ("class_tokens", "caption_prefix"))
    return tuple(dict.fromkeys(text for text in found if isinstance(text, str) and text.strip()))


def _frequencies(header: Mapping[str, str]) -> _Folders:
    """Join every place that counts captions. The same tag of the same folder is the same captions, counted again."""
    joined: _Folders = {}
    for value in _decoded(header, "ss_tag_frequency"):
        _join(joined, value)
    for dataset in _datasets(header):
        _join(joined, dataset.get("tag_frequency"))
    return joined


def _join(joined: _Folders, frequency: Any) -> None:
    for folder, found in _mapping(frequency).items():
        counted = {tag: number for tag, count in _mapping(found).items() if (number := _count(count)) > 0}
        known = joined.setdefault(folder, {}) if counted else {}
        for tag, number in counted.items():
            known[tag] = max(number, known.get(tag, 0))


def _sizes(header: Mapping[str, str]) -> dict[str, int]:
    """Return the number of images by folder, as far as it is stated."""
    dirs = [item for value in _decoded(header, "ss_dataset_dirs") for item in _mapping(value).items()]
    subsets = [(_last_part(one.get("image_dir")), one) for one in _subsets(header)]
    sizes: dict[str, int] = {}
    for folder, stated in (*dirs, *subsets):
        sizes[folder] = max(sizes.get(folder, 0), _count(_mapping(stated).get("img_count")))
    return sizes


def _datasets(header: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    return (_mapping(dataset) for value in _decoded(header, "ss_datasets") for dataset in _listed(value))


def _subsets(header: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    found = (_mapping(one) for dataset in _datasets(header) for one in _listed(dataset.get("subsets")))
    return (one for one in found if one.get("is_reg") is not True)


def _decoded(header: Mapping[str, str], key: str) -> Iterator[Any]:
    """Yield the JSON under `key`, and under `key#2` and so on where a file has it more than once."""
    for name, text in header.items():
        if name.partition("#")[0] == key:
            try:
                yield json.loads(text, object_pairs_hook=_all_pairs)
            except (ValueError, RecursionError):
                continue


def _all_pairs(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object in which a repeated key hides nothing: objects are joined, of other values the larger stays."""
    built: dict[str, Any] = {}
    for key, value in pairs:
        before = built.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            built[key] = _all_pairs((*before.items(), *value.items()))
        elif before is None or _count(value) > _count(before):
            built[key] = value
    return built


def _count(value: Any) -> int:
    """Return a count of images; what is none is 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    if isinstance(value, float) and not isfinite(value):
        return 0
    return int(min(max(value, 0), _MOST_IMAGES))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _last_part(path: Any) -> str:
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2] if isinstance(path, str) else ""
