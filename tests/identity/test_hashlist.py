"""Opinions on hashes: a fold that remembers, and files in and out."""

import json

import pytest

from hubscan.errors import InputError
from hubscan.hashlists import HashEvent, Opinion
from hubscan.identity import exchange, hashlist
from hubscan.records import FileEntry, RepoRecord, RepoRef

NOW = "2026-06-01T00:00:00Z"
SHA = "ab" * 32


def said(opinion, source="ann", case=1, expires_at=None, value=SHA):
    told = {"list": "confirmed", "algorithm": "sha256", "value": value, "reason": "why", "at": "2026-01-01T00:00:00Z"}
    return HashEvent(opinion=Opinion(opinion), source=source, case=case, expires_at=expires_at, **told)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([said("positive")], "positive"),
        ([said("positive"), said("negative")], "negative"),
        ([said("positive"), said("negative", "bob")], "disputed"),
        ([said("positive"), said("disputed", "bob")], "disputed"),
        ([said("positive", expires_at="2026-05-31T23:59:59Z")], "withdrawn"),
        ([said("positive", expires_at="2027-01-01T00:00:00Z")], "positive"),
        ([said("positive"), said("withdrawn", "bob")], "withdrawn"),
        ([said("positive"), said("withdrawn"), said("positive", "feed", case=None)], "withdrawn"),
        ([said("positive"), said("withdrawn"), said("positive", "bob", case=2)], "positive"),
        (
            [said("withdrawn"), said("positive", "bob", case=2), said("negative", "feed", case=None)],
            "disputed",
        ),
        ([said("positive", case=9)], "withdrawn"),
        ([said("positive", case=9), said("positive", "feed", case=None)], "positive"),
    ],
    ids=[
        "one",
        "changed mind",
        "two minds",
        "in dispute",
        "run out",
        "not yet run out",
        "taken back",
        "an import does not bring it back",
        "a new decision does",
        "after that imports count again",
        "the case was decided otherwise since",
        "but somebody else said so too",
    ],
)
def test_opinion(events, expected):
    assert hashlist.opinion(events, NOW, overturned={9}) == expected


def entries(*events):
    return list(hashlist.entries(events, NOW))


def test_a_matcher_sees_what_stands_by_file():
    opinions = hashlist.Opinions(entries(said("positive"), said("withdrawn", value="cd" * 32)))
    files = (FileEntry("README.md"), FileEntry("w.safetensors", 9999, SHA), FileEntry("v.ckpt", 9999, "cd" * 32))
    record = RepoRecord(ref=RepoRef("huggingface", "model", "a/a"), url="u", title="a", files=files)
    assert list(opinions.held("confirmed", record)) == [(1, Opinion.POSITIVE)]
    assert list(opinions.held("other", record)) == []
    assert opinions.has("confirmed")
    assert not opinions.has("other")


@pytest.mark.parametrize("write", [exchange.as_csv, lambda some: exchange.as_json("confirmed", some)])
def test_what_goes_out_comes_in_again(write):
    events = [said("positive", expires_at="2027-01-01T00:00:00Z"), said("negative", value="cd" * 32)]
    back = exchange.parse(write(entries(*events)), "file", "confirmed", "feed", NOW)
    assert [(e.value, e.opinion, e.expires_at, e.source, e.case) for e in back] == [
        (SHA, "positive", "2027-01-01T00:00:00Z", "feed", None),
        ("cd" * 32, "negative", None, "feed", None),
    ]


def test_withdrawn_entries_stay_at_home():
    data = json.loads(exchange.as_json("confirmed", entries(said("positive"), said("withdrawn"))))
    assert data == {"schema": "hubscan.hashlist/1", "list": "confirmed", "data": []}


def test_no_cell_computes():
    event = HashEvent(
        list="l", algorithm="sha256", value=SHA, opinion=Opinion.POSITIVE, source="=1+1", reason="@x", at=NOW
    )
    assert b",'=1+1,'@x," in exchange.as_csv(entries(event))


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"\xff\xfe", "file"),
        (b"", "file"),
        (b"a,b\n1,2\n", "file"),
        (b"algorithm,hash,opinion\nsha256,short,positive\n", "line 2"),
        (b"algorithm,hash,opinion\nmd5,00,positive\n", "line 2"),
        (f"algorithm,hash,opinion\nsha256,{SHA},sure\n".encode(), "line 2"),
        (f"algorithm,hash,opinion,expires_at\nsha256,{SHA},positive,tomorrow\n".encode(), "line 2"),
        (b'algorithm,hash,opinion\nsha256,"' + b"a" * 200_000 + b'",positive\n', "file"),
        (b"{", "file"),
        (b"[" * 100_000, "file"),
        (b'{"data": 7}', "file"),
        (b"[7]", "entry 0"),
        (b'[{"type": [], "indicator": {}, "status": {}}]', "entry 0"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole_with_the_place(data, where):
    with pytest.raises(InputError) as caught:
        exchange.parse(data, "file", "l", "feed", NOW)
    assert where in caught.value.where


def test_a_plain_threatexchange_descriptor_is_read():
    data = json.dumps({"data": [{"indicator": SHA.upper(), "type": "HASH_SHA256", "status": "MALICIOUS"}]}).encode()
    (event,) = exchange.parse(data, "file", "l", "feed", NOW)
    assert (event.value, event.opinion) == (SHA, "positive")
