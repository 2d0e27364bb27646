"""Checks on each hub: how it says that an upload is there, gated, taken down or gone, and when that is unknown."""

from dataclasses import dataclass
from functools import partial

import pytest
from sqlalchemy import select

from hubscan import cases, followup, tracing
from hubscan.casework import CaseFilter, CaseState, HubAction, Notice, Verdict
from hubscan.findings import Severity
from hubscan.followup import CheckLedger, Means
from hubscan.http import Client, Settings
from hubscan.hubs import base
from hubscan.records import RepoRecord, StoredRecord
from hubscan.replay.faults import Fault, body, cut, flood, redirect, status
from hubscan.replay.ollama import manifest_of
from hubscan.store import Store
from hubscan.store.tables import requests, runs

SHA, OTHER = "ab" * 32, "cd" * 32
HUBS = ("huggingface", "civitai", "modelscope", "modelscope_ai", "ollama")


def huggingface(name, digest=SHA, **more):
    files = [{"rfilename": "w.safetensors", "size": 9_000_000, "lfs": {"sha256": digest}}]
    return {"id": f"org/{name}", "sha": "1" * 40, "siblings": files, **more}


def civitai(name, digest=SHA, **more):
    number = sum(map(ord, name))
    hashes = {"SHA256": digest.upper()} if digest else {}
    files = [{"name": "w.safetensors", "sizeKB": 9000, "hashes": hashes}]
    version = {"id": number * 10, "name": "v1", "publishedAt": "2026-01-02T03:04:05.000Z", "files": files}
    return {"id": number, "name": name, "nsfwLevel": 1, "modelVersions": [version], **more}


def modelscope(name, digest=SHA, **more):
    files = [{"Path": "w.safetensors", "Size": 9_000_000, "Sha256": digest, "Type": "blob"}]
    return {"id": f"org/{name}", "tags": ["LoRA"], "Files": files, "last_modified": "2026-01-02T00:00:00Z", **more}


def ollama(name, digest=SHA, **more):
    layers = [{"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{digest}", "size": 4_000_000_000}]
    layers += [{"mediaType": "application/vnd.ollama.image.system", "digest": f"sha256:{'00' * 32}", "size": 1}]
    told = {"config": {"model_format": "gguf"}, "layers": {"system": ["Quiet."]}, **more}
    native = {"id": f"org/{name}", "manifest": {"layers": layers}, **told}
    return {**native, "manifest": manifest_of(StoredRecord("ollama", "model", native))}


MAKERS = {"huggingface": huggingface, "civitai": civitai, "modelscope": modelscope, "modelscope_ai": modelscope}
MAKERS["ollama"] = ollama


def record(hub, name, digest=SHA, **more):
    return StoredRecord(hub, "model", MAKERS[hub](name, digest, **more))


@dataclass
class Seconds:
    """A clock that moves one second each time it is read."""

    now: int = 0

    def __call__(self):
        self.now += 1
        return f"2026-01-01T{self.now // 3600:02}:{self.now // 60 % 60:02}:{self.now % 60:02}Z"


@pytest.fixture
def store(sqlite_url):
    with Store.open(sqlite_url, Seconds()) as opened:
        yield opened


@pytest.fixture
def scan(store, finding):
    """Store records as a scan would, those named in `flagged` with a finding."""

    def run(*records, flagged=()):
        read = [(stored, base.parse(stored)) for stored in records]
        assert all(isinstance(parsed, RepoRecord) for _, parsed in read)
        batch = [(one, parsed, (finding(parsed.ref, "1"),) if one in flagged else ()) for one, parsed in read]
        store.save(store.start_run("dump", "all", {}, (), "0.1.0"), batch)

    return run


@pytest.fixture
def noticed(store, scan):
    """Store records, and write to the hub about the first."""

    def make(first, *others):
        scan(first, *others, flagged=[first])
        for number in cases.open_cases(store, store.findings(), Severity.MEDIUM, store.now()):
            cases.decide(store, number, Verdict.CONFIRMED, reviewer="r-1", reason="so", now=store.now())
            cases.record_notice(store, Notice(number, "hub-policy.en", "restricted", "html", store.now()), "0" * 64)
            cases.record_sent(store, number, reviewer="r-1", now=store.now())

    return make


