"""Checking an evidence file: every byte of it against the signer's key, the sealed text with the holder's."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hubscan.errors import EvidenceError
from hubscan.evidence import bundle, chain, envelope, sealing, stamp

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class Report:
    """What was checked and held, in sentences, and what was not checked."""

    held: tuple[str, ...]
    unchecked: tuple[str, ...]


def verify(data: bytes, key: "Ed25519PublicKey", identity: Path | None = None, authority: Path | None = None) -> Report:
    """Return what holds of an evidence file; `EvidenceError` names the first thing that does not.

    `identity` is an age key file, to open the sealed text too; `authority` the certificate (PEM) that a time stamp's
    signer must lead to.
    """
    found = bundle.parse(data)
    payload = envelope.payload_of(found.envelope, key)
    at = chain.broken(found.chain)
    if at is not None:
        raise EvidenceError(f"link {at} of the chain does not hold")
    if found.sealed is not None and not sealing.whole(found.sealed):
        raise EvidenceError("the sealed text is damaged")
    if payload != bundle.statement(found.chain, found.sealed):
        raise EvidenceError("what was signed is not this chain and this sealed text")
    held = [f"{len(found.chain)} links hold, signed with key {envelope.key_id(key)}."]
    unchecked: list[str] = []
    _sealed(found, identity, held, unchecked)
    _stamped(found, authority, held, unchecked)
    return Report(tuple(held), tuple(unchecked))


def _sealed(found: bundle.Bundle, identity: Path | None, held: list[str], unchecked: list[str]) -> None:
    if found.sealed is None:
        unchecked.append("The record's text was left out: only its digests are here.")
    elif identity is None:
        unchecked.append("The sealed text was not opened: give --identity.")
    else:
        text = sealing.unseal(found.sealed, identity)
        told = next(link.body for link in found.chain if link.kind == "record")
        if hashlib.sha256(text).hexdigest() != told["content_sha256"]:
            raise EvidenceError("the sealed text is not the record that the chain names")
        held.append(f"The sealed text opens and is the record named in the chain ({_cards(text, found)}).")


def _cards(text: bytes, found: bundle.Bundle) -> str:
    """Say whether a reply in the ledger was the card, byte for byte."""
    card = json.loads(text).get("card")
    if not card:
        return "no card was read"
    digest = hashlib.sha256(card.encode("utf-8", "surrogatepass")).hexdigest()
    replies = [row["sha256"] for link in found.chain if link.kind == "requests" for row in link.body["rows"]]
    return "a reply in the ledger is its card" if digest in replies else "no reply in the ledger is its card"


def _stamped(found: bundle.Bundle, authority: Path | None, held: list[str], unchecked: list[str]) -> None:
    if found.timestamp is None:
        unchecked.append("There is no time stamp: the signature alone does not say when.")
        return
    stamp.require(found)
    if authority is None:
        unchecked.append("The time stamp is over this signature; who made it was not checked: give --authority.")
    else:
        held.append(f"It was there at {stamp.check(found, authority)}, says the time stamp.")
