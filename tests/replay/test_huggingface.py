import json
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest
from huggingface_hub import HfApi

from hubscan import headers
from hubscan.errors import HubError, UsageError
from hubscan.records import StoredRecord
from hubscan.replay import Fault, Quota, named_fault, run, serve


@pytest.fixture
def records(repo):
    weight = {"sha256": "ab" * 32, "size": 5000, "pointerSize": 135}
    lora = [{"rfilename": "README.md", "size": 7}, {"rfilename": "w.safetensors", "size": 5000, "lfs": weight}]
    return [
        repo("ann/old", "# Old", tags=["a", "b"], downloads=5, lastModified="2026-01-01T00:00:00.000Z", sha="1" * 40),
        repo("ann/new", None, tags=["a"], downloads=9, lastModified="2026-03-01T00:00:00.000Z", author="ann"),
        repo("bob/mid", "# Mid", tags=["b"], downloads=7, lastModified="2026-02-01T00:00:00.000Z", siblings=lora),
        repo("bob/closed", "# Gated", gated="manual", downloads=3),
        repo("bob/off", "# Off", disabled=True, downloads=2),
        repo("bob/own", "# Private", private=True, downloads=1),
        repo("ann/set", "# Set", kind="dataset"),
    ]


def get(url, headers=None, method="GET", data=None):
    """Status, headers and body, by a client that is not ours."""
    try:
        with urlopen(Request(url, headers=headers or {}, method=method, data=data), timeout=5) as reply:
            return reply.status, reply.headers, reply.read()
    except HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def ids(url):
    return [item["id"] for item in json.loads(get(url)[2])]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("sort=downloads", ["ann/new", "bob/mid", "ann/old", "bob/closed", "bob/off"]),
        ("sort=lastModified", ["ann/new", "bob/mid", "ann/old", "bob/off", "bob/closed"]),
        ("sort=downloads&limit=2", ["ann/new", "bob/mid"]),
        ("sort=downloads&author=ann", ["ann/new", "ann/old"]),
        ("sort=downloads&search=OLD", ["ann/old"]),
        ("sort=downloads&filter=a&filter=b", ["ann/old"]),
        ("sort=downloads&filter=a,b", ["ann/old"]),
        ("search=nothing", []),
    ],
)
def test_what_a_list_holds_and_in_which_order(hub, records, query, found):
    assert ids(f"{hub(records).url}/api/models?{query}") == found


def test_other_kinds_have_lists_of_their_own(hub, records):
    server = hub(records)
    assert ids(server.url + "/api/datasets") == ["ann/set"]
    assert ids(server.url + "/api/spaces") == []
    assert get(server.url + "/datasets/ann/set/resolve/main/README.md")[2] == b"# Set"


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("", {"id", "tags", "downloads"}),
        ("&full=true", {"id", "tags", "downloads", "lastModified", "siblings"}),
        ("&expand=siblings&expand=lastModified", {"id", "siblings", "lastModified"}),
    ],
)
def test_an_item_has_the_fields_asked_for(hub, records, query, fields):
    item = json.loads(get(f"{hub(records).url}/api/models?search=mid{query}")[2])[0]
    assert set(item) == fields
    assert "lfs" not in json.dumps(item), "a list never has hashes"


def test_the_library_reads_what_is_served(hub, records):
    server = hub(records)
    api = HfApi(endpoint=server.url, token=False)
    listed = [model.id for model in api.list_models(sort="downloads", limit=3)]
    assert listed == ["ann/new", "bob/mid", "ann/old"]
    info = api.model_info("bob/mid", files_metadata=True)
    assert info.siblings[1].lfs.sha256 == "ab" * 32
    assert len(info.sha) == 40


def test_a_list_that_moves_while_it_is_read(hub, records, repo):
    server = hub(records)
    _, headers, _ = get(server.url + "/api/models?sort=lastModified&limit=2")
    server.catalog.put([repo("bob/off", lastModified="2026-04-01T00:00:00.000Z")])
    onward = headers["Link"].partition(">")[0].strip("<")
    assert ids(onward) == ["ann/old", "bob/closed"], "what moved to the front is not seen behind the cursor"


