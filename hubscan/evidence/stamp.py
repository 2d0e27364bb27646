"""RFC 3161 time stamps: the question for an authority, and the token it answered. A person carries both.

The stamp is over the signed envelope, so it says that the signature was there at that time. A token that cannot be
read is an error and never counts as one. Of its bytes only the name of the signature algorithm is held by nothing.
"""

import base64
import binascii
import dataclasses
import hashlib
from pathlib import Path
from typing import Any

from hubscan.errors import EvidenceError, UsageError
from hubscan.evidence.bundle import Bundle
from hubscan.evidence.chain import canonical


def question(found: Bundle) -> bytes:
    """Return the request to send to an authority (DER, media type application/timestamp-query)."""
    client = _client()
    # Without its certificates: no signature covers those, and a file that shows any change can hold nothing unsigned.
    built = (
        client.TimestampRequestBuilder()
        .data(canonical(found.envelope))
        .nonce(nonce=False)
        .cert_request(cert_request=False)
        .build()
    )
    return bytes(built.as_bytes())


def stamped(found: Bundle, reply: bytes) -> Bundle:
    """Return the bundle with an authority's reply (DER) in it; `EvidenceError` unless it is over this envelope."""
    made = dataclasses.replace(found, timestamp=base64.b64encode(reply).decode("ascii"))
    require(made)
    return made


def require(found: Bundle) -> None:
    """Raise `EvidenceError` unless a bundle's stamp can be read and is over its envelope; who made it is not asked."""
    told = _decoded(_reply(found))
    versions = [told.signed_data.version, *(one.version for one in told.signed_data.signer_infos)]
    if versions != [3, 1]:  # RFC 5652 and RFC 3161: no other can be here, and no signature covers them
        raise EvidenceError("the time stamp is not in the form RFC 3161 gives it")
    if told.signed_data.certificates:
        todo = "Send the question as it was written: hubscan evidence question FILE"
        raise EvidenceError("the time stamp carries certificates, which nothing vouches for", todo=todo)
    if bytes(told.tst_info.message_imprint.message) != hashlib.sha512(canonical(found.envelope)).digest():
        raise EvidenceError("the time stamp is over something else", todo="Ask again: hubscan evidence question FILE")


def check(found: Bundle, authority: Path) -> str:
    """Return the time (RFC 3339) that a bundle's stamp says; `EvidenceError` where it does not hold.

    `authority` holds certificates (PEM): first the one that signed the stamp, last the root; one may be both.
    """
    client = _client()
    from cryptography import x509

    told = _decoded(_reply(found))
    try:
        signer, *others = x509.load_pem_x509_certificates(authority.read_bytes())
        builder = client.VerifierBuilder().tsa_certificate(signer)
        for between in others[:-1]:
            builder = builder.add_intermediate_certificate(between)
        builder = builder.add_root_certificate(others[-1] if others else signer)
        held = builder.build().verify_message(told, canonical(found.envelope))
    except OSError as error:
        raise EvidenceError(f"the certificate cannot be read ({error.strerror})", str(authority)) from error
    except (ValueError, client.VerificationError) as error:
        raise EvidenceError("the time stamp does not hold") from error
    if not held:
        raise EvidenceError("the time stamp does not hold")
    return str(told.tst_info.gen_time.strftime("%Y-%m-%dT%H:%M:%SZ"))


def _reply(found: Bundle) -> bytes:
    text = found.timestamp or ""
    try:
        reply = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as error:
        raise EvidenceError("the time stamp is damaged") from error
    if base64.b64encode(reply).decode("ascii") != text:
        raise EvidenceError("the time stamp is damaged")
    return reply


def _decoded(reply: bytes) -> Any:
    client = _client()
    try:
        told = client.decode_timestamp_response(reply)
        told.tst_info, told.signed_data  # noqa: B018 - what is malformed in them is told here
    except ValueError as error:
        raise EvidenceError("this is no reply of a time stamp authority that can be read") from error
    return told


def _client() -> Any:
    try:
        import rfc3161_client
    except ImportError as error:
        todo = "Install it: pip install 'hubscan[evidence]'"
        raise UsageError("time stamps need the package rfc3161-client, which is not installed", todo=todo) from error
    return rfc3161_client
