"""A hub that sends what no hub should, crawled: the value in the report for each, and no other repo lost to it.

The same replies one by one against the client alone are in `tests/http/test_hostile.py`.
"""

import gzip

import pytest

from hubscan.replay import faults as bad

from .conftest import changed

Bad = bad.Fault
CAP = 64 * 1024
WEIGHT = 60 * bad.MIB
CARD = "o/quiet/resolve"
NAMES = {"o/plain", "o/undress-lora", "o/quiet", "o/bare", "o/unlisted-files"}
BOMB = gzip.compress(b"# " + b"0" * 8_000_000, 9)
DEEP = b"[" * 5_000 + b"]" * 5_000

CARDS = [
    # (what the hub does with one card, how, the kind of error, or the reason for which it was not read)
    ("gates it", bad.status(401, error_code="GatedRepo"), None, "gated"),
    ("gates it for this user", bad.status(403, error_code="GatedRepo"), None, "gated"),
    ("has disabled the repo", bad.status(403, message="Access to this resource is disabled."), None, "disabled"),
    ("wants a token", bad.status(401), None, "unauthorized"),
    ("forbids it", bad.status(403), None, "forbidden"),
    ("blocks it in this region", bad.status(451), None, "blocked"),
    ("no longer knows the repo", bad.status(401, error_code="RepoNotFound"), None, "vanished"),
    ("no longer knows the commit", bad.status(404, error_code="RevisionNotFound"), None, "vanished"),
    ("says it is gone", bad.status(410), None, "vanished"),
    ("has renamed the repo", bad.redirect("/o/plain/resolve/main/README.md"), None, "renamed"),
    ("fails", bad.status(500), "server", None),
    ("is overloaded", bad.status(503, {"Retry-After": "9999999"}), "server", None),
    ("sends a status of its own", bad.status(599), "server", None),
    ("is a teapot", bad.status(418), "rejected", None),
    ("has nothing to say", bad.status(204), "bad_body", None),
    ("sends a picture", bad.headers({"Content-Type": "image/png"}), "wrong_type", None),
    ("sends a weight file", bad.headers({"Content-Type": "application/octet-stream"}), "wrong_type", None),
    ("announces 60 MiB", bad.flood(WEIGHT, stated=str(WEIGHT)), "too_large", None),
    ("sends 60 MiB unannounced", bad.flood(WEIGHT), "too_large", None),
    ("sends one over the cap", bad.body(b"x" * (CAP + 1), "text/plain"), "too_large", None),
    ("packs a bomb", lambda *_: bad.Answer(200, {"Content-Encoding": "gzip"}, BOMB), "too_large", None),
    ("packs what it was not asked to", bad.headers({"Content-Encoding": "br"}), "bad_body", None),
    ("cuts it", bad.cut(0.5), "cut", None),
    ("drips", bad.drip(0.2), "timeout", None),
    ("is silent", bad.slow(5), "timeout", None),
    ("hangs up", bad.raw(b""), "unreachable", None),
    ("speaks no HTTP", bad.raw(b"220 smtp ready\r\n"), "unreachable", None),
    ("sends it elsewhere", bad.redirect("http://localhost:9/README.md"), "refused", None),
    ("sends it into a cloud's inside", bad.redirect("http://169.254.169.254/latest/"), "refused", None),
    ("sends it in a circle", bad.redirect("/o/quiet/resolve/x/README.md"), "refused", None),
]

