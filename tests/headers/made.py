"""Headers written byte by byte, and a file that counts what is asked of it."""

import json
import struct

TENSOR_DATA = b"\xee" * 4096
"""What no reader may ask for."""


class Source:
    """Bytes behind `read(offset, n)`; `asked` is every (offset, n)."""

    def __init__(self, data: bytes) -> None:
        self.data, self.asked = data, []

    def __call__(self, offset: int, size: int) -> bytes:
        assert offset >= 0
        assert size > 0
        self.asked.append((offset, size))
        return self.data[offset : offset + size]

    @property
    def furthest(self) -> int:
        return max((offset + size for offset, size in self.asked), default=0)


def safetensors(text: bytes | str, length: int | None = None) -> bytes:
    text = text.encode() if isinstance(text, str) else text
    return (len(text) if length is None else length).to_bytes(8, "little") + text


def metadata(values) -> bytes:
    return safetensors(
        json.dumps({"__metadata__": values, "w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}})
    )


def string(text: str | bytes) -> bytes:
    data = text if isinstance(text, bytes) else text.encode()
    return struct.pack("<Q", len(data)) + data


def pair(key: str, kind: int, value: bytes) -> bytes:
    return string(key) + struct.pack("<I", kind) + value


def text_pair(key: str, text: str | bytes) -> bytes:
    return pair(key, 8, string(text))


def array(kind: int, count: int, values: bytes = b"") -> bytes:
    return struct.pack("<IQ", kind, count) + values


def gguf(*pairs: bytes, count: int | None = None, tensors: int = 0, version: int = 3) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, len(pairs) if count is None else count) + b"".join(pairs)
