"""DSSE: an Ed25519 signature over a payload and its type, and the key files for it.

Format: github.com/secure-systems-lab/dsse, protocol version 1. A key id is the SHA-256 of the raw public key.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hubscan.errors import EvidenceError, UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"
_ABSENT = "Install it: pip install 'hubscan[evidence]'"


def make_key(path: Path) -> str:
    """Write a new private key to `path` (mode 0600) and its public half beside it, and return the key id.

    `UsageError` where a key is there already: it is never overwritten.
    """
    private_type, _ = _types()
    from cryptography.hazmat.primitives import serialization as forms

    private = private_type.generate()
    pem = private.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(pem)
    except FileExistsError:
        raise UsageError("there is a key already", str(path), "Keep it: what it signed needs its public half") from None
    public = private.public_key().public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo)
    path.with_suffix(".pub").write_bytes(public)
    return key_id(private.public_key())


def private_key(path: Path) -> "Ed25519PrivateKey":
    """Read a signing key; `EvidenceError` says what is wrong with the file."""
    private_type, _ = _types()
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(_read(path, "Make one: hubscan evidence key"), None)
    except (ValueError, TypeError) as error:
        raise EvidenceError("this is no private key in PEM form", str(path), "Name the right file") from error
    if not isinstance(key, private_type):
        raise EvidenceError("this is not an Ed25519 key", str(path), "Make one: hubscan evidence key")
    return key


def public_key(path: Path) -> "Ed25519PublicKey":
    """Read the key that signatures are checked with; `EvidenceError` says what is wrong with the file."""
    _, public_type = _types()
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(_read(path, "Ask the signer for it, and name it: --public-key FILE"))
    except ValueError as error:
        raise EvidenceError("this is no public key in PEM form", str(path), "Name the right file") from error
    if not isinstance(key, public_type):
        raise EvidenceError("this is not an Ed25519 key", str(path), "Ask the signer for the right one")
    return key


def key_id(key: "Ed25519PublicKey") -> str:
    """Return the SHA-256 (hex) of the raw public key."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


def sign(payload: bytes, key: "Ed25519PrivateKey") -> dict[str, Any]:
    """Return the envelope round `payload`."""
    signature = {"keyid": key_id(key.public_key()), "sig": _text(key.sign(_encoded(payload)))}
    return {"payload": _text(payload), "payloadType": PAYLOAD_TYPE, "signatures": [signature]}


def payload_of(envelope: Mapping[str, Any], key: "Ed25519PublicKey") -> bytes:
    """Return the payload that `key` signed; `EvidenceError` where the envelope is not exactly one such."""
    from cryptography.exceptions import InvalidSignature

    try:
        ((keyid, sig),) = [(one["keyid"], one["sig"]) for one in envelope["signatures"]]
        payload, signature = base64.b64decode(envelope["payload"], validate=True), base64.b64decode(sig, validate=True)
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise EvidenceError("the signature's envelope is damaged") from error
    rebuilt = {"keyid": keyid, "sig": _text(signature)}
    if envelope != {"payload": _text(payload), "payloadType": PAYLOAD_TYPE, "signatures": [rebuilt]}:
        raise EvidenceError("the signature's envelope is not in its one form")
    if keyid != key_id(key):
        raise EvidenceError("it was signed with another key", todo="Name that signer's public key: --public-key FILE")
    try:
        key.verify(signature, _encoded(payload))
    except InvalidSignature:
        raise EvidenceError("the signature does not hold") from None
    return payload


def _encoded(payload: bytes) -> bytes:
    # DSSE's pre-authentication encoding: a payload cannot be read as one of another type.
    return b"DSSEv1 %d %b %d %b" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(payload), payload)


def _types() -> "tuple[type[Ed25519PrivateKey], type[Ed25519PublicKey]]":
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
    except ImportError as error:
        raise UsageError("evidence needs the package cryptography, which is not installed", todo=_ABSENT) from error
    return Ed25519PrivateKey, Ed25519PublicKey


def _read(path: Path, todo: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise EvidenceError(f"the key cannot be read ({error.strerror})", str(path), todo) from error


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
