"""An evidence file shows any change: each kind below is rejected, and the file as it was signed is accepted."""

import base64
import copy
import dataclasses
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from hubscan.errors import EvidenceError
from hubscan.evidence import bundle, chain, envelope, sealing, verify

pytest.importorskip("cryptography", reason="evidence needs cryptography: pip install 'hubscan[evidence]'")
pyrage = pytest.importorskip("pyrage", reason="sealing needs pyrage: pip install 'hubscan[evidence]'")

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: E402

KEY, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))
OWNER = pyrage.x25519.Identity.generate()
TEXT = chain.canonical({"card": "# A made-up card\n", "hub": "civitai"})
FACTS = [
    ("tool", {"name": "hubscan", "version": "0.1.0"}),
    ("case", {"number": 7, "opened_at": "2026-11-21T18:00:00Z", "url": "https://hub.example/x", "repo": {"hub": "h"}}),
    ("record", {"content_sha256": hashlib.sha256(TEXT).hexdigest(), "digest": "d" * 64, "files": [{"size": 5}]}),
    ("run", {"id": 1, "settings": {"vantage": "NL"}, "packs": [{"id": "core", "digest": "p" * 64}]}),
    ("requests", {"run": 1, "total": 2, "rows": [{"at": "2026-11-21T17:00:00Z", "sha256": "r" * 64, "status": 200}]}),
    ("finding", {"fingerprint": "f" * 64, "rule": {"id": "ncii/x", "version": "v" * 64}, "severity": 4}),
    ("event", {"kind": "decided", "at": "2026-11-22T08:00:00Z", "actor": "reviewer-a"}),
    ("decision", {"verdict": "confirmed", "reviewer": "reviewer-a", "reason": "Said so."}),
    ("notice", {"template": "dsa-art16", "sha256": "n" * 64, "at": "2026-11-22T09:00:00Z"}),
]
SIGNED = bundle.export(chain.forge(FACTS), sealing.seal(TEXT, [str(OWNER.to_public())]), KEY).dump()
BODY = json.loads(SIGNED)

Change = Callable[[dict[str, Any]], Any]


def dumped(body: dict[str, Any]) -> bytes:
    return json.dumps(body, sort_keys=True, indent=1).encode() + b"\n"


def at(*path: Any) -> Callable[[Any], Change]:
    """Return a maker of changes that put a value at a place of the file."""

    def put(value: Any) -> Change:
        def change(body: dict[str, Any]) -> None:
            for step in path[:-1]:
                body = body[step]
            body[path[-1]] = value

        return change

    return put


def link(number: int) -> Any:
    return lambda body: body["chain"][number]


def rehashed(change: Change) -> Change:
    """Make the change and forge the chain anew, as one would who knows how links are made."""

    def forged(body: dict[str, Any]) -> None:
        change(body)
        body["chain"] = [
            {"number": one.number, "kind": one.kind, "body": one.body, "previous": one.previous, "digest": one.digest}
            for one in chain.forge((old["kind"], old["body"]) for old in body["chain"])
        ]

    return forged


def resigned(key: Ed25519PrivateKey, *, keyid: str | None = None) -> Change:
    def change(body: dict[str, Any]) -> None:
        body["envelope"] = envelope.sign(base64.b64decode(body["envelope"]["payload"]), key)
        if keyid:
            body["envelope"]["signatures"][0]["keyid"] = keyid

    return change


def payload(edit: Callable[[dict[str, Any]], Any]) -> Change:
    def change(body: dict[str, Any]) -> None:
        statement = json.loads(base64.b64decode(body["envelope"]["payload"]))
        edit(statement)
        body["envelope"]["payload"] = base64.b64encode(chain.canonical(statement)).decode()

    return change


def signature_of(edit: Callable[[bytes], bytes]) -> Change:
    def change(body: dict[str, Any]) -> None:
        one = body["envelope"]["signatures"][0]
        one["sig"] = base64.b64encode(edit(base64.b64decode(one["sig"]))).decode()

    return change


def cipher_of(edit: Callable[[bytes], bytes], *, digest: bool) -> Change:
    def change(body: dict[str, Any]) -> None:
        cipher = edit(base64.b64decode(body["sealed"]["age"]))
        body["sealed"]["age"] = base64.b64encode(cipher).decode()
        if digest:
            body["sealed"]["sha256"] = hashlib.sha256(cipher).hexdigest()

    return change


def resealed(body: dict[str, Any]) -> None:
    body["sealed"] = dataclasses.asdict(sealing.seal(b'{"card":"another"}', [str(OWNER.to_public())]))


# Ed25519: adding the group's order to s gives another number that naive checks take for the same signature.
ORDER = 2**252 + 27742317777372353535851937790883648493


