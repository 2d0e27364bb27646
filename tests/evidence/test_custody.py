"""What led to a record is found in a real store: runs, requests around the reading, the reply that was its card."""

import hashlib
from collections.abc import Iterator

import pytest
from sqlalchemy import insert

from hubscan import cases
from hubscan.casework import CaseFile
from hubscan.evidence import Past, chain, facts, past, text_of
from hubscan.hubs import base
from hubscan.records import RepoRecord, StoredRecord
from hubscan.store import Store
from hubscan.store.tables import requests
from tests.notices.cases import finding

CARD = "# A made-up card\n"
STORED = StoredRecord("huggingface", "model", {"id": "org/x", "tags": ["a"]}, CARD, fetched_at="2026-11-21T17:00:30Z")
DIGEST = hashlib.sha256(CARD.encode()).hexdigest()
# (when, digest of the reply, whether it is told: near the reading, or the card itself)
ASKED = [
    ("2026-11-21T16:59:29Z", None, False),
    ("2026-11-21T16:59:30Z", "a" * 64, True),
    ("2026-11-21T17:01:30Z", None, True),
    ("2026-11-21T17:01:31Z", None, False),
    ("2026-11-21T19:00:00Z", DIGEST, True),
]


@pytest.fixture
def store(tmp_path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path}/x.db", lambda: "2026-11-21T20:00:00Z") as opened:
        yield opened


@pytest.fixture
def told(store) -> tuple[CaseFile, Past]:
    record = base.parse(STORED)
    assert isinstance(record, RepoRecord)
    run = store.start_run("huggingface", "all", {"vantage": "NL"}, [], "0.1.0")
    store.save(run, [(STORED, record, (finding(record.ref),))])
    cases.open_cases(store, [finding(record.ref)], finding(record.ref).severity, store.now())
    row = {"url_class": "card", "method": "GET", "host": "h", "status": 200, "outcome": "ok", "received": 1}
    with store.writing() as connection:
        for at, digest, _ in ASKED:
            connection.execute(insert(requests).values(**row, run_id=run.id, at=at, milliseconds=1, sha256=digest))
    file = cases.show_case(store, 1)
    return file, past(store, file)


def test_requests_around_the_reading_and_the_card_itself_are_told(told):
    _, before = told
    (asked,) = before.requests
    assert asked["total"] == len(ASKED)
    assert [(row["at"], row["sha256"]) for row in asked["rows"]] == [(at, digest) for at, digest, near in ASKED if near]
    assert before.runs[0]["settings"]["vantage"] == "NL"


def test_the_chain_holds_digests_of_the_record_and_none_of_its_text(told):
    file, before = told
    record = base.parse(STORED)
    assert isinstance(record, RepoRecord)
    links = chain.forge(facts(file, record, before))
    body = next(link.body for link in links if link.kind == "record")
    assert body["digest"] == record.digest
    assert body["content_sha256"] == hashlib.sha256(text_of(file)).hexdigest()
    assert {"field": "card", "sha256": DIGEST} in body["texts"]
    assert CARD.strip() not in repr(links)


def test_a_record_of_unknown_date_has_no_requests_but_its_card(store, told):
    file, _ = told
    undated = CaseFile(file.case, file.findings, StoredRecord("huggingface", "model", STORED.native, CARD))
    assert [row["sha256"] for row in past(store, undated).requests[0]["rows"]] == [DIGEST]
