"""From a case to an evidence file and back: what is in it, who can read what, keys, time stamps."""

import base64
import dataclasses
import hashlib
import json
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from hubscan.errors import EvidenceError, UsageError
from hubscan.evidence import bundle, chain, envelope, sealing, stamp, verify

pytest.importorskip("cryptography", reason="evidence needs cryptography: pip install 'hubscan[evidence]'")
pyrage = pytest.importorskip("pyrage", reason="sealing needs pyrage: pip install 'hubscan[evidence]'")

FACTS = [("tool", {"name": "hubscan"}), ("record", {"content_sha256": hashlib.sha256(b"{}").hexdigest()})]


@pytest.fixture
def key(tmp_path: Path) -> Path:
    envelope.make_key(tmp_path / "keys" / "key.pem")
    return tmp_path / "keys" / "key.pem"


def exported(key: Path, sealed: sealing.Sealed | None = None) -> bundle.Bundle:
    return bundle.export(chain.forge(FACTS), sealed, envelope.private_key(key))


def test_a_key_is_for_its_owner_alone_and_is_never_overwritten(key):
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    with pytest.raises(UsageError, match="there is a key already"):
        envelope.make_key(key)
    assert key.read_bytes() == before


def test_the_same_chain_without_text_gives_the_same_bytes(key):
    assert exported(key).dump() == exported(key).dump()


def test_the_envelope_is_one_that_others_can_check(key):
    """The bytes that are signed, by DSSE's own words, written out here a second time."""
    made = exported(key).envelope
    payload = base64.b64decode(made["payload"])
    kind = b"application/vnd.in-toto+json"
    signed = b" ".join([b"DSSEv1", str(len(kind)).encode(), kind, str(len(payload)).encode(), payload])
    signature = base64.b64decode(made["signatures"][0]["sig"])
    envelope.public_key(key.with_suffix(".pub")).verify(signature, signed)
    statement = json.loads(payload)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["subject"][0]["digest"]["sha256"] == chain.forge(FACTS)[-1].digest


def test_a_stranger_cannot_open_the_text(key, tmp_path):
    owner, stranger = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    data = exported(key, sealing.seal(b"{}", [str(owner.to_public())])).dump()
    public = envelope.public_key(key.with_suffix(".pub"))
    for name, identity in (("owner", owner), ("stranger", stranger)):
        (tmp_path / name).write_text(f"{identity}\n")
    assert "no card was read" in verify(data, public, tmp_path / "owner").held[1]
    with pytest.raises(EvidenceError, match="does not open with this identity"):
        verify(data, public, tmp_path / "stranger")


def test_sealed_text_that_is_not_the_record_is_found_even_when_signed(key, tmp_path):
    owner = pyrage.x25519.Identity.generate()
    (tmp_path / "owner").write_text(f"{owner}\n")
    data = exported(key, sealing.seal(b'{"card": null}', [str(owner.to_public())])).dump()
    public = envelope.public_key(key.with_suffix(".pub"))
    assert "not opened" in verify(data, public).unchecked[0]
    with pytest.raises(EvidenceError, match="not the record that the chain names"):
        verify(data, public, tmp_path / "owner")


