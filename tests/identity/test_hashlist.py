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
    assert hashlist.opinion(hashlist.standing(events, NOW, overturned={9})) == expected


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


def test_what_was_taken_back_goes_out_as_a_tombstone_and_takes_back_what_the_same_source_said():
    out = entries(said("positive"), said("withdrawn"))
    data = json.loads(exchange.as_json("confirmed", out))["data"]
    assert data == [
        {"id": "1", "indicator": SHA, "type": "HASH_SHA256", "last_updated": 1767225600, "should_delete": True}
    ]
    assert exchange.as_csv(out).count(b"\n") == 1
    back = exchange.parse(exchange.as_json("confirmed", out), "file", "confirmed", "feed", NOW)
    before, other = said("positive", "feed", case=None), said("negative", "bob", case=None)
    assert hashlist.standing([before, *back], NOW) == ()
    assert hashlist.standing([before, other, *back], NOW) == (other,)


def test_each_opinion_goes_out_with_its_source_and_comes_in_as_what_they_come_to():
    out = entries(said("positive"), said("negative", "bob"), said("disputed", "cy", expires_at="2026-02-01T00:00:00Z"))
    (entry,) = json.loads(exchange.as_json("confirmed", out))["data"]
    assert [(one["owner"], one["status"]) for one in entry["descriptors"]["data"]] == [
        ({"id": "1", "name": "ann"}, "MALICIOUS"),
        ({"id": "2", "name": "bob"}, "NON_MALICIOUS"),
    ]
    for data in (exchange.as_json("confirmed", out), exchange.as_csv(out)):
        (event,) = exchange.parse(data, "file", "confirmed", "feed", NOW)
        assert event.opinion is Opinion.DISPUTED
        assert "why" in event.reason


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


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"indicator": SHA.upper(), "status": "MALICIOUS"}, ("positive", None, "")),
        (
            # A descriptor as /threat_descriptors gives it.
            {"raw_indicator": SHA, "status": "NON_MALICIOUS", "owner": {"id": "6169", "name": "A hotline"},
             "description": "seen before", "added_on": "2020-07-01T18:31:15+0000", "expired_on": 1798761600,
             "tags": {"data": [{"text": "x"}]}},
            ("negative", "2027-01-01T00:00:00Z", "A hotline: seen before"),
        ),
        (
            # An indicator as /threat_updates gives it.
            {"id": "305", "indicator": SHA, "should_delete": False, "last_updated": 1601513796,
             "descriptors": {"data": [{"id": "1", "owner": {"id": "7"}, "status": "MALICIOUS", "expired_on": 0},
                                      {"id": "2", "owner": {"id": "8"}, "status": "SUSPICIOUS"}]}},
            ("disputed", None, "7; 8"),
        ),
        ({"indicator": SHA, "status": "MALICIOUS", "expired_on": "2027-01-01T02:00:00+0200"},
         ("positive", "2027-01-01T00:00:00Z", "")),
    ],
)  # fmt: skip
def test_what_threatexchange_gives_is_read(entry, expected):
    data = json.dumps({"data": [{"type": "HASH_SHA256", **entry}]}).encode()
    (event,) = exchange.parse(data, "file", "l", "feed", NOW)
    assert (event.value, event.opinion, event.expires_at, event.reason) == (SHA, *expected)


@pytest.mark.parametrize(
    "entry",
    [
        {"indicator": SHA, "descriptors": {"data": []}},
        {"indicator": SHA, "status": "MALICIOUS", "expired_on": "2027-01-01"},
        {"indicator": SHA, "status": "MALICIOUS", "expired_on": 10**30},
        {"indicator": SHA, "descriptors": {"data": [{"status": "MALICIOUS"}, {"status": "?"}]}},
    ],
    ids=["no opinion", "a day is no time", "no year of ours", "an opinion nobody knows"],
)
def test_an_entry_that_means_nothing_is_refused(entry):
    data = json.dumps([{"type": "HASH_SHA256", **entry}]).encode()
    with pytest.raises(InputError) as caught:
        exchange.parse(data, "file", "l", "feed", NOW)
    assert caught.value.where == "file, entry 0"