def malleable(signature: bytes) -> bytes:
    return signature[:32] + ((int.from_bytes(signature[32:], "little") + ORDER).to_bytes(32, "little"))


OWN_ID = envelope.key_id(KEY.public_key())
CHANGES: dict[str, Change] = {
    "the tool's version": at("chain", 0, "body", "version")("9.9.9"),
    "the case's number": at("chain", 1, "body", "number")(8),
    "the case's address": at("chain", 1, "body", "url")("https://hub.example/y"),
    "the repo's hub": at("chain", 1, "body", "repo", "hub")("other"),
    "the record's digest": at("chain", 2, "body", "digest")("e" * 64),
    "the sealed text's digest in the record": at("chain", 2, "body", "content_sha256")("0" * 64),
    "a file's size": at("chain", 2, "body", "files", 0, "size")(6),
    "a file less": at("chain", 2, "body", "files")([]),
    "files unknown instead of listed": at("chain", 2, "body", "files")(None),
    "the vantage": at("chain", 3, "body", "settings", "vantage")("US"),
    "a pack's digest": at("chain", 3, "body", "packs", 0, "digest")("q" * 64),
    "the time of a request": at("chain", 4, "body", "rows", 0, "at")("2026-11-21T17:00:01Z"),
    "the digest of a reply": at("chain", 4, "body", "rows", 0, "sha256")("s" * 64),
    "the status of a reply": at("chain", 4, "body", "rows", 0, "status")(404),
    "a request less": at("chain", 4, "body", "rows")([]),
    "the number of requests": at("chain", 4, "body", "total")(1),
    "a rule's version": at("chain", 5, "body", "rule", "version")("w" * 64),
    "a severity": at("chain", 5, "body", "severity")(5),
    "a number written as text": at("chain", 5, "body", "severity")("4"),
    "a whole number written as a fraction": at("chain", 5, "body", "severity")(4.0),
    "a number written as true": at("chain", 3, "body", "id")(True),
    "who decided": at("chain", 7, "body", "reviewer")("reviewer-b"),
    "a verdict": at("chain", 7, "body", "verdict")("rejected"),
    "a reason": at("chain", 7, "body", "reason")("Said so!"),
    "a look-alike letter in a reason": at("chain", 7, "body", "reason")("Sаid so."),
    "a composed letter in a reason": at("chain", 7, "body", "reason")("Said so.\u0301"),
    "a trailing space in a reason": at("chain", 7, "body", "reason")("Said so. "),
    "the time of an event": at("chain", 6, "body", "at")("2026-11-22T08:00:01Z"),
    "the digest of a draft": at("chain", 8, "body", "sha256")("m" * 64),
    "a key more in a link": at("chain", 0, "body", "note")("x"),
    "a key less in a link": lambda body: link(7)(body)["body"].pop("reason"),
    "a link's kind": at("chain", 7, "kind")("event"),
    "a link's number": at("chain", 3, "number")(4),
    "a link's digest": at("chain", 3, "digest")("0" * 64),
    "a link's previous digest": at("chain", 3, "previous")("0" * 64),
    "the first link's previous digest": at("chain", 0, "previous")("1" * 64),
    "the last link gone": lambda body: body["chain"].pop(),
    "the first link gone": lambda body: body["chain"].pop(0),
    "a link in the middle gone": lambda body: body["chain"].pop(4),
    "a link twice": lambda body: body["chain"].insert(4, copy.deepcopy(body["chain"][4])),
    "two links exchanged": lambda body: body["chain"].insert(4, body["chain"].pop(5)),
    "a link added": lambda body: body["chain"].append({**body["chain"][-1], "number": 9}),
    "an empty chain": at("chain")([]),
    "a verdict, and the chain forged anew": rehashed(at("chain", 7, "body", "verdict")("rejected")),
    "the last link gone, and the chain forged anew": rehashed(lambda body: body["chain"].pop()),
    "two links exchanged, and the chain forged anew": rehashed(
        lambda body: body["chain"].insert(4, body["chain"].pop(5))
    ),
    "a byte of the sealed text": cipher_of(lambda data: data[:-1] + bytes([data[-1] ^ 1]), digest=False),
    "a byte of the sealed text, with its digest": cipher_of(
        lambda data: data[:-1] + bytes([data[-1] ^ 1]), digest=True
    ),
    "the sealed text cut": cipher_of(lambda data: data[:-16], digest=True),
    "bytes after the sealed text": cipher_of(lambda data: data + b"x", digest=True),
    "another text sealed to the same key": resealed,
    "the sealed text's digest": at("sealed", "sha256")("0" * 64),
    "the digest of the text in it": at("sealed", "text_sha256")("0" * 64),
    "the sealed text gone": at("sealed")(None),
    "a key more beside the sealed text": at("sealed", "note")("x"),
    "a bit of the signature": signature_of(lambda data: bytes([data[0] ^ 1]) + data[1:]),
    "the signature cut": signature_of(lambda data: data[:-1]),
    "the signature all zero": signature_of(lambda data: bytes(len(data))),
    "the signature's other number": signature_of(malleable),
    "the signature twice": lambda body: body["envelope"]["signatures"].append(body["envelope"]["signatures"][0]),
    "no signature": at("envelope", "signatures")([]),
    "a stranger's signature": resigned(OTHER),
    "a stranger's signature under the own key id": resigned(OTHER, keyid=OWN_ID),
    "the own signature under a stranger's key id": resigned(KEY, keyid=envelope.key_id(OTHER.public_key())),
    "the type of what was signed": at("envelope", "payloadType")("text/plain"),
    "a key more in the envelope": at("envelope", "note")("x"),
    "no envelope": at("envelope")({}),
    "the chain's digest in the statement": payload(lambda one: one["subject"][0]["digest"].update(sha256="0" * 64)),
    "a subject less": payload(lambda one: one["subject"].pop()),
    "another predicate": payload(lambda one: one.update(predicateType="urn:other")),
    "another number of links": payload(lambda one: one["predicate"].update(links=8)),
    "spaces round the payload": lambda body: body["envelope"].update(payload=body["envelope"]["payload"] + "\n"),
    "another schema": at("schema")("hubscan.evidence/2"),
    "a key more in the file": at("note")("x"),
    "a key less in the file": lambda body: body.pop("timestamp"),
    "a stamp that is none": at("timestamp")("AAAA"),
}