ITEMS = [
    # (what stands in the place of one repo of the list, the kind of error if it is none)
    ("null", b"null", "not-a-record"),
    ("a number", b"7", "not-a-record"),
    ("a text", b'"o/plain"', "not-a-record"),
    ("a list", b'[{"id": "o/x"}]', "not-a-record"),
    ("nothing in it", b"{}", "no-id"),
    ("a number for an id", b'{"id": 7}', "no-id"),
    ("an empty id", b'{"id": ""}', "no-id"),
    ("an id of 600 letters", b'{"id": "' + b"x" * 600 + b'"}', "no-id"),
    ("an id with a line break", b'{"id": "o/a\\nb"}', "no-id"),
    ("NaN", b'{"id": "o/x", "downloads": NaN}', "bad_body"),
    ("a number past every float", b'{"id": "o/x", "downloads": 1e999}', "bad_body"),
    ("JSON that breaks off", b'{"id": "o/x", "tags": }', "bad_body"),
    ("5,000 lists in each other", b'{"id": "o/x", "tags": ' + DEEP + b"}", "bad_body"),
    (
        "card keys that break the usual client",
        b'{"id": "o/x", "cardData": {"self": 1, "ignore_metadata_errors": 2}}',
        None,
    ),
    ("a date that is none", b'{"id": "o/x", "lastModified": "yesterday", "createdAt": 5}', None),
    ("weights without a total", b'{"id": "o/x", "safetensors": {"parameters": {}}}', None),
    ("shapes all wrong", b'{"id": "o/x", "tags": 7, "siblings": {"a": 1}, "gated": [], "cardData": "x"}', None),
    ("half a surrogate pair", b'{"id": "o/x", "tags": ["\\ud800"]}', None),
    ("an address for an id", b'{"id": "http://localhost:9/x"}', "odd-name"),
    ("a path that climbs", b'{"id": "../../api/whoami-v2"}', "odd-name"),
    ("an id with a query", b'{"id": "o/x?token=1#y"}', "odd-name"),
    ("a control character hidden in an id", b'{"id": "o/\\u202ex"}', "no-id"),
    ("the next repo once more", b'{"id": "o/bare", "sha": "x"}', None),
    ("a commit that climbs", b'{"id": "o/x", "sha": "../../../api/whoami"}', None),
]

LISTS = [
    # (what the hub does to its list at the second of three pages, how, the errors, how many repos are read)
    ("fails for good", bad.status(500), ["server"], 2),
    ("is gone", bad.status(404), ["not_found"], 2),
    ("wants a token", bad.status(401), ["unauthorized"], 2),
    ("rejects the cursor", bad.status(400), ["rejected"], 2),
    ("answers in HTML", bad.body(b"<html>Sign in</html>", "text/html"), ["bad_body"], 3),
    ("answers an object", bad.body(b'{"error": "x"}'), ["bad_body"], 3),
    ("answers with a picture", bad.headers({"Content-Type": "image/png"}), ["wrong_type"], 3),
    ("sends 60 MiB", bad.flood(WEIGHT), ["too_large"], 3),
    ("cuts the page", bad.cut(0.5), ["cut"], 3),
    ("ends the JSON early", bad.body(b'[{"id": "o/x"}, {"id": "o/'), ["bad_body"], 4),
    ("leads elsewhere", bad.link("http://localhost:9/api/models"), ["refused"], 4),
    ("leads to a plain port", bad.link("http://127.0.0.1:9/api/models"), ["refused"], 4),
    ("leads to itself", bad.link("{here}"), ["refused"], 4),
    ("leads to nonsense", bad.link("http://[::1"), ["refused"], 4),
    ("leads on with the same page for ever", bad.link("/api/models?limit=2&sort=downloads&n={n}"), None, 5),
    ("is empty from here on", bad.body(b"[]"), [], 3),
]


@pytest.fixture
def hostile(hub, crawl, small):
    """Crawl a hub that misbehaves, with a token, and see that the token and all bodies stay where they belong."""

    def run(pattern, change, records=None, **plan):
        server = hub(small() if records is None else records, faults=[Bad(pattern, change)])
        elsewhere = hub([])
        settings = {"deadline": 0.4, "tries": 2, "body_cap": CAP, "token": "hf_secret"}
        done = crawl(server, settings=settings, page_size=2, **plan)
        assert elsewhere.requests == type(elsewhere.requests)(maxlen=elsewhere.requests.maxlen)
        assert all(seen.headers["authorization"] == "Bearer hf_secret" for seen in server.requests)
        assert not any("/../" in seen.target or "token" in seen.target for seen in server.requests)
        assert not any(seen.target.startswith("/api/whoami") for seen in server.requests)
        received = sum(sums["bytes"] for sums in done.requests.values())
        assert received <= 40 * CAP
        return done

    return run


