import gzip
import json
import socket
import threading
from hashlib import sha256

import pytest

from hubscan import __version__
from hubscan.errors import StoppedError, UsageError
from hubscan.http import Budget, Client, Fault, MemoryLedger, Page, Reply, Settings, UrlClass
from hubscan.replay import Fault as Bad
from hubscan.replay import Quota
from hubscan.replay import faults as bad

SECRET = "hf_" + "x" * 20


@pytest.fixture
def client(virtual):
    """Make clients on a clock that only sleeping moves."""

    def make(server, budget=None, **settings):
        settings = Settings(endpoint=server.url, **settings)
        return Client(settings, MemoryLedger(), budget or Budget(), virtual.clock())

    return make


def many(client, server, times):
    for _ in range(times):
        info(client, server)


def info(client, server, repo_id="o/r"):
    return client.get_json(f"{server.url}/api/models/{repo_id}", UrlClass.INFO)


# Who is asked, and with what


def test_the_hub_learns_who_asks_and_nothing_else(hub, repo, client):
    server = hub([repo("o/r")])
    info(client(server, contact="mailto:desk@example.org"), server)
    sent = server.requests[0].headers
    assert sent["user-agent"] == f"hubscan/{__version__} (+mailto:desk@example.org)"
    assert set(sent) == {"host", "user-agent", "accept", "accept-encoding"}


@pytest.mark.parametrize(
    "place", ["http://localhost:{port}/x", "http://127.0.0.1:{port}/x", "http://127.0.0.2:{port}/x"]
)
def test_the_token_goes_to_its_own_origin_only(hub, repo, client, place):
    other = hub([])
    target = place.format(port=other.url.rpartition(":")[2])
    server = hub([repo("o/r"), repo("o/s")], faults=[Bad("/o/s", bad.redirect(target)), Bad("list", bad.link(target))])
    asking = client(server, token=SECRET, tries=1)
    assert isinstance(info(asking, server), Reply)
    assert info(asking, server, "o/s").kind == "refused"
    assert [
        page.kind for page in asking.pages(server.url + "/api/models?list", UrlClass.LISTING) if isinstance(page, Fault)
    ]
    assert info(asking, other).kind == "refused"
    assert [seen.headers["authorization"] for seen in server.requests] == [f"Bearer {SECRET}"] * 3
    assert list(other.requests) == []


def test_a_file_server_that_is_allowed_gets_no_token(hub, repo, client):
    files = hub([repo("o/r", siblings=[{"rfilename": "w", "size": 100}])])
    target = f"http://localhost:{files.url.rpartition(':')[2]}/o/r/resolve/main/w?signature=abc"
    server = hub([], faults=[Bad("", bad.redirect(target))])
    asking = client(server, token=SECRET)
    reply = asking.get_range(server.url + "/o/r/resolve/main/w", 0, 8, UrlClass.HEADER, also_hosts=["localhost"])
    assert (reply.value, reply.moved) == (b"\0" * 8, True)
    assert "authorization" not in files.requests[0].headers


def test_cookies_are_not_kept(hub, repo, client):
    server = hub([repo("o/r")], faults=[Bad("", bad.headers({"Set-Cookie": "track=1; Path=/"}))])
    asking = client(server)
    info(asking, server), info(asking, server)
    assert not [seen for seen in server.requests if "cookie" in seen.headers]