BYTES: dict[str, Callable[[bytes], bytes]] = {
    "nothing left": lambda _: b"",
    "cut in half": lambda data: data[: len(data) // 2],
    "the last line break gone": lambda data: data[:-1],
    "a line break more": lambda data: data + b"\n",
    "a space before": lambda data: b" " + data,
    "a byte order mark before": lambda data: b"\xef\xbb\xbf" + data,
    "a second document after": lambda data: data + data,
    "written on one line": lambda data: json.dumps(json.loads(data), sort_keys=True).encode() + b"\n",
    "keys in another order": lambda data: (
        json.dumps(dict(reversed(json.loads(data).items())), indent=1).encode() + b"\n"
    ),
    "a key twice": lambda data: data.replace(b'"verdict": "confirmed"', b'"verdict": "x", "verdict": "confirmed"'),
    "an escape where none is needed": lambda data: data.replace(b"confirmed", b"c\\u006fnfirmed"),
    "line breaks of another system": lambda data: data.replace(b"\n", b"\r\n"),
    "in another encoding": lambda data: data.decode().encode("utf-16"),
    "not a number": lambda data: data.replace(b'"severity": 4', b'"severity": NaN'),
    "a number with a plus of zeros": lambda data: data.replace(b'"severity": 4', b'"severity": 4e0'),
    "nested without end": lambda _: b"[" * 200_000,
    "another kind of file": lambda data: b"PK\x03\x04" + data,
}


def test_the_untouched_file_is_accepted(tmp_path):
    (tmp_path / "age.txt").write_text(f"# made for a test\n{OWNER}\n")
    report = verify(SIGNED, KEY.public_key(), tmp_path / "age.txt")
    assert report.held == (
        f"9 links hold, signed with key {OWN_ID}.",
        "The sealed text opens and is the record named in the chain (no reply in the ledger is its card).",
    )
    assert report.unchecked == ("There is no time stamp: the signature alone does not say when.",)
    assert dumped(BODY) == SIGNED


@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_is_found(kind):
    body = copy.deepcopy(BODY)
    CHANGES[kind](body)
    assert dumped(body) != SIGNED
    with pytest.raises(EvidenceError):
        verify(dumped(body), KEY.public_key())


@pytest.mark.parametrize("kind", BYTES)
def test_a_change_of_bytes_is_found(kind):
    assert BYTES[kind](SIGNED) != SIGNED
    with pytest.raises(EvidenceError):
        verify(BYTES[kind](SIGNED), KEY.public_key())


def test_every_single_byte_counts():
    """One bit at a time, at places all over the file."""
    for place in range(0, len(SIGNED), max(1, len(SIGNED) // 400)):
        changed = SIGNED[:place] + bytes([SIGNED[place] ^ 1]) + SIGNED[place + 1 :]
        with pytest.raises(EvidenceError):
            verify(changed, KEY.public_key())


def test_there_are_more_than_fifty_kinds():
    assert len(CHANGES) + len(BYTES) > 90
