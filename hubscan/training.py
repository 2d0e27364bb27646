"""What a trainer wrote into a LoRA's header: captions as training tags with their share of images, and the base model.

Format: kohya-ss sd-scripts `train_network.py` writes JSON inside strings: `ss_tag_frequency` as {folder: {tag: count}},
`ss_dataset_dirs` as {folder: {"n_repeats", "img_count"}}, and the same captions again in `ss_datasets`, so
they are counted once. A trainer can be told to write nothing, so an absent tag proves nothing.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

LEAST_SHARE = 0.05
"""Share of images from which a training tag says what an upload is for; a rare one may be anything."""
_MOST_TAGS = 2000
BASE_KEYS = ("ss_sd_model_name", "ss_base_model_version", "modelspec.architecture")


class TrainingTag(NamedTuple):
    """A caption word, and the share of training images that carry it (0 to 1)."""

    tag: str
    share: float


def tags(header: Mapping[str, str]) -> Iterator[TrainingTag]:
    """Yield the tags of a header that at least `LEAST_SHARE` of its images carry, the most frequent first."""
    counts: dict[str, int] = {}
    images = 0
    for folder in _folders(header):
        numbers = {tag: count for tag, count in folder.items() if isinstance(count, int) and count > 0}
        images += max(numbers.values(), default=0)
        for tag, count in numbers.items():
            counts[tag] = counts.get(tag, 0) + count
    common = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_MOST_TAGS]
    yield from (TrainingTag(tag, count / images) for tag, count in common if count >= LEAST_SHARE * images)


def folders(header: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the training folders, usually `<repeats>_<token> <class>`."""
    return tuple(map(str, _decoded(header, "ss_dataset_dirs") or _decoded(header, "ss_tag_frequency")))


def _folders(header: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    found = _decoded(header, "ss_tag_frequency")
    yield from (folder for folder in found.values() if isinstance(folder, Mapping))


def _decoded(header: Mapping[str, str], key: str) -> Mapping[str, Any]:
    try:
        value = json.loads(header.get(key, "{}"))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, Mapping) else {}