@pytest.mark.parametrize(
    ("place", "status", "code"),
    [
        ("/api/models/ann/none", 401, "RepoNotFound"),
        ("/api/models/bob/own", 401, "RepoNotFound"),
        ("/api/models/bob/off", 403, None),
        ("/api/models/bob/closed", 200, None),
        ("/bob/closed/resolve/main/README.md", 401, "GatedRepo"),
        ("/ann/new/resolve/main/README.md", 404, "EntryNotFound"),
        ("/ann/old/resolve/" + "9" * 40 + "/README.md", 404, "RevisionNotFound"),
        ("/ann/old/resolve/" + "1" * 40 + "/README.md", 200, None),
        ("/api/models/ann/old/revision/main", 200, None),
        ("/api/models?sort=beauty", 400, None),
        ("/api/models?cursor=%21", 400, None),
        ("/nothing/here/at/all", 404, None),
    ],
)
def test_how_the_hub_says_no(hub, records, place, status, code):
    found, headers, _ = get(hub(records).url + place)
    assert (found, headers["X-Error-Code"]) == (status, code)


@pytest.mark.parametrize(
    ("range_", "status", "place", "length"),
    [
        ("bytes=0-99", 206, "bytes 0-99/5000", 100),
        ("bytes=4990-9999", 206, "bytes 4990-4999/5000", 10),
        ("bytes=5000-5001", 416, "bytes */5000", 0),
        ("bytes=-5", 200, None, 5000),
    ],
)
def test_ranges(hub, records, range_, status, place, length):
    found, headers, body = get(hub(records).url + "/bob/mid/resolve/main/w.safetensors", {"Range": range_})
    assert (found, headers["Content-Range"], len(body)) == (status, place, length)


def test_renamed_discussed_unchanged(hub, records):
    server = hub(records)
    server.catalog.renamed["ann/before"] = "ann/old"
    server.catalog.discussions["ann/old"] = [{"num": 1, "title": "Report", "createdAt": "2026-01-02T00:00:00.000Z"}]
    assert json.loads(get(server.url + "/api/models/ann/before")[2])["id"] == "ann/old"
    assert json.loads(get(server.url + "/api/models/ann/old/discussions")[2])["count"] == 1
    etag = get(server.url + "/api/models/ann/old")[1]["ETag"]
    assert get(server.url + "/api/models/ann/old", {"If-None-Match": etag})[0] == 304


def test_the_quota_is_told_and_kept(hub, records, virtual):
    server = hub(records, quota=Quota({"api": 2, "resolvers": 1, "pages": 1}, 60, virtual.monotonic))
    replies = [get(server.url + "/api/models/ann/old") for _ in range(3)]
    assert [reply[0] for reply in replies] == [200, 200, 429]
    assert replies[0][1]["RateLimit"] == '"api";r=1;t=20'
    assert replies[2][1]["RateLimit-Policy"] == '"fixed window";"api";q=2;w=60'
    assert get(server.url + "/ann/old/resolve/main/README.md")[0] == 200, "another bucket"
    virtual.sleep(20)
    assert get(server.url + "/api/models/ann/old")[0] == 200


def test_a_big_hub_is_listed_quickly_and_whole(hub, repo):
    server = hub([repo(f"o/r{n}", lastModified=f"2026-01-01T{n % 24:02}:00:00.000Z") for n in range(3000)])
    place, found = server.url + "/api/models?limit=100&sort=lastModified", []
    while place:
        _, headers, body = get(place)
        found += [item["id"] for item in json.loads(body)]
        place = (headers["Link"] or "").partition(">")[0].strip("<")
    assert (len(found), len(set(found)), len(server.requests)) == (3000, 3000, 30)


HEADERS = {"a.safetensors": {"ss_output_name": "quiet"}, "B.GGUF": {"general.name": "quiet \u00e9", "x": ""}}