def test_netrc_is_not_read(hub, repo, client, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password mine\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server = hub([repo("o/r")])
    info(client(server), server)
    assert "authorization" not in server.requests[0].headers


def test_a_proxy_of_the_environment_is_used(hub, monkeypatch):
    proxy = hub([])
    monkeypatch.setenv("http_proxy", proxy.url)
    outcome = Client(Settings(endpoint="http://hub.invalid", tries=1), MemoryLedger()).get_json(
        "http://hub.invalid/api/models/o/r", UrlClass.INFO
    )
    assert outcome.kind == "not_found"
    assert proxy.requests[0].headers["host"] == "hub.invalid"


@pytest.mark.parametrize(
    "settings", [{"token": "a\nb"}, {"token": ""}, {"contact": "a b"}, {"endpoint": "hub.example"}]
)
def test_settings_that_cannot_be_sent_are_refused(settings):
    with pytest.raises(UsageError) as error:
        Settings(**{"endpoint": "https://hub.example"} | settings)
    assert "a\nb" not in str(error.value)
    assert SECRET not in repr(Settings(endpoint="https://hub.example", token=SECRET))


# Where it ends up


def test_a_renamed_repo_is_found_and_shows_as_moved(hub, repo, client):
    server = hub([repo("new/name")])
    server.catalog.renamed["old/name"] = "new/name"
    reply = info(client(server), server, "old/name")
    assert (reply.value["id"], reply.moved, reply.url) == ("new/name", True, server.url + "/api/models/new/name")


def test_five_redirects_are_followed_and_six_are_not(hub, repo, client):
    chain = [Bad(f"/hop{n}$", bad.redirect(f"/hop{n + 1}")) for n in range(6)]
    server = hub([repo("o/r")], faults=[*chain, Bad("/hop6$", bad.redirect("/api/models/o/r"))])
    asking = client(server)
    assert asking.get_json(server.url + "/hop2", UrlClass.INFO).value["id"] == "o/r"
    assert asking.get_json(server.url + "/hop0", UrlClass.INFO).kind == "refused"


def test_a_question_is_posted_and_never_redirected(hub, client):
    server = hub([], faults=[Bad("/moved", bad.redirect("/api/x", 307))])
    asking = client(server)
    assert asking.post_json(server.url + "/api/v1/model-versions/by-hash/ids", ["AB"], UrlClass.HASH).value == []
    assert server.requests[0].headers["content-type"] == "application/json"
    assert asking.post_json(server.url + "/moved", [], UrlClass.HASH).kind == "refused"


# Trying again


def test_a_fault_that_passes_is_waited_out_with_a_growing_bound(hub, repo, client, virtual):
    server = hub([repo("o/r")], faults=[Bad("", bad.status(503), times=4)])
    assert isinstance(info(client(server), server), Reply)
    assert virtual.slept == [2.0, 4.0, 8.0, 16.0]


@pytest.mark.parametrize("code", [404, 403, 410, 400, 451])
def test_an_answer_is_not_asked_for_twice(hub, client, code):
    server = hub([], faults=[Bad("", bad.status(code))])
    info(client(server), server)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("asked_for", "waited"), [("7", 7.0), ("86400", 330.0), ("Thu, 01 Jan 2099 00:00:00 GMT", 330.0), ("never", 20.0)]
)
def test_retry_after_is_honoured_up_to_a_cap(hub, repo, client, virtual, asked_for, waited):
    server = hub([repo("o/r")], faults=[Bad("", bad.status(429, {"Retry-After": asked_for}), times=1)])
    assert isinstance(info(client(server), server), Reply)
    assert sum(virtual.slept) == waited


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "60"}, {"RateLimit": '"api";r=400;t=10'}])
def test_a_quota_that_never_clears_ends_the_run(hub, client, virtual, headers):
    server = hub([], faults=[Bad("", bad.status(429, headers))])
    with pytest.raises(StoppedError) as stopped:
        info(client(server), server)
    assert (stopped.value.reason, stopped.value.exit_code, len(server.requests)) == ("quota", 4, 6)
    assert sum(virtual.slept) <= 5 * 330


def test_a_429_behind_a_redirect_is_waited_for_where_it_came_from(hub, repo, client, virtual):
    card = "/o/r/resolve/main/README.md"
    spoilt = [Bad("/api/go", bad.redirect(card)), Bad("README", bad.status(429, {"Retry-After": "9"}), times=1)]
    server = hub([repo("o/r", "# Card")], faults=spoilt)
    asking = client(server)
    assert asking.get_text(server.url + "/api/go", UrlClass.CARD).value == "# Card"
    assert virtual.slept == [9.0]


def test_a_429_that_is_an_answer_is_not_tried_again(hub, client, virtual):
    server = hub([])
    outcome = client(server).get_json(server.url + "/api/v1/models?limit=100&page=11", UrlClass.LISTING, final={429})
    assert (outcome.kind, len(server.requests), virtual.slept) == ("rate_limited", 1, [])


def test_500_in_300_seconds_and_no_429_over_real_sockets(hub, repo, client, virtual):
    server = hub([repo("o/r")], quota=Quota(clock=virtual.monotonic))
    asking, start = client(server), virtual.now
    for _ in range(1200):
        assert isinstance(info(asking, server), Reply)
    assert {seen.status for seen in server.requests} == {200}
    assert virtual.now - start <= 3 * 301


