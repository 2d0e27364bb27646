"""A hub that sends what no hub should, reply by reply, and the one value that comes of each."""

import gzip
import json
import tracemalloc

import pytest

from hubscan.http import Client, Fault, MemoryLedger, Page, Settings, UrlClass
from hubscan.replay import Fault as Bad
from hubscan.replay import faults as bad

INFO, LIST, CARD, FILE = "/api/models/o/r", "/api/models?limit=2", "/o/r/resolve/main/README.md", "/o/r/resolve/main/w"
CAP = 64 * 1024
WEIGHT = 60 * bad.MIB
BOMB = gzip.compress(b"[" + b"0," * 8_000_000 + b"0]", 9)
DEEP = b"[" * 200_000 + b"]" * 200_000
GZIP = {"Content-Encoding": "gzip"}


def part(place, code=206, **extra):
    def change(*_):
        return bad.Answer(code, {"Content-Range": place, **extra}, b"x" * 100)

    return change


REPLIES = [
    # (what the hub does, where, how it looks, the fault in one word, or None for a value)
    ("says the repo is unknown", INFO, bad.status(404), "not_found"),
    ("hides a repo behind 401", INFO, bad.status(401, error_code="RepoNotFound"), "not_found"),
    ("knows no such revision", CARD, bad.status(404, error_code="RevisionNotFound"), "not_found"),
    ("has no README", CARD, bad.status(404, error_code="EntryNotFound"), "not_found"),
    ("says the repo is gone", INFO, bad.status(410), "gone"),
    ("gates a repo", CARD, bad.status(401, error_code="GatedRepo"), "gated"),
    ("gates a repo for this user", CARD, bad.status(403, error_code="GatedRepo"), "gated"),
    ("has disabled a repo", INFO, bad.status(403, message="Access to this resource is disabled."), "disabled"),
    ("wants a token", INFO, bad.status(401), "unauthorized"),
    ("forbids", INFO, bad.status(403), "forbidden"),
    ("blocks the region", INFO, bad.status(451), "blocked"),
    ("rejects the question", LIST, bad.status(400), "rejected"),
    ("is a teapot", INFO, bad.status(418), "rejected"),
    ("fails", INFO, bad.status(500), "server"),
    ("is overloaded", INFO, bad.status(503, {"Retry-After": "1"}), "server"),
    ("stands behind a broken proxy", INFO, bad.status(502), "server"),
    ("sends a status of its own", INFO, bad.status(599), "server"),
    ("times out upstream", INFO, bad.status(408), "timeout"),
    ("has nothing to say", INFO, bad.status(204), "bad_body"),
    ("says unchanged, unasked", INFO, bad.status(304), "bad_body"),
    ("answers in HTML", INFO, bad.body(b"<html>Sign in</html>", "text/html"), "bad_body"),
    ("answers nothing", INFO, bad.body(b""), "bad_body"),
    ("answers half a JSON", INFO, bad.body(b'{"id": "o/r", "tags": ['), "bad_body"),
    ("nests without end", INFO, bad.body(DEEP[: CAP // 2]), "bad_body"),
    ("writes NaN", INFO, bad.body(b'{"downloads": NaN}'), "bad_body"),
    ("writes a number past every float", INFO, bad.body(b'{"downloads": 1e999}'), "bad_body"),
    ("writes a number of 9,000 digits", INFO, bad.body(b'{"downloads": ' + b"9" * 9000 + b"}"), "bad_body"),
    ("breaks UTF-8", INFO, bad.body(b'{"id": "\xff\xfe"}'), None),
    ("writes half a surrogate pair", INFO, bad.body(b'{"id": "\\ud800"}'), None),
    ("writes a line break in a string", INFO, bad.body(b'{"id": "a\nb"}'), None),
    ("begins with a byte order mark", INFO, bad.body(b'\xef\xbb\xbf{"id": 1}'), None),
    ("answers with a picture", CARD, bad.headers({"Content-Type": "image/png"}), "wrong_type"),
    ("answers with a film", CARD, bad.headers({"Content-Type": "video/mp4"}), "wrong_type"),
    ("answers with a weight file", CARD, bad.headers({"Content-Type": "application/octet-stream"}), "wrong_type"),
    ("announces 60 MiB", CARD, bad.flood(WEIGHT, stated=str(WEIGHT)), "too_large"),
    ("sends 60 MiB unannounced", CARD, bad.flood(WEIGHT), "too_large"),
    ("sends 60 MiB behind a 404", CARD, bad.flood(WEIGHT, code=404), "not_found"),
    ("sends 60 MiB behind a redirect", CARD, bad.flood(WEIGHT, code=302), "refused"),
    ("packs a bomb", INFO, lambda *_: bad.Answer(200, GZIP, BOMB), "too_large"),
    ("sends gzip that is none", INFO, lambda *_: bad.Answer(200, GZIP, b"not gzip"), "bad_body"),
    ("ends a gzip early", INFO, lambda *_: bad.Answer(200, GZIP, gzip.compress(b"{}" * 99)[:20]), "cut"),
    ("packs two bodies", INFO, lambda *_: bad.Answer(200, GZIP, gzip.compress(b"{}") * 2), "bad_body"),
    ("packs in a way not asked for", INFO, bad.headers({"Content-Encoding": "br"}), "bad_body"),
    ("packs twice", INFO, bad.headers({"Content-Encoding": "gzip, gzip"}), "bad_body"),
    ("cuts the body", INFO, bad.cut(0.5), "cut"),
    ("cuts a chunked body", INFO, bad.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"), "cut"),
    ("miscounts its chunks", INFO, bad.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), "cut"),
    ("drips", INFO, bad.drip(0.2), "timeout"),
    ("is silent", INFO, bad.slow(5), "timeout"),
    ("hangs up", INFO, bad.raw(b""), "unreachable"),
    ("speaks no HTTP", INFO, bad.raw(b"220 smtp ready\r\n"), "unreachable"),
    ("sends 200 headers", INFO, bad.raw(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n"), "unreachable"),
    ("sends a header of 100 KiB", INFO, bad.raw(b"HTTP/1.1 200 OK\r\nA: " + b"b" * 102_400), "unreachable"),
    (
        "states two lengths",
        INFO,
        bad.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx"),
        "bad_body",
    ),
    ("redirects to another host", INFO, bad.redirect("http://localhost:9/x"), "refused"),
    ("redirects to another port", INFO, bad.redirect("http://127.0.0.1:9/x"), "refused"),
    ("redirects to the inside of a cloud", INFO, bad.redirect("http://169.254.169.254/latest/"), "refused"),
    ("redirects to a file", INFO, bad.redirect("file:///etc/passwd"), "refused"),
    ("redirects to credentials", INFO, bad.redirect("http://a:b@127.0.0.1/"), "refused"),
    ("redirects to nonsense", INFO, bad.redirect("http://[::1"), "refused"),
    ("redirects to itself", INFO, bad.redirect(INFO), "refused"),
    ("redirects without a place", INFO, bad.status(302), "refused"),
    ("ignores Range", FILE, lambda *_: bad.Answer(200, {}, b"x" * 100), "bad_range"),
    ("says 200 to a part", FILE, part("bytes 0-99/9999", code=200), "bad_range"),
    ("sends a part without saying which", FILE, lambda *_: bad.Answer(206, {}, b"x" * 100), "bad_range"),
    ("sends another part", FILE, part("bytes 1-100/9999"), "bad_range"),
    ("sends more than was asked for", FILE, part("bytes 0-9998/9999"), "bad_range"),
    ("sends less, not at the end", FILE, part("bytes 0-49/9999"), "bad_range"),
    ("sends a part that ends before it starts", FILE, part("bytes 0--1/9999"), "bad_range"),
    ("sends parts", FILE, part("bytes 0-99/9999", **{"Content-Type": "multipart/byteranges"}), "wrong_type"),
    ("sends a picture's part", FILE, part("bytes 0-99/9999", **{"Content-Type": "image/png"}), "wrong_type"),
    ("packs a part", FILE, part("bytes 0-99/9999", **GZIP), "bad_range"),
    ("has no such part", FILE, bad.status(416), "rejected"),
    ("sends a part as a whole", CARD, part("bytes 0-99/9999"), "bad_body"),
]


@pytest.fixture
def ask(hub, repo, virtual):
    """Ask a hub that misbehaves: the outcome, the server, the ledger."""

    def ask(place, change, **options):
        records = [repo("o/r", "# A card", siblings=[{"rfilename": "w", "size": WEIGHT}])]
        server, ledger = hub(records, faults=[Bad("", change)]), MemoryLedger()
        settings = Settings(endpoint=server.url, deadline=0.4, tries=2, body_cap=CAP, **options)
        with Client(settings, ledger, clock=virtual.clock()) as client:
            if place == FILE:
                outcome = client.get_range(server.url + place, 0, 100, UrlClass.HEADER)
            elif place == CARD:
                outcome = client.get_text(server.url + place, UrlClass.CARD)
            else:
                outcome = client.get_json(server.url + place, UrlClass.INFO)
        return outcome, server, ledger

    return ask


@pytest.mark.parametrize(("does", "place", "change", "kind"), REPLIES, ids=[reply[0] for reply in REPLIES])
def test_every_reply_has_its_value(ask, does, place, change, kind):
    outcome, server, ledger = ask(place, change)
    assert (outcome.kind if isinstance(outcome, Fault) else None) == kind, f"the hub {does}: {outcome}"
    received = sum(sums["bytes"] for sums in ledger.summary().values())
    assert received <= 2 * (CAP + 64 * 1024), "two tries, each a cap and the piece that burst it"
    assert sum(sums["requests"] for sums in ledger.summary().values()) == len(server.requests)


def test_there_are_enough_kinds():
    assert len({reply[0] for reply in REPLIES}) >= 40


@pytest.mark.parametrize(
    "change", [bad.flood(WEIGHT, stated=str(WEIGHT)), bad.flood(WEIGHT), bad.flood(WEIGHT, code=302)]
)
@pytest.mark.parametrize("place", [CARD, FILE])
def test_of_60_mib_only_what_the_sockets_hold_leaves_the_server(ask, place, change):
    _, server, _ = ask(place, change)
    assert sum(seen.sent for seen in server.requests) < 12 * bad.MIB


@pytest.mark.parametrize(
    ("place", "change"),
    [
        (CARD, bad.flood(WEIGHT, stated=str(WEIGHT))),
        (CARD, bad.headers({"Content-Type": "image/png"})),
        (FILE, bad.flood(WEIGHT)),
        (FILE, part("bytes 1-100/9999")),
    ],
)
def test_what_the_head_gives_away_is_left_unread(ask, place, change):
    _, _, ledger = ask(place, change)
    assert [sums["bytes"] for sums in ledger.summary().values()] == [0]


def test_a_bomb_is_not_unpacked_past_the_cap(ask):
    tracemalloc.start()
    outcome, _, _ = ask(INFO, lambda *_: bad.Answer(200, GZIP, BOMB))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert outcome.kind == "too_large"
    assert peak < 4 * bad.MIB, "of 16 MB behind 16 KB"


def test_a_circle_of_redirects_is_left_at_once(ask):
    _, server, _ = ask(INFO, bad.redirect(INFO))
    assert len(server.requests) == 1


def test_a_part_of_a_file_is_read_and_no_more(hub, repo, virtual):
    header = {"ss_output_name": "quiet"}
    files = [{"rfilename": "w.safetensors", "size": WEIGHT}]
    server = hub([repo("o/r", headers={"w.safetensors": header}, siblings=files)])
    ledger = MemoryLedger()
    with Client(Settings(endpoint=server.url), ledger, clock=virtual.clock()) as client:
        url = f"{server.url}/o/r/resolve/main/w.safetensors"
        length = int.from_bytes(client.get_range(url, 0, 8, UrlClass.HEADER).value, "little")
        text = client.get_range(url, 8, length, UrlClass.HEADER).value
        end = client.get_range(url, WEIGHT - 10, 50, UrlClass.HEADER).value
    assert json.loads(text) == {"__metadata__": header}
    assert end == b"\0" * 10, "shorter only where the file ends"
    assert ledger.summary() == {"header": {"requests": 3, "bytes": 8 + length + 10, "failed": 0}}
    assert sum(seen.sent for seen in server.requests) == 8 + length + 10


NEXT = "/api/models?limit=2&sort=downloads"
LISTS = [
    # (what the hub does to its list of four pages, how, the ids that arrive, the faults in order)
    ("is honest", [], "abcdefgh", []),
    ("sends one item a page that is no object", [Bad("", bad.item(b"null", 1))], "aceg", []),
    ("sends one item a page that is no JSON", [Bad("", bad.item(b"{'x'}", 1))], "aceg", ["bad_body"] * 4),
    ("nests one item a page without end", [Bad("", bad.item(DEEP[150_000:250_000], 1))], "aceg", ["bad_body"] * 4),
    ("sends one page that is no JSON", [Bad("", bad.body(b"<html>"), 1)], "cdefgh", ["bad_body"]),
    ("sends one page over the cap", [Bad("", bad.body(b" " * (2 * CAP + 1)), 1)], "cdefgh", ["too_large"]),
    ("sends one page that is a number", [Bad("", bad.body(b"7"), 1)], "cdefgh", ["bad_body"]),
    ("sends one picture", [Bad("", bad.headers({"Content-Type": "image/gif"}), 1)], "cdefgh", ["wrong_type"]),
    ("fails once", [Bad("", bad.status(500), 1)], "abcdefgh", []),
    ("cuts one page", [Bad("", bad.cut(), 1)], "abcdefgh", []),
    ("fails for good", [Bad("", bad.status(500))], "", ["server"]),
    ("links a page to itself", [Bad("", bad.link("{here}"))], "ab", ["refused"]),
    ("links pages in a circle", [Bad("cursor", bad.link(NEXT))], "abcd", ["refused"]),
    ("sends one page under ever new cursors", [Bad("", bad.link(NEXT + "&x={n}"))], "ab" * 4, ["refused"]),
    ("links another host", [Bad("", bad.link("http://localhost:9/api/models"))], "ab", ["refused"]),
    ("links another port", [Bad("", bad.link("http://127.0.0.1:9/"))], "ab", ["refused"]),
    ("links nonsense", [Bad("", bad.link("http://[::1"))], "ab", ["refused"]),
    ("links a script", [Bad("", bad.link("javascript:alert(1)"))], "ab", ["refused"]),
    ("links nowhere", [Bad("", bad.headers({"Link": "next, please"}))], "ab", []),
    ("sends empty pages for ever", [Bad("", bad.body(b"[]")), Bad("", bad.link(NEXT + "&x={n}"))], "", ["refused"]),
]


@pytest.mark.parametrize(("does", "spoilt", "ids", "kinds"), LISTS, ids=[row[0] for row in LISTS])
def test_a_list_loses_nothing_and_ends(hub, repo, virtual, does, spoilt, ids, kinds):
    records = [repo(letter, downloads=100 - number) for number, letter in enumerate("abcdefgh")]
    server = hub(records, faults=[Bad(f.pattern, f.change, f.times) for f in spoilt])
    settings = Settings(endpoint=server.url, tries=2, body_cap=2 * CAP)
    found, broken = [], []
    with Client(settings, MemoryLedger(), clock=virtual.clock()) as client:
        for page in client.pages(server.url + NEXT, UrlClass.LISTING):
            if isinstance(page, Page):
                found += [item["id"] for item in page.value if item]
                broken += [fault.kind for fault in page.faults]
            else:
                broken.append(page.kind)
    assert ("".join(found), broken) == (ids, kinds), does