@pytest.fixture
def look(store, hub, virtual):
    """Check case 1 at a hub that serves `records`; return the outcome, why, and the state of the case."""

    def run(name, records, *faults, vantage=None):
        served = hub(records, faults=list(faults))
        ledger, connector = CheckLedger(), base.connector(name)
        settings = Settings(endpoint=served.url, tries=2, quota_tries=2)
        with Client(settings, ledger, clock=virtual.clock()) as client:
            reuploads = partial(tracing.reuploads, store)
            means = Means(store, connector, client, ledger, vantage, reuploads)
            ((case, check),) = followup.run(means, [1])
        run.asked = [seen.target for seen in served.requests]
        return check.outcome.value, check.detail, case.state.value

    return run


CHANGES = {
    "huggingface": {"sha": "2" * 40},
    "civitai": {"tags": ["new"]},
    "modelscope": {"last_modified": "2026-02-02T00:00:00Z"},
    "modelscope_ai": {"last_modified": "2026-02-02T00:00:00Z"},
    "ollama": {"config": {"model_format": "gguf", "file_type": "Q8_0"}},
}
GATES = [
    ("huggingface", {"gated": "manual"}, "behind a gate"),
    ("civitai", {"availability": "EarlyAccess"}, "behind a gate"),
    ("civitai", {"availability": "Private"}, "private"),
    ("modelscope", {"gated": True}, "behind a gate"),
    ("modelscope", {"private": True}, "private"),
]
TAKEN_DOWN = [
    ("huggingface", {"disabled": True}, "disabled"),
    ("civitai", {"mode": "TakenDown"}, "the hub marks it so"),
]
ENTRY = "models/322|org/one"
"""Where each hub is asked about `one`."""


@pytest.mark.parametrize("hub_name", HUBS)
def test_what_is_as_it_was_is_up_and_no_file_is_asked_for(store, noticed, look, hub_name):
    before = record(hub_name, "one")
    noticed(before)
    assert look(hub_name, [before]) == ("up", "", "noticed")
    assert len(look.asked) == 1
    assert not [target for target in look.asked if "/blobs/" in target or "/resolve/" in target or "/repo" in target]
    with store.reading() as connection:
        assert {row.url_class for row in connection.execute(select(requests))} == {"check"}


@pytest.mark.parametrize("hub_name", HUBS)
def test_other_content_is_changed(noticed, look, hub_name):
    noticed(record(hub_name, "one"))
    outcome, *_ = look(hub_name, [record(hub_name, "one", **CHANGES[hub_name])])
    assert outcome == "changed"


@pytest.mark.parametrize(("hub_name", "now", "why"), GATES)
def test_what_is_behind_a_gate_or_private_is_gated(noticed, look, hub_name, now, why):
    noticed(record(hub_name, "one"))
    assert look(hub_name, [record(hub_name, "one", **now)]) == ("gated", why, "noticed")


@pytest.mark.parametrize(("hub_name", "now", "why"), TAKEN_DOWN)
def test_what_its_hub_took_down_is_disabled(noticed, look, hub_name, now, why):
    noticed(record(hub_name, "one"))
    assert look(hub_name, [record(hub_name, "one", **now)]) == ("disabled", why, "noticed")


@pytest.mark.parametrize("hub_name", HUBS)
def test_what_is_not_found_where_other_things_are_is_gone(noticed, look, hub_name):
    noticed(record(hub_name, "one"), record(hub_name, "two", OTHER))
    seen = look(hub_name, [record(hub_name, "two", OTHER)], vantage="Switzerland")
    assert seen == ("gone", "not found, read from Switzerland", "noticed")


