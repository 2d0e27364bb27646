"""Text from the headers of weight files, through a given `read(offset, n)`: no network and no disk of its own.

A header is what stands in front of the tensors. Not one byte behind it is asked for, nothing is built that a stranger's
numbers could make large, and pictures in it are dropped before they are decoded. What the keys mean is for `declared`
and `training` to say.

    base         the contract, its errors, and how a reader is found by a file's name
    safetensors  `__metadata__` of the JSON in front
    gguf         `general.*` and chat templates of the key-values in front
"""

from hubscan.headers.base import CAP, Fault, Header, HeaderError, Read, read, suffixes

__all__ = ["CAP", "Fault", "Header", "HeaderError", "Read", "read", "suffixes"]
