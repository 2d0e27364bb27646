"""The contract of all connectors, found by walking the folder: replies of a hub in, records out, nothing else asked.

`tests/hubs/<hub>/replies.jsonl` holds what the hub answers, in the shape `--record` keeps; `expected.json` what is to
come of it. The replies were written for these tests by the shapes that each connector names as its source.
"""

import json
from pathlib import Path

import pytest

from hubscan.errors import UsageError
from hubscan.http.recording import load
from hubscan.hubs import base
from hubscan.records import StoredRecord
from hubscan.replay import Tape

HUBS = Path(__file__).parent.parent / "hubs"
CONNECTORS = [name for name in base.names() if isinstance(base.load(name), base.Connector)]
WANTED = {"list", "since", "author", "search", "tag", "hashes", "reports"}


@pytest.fixture(params=CONNECTORS)
def name(request):
    return request.param


@pytest.fixture
def expected(name):
    return json.loads((HUBS / name / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture
def recorded(hub, crawl, name, expected):
    """Crawl what is recorded of a hub."""
    server = hub(tape=Tape(load(HUBS / name)))
    plan = {key: tuple(value) if isinstance(value, list) else value for key, value in expected["plan"].items()}
    return crawl(server, of=base.connector(name), **plan)


def seen(record, name):
    """What `expected.json` says of a record, by the name it has there."""
    if name == "files":
        return None if record.files is None else [[file.name, file.size, file.sha256] for file in record.files]
    if name == "base_models":
        return None if record.base_models is None else [base_model.name for base_model in record.base_models]
    value = getattr(record, name)
    return list(value) if isinstance(value, tuple) else value


def test_what_was_recorded_becomes_what_is_expected(recorded, expected, store):
    records = {record.ref.repo_id: record for record in map(base.parse, store.stored())}
    told = {
        name: {key: seen(records[name], key) for key in wanted}
        for name, wanted in expected["repos"].items()
        if name in records
    }
    assert told == expected["repos"]
    assert records.keys() == expected["repos"].keys()
    assert recorded.errors == expected["errors"]
    assert dict(recorded.skips) == expected["skipped"]
    assert {name: sums["requests"] for name, sums in recorded.requests.items()} == expected["requests"]
    assert all(any(words in gap for gap in recorded.gaps) for words in expected["gaps"])
    assert all(not record.malformed for record in records.values()), "nothing in an honest reply is strange"


def test_no_picture_and_no_prompt_of_one_is_kept(recorded, store):
    assert recorded.coverage.read
    kept = json.dumps([record.native for record in store.stored()])
    assert ".invalid" not in kept
    assert "never kept" not in kept


def test_every_record_has_a_version_that_holds(recorded, store, name):
    connector = base.connector(name)
    versions = [connector.version(stored) for stored in store.stored()]
    assert recorded.coverage.read == len(versions)
    assert all(versions)
    assert versions == [connector.version(stored) for stored in store.stored()]


def test_what_a_connector_says_of_itself(name):
    connector = base.connector(name)
    assert connector.kinds
    assert connector.views[0] == ""
    assert set(connector.refused) <= {*WANTED, "headers"}
    assert all(sentence.endswith(".") for sentence in (*connector.blind_spots, *connector.unverified))
    assert connector.blind_spots
    assert connector.unverified
    assert connector.interval >= 0
    assert connector.account(None).endpoint.startswith("https://")


@pytest.mark.parametrize("what", sorted(WANTED))
def test_what_is_refused_is_refused_before_anything_is_asked(hub, crawl, name, what):
    plans = {
        "list": {"all": True},
        "since": {"all": True, "since": "2026-01-01T00:00:00Z"},
        "author": {"repos": ("x",), "author": "a"},
        "search": {"repos": ("x",), "search": "a"},
        "tag": {"repos": ("x",), "tag": "a"},
        "hashes": {"hashes": ("ab" * 32,)},
        "reports": {"repos": ("x",), "reports": True},
    }
    connector, server = base.connector(name), hub()
    if what in connector.refused:
        with pytest.raises(UsageError):
            crawl(server, of=connector, **plans[what])
        assert not server.requests
    else:
        crawl(server, of=connector, settings={"tries": 1}, **plans[what])
        assert server.requests or what not in ("list", "since", "hashes")


@pytest.mark.parametrize("native", [{}, {"id": None}, {"id": []}, {"id": "x"}, {"id": "a/b"}, {"id": "7"}, {"id": 7}])
def test_no_question_is_asked_of_a_strange_record_that_raises(name, native):
    connector, stored = base.connector(name), StoredRecord(name, "model", native)
    assert connector.has_card(stored) in (True, False, None)
    assert isinstance(connector.version(stored), str)
    assert isinstance(connector.changed_at(stored), str | None)
    assert connector.gaps(stored) == ()
