"""The evidence file: one JSON document in one form, so that each of its bytes is held by the signature.

The signature covers an in-toto statement (in-toto.io/Statement/v1) whose subjects are the chain's last digest and the
sealed text; whoever checks it builds the same statement from the file. A time stamp's token comes after the signature
and vouches for itself.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from hubscan.errors import EvidenceError
from hubscan.evidence import envelope
from hubscan.evidence.chain import Link, canonical
from hubscan.evidence.sealing import Sealed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SCHEMA = "hubscan.evidence/1"
MOST_BYTES = 256 * 1024 * 1024
_KEYS = {"schema", "chain", "sealed", "envelope", "timestamp"}


@dataclass(frozen=True, slots=True)
class Bundle:
    """An evidence file. `sealed` is None where its text was left out, `timestamp` base64 of a token or None."""

    chain: tuple[Link, ...]
    sealed: Sealed | None
    envelope: Mapping[str, Any]
    timestamp: str | None = None

    def dump(self) -> bytes:
        """Return the file's bytes: the only ones that `parse` takes for this bundle."""
        body = {
            "schema": SCHEMA,
            "chain": [msgspec.to_builtins(link) for link in self.chain],
            "sealed": msgspec.to_builtins(self.sealed),
            "envelope": self.envelope,
            "timestamp": self.timestamp,
        }
        return json.dumps(body, sort_keys=True, indent=1, allow_nan=False).encode("ascii") + b"\n"


def export(chain: tuple[Link, ...], sealed: Sealed | None, key: "Ed25519PrivateKey") -> Bundle:
    """Return a chain and its sealed text under a signature. Without sealed text the same chain gives the same bytes."""
    return Bundle(chain, sealed, envelope.sign(statement(chain, sealed), key))


def statement(chain: tuple[Link, ...], sealed: Sealed | None) -> bytes:
    """Return the in-toto statement over a chain and its sealed text."""
    subject = [{"name": "chain", "digest": {"sha256": chain[-1].digest}}]
    if sealed is not None:
        subject.append({"name": "sealed", "digest": {"sha256": sealed.sha256}})
    predicate = {"links": len(chain), "schema": SCHEMA, "text_sha256": sealed.text_sha256 if sealed else None}
    kind = {"_type": "https://in-toto.io/Statement/v1", "predicateType": "urn:hubscan:evidence:1"}
    return canonical({**kind, "subject": subject, "predicate": predicate})


def parse(data: bytes) -> Bundle:
    """Read an evidence file; `EvidenceError` where it is none, or not in the one form `dump` writes."""
    if len(data) > MOST_BYTES:
        raise EvidenceError("it is too large for an evidence file", todo=f"At most {MOST_BYTES:,} bytes are read")
    try:
        body = json.loads(data)
        if not isinstance(body, dict) or body.keys() != _KEYS or body.pop("schema") != SCHEMA:
            raise ValueError("not this schema")
        bundle = msgspec.convert(body, Bundle)
        same = bundle.dump() == data
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        raise EvidenceError(f"this is no evidence file of schema {SCHEMA}") from error
    if not same:
        raise EvidenceError("its bytes are not in the one form an evidence file has")
    if not bundle.chain:
        raise EvidenceError("its chain is empty")
    return bundle
