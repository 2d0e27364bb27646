"""Every connector against a hub that sends what no hub should: one table of faults, the same value for all.

Connectors are found by walking the folder: one that is added and has no `Subject` here fails. What only one hub can do
wrong (a cursor, a layer, a look-up) stands in tables of its own below and in the connector's own test file.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from hubscan.hubs import base
from hubscan.records import StoredRecord
from hubscan.replay import Fault as Bad
from hubscan.replay import faults as bad

from . import test_civitai, test_modelscope, test_ollama

CAP = 64 * 1024
WEIGHT = 60 * bad.MIB
DEEP = b"[" * 5_000 + b"]" * 5_000


@dataclass(frozen=True)
class Subject:
    """How a connector is driven: its repos, where one of them and the list are asked for, how a page holds items."""

    make: Callable[[int], StoredRecord]
    one: str
    list: str | None
    wrap: Callable[[bytes], bytes] = lambda items: items

    def by_name(self) -> dict[str, Any]:
        """Two repos by name."""
        return {"repos": tuple(str(self.make(n).native["id"]) for n in (1, 2))}


def face(number):
    native = {
        "id": f"o/m{number}",
        "tags": ["pytorch"],
        "siblings": [],
        "createdAt": f"2026-03-0{number}T00:00:00.000Z",
        "sha": f"{number:040x}",
    }
    return StoredRecord("huggingface", "model", native)


SUBJECTS = {
    "huggingface": Subject(face, r"/api/models/o/m1/", "/api/models[?]"),
    "civitai": Subject(
        test_civitai.model,
        r"/api/v1/models/1$",
        "/api/v1/models[?]",
        lambda items: b'{"items": ' + items + b', "metadata": {}}',
    ),
    "modelscope": Subject(
        lambda n: test_modelscope.model(n, card=None),
        r"/openapi/v1/models/o/m1$",
        "/openapi/v1/models[?]",
        lambda items: b'{"success": true, "data": {"models": ' + items + b', "total_count": 3}}',
    ),
    "ollama": Subject(lambda n: test_ollama.model(f"m{n}", system="s"), "/v2/library/m1/manifests", None),
}
CONNECTORS = [name for name in base.names() if isinstance(base.load(name), base.Connector)]
CLASSES = {type(base.load(name)): name for name in reversed(CONNECTORS)}
DRIVEN = sorted(CLASSES.values())
LISTING = [name for name in DRIVEN if SUBJECTS[name].list]


def test_every_connector_is_driven():
    assert set(DRIVEN) == set(SUBJECTS), "two sites of one class behave alike and are driven once"


def body(data, content_type="application/json"):
    return bad.body(data, content_type)


ONE = [
    # (what the hub does when asked for one repo, how, the kind of error, or the reason for which it was not read)
    ("wants a token", bad.status(401), None, "unauthorized"),
    ("forbids it", bad.status(403), None, "forbidden"),
    ("gates it", bad.status(403, error_code="GatedRepo"), None, "gated"),
    ("has disabled it", bad.status(403, message="Access to this resource is disabled."), None, "disabled"),
    ("blocks it in this region", bad.status(451), None, "blocked"),
    ("does not know it", bad.status(404), None, "vanished"),
    ("says it is gone", bad.status(410), None, "vanished"),
    ("fails", bad.status(500), "server", None),
    ("stands behind a broken proxy", bad.status(502), "server", None),
    ("is overloaded", bad.status(503, {"Retry-After": "9999999"}), "server", None),
    ("times out upstream", bad.status(408), "timeout", None),
    ("rejects the question", bad.status(400), "rejected", None),
    ("is a teapot", bad.status(418), "rejected", None),
    ("has nothing to say", bad.status(204), "bad_body", None),
    ("says unchanged, unasked", bad.status(304), "bad_body", None),
    ("answers in HTML", body(b"<html>Sign in</html>", "text/html"), "bad_body", None),
    ("answers nothing", body(b""), "bad_body", None),
    ("answers null", body(b"null"), "bad_body", None),
    ("answers a list", body(b"[]"), "bad_body", None),
    ("answers a number", body(b"7"), "bad_body", None),
    ("answers half a JSON", body(b'{"id": "o/m1", "tags": ['), "bad_body", None),
    ("nests without end", body(b'{"id": ' + DEEP + b"}"), "bad_body", None),
    ("writes NaN", body(b'{"id": NaN}'), "bad_body", None),
    ("sends a picture", bad.headers({"Content-Type": "image/png"}), "wrong_type", None),
    ("sends a film", bad.headers({"Content-Type": "video/mp4"}), "wrong_type", None),
    ("sends a weight file", bad.headers({"Content-Type": "application/octet-stream"}), "wrong_type", None),
    ("announces 60 MiB", bad.flood(WEIGHT, stated=str(WEIGHT)), "too_large", None),
    ("sends 60 MiB unannounced", bad.flood(WEIGHT), "too_large", None),
    ("packs what it was not asked to", bad.headers({"Content-Encoding": "br"}), "bad_body", None),
    ("sends gzip that is none", bad.headers({"Content-Encoding": "gzip"}), "bad_body", None),
    ("cuts it", bad.cut(0.5), "cut", None),
    ("is silent", bad.slow(5), "timeout", None),
    ("hangs up", bad.raw(b""), "unreachable", None),
    ("speaks no HTTP", bad.raw(b"220 smtp ready\r\n"), "unreachable", None),
    ("sends it elsewhere", bad.redirect("http://localhost:9/x"), "refused", None),
    ("sends it into a cloud's inside", bad.redirect("http://169.254.169.254/latest/"), "refused", None),
    ("sends it to a file", bad.redirect("file:///etc/passwd"), "refused", None),
    ("sends it in a circle", bad.redirect("{here}"), "refused", None),
]

ITEMS = [
    # (what stands in the place of one repo of the list, the kind of error if it is none)
    ("null", b"null", "not-a-record"),
    ("a number", b"7", "not-a-record"),
    ("a text", b'"o/m1"', "not-a-record"),
    ("a list", b'[{"id": "o/x"}]', "not-a-record"),
    ("nothing in it", b"{}", "no-id"),
    ("a list for an id", b'{"id": [1]}', "no-id"),
    ("an empty id", b'{"id": ""}', "no-id"),
    ("an id of 600 letters", b'{"id": "' + b"x" * 600 + b'"}', "no-id"),
    ("an id with a line break", b'{"id": "o/a\\nb"}', "no-id"),
    ("a control character in the id", b'{"id": "o/\\u202ex"}', "no-id"),
    ("an id below zero", b'{"id": -1}', "no-id"),
    ("NaN", b'{"id": "9", "downloads": NaN}', "bad_body"),
    ("a number past every float", b'{"id": "9", "downloads": 1e999}', "bad_body"),
    ("JSON that breaks off", b'{"id": "9", "tags": }', "bad_body"),
    ("5,000 lists in each other", b'{"id": "9", "tags": ' + DEEP + b"}", "bad_body"),
    ("a key without a value", b'{"id"}', "bad_body"),
    (
        "shapes all wrong",
        b'{"id": "9", "tags": 7, "stats": [], "modelVersions": "x", "Files": 3, "private": "?"}',
        None,
    ),
    ("nulls everywhere", b'{"id": "9", "tags": null, "stats": null, "modelVersions": null, "creator": null}', None),
    ("half a surrogate pair", b'{"id": "9", "tags": ["\\ud800"]}', None),
    ("the same repo again", None, None),
]

LISTS = [
    # (what the hub does to the first page of its list, how, the errors)
    ("fails for good", bad.status(500), ["server"]),
    ("wants a token", bad.status(401), ["unauthorized"]),
    ("forbids it", bad.status(403), ["forbidden"]),
    ("blocks the region", bad.status(451), ["blocked"]),
    ("rejects the question", bad.status(400), ["rejected"]),
    ("answers in HTML", body(b"<html>Sign in</html>", "text/html"), ["bad_body"]),
    ("answers a number", body(b"7"), ["bad_body"]),
    ("answers an object without items", body(b'{"error": "x"}'), ["bad_body"]),
    ("answers with a picture", bad.headers({"Content-Type": "image/png"}), ["wrong_type"]),
    ("sends 60 MiB", bad.flood(WEIGHT), ["too_large"]),
    ("is cut", bad.cut(0.3), ["cut"]),
    ("is silent", bad.slow(5), ["timeout"]),
    ("hangs up", bad.raw(b""), ["unreachable"]),
    ("leads elsewhere", bad.redirect("http://localhost:9/x"), ["refused"]),
]


@pytest.fixture
def hostile(hub, crawl):
    """Crawl a hub that misbehaves, with a token; nothing leaves for elsewhere and no flood is read."""

    def run(name, pattern, change, **plan):
        subject = SUBJECTS[name]
        server = hub([subject.make(n) for n in (1, 2, 3)], faults=[Bad(pattern, _here(change))])
        settings = {"deadline": 0.5, "tries": 2, "body_cap": CAP, "token": "secret"}
        done = crawl(server, of=base.connector(name), settings=settings, cards="none", **plan)
        assert all(seen.headers["authorization"] == "Bearer secret" for seen in server.requests)
        assert sum(sums["bytes"] for sums in done.requests.values()) <= 8 * CAP
        assert sum(sums["requests"] for sums in done.requests.values()) == len(server.requests)
        return done

    return run


def _here(change):
    def changed(asked, answer):
        told = change(asked, answer)
        place = told.headers.get("Location", "").replace("{here}", asked.target)
        return replace(told, headers={**told.headers, "Location": place}) if place else told

    return changed


@pytest.mark.parametrize("name", DRIVEN)
@pytest.mark.parametrize(("does", "change", "error", "reason"), ONE, ids=[row[0] for row in ONE])
def test_one_repo_costs_no_other(hostile, kept, name, does, change, error, reason):
    subject = SUBJECTS[name]
    done = hostile(name, subject.one, change, **subject.by_name())
    first, second = (subject.make(n).native["id"] for n in (1, 2))
    assert done.errors == [error] * (error is not None), f"the hub {does}"
    assert done.skips == ({(str(first), reason)} if reason else set())
    assert list(kept()) == [second]
    assert done.coverage.complete == (error is None)


@pytest.mark.parametrize("name", LISTING)
@pytest.mark.parametrize(("what", "item", "error"), ITEMS, ids=[row[0] for row in ITEMS])
def test_one_item_costs_no_other(hostile, kept, name, what, item, error):
    subject = SUBJECTS[name]
    natives = [json.dumps(subject.make(n).native).encode() for n in (2, 3)]
    value = natives[0] if item is None else item
    if name == "huggingface" and value.startswith(b'{"id": "9"'):
        value = value.replace(b'"9"', b'"o/9"')
    page = subject.wrap(b"[" + b", ".join([value, *natives]) + b"]")
    done = hostile(name, subject.list, body(page))
    assert set(done.errors) == ({error} if error else set()), what
    assert {subject.make(n).native["id"] for n in (2, 3)} <= set(kept())
    assert done.coverage.complete == (error is None)


@pytest.mark.parametrize("name", LISTING)
def test_what_a_broken_item_hides_is_not_called_gone(hub, crawl, name):
    subject, of = SUBJECTS[name], base.connector(name)
    marked = subject.make(1)
    marked = replace(marked, native={**marked.native, "tags": ["nudify"], "name": "undress", "display_name": "undress"})
    server = hub([marked, subject.make(2)])
    assert crawl(server, of=of, cards="none").findings
    second = json.dumps(subject.make(2).native).encode()
    for value in (b"null", b'{"id": NaN}'):
        server.faults[:] = [Bad(subject.list, body(subject.wrap(b"[" + value + b", " + second + b"]")))]
        assert crawl(server, of=of, cards="none").delta.gone == ()
    server.faults[:] = [Bad(subject.list, body(subject.wrap(b"[" + second + b"]")))]
    assert crawl(server, of=of, cards="none").delta.gone, "a sound list says that it is gone"


@pytest.mark.parametrize("name", LISTING)
@pytest.mark.parametrize(("does", "change", "errors"), LISTS, ids=[row[0] for row in LISTS])
def test_a_list_that_cannot_be_read_is_told(hostile, kept, name, does, change, errors):
    done = hostile(name, SUBJECTS[name].list, change)
    assert set(done.errors) == set(errors), f"the hub {does}"
    assert not done.coverage.complete
    assert kept() == {}


def cursor(metadata):
    """A page of Civitai's list with this beside its items."""

    def change(_, answer):
        page = {"items": json.loads(answer.body).get("items", []), "metadata": metadata}
        return replace(answer, status=200, body=json.dumps(page).encode())

    return change