@pytest.mark.parametrize(("does", "change", "error", "reason"), CARDS, ids=[row[0] for row in CARDS])
def test_one_card_costs_no_other_repo(hostile, kept, does, change, error, reason):
    done = hostile(CARD, change)
    assert done.errors == [error] * (error is not None), f"the hub {does}"
    assert {why for name, why in done.skips if name == "o/quiet"} == {reason} - {None}
    assert set(kept()) == NAMES - ({"o/quiet"} if reason == "vanished" else set())
    assert done.coverage.listed == 5
    assert done.coverage.complete == (error is None)
    assert kept().get("o/quiet", (0, None))[1] is None, "no card is better than half a card"


@pytest.mark.parametrize(("what", "item", "error"), ITEMS, ids=[row[0] for row in ITEMS])
def test_one_item_costs_no_other_repo(hostile, kept, what, item, error):
    done = hostile("/api/models[?](?!.*cursor)", bad.item(item))
    assert done.errors == [error] * (error is not None), what
    assert len(NAMES & set(kept())) >= 4
    assert done.coverage.complete == (error is None)


@pytest.mark.parametrize(("does", "change", "errors", "read"), LISTS, ids=[row[0] for row in LISTS])
def test_a_broken_page_is_told_and_costs_no_other_page(hostile, does, change, errors, read):
    fault = lambda asked, answer: change(asked, answer)  # noqa: E731
    done = hostile("cursor=", _once(fault), cards="none")
    if errors is not None:
        assert done.errors == errors, f"the hub {does}"
        assert done.coverage.complete == (not errors)
    assert done.coverage.read == read


def _once(change):
    seen = []

    def only_first(asked, answer):
        if not seen or seen[0] == asked.target:
            seen[:] = [asked.target]
            return change(asked, answer)
        return answer

    return only_first


def test_there_are_enough_kinds():
    assert len({row[0] for row in (*CARDS, *ITEMS, *LISTS)}) >= 60


def test_a_list_that_breaks_is_taken_up_where_it_broke(hub, crawl, small):
    server = hub(small(), faults=[Bad("cursor=", bad.status(500))])
    done = crawl(server, page_size=2, cards="none", settings={"tries": 2})
    assert (done.errors, done.coverage.complete, done.coverage.read) == (["server"], False, 2)
    server.faults.clear()
    again = crawl(server, page_size=2, cards="none")
    assert again.resumed
    assert (again.errors, again.coverage.complete, again.coverage.read) == ([], True, 5)
    assert len(again.asked) == 2, "the two pages that were missing"


def test_a_list_that_cannot_be_taken_up_begins_anew(hub, crawl, small):
    server = hub(small(), faults=[Bad("cursor=", bad.status(400))])
    crawl(server, page_size=2, cards="none")
    assert crawl(server, page_size=2, cards="none").resumed
    server.faults.clear()
    anew = crawl(server, page_size=2, cards="none")
    assert not anew.resumed
    assert anew.coverage.complete


def test_a_card_in_the_hubs_own_file_store_is_read_without_the_token(hub, crawl, small, monkeypatch):
    store_of_files = hub([], faults=[Bad("", bad.body(b"# Stored elsewhere", "text/plain"))])
    server = hub(small(), faults=[Bad(r"o/quiet/resolve", bad.redirect(store_of_files.url + "/README.md"))])
    monkeypatch.setattr("hubscan.hubs._huggingface_api.FILE_HOSTS", ("127.0.0.1",))
    done = crawl(server, settings={"token": "hf_secret"})
    assert done.errors == []
    assert [seen.headers.get("authorization") for seen in store_of_files.requests] == [None]


def test_a_repo_the_list_calls_disabled_is_not_asked_for(hub, crawl, small):
    done = crawl(hub([changed(small()[0], disabled=True)]))
    assert done.skips == {("o/plain", "disabled")}
    assert (done.coverage.read, len(done.asked)) == (1, 1)


def test_a_lying_quota_ends_the_run_with_its_reason(hub, crawl, small):
    server = hub(small(), faults=[Bad("/resolve/", bad.status(429, {"RateLimit": '"resolvers";r=0;t=5'}))])
    done = crawl(server)
    assert (done.stopped.reason, done.stopped.exit_code) == ("quota", 4)
    assert not done.coverage.complete
    server.faults.clear()
    after = crawl(server)
    assert after.resumed
    assert after.coverage.complete
    assert after.coverage.cards == 4