@pytest.mark.parametrize("name", [*HEADERS, "unknown.safetensors", "unknown.gguf"])
def test_files_begin_with_the_header_the_dump_holds(hub, repo, name):
    siblings = [{"rfilename": name, "size": 5000}]
    url = hub([repo("o/r", siblings=siblings, headers=HEADERS)]).url + f"/o/r/resolve/main/{name}"
    whole = get(url)[2]
    assert len(whole) == 5000
    header = headers.read(name, lambda offset, size: whole[offset : offset + size])
    expected = {key: text for key, text in HEADERS.get(name, {}).items() if key != "x"}
    assert (header.values, header.error) == (expected, None)


RANGED = [
    ("unranged", 200, None, 5000),
    ("range:bytes 1-8/9", 206, "bytes 1-8/9", 8),
    ("encoding:gzip", 206, "bytes 0-7/5000", 8),
    ("multipart", 206, "bytes 0-7/5000", None),
    ("cut:0.5", 206, "bytes 0-7/5000", None),
]


@pytest.mark.parametrize(("fault", "status", "place", "length"), RANGED)
def test_faults_of_ranges(hub, records, fault, status, place, length):
    server = hub(records, faults=[named_fault(f"resolve={fault}")])
    request = Request(server.url + "/bob/mid/resolve/main/w.safetensors", headers={"Range": "bytes=0-7"})
    with urlopen(request, timeout=5) as reply:
        assert (reply.status, reply.headers.get("Content-Range")) == (status, place)
        assert reply.headers.get("Content-Encoding") == ("gzip" if "gzip" in fault else None)
        body = reply.read(5000) if fault != "cut:0.5" else reply.read1(100)
    assert len(body) == length or (fault == "cut:0.5" and len(body) == 4) or body.startswith(b"--b\r\n")


def test_faults_by_name(hub, records):
    server = hub(records, faults=[named_fault("ann/old$=status:503"), named_fault("mid=gated")])
    assert get(server.url + "/api/models/ann/old")[0] == 503
    assert get(server.url + "/api/models/bob/mid")[1]["X-Error-Code"] == "GatedRepo"
    assert get(server.url + "/api/models/ann/new")[0] == 200


@pytest.mark.parametrize("written", ["", "x=nothing", "(=status:500", "x=status:no"])
def test_a_fault_that_is_none(written):
    with pytest.raises(UsageError):
        named_fault(written)


def test_a_fault_for_a_while(hub, records):
    server = hub(records, faults=[Fault("old", named_fault("x=status:500").change, times=1)])
    assert [get(server.url + "/api/models/ann/old")[0] for _ in range(2)] == [500, 200]


def test_a_hostile_dump_is_served_as_it_is(hub, repo):
    odd = [repo("o/a", tags=7, siblings="x", downloads="many", lastModified=3), repo("o/b", card="\ud800", tags=["t"])]
    server = hub([*odd, StoredRecord("huggingface", "model", ["no object"]), StoredRecord("huggingface", "model", {})])
    assert ids(server.url + "/api/models?sort=downloads&full=true") == ["o/b", "o/a"]
    assert ids(server.url + "/api/models?filter=t&sort=lastModified") == ["o/b"]
    assert get(server.url + "/o/a/resolve/main/w")[0] == 404
    assert get(server.url + "/o/b/resolve/main/README.md")[0] == 200


def test_a_hub_that_runs_for_a_while_and_stops(repo):
    seen = []
    run([repo("o/a")], "127.0.0.1", 0, 0.2, started=lambda url: seen.append((url, get(url + "/api/models/o/a")[0])))
    assert seen[0][1] == 200
    with pytest.raises(URLError):
        get(seen[0][0])


def test_only_this_machine_is_served():
    with pytest.raises(UsageError), serve([], host="0.0.0.0"):
        pass
    with serve([]) as taken, pytest.raises(HubError), serve([], port=int(taken.url.rpartition(":")[2])):
        pass