KEYS = [
    (b"", "no private key"),
    (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no private key"),
    (None, "cannot be read"),
]


@pytest.mark.parametrize(("text", "why"), KEYS)
def test_a_key_that_is_none_is_refused_with_the_reason(tmp_path, text, why):
    if text is not None:
        (tmp_path / "key").write_bytes(text)
    with pytest.raises(EvidenceError, match=why):
        envelope.private_key(tmp_path / "key")


def test_a_key_of_another_kind_is_refused(tmp_path):
    from cryptography.hazmat.primitives import serialization as forms
    from cryptography.hazmat.primitives.asymmetric import ec

    other = ec.generate_private_key(ec.SECP256R1())
    pem = other.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
    (tmp_path / "key").write_bytes(pem)
    with pytest.raises(EvidenceError, match="not an Ed25519 key"):
        envelope.private_key(tmp_path / "key")


def test_a_recipient_that_is_none_is_refused():
    with pytest.raises(UsageError, match="no age recipient"):
        sealing.seal(b"x", ["age1nobody"])


class Authority:
    """A time stamp authority in a folder, played by openssl."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root = folder, folder / "tsa.pem"
        made_for = (
            "subjectAltName=DNS:tsa.example\nbasicConstraints=critical,CA:true\nkeyUsage=critical,digitalSignature"
        )
        (folder / "openssl.cnf").write_text(
            f"[req]\ndistinguished_name=dn\nprompt=no\nx509_extensions=ext\n[dn]\nCN=made for a test\n"
            f"[ext]\n{made_for}\nextendedKeyUsage=critical,timeStamping\nsubjectKeyIdentifier=hash\n"
            f"[tsa]\ndefault_tsa=one\n[one]\nserial={folder}/serial\nsigner_digest=sha256\ndefault_policy=1.2.3.4\n"
            f"digests=sha256,sha512\naccuracy=secs:1\nordering=no\ntsa_name=no\ness_cert_id_alg=sha256\n"
        )
        (folder / "serial").write_text("01\n")
        new = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-out", "tsa.pem", "-days", "9"]
        self.run(*new, "-config", "openssl.cnf")

    def run(self, *arguments: str) -> None:
        done = subprocess.run(["openssl", *arguments], cwd=self.folder, capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr

    def answer(self, question: bytes) -> bytes:
        (self.folder / "q.tsq").write_bytes(question)
        files = ["-queryfile", "q.tsq", "-signer", "tsa.pem", "-inkey", "tsa.key", "-out", "a.tsr"]
        self.run("ts", "-reply", "-config", "openssl.cnf", *files)
        return (self.folder / "a.tsr").read_bytes()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    pytest.importorskip("rfc3161_client", reason="time stamps need rfc3161-client: pip install 'hubscan[evidence]'")
    if not shutil.which("openssl"):
        pytest.skip("no openssl to play the authority: apt-get install openssl")
    return Authority(tmp_path_factory.mktemp("tsa"))


def test_a_stamp_is_put_in_and_checked(key, authority):
    made = exported(key)
    data = stamp.stamped(made, authority.answer(stamp.question(made))).dump()
    public = envelope.public_key(key.with_suffix(".pub"))
    assert verify(data, public, authority=authority.root).held[-1].startswith("It was there at 20")
    assert "who made it was not checked" in verify(data, public).unchecked[-1]


def test_a_stamp_over_something_else_is_refused(key, authority, tmp_path):
    envelope.make_key(tmp_path / "other.pem")
    other, made = exported(tmp_path / "other.pem"), exported(key)
    reply = authority.answer(stamp.question(other))
    with pytest.raises(EvidenceError, match="over something else"):
        stamp.stamped(made, reply)
    moved = dataclasses.replace(made, timestamp=base64.b64encode(reply).decode())
    with pytest.raises(EvidenceError, match="over something else"):
        verify(moved.dump(), envelope.public_key(key.with_suffix(".pub")))


def test_a_stamp_that_another_authority_made_is_refused(key, authority, tmp_path):
    made = exported(key)
    data = stamp.stamped(made, authority.answer(stamp.question(made))).dump()
    with pytest.raises(EvidenceError, match="does not hold"):
        verify(data, envelope.public_key(key.with_suffix(".pub")), authority=Authority(tmp_path).root)


def test_no_byte_of_a_stamp_can_change(key, authority):
    made, public = exported(key), envelope.public_key(key.with_suffix(".pub"))
    reply = authority.answer(stamp.question(made))
    # What CMS leaves open and the library does not look at: the name of the signature algorithm, rsaEncryption.
    open_at = reply.rindex(bytes.fromhex("2a864886f70d010101"))
    for at in sorted({*range(len(reply))} - {*range(open_at, open_at + 9)}):
        changed = reply[:at] + bytes([reply[at] ^ 1]) + reply[at + 1 :]
        moved = dataclasses.replace(made, timestamp=base64.b64encode(changed).decode()).dump()
        with pytest.raises(EvidenceError):
            verify(moved, public, authority=authority.root)


def test_a_stamp_with_unsigned_certificates_is_refused(key, authority):
    client = pytest.importorskip("rfc3161_client")
    made = exported(key)
    built = client.TimestampRequestBuilder().data(chain.canonical(made.envelope)).nonce(nonce=False)
    reply = authority.answer(built.cert_request(cert_request=True).build().as_bytes())
    with pytest.raises(EvidenceError, match="carries certificates"):
        stamp.stamped(made, reply)
