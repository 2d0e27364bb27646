"""Text that only the holder of an age key may read (age-encryption.org/v1, X25519), through the `pyrage` wheel."""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubscan.errors import EvidenceError, UsageError


@dataclass(frozen=True, slots=True)
class Sealed:
    """Encrypted text: `age` is base64 of it, `sha256` (hex) of the encrypted bytes, `text_sha256` of the text."""

    age: str
    sha256: str
    text_sha256: str


def seal(text: bytes, recipients: Sequence[str]) -> Sealed:
    """Return `text` encrypted to age `recipients`, with the digests of both. Each time gives other bytes."""
    pyrage = _pyrage()
    try:
        keys = [pyrage.x25519.Recipient.from_str(one.strip()) for one in recipients]
    except (pyrage.RecipientError, ValueError) as error:
        raise UsageError("this is no age recipient", todo="Write the public key: age1...") from error
    cipher = pyrage.encrypt(text, keys)
    return Sealed(base64.b64encode(cipher).decode("ascii"), _digest(cipher), _digest(text))


def whole(sealed: Sealed) -> bool:
    """Say whether the encrypted text is the one whose digest stands beside it."""
    try:
        cipher = base64.b64decode(sealed.age, validate=True)
    except (ValueError, binascii.Error):
        return False
    return base64.b64encode(cipher).decode("ascii") == sealed.age and _digest(cipher) == sealed.sha256


def unseal(sealed: Sealed, identity: Path) -> bytes:
    """Return the text; `EvidenceError` where the identity file does not open it or it is not what was sealed."""
    pyrage = _pyrage()
    try:
        lines = identity.read_text(encoding="utf-8").splitlines()
        keys = [pyrage.x25519.Identity.from_str(line.strip()) for line in lines if line.startswith("AGE-SECRET-KEY-")]
        text: bytes = pyrage.decrypt(base64.b64decode(sealed.age), keys)
    except OSError as error:
        raise EvidenceError(f"the identity cannot be read ({error.strerror})", str(identity)) from error
    except (pyrage.DecryptError, pyrage.IdentityError, ValueError) as error:
        raise EvidenceError("the sealed text does not open with this identity", str(identity)) from error
    if _digest(text) != sealed.text_sha256:
        raise EvidenceError("the sealed text is not the one that was sealed")
    return text


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _pyrage() -> Any:
    try:
        import pyrage
    except ImportError as error:
        todo = "Install it: pip install 'hubscan[evidence]', or leave the text out: --without-text"
        raise UsageError("sealing needs the package pyrage, which is not installed", todo=todo) from error
    return pyrage
