"""Keeping pictures out: the keys, addresses and embedded bytes by which they come along with text metadata.

Nothing here looks at a picture. What is one by its key or its first letters is dropped before it is decoded or kept.
"""

import re
from collections.abc import Iterable

KEYS = frozenset({"images", "image", "cover", "thumbnail", "avatar", "ssmd_cover_images"})
"""Keys, in lower case, whose value is a picture or a list of them; also as the last part of a dotted key."""
EMBEDDED_MARK = ";base64,"
"""What every text with an embedded picture holds: a quick test before the patterns below."""

_MAX_ADDRESS = 4096
_EMBEDDED = re.compile(r"(data:[\w.+-]{0,32}/[\w.+-]{0,64}(?:;[^,;\s]{0,64}){0,4};base64,)[A-Za-z0-9+/=%_-]+", re.I)
_ADDRESS = re.compile(r"(?:https?:)?//\S+\.(?:png|jpe?g|webp|gif|avif|bmp|svg|mp4|webm|mov)(?:[?#]\S*)?", re.I)
# What PNG, JPEG, GIF, RIFF (WebP), ISO media (AVIF, MP4) and SVG begin with, in base64.
_BARE = re.compile(
    r"(?:iVBORw0KGgo|/9j/|\\/9j\\/|R0lGOD[ldm]|UklGR|AAAA[A-Za-z0-9+/]{4}ZnR5c|PHN2Z)[A-Za-z0-9+/=\\_-]{40,}"
)
_ANY_ADDRESS = re.compile(r"(?:https?:)?//[^\s\"'<>()\[\]]++", re.I)
_SUFFIX = re.compile(r"\.(?:png|jpe?g|webp|gif|avif|bmp|svg|mp4|webm|mov)(?!\w)", re.I)
_DATA_URL = "data:"


def is_key(key: str) -> bool:
    """Say whether what stands under `key` is a picture by its name; `key#2` is the second value of one key."""
    bare = key.lower().partition("#")[0]
    return bare in KEYS or bare.rpartition(".")[2] in KEYS


def is_address(text: str) -> bool:
    """Say whether `text` is the address of a picture or film and nothing else."""
    # The length bounds the pattern's backtracking; a signed address has about 2,000 characters.
    return len(text) <= _MAX_ADDRESS and _ADDRESS.fullmatch(text) is not None


def without_embedded(text: str) -> str:
    """Return `text` with the bytes of `data:` addresses cut out."""
    return _EMBEDDED.sub(r"\1", text) if EMBEDDED_MARK in text else text


def without_addresses(text: str) -> str:
    """Return `text` without the addresses of pictures and films that stand in it."""
    return _ANY_ADDRESS.sub(lambda found: "" if _SUFFIX.search(found[0]) else found[0], text)


def text_only(values: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the key-values of a file's header that are text; pictures are left out, or cut out of text around them.

    Stricter than for what a hub serves: trainers also write pictures as bare base64, without saying what it is.
    """
    return {key: _bare_cut(value) for key, value in values if not (is_key(key) or _is_picture(value))}


def _is_picture(value: str) -> bool:
    return value[: len(_DATA_URL)].lower() == _DATA_URL or is_address(value)


def _bare_cut(value: str) -> str:
    return _BARE.sub("", without_embedded(value))