@pytest.mark.parametrize("hub_name", HUBS)
def test_what_is_not_found_where_nothing_is_is_unknown(noticed, look, hub_name):
    noticed(record(hub_name, "one"), record(hub_name, "two", OTHER))
    seen = look(hub_name, [], vantage="Switzerland")
    assert seen == ("unknown", "not found, but the hub shows nothing else either", "noticed")


def test_a_hub_without_lists_of_which_nothing_else_is_known_says_nothing(noticed, look):
    noticed(record("ollama", "one"))
    assert look("ollama", [record("ollama", "two")])[0] == "unknown"


@pytest.mark.parametrize("hub_name", HUBS)
@pytest.mark.parametrize(
    ("code", "outcome"),
    [(410, "gone"), (451, "blocked-here"), (403, "unknown"), (500, "unknown"), (302, "unknown")],
)
def test_by_the_status_alone(noticed, look, hub_name, code, outcome):
    noticed(record(hub_name, "one", digest=SHA), record(hub_name, "two", OTHER))
    spoilt = Fault(ENTRY, status(code))
    assert look(hub_name, [record(hub_name, "two", OTHER)], spoilt, vantage="Switzerland")[0] == outcome


HOSTILE = {
    "half a reply": cut(),
    "a page of HTML": body(b"<html>", "text/html"),
    "a list": body(b"[]"),
    "an empty object": body(b"{}"),
    "another upload": body(
        b'{"id": 9, "Path": "org", "Name": "x", "sha": "1", "data": {"id": "org/x", "disabled": true}}'
    ),
    "sent elsewhere": redirect("https://other.example/"),
    "weights": flood(),
}


@pytest.mark.parametrize("hub_name", HUBS)
@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE.keys())
def test_nothing_is_learnt_from_a_hostile_reply(noticed, look, hub_name, change):
    both = record(hub_name, "one"), record(hub_name, "two", OTHER)
    noticed(*both)
    seen = look(hub_name, both, Fault(ENTRY, change), vantage="Switzerland")
    assert seen[::2] == ("unknown", "noticed")


def test_another_upload_under_the_name_of_the_first_is_not_it(noticed, look):
    noticed(record("huggingface", "one"))
    other = Fault("models/org/one", body(b'{"id": "org/two", "sha": "%s"}' % (b"1" * 40)))
    assert look("huggingface", [], other)[:2] == ("unknown", "the hub answered with another upload")
    same = Fault("models/org/one", body(b'{"id": "Org/One", "sha": "%s"}' % (b"1" * 40)))
    assert look("huggingface", [], same)[0] == "up"


HIDDEN = Fault("api/v1/models/322", status(404))


def test_what_civitai_does_not_show_but_finds_by_hash_is_hidden_and_not_gone(noticed, look):
    noticed(record("civitai", "one"))
    HIDDEN.done = 0
    outcome, why, _ = look("civitai", [record("civitai", "one"), record("civitai", "two", OTHER)], HIDDEN, vantage="CH")
    assert outcome == "unknown"
    assert "hidden, not gone" in why


def test_the_same_file_of_another_model_does_not_keep_it_there(noticed, look):
    noticed(record("civitai", "one"), record("civitai", "two"))
    assert look("civitai", [record("civitai", "two")], vantage="CH")[0] == "gone"


@pytest.mark.parametrize(
    ("digest", "vantage", "faults", "why"),
    [
        (SHA, None, (), "say where you read from"),
        ("", "CH", (), "no SHA-256 of a file of it is known"),
        (SHA, "CH", (Fault("by-hash", status(500)),), "the look-up by hash failed: server"),
        (SHA, "CH", (Fault("by-hash", body(b"{}")),), "the look-up by hash failed: bad_body"),
    ],
)
def test_civitai_is_not_taken_at_its_word_alone(noticed, look, digest, vantage, faults, why):
    noticed(record("civitai", "one", digest), record("civitai", "two", OTHER))
    outcome, said, _ = look("civitai", [record("civitai", "two", OTHER)], *faults, vantage=vantage)
    assert outcome == "unknown"
    assert why in said


