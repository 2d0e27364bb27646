"""Uploads as their uploader's: what a repo adds to the counts by which rules tell bulk from ordinary work.

Everything is read off a listing. An adapter is small by its making, and lists give no sizes: being one is what counts.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from hubscan import names
from hubscan.records import RepoRecord

COUNTS = ("repos", "adapters", "throwaway_names", "busiest_day")
"""What is counted: all repos, adapters, repos named by a number or a date, and those of the day with the most."""


class Upload(NamedTuple):
    """What one repo adds. `day` is when it was made (2026-11-22), None where its hub does not say."""

    author: str
    day: str | None
    adapter: bool
    throwaway: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of one uploader on one hub, over all of their repos that were ever read."""

    repos: int
    adapters: int
    throwaway_names: int
    busiest_day: int


Uploader = tuple[str, str]
"""Hub, and the uploader's name there."""


def of(record: RepoRecord) -> Upload | None:
    """Return what a repo adds to the counts of its uploader, None where its hub names none."""
    if not record.author:
        return None
    day = record.created_at[:10] if record.created_at else None
    return Upload(record.author, day, is_adapter(record), names.shape(record.title) in _THROWAWAY)


def is_adapter(record: RepoRecord) -> bool:
    """Whether a listing says that a repo holds an adapter: a LoRA, an embedding, a hypernetwork."""
    return (
        any(base.relation == "adapter" for base in record.base_models or ())
        or record.library == "peft"
        or record.flags.get("type") in _TYPES
        or not _TAGS.isdisjoint(map(str.lower, record.tags or ()))
        or any(_FILE.search(file.name) for file in record.files or ())
    )


_THROWAWAY = frozenset({"number", "date"})
_TYPES = frozenset({"LORA", "LoCon", "DoRA", "TextualInversion", "Hypernetwork"})
"""Civitai's model types (https://developer.civitai.com/site/reference/models.md) that are adapters."""
_TAGS = frozenset({"lora", "locon", "lycoris", "dora", "textual_inversion", "textual-inversion", "hypernetwork"})
_FILE = re.compile(r"(?:^|/)(?:adapter_(?:model|config)|pytorch_lora_weights|learned_embeds)\.", re.ASCII)
"""What PEFT and diffusers call the files of an adapter."""