def counting(_, answer, numbers=iter(range(10**9))):  # noqa: B008 - one count for the run is what is wanted
    return cursor({"nextCursor": f"c{next(numbers)}"})(_, replace(answer, body=b'{"items": []}'))


CURSORS = [
    # (what Civitai's page says of the next one, the errors, how many questions of the list)
    ("the same cursor for ever", cursor({"nextCursor": "x"}), {"refused"}, 4),
    ("ever new cursors to empty pages", counting, {"refused"}, 100),
    ("a cursor of the wrong type", cursor({"nextCursor": [1]}), set(), 2),
    ("a cursor that is true", cursor({"nextCursor": True}), set(), 2),
    ("a cursor without end", cursor({"nextCursor": "x" * 5_000}), set(), 2),
    ("a cursor with other questions in it", cursor({"nextCursor": "1&nsfw=false&limit=1#"}), {"refused"}, 4),
    ("an address that is none", cursor({"nextPage": "http://[::1"}), set(), 2),
    ("an address without a cursor", cursor({"nextPage": "https://civitai.invalid/"}), set(), 2),
    ("a number for metadata", cursor(7), set(), 2),
]


@pytest.mark.parametrize(("says", "change", "errors", "questions"), CURSORS, ids=[row[0] for row in CURSORS])
def test_a_cursor_leads_nowhere_else(hostile, says, change, errors, questions):
    done = hostile("civitai", "/api/v1/models[?]", change)
    assert set(done.errors) == errors, f"the page says {says}"
    asked = [target for target in done.asked if target.startswith("/api/v1/models?")]
    assert len(asked) == questions
    assert done.coverage.complete == (not errors)