def test_the_vantage_stands_with_the_run(store, noticed, look):
    noticed(record("civitai", "one"))
    look("civitai", [record("civitai", "one")], vantage="Switzerland")
    with store.reading() as connection:
        (told,) = connection.scalars(select(runs.c.settings).where(runs.c.source == "checks civitai"))
    assert told["vantage"] == "Switzerland"


KEPT = Fault("revision/1{40}", body(b'{"id": "org/one", "sha": "%s"}' % (b"1" * 40)))


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ((KEPT,), "; the revision decided on is still served"),
        ((), "; the revision decided on is no longer served"),
        ((Fault("revision/1{40}", status(500)),), ""),
    ],
)
def test_what_was_decided_on_may_still_be_had_behind_a_newer_revision(noticed, look, faults, said):
    noticed(record("huggingface", "one"))
    outcome, why, _ = look("huggingface", [record("huggingface", "one", sha="2" * 40)], *faults)
    assert (outcome, why) == ("changed", f"revision {'2' * 40}{said}")
    assert not [target for target in look.asked if "resolve" in target]


# --- the same file elsewhere ------------------------------------------------------------------------------------------


def queue(store):
    return [(case.number, case.events[-1].word, case.events[-1].note) for case in cases.list_cases(store, OPEN)]


OPEN = CaseFilter(state=CaseState.OPEN)
THERE = record("huggingface", "two", OTHER)


def test_a_file_that_turns_up_elsewhere_opens_the_case_of_what_is_gone_once(store, noticed, scan, look):
    noticed(record("huggingface", "one"))
    assert look("huggingface", [THERE])[::2] == ("gone", "noticed")
    scan(record("civitai", "again"))
    assert look("huggingface", [THERE])[::2] == ("gone", "open")
    assert queue(store) == [(1, "elsewhere", "civitai:model:512")]
    cases.close(store, 1, reviewer="r-1", reason="a case of its own", now=store.now())
    assert look("huggingface", [THERE])[::2] == ("gone", "closed")
    scan(record("ollama", "third"))
    assert look("huggingface", [THERE])[::2] == ("gone", "open")
    assert queue(store) == [(1, "elsewhere", "ollama:model:org/third")]


def test_what_the_hub_said_to_have_removed_counts_as_away(store, noticed, scan, look):
    noticed(record("huggingface", "one"))
    cases.act(store, 1, HubAction.REMOVED, reviewer="r-1", now=store.now())
    scan(record("civitai", "again"))
    assert look("huggingface", [THERE], Fault("models/org/one", status(500)))[::2] == ("unknown", "open")


NO_NEWS = {
    "known when it was decided on": ((record("civitai", "again"),), (), False),
    "another file": ((), (record("civitai", "again", OTHER),), False),
    "taken down there too": ((), (record("civitai", "again", mode="TakenDown"),), False),
    "the upload is still up": ((), (record("civitai", "again"),), True),
    "shared by very many": ((), tuple(record("huggingface", f"n{n}", author=f"u{n}") for n in range(20)), False),
}


@pytest.mark.parametrize(("before", "after", "up"), NO_NEWS.values(), ids=NO_NEWS.keys())
def test_what_opens_no_case(store, noticed, scan, look, before, after, up):
    noticed(record("huggingface", "one"), *before)
    scan(record("huggingface", "one"), *after)
    look("huggingface", [THERE, *([record("huggingface", "one")] if up else [])])
    assert queue(store) == []


def test_a_match_of_files_goes_by_what_a_check_saw_last(store, noticed, look):
    noticed(record("huggingface", "one"), record("civitai", "again"), record("huggingface", "two", OTHER))

    def gone():
        return [(str(one.gone[0].ref), one.gone[0].why) for one in tracing.matches(store)]

    look("huggingface", [THERE], Fault("models/org/one", status(451)))
    assert gone() == []
    look("huggingface", [THERE])
    assert gone() == [("huggingface:model:org/one", "checked: gone")]
    look("huggingface", [record("huggingface", "one")])
    assert gone() == []