def test_threads_share_one_pace(hub, repo, client, virtual):
    quota = Quota({"api": 40, "resolvers": 40, "pages": 40}, clock=virtual.monotonic)
    server = hub([repo("o/r")], quota=quota)
    asking = client(server)
    threads = [threading.Thread(target=many, args=(asking, server, 25)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [seen.status for seen in server.requests] == [200] * 100


def test_a_quota_shared_with_others_provokes_what_it_must_and_goes_on(hub, repo, client, virtual):
    server = hub([repo("o/r")], quota=Quota({"api": 50, "resolvers": 50, "pages": 50}, clock=virtual.monotonic))
    asking, other = client(server), client(server)
    for number in range(200):
        assert isinstance(info(asking, server), Reply)
        if number % 2:
            info(other, server)
    refused = sum(seen.status == 429 for seen in server.requests)
    assert refused <= 6, "at most one a window and client"


# What a run may spend


def test_a_budget_of_requests(hub, repo, client):
    server = hub([repo("o/r")])
    with pytest.raises(StoppedError) as stopped:
        many(client(server, Budget(requests=3)), server, 10)
    assert (stopped.value.reason, len(server.requests)) == ("requests", 3)


def test_a_budget_of_minutes_is_not_slept_over(hub, client, virtual):
    server, start = hub([], faults=[Bad("", bad.status(503, {"Retry-After": "300"}))]), virtual.now
    with pytest.raises(StoppedError) as stopped:
        info(client(server, Budget(minutes=8)), server)
    assert (stopped.value.reason, virtual.now - start) == ("minutes", 300.0)


def test_a_budget_of_retries_over_all_questions(hub, client):
    server = hub([], faults=[Bad("", bad.status(500))])
    with pytest.raises(StoppedError) as stopped:
        many(client(server, Budget(retries=10)), server, 10)
    assert (stopped.value.reason, len(server.requests)) == ("retries", 13)


# What is written down


def test_the_ledger_says_what_the_server_counted(hub, repo, virtual):
    records = [repo(f"o/r{number}", card="# Text\n" * number) for number in range(1, 31)]
    server, entries = hub(records, faults=[Bad("r7", bad.status(503), times=1)]), []
    ledger = MemoryLedger(entries.append)
    with Client(Settings(endpoint=server.url, token=SECRET), ledger, clock=virtual.clock()) as client:
        pages = list(client.pages(server.url + "/api/models?limit=10&search=r", UrlClass.LISTING))
        for page in pages:
            for item in page.value:
                client.get_text(f"{server.url}/{item['id']}/resolve/main/README.md", UrlClass.CARD)
        client.get_text(f"{server.url}/o/none/resolve/main/README.md", UrlClass.CARD)
    by_class = {"listing": [s for s in server.requests if s.target.startswith("/api/models?")]}
    by_class["card"] = [s for s in server.requests if "/resolve/" in s.target]
    assert ledger.summary() == {
        name: {"requests": len(seen), "bytes": sum(s.sent for s in seen), "failed": sum(s.status != 200 for s in seen)}
        for name, seen in sorted(by_class.items())
    }
    assert len(entries) == len(server.requests)
    cards = {sha256(record.card.encode()).hexdigest() for record in records}
    assert {entry.sha256 for entry in entries if entry.url_class == "card" and entry.outcome == "ok"} == cards
    assert {entry.sha256 for entry in entries if entry.outcome != "ok"} == {None}
    assert SECRET not in repr(entries)
    assert "search" not in repr(entries)


def test_pages_can_be_gone_on_from(hub, repo, client):
    server = hub([repo(f"o/r{number}", downloads=number) for number in range(10)])
    start = server.url + "/api/models?limit=2&sort=downloads"
    first = next(client(server).pages(start, UrlClass.LISTING))
    rest = list(client(server).pages(first.next_url, UrlClass.LISTING))
    assert [item["id"] for page in [first, *rest] for item in page.value] == [f"o/r{n}" for n in range(9, -1, -1)]
    assert all(isinstance(page, Page) for page in rest)
    assert rest[-1].next_url is None


# Sockets


def dripping_head(stop):
    """A server that sends its status line a byte at a time, which restarts an ordinary read timeout each time."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(5)

    def talk():
        connection, _ = listener.accept()
        with connection, listener:
            for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n":
                if stop.wait(0.15):
                    return
                try:
                    connection.sendall(bytes([byte]))
                except OSError:
                    return

    threading.Thread(target=talk, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_the_deadline_holds_for_the_head_too(virtual):
    stop = threading.Event()
    url = dripping_head(stop)
    with Client(Settings(endpoint=url, deadline=0.5, tries=1), MemoryLedger(), clock=virtual.clock()) as client:
        assert client.get_json(url + "/x", UrlClass.INFO).kind == "timeout"
    stop.set()


def test_a_hub_that_is_not_there_is_a_value(virtual):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with Client(Settings(endpoint=url, tries=2), MemoryLedger(), clock=virtual.clock()) as client:
        assert client.get_json(url + "/x?secret=1", UrlClass.INFO) == Fault(
            "unreachable", url + "/x", "the connection could not be made or broke"
        )


def test_a_connection_is_used_again_after_an_error(hub, repo, client):
    server = hub([repo("o/r")])
    asking = client(server)
    for repo_id in ("o/none", "o/r", "o/none", "o/r"):
        info(asking, server, repo_id)
    assert len({seen.peer for seen in server.requests}) == 1


def test_text_is_as_received(hub, repo, client):
    card = "\ufeff---\r\nlanguage: no\r\n---\r\n\x00 \u202e text \U0001f600"
    server = hub([repo("o/r", card=card)])
    assert client(server).get_text(server.url + "/o/r/resolve/main/README.md", UrlClass.CARD).value == card


def test_json_reads_the_same_packed_or_plain(hub, repo, client):
    def packed(_, answer):
        return bad.Answer(200, {**answer.headers, "Content-Encoding": "gzip"}, gzip.compress(answer.body))

    server = hub([repo("o/r", tags=["a"])], faults=[Bad("packed", packed)])
    asking = client(server)
    plain = asking.get_json(server.url + "/api/models/o/r", UrlClass.INFO).value
    assert asking.get_json(server.url + "/api/models/o/r?packed", UrlClass.INFO).value == plain
    assert json.dumps(plain)