SHA = test_civitai.sha(1)
LOOKUPS = [
    # (what Civitai answers to a look-up by hash, the errors, the models that are read)
    ("no list", body(b'{"error": "x"}'), {"bad_body"}, []),
    ("HTML", body(b"<html>", "text/html"), {"bad_body"}, []),
    ("a redirect", bad.redirect("/x"), {"refused"}, []),
    ("too many", bad.status(400), {"rejected"}, []),
    ("a failure", bad.status(500), {"server"}, []),
    ("what is no object", body(b"[null, 7]"), {"not-a-record"}, []),
    ("a hash nobody asked for", body(json.dumps([{"modelId": 2, "hash": "AB" * 32}]).encode()), {"not-a-record"}, []),
    (
        "a model that is no number",
        body(json.dumps([{"modelId": "1/../2", "hash": SHA}]).encode()),
        {"not-a-record"},
        [],
    ),
    ("a model twice", body(json.dumps([{"modelId": 1, "hash": SHA}] * 2).encode()), set(), [1]),
    ("a model that is not there", body(json.dumps([{"modelId": 99, "hash": SHA}]).encode()), set(), []),
]


@pytest.mark.parametrize(("does", "change", "errors", "found"), LOOKUPS, ids=[row[0] for row in LOOKUPS])
def test_a_look_up_by_hash(hostile, kept, does, change, errors, found):
    done = hostile("civitai", "/by-hash/ids", change, hashes=(SHA,))
    assert set(done.errors) == errors, f"the look-up answers with {does}"
    assert list(kept()) == found
    assert done.coverage.complete == (not errors)


PAGES = [
    # (what ModelScope says of its list, how, the errors, how many questions)
    ("more than it gives", body(b'{"data": {"models": [], "total_count": 9}}'), set(), 1),
    ("that it ends and does not", body(b'{"data": {"models": [{"id": "o/x"}], "total_count": 10000}}'), {"refused"}, 4),
    ("a total of the wrong type", body(b'{"data": {"models": [{"id": "o/x"}], "total_count": "9"}}'), set(), 1),
    ("a failure inside a success", body(b'{"success": false, "message": "x"}'), {"bad_body"}, 1),
]


@pytest.mark.parametrize(("says", "change", "errors", "questions"), PAGES, ids=[row[0] for row in PAGES])
def test_pages_by_number_end(hostile, says, change, errors, questions):
    done = hostile("modelscope", "/openapi/v1/models[?]", change, page_size=1)
    assert (set(done.errors), len(done.asked)) == (errors, questions), f"the hub says {says}"


def test_there_are_enough_faults():
    told = [row[0] for table in (ONE, ITEMS, LISTS, CURSORS, LOOKUPS, PAGES, test_ollama.LAYERS) for row in table]
    assert len(set(told)) >= 100
