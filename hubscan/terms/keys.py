"""The operator's key: where it comes from, who may read it, and what is made of it."""

import hmac
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hubscan.errors import TermListError

KEY_FILE, KEY = "HUBSCAN_TERMS_KEY_FILE", "HUBSCAN_TERMS_KEY"
"""The environment variables that name the file of the key, or hold the key itself."""
MAKE_KEY = "python -c 'import secrets; print(secrets.token_hex(32))' > FILE && chmod 600 FILE"
MIN_KEY = 32
"""Characters below which a key is no secret."""


@dataclass(frozen=True, slots=True)
class Key:
    """The operator's key, as the keys made of it, shown nowhere. `id` tells two keys apart and no more."""

    id: str
    digest: bytes = field(repr=False)
    bits: bytes = field(repr=False)

    @classmethod
    def of(cls, secret: bytes) -> "Key":
        """Derive the keys from the secret, each for one purpose."""
        made = (hmac.digest(secret, b"hubscan.terms/1 " + use, "sha512") for use in (b"id", b"digest", b"bits"))
        name, digest, bits = made
        return cls(name.hex()[:16], digest, bits)

    def digested(self, spelling: str) -> bytes:
        """Return the keyed digest of a spelling: 32 bytes."""
        return hmac.digest(self.digest, spelling.encode(errors="replace"), "sha256")


def key(environ: Mapping[str, str]) -> Key | None:
    """Return the key that the environment names, None where it names none.

    `TermListError` where its file cannot be read or may be read by others, or where it is too short to be a secret.
    """
    path, secret = environ.get(KEY_FILE), environ.get(KEY, "").encode(errors="replace")
    if path and secret:
        raise TermListError(f"{KEY_FILE} and {KEY} both name a key", todo="Unset one of them")
    if path:
        secret = _secret_in(Path(path))
    elif not secret:
        return None
    if len(secret.strip()) < MIN_KEY:
        what = f"the key is shorter than {MIN_KEY} characters"
        raise TermListError(what, path or KEY, f"Make one: {MAKE_KEY}")
    return Key.of(secret.strip())


def _secret_in(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            mode, secret = os.fstat(file.fileno()).st_mode, file.read()
    except OSError as error:
        raise TermListError(f"the key cannot be read ({error.strerror})", str(path), f"Make one: {MAKE_KEY}") from None
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise TermListError("others may read or change this key", str(path), f"Keep it to yourself: chmod 600 {path}")
    return secret
