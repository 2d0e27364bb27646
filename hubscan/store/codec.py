"""Values to columns and back: compressed record bodies, finding rows. No database in here."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import zstandard

from hubscan.findings import Confidence, Evidence, Finding, RuleRef, Severity
from hubscan.records import RepoRef, StoredRecord
from hubscan.store import keys

LEVEL = 3


def pack(record: StoredRecord) -> bytes:
    """Return `record` as JSON under zstd: a few hundred bytes for a listing entry."""
    return zstandard.compress(_encoded(record), LEVEL)


def unpack(body: bytes) -> StoredRecord:
    """Return the record that `pack` was given, half surrogate pairs as U+FFFD."""
    return msgspec.json.decode(zstandard.decompress(body), type=StoredRecord)


def finding_row(finding: Finding) -> dict[str, Any]:
    """Return the columns of `findings` that come from the finding itself; run and time stamps are the store's."""
    return {
        **keys.key(finding.ref),
        "fingerprint": finding.fingerprint,
        "revision": finding.ref.revision,
        "url": finding.url,
        "rule_id": finding.rule.id,
        "rule_version": finding.rule.version,
        "rule_status": finding.rule.status,
        "rule_title": finding.rule.title,
        "category": finding.rule.category,
        "severity": int(finding.severity),
        "confidence": int(finding.confidence),
        "facets": finding.facets,
        "evidence": finding.evidence,
        "discounted": finding.discounted,
    }


def finding(row: Mapping[str, Any]) -> Finding:
    """Return the finding that `finding_row` was given."""
    return Finding(
        fingerprint=row["fingerprint"],
        rule=RuleRef(row["rule_id"], row["rule_version"], row["rule_status"], row["category"], row["rule_title"]),
        ref=RepoRef(row["hub"], row["kind"], row["repo_id"], row["revision"]),
        url=row["url"],
        severity=Severity(row["severity"]),
        confidence=Confidence(row["confidence"]),
        facets=tuple(row["facets"]),
        evidence=_evidence(row["evidence"]),
        discounted=_evidence(row["discounted"]),
    )


def dumps(value: Any) -> str:
    """Return `value`, dataclasses included, as the JSON text of a JSON column."""
    return _encoded(value).decode()


def _encoded(value: Any) -> bytes:
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:  # half a surrogate pair in a stranger's text: UTF-8 has no form for it
        text = json.dumps(msgspec.to_builtins(value), ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def _evidence(values: Sequence[Any]) -> tuple[Evidence, ...]:
    return msgspec.convert(values, tuple[Evidence, ...])
