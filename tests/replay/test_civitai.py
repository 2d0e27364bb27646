import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from hubscan.records import StoredRecord

SHA = "AB" * 32


def model(number, **native):
    version = {
        "id": number * 10,
        "publishedAt": f"2026-01-{number:02}",
        "files": [{"hashes": {"SHA256": f"{SHA[:-2]}{number:02}"}}],
    }
    native = {"id": number, "name": f"Model {number}", "nsfwLevel": 1, "modelVersions": [version], **native}
    return StoredRecord("civitai", "model", native)


@pytest.fixture
def server(hub):
    quiet = [model(n, stats={"downloadCount": n}, creator={"username": "ann" if n % 2 else "bob"}) for n in range(1, 8)]
    hidden = [model(8, poi=True), model(9, minor=True), model(10, nsfwLevel=16, tags=["x"])]
    return hub([*quiet, *hidden])


def get(url, data=None):
    try:
        with urlopen(Request(url, data=data), timeout=5) as reply:
            return reply.status, json.loads(reply.read())
    except HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [7, 6, 5, 4, 3, 2, 1, 9]),
        ("nsfw=true", [7, 6, 5, 4, 3, 2, 1, 10]),
        ("sort=Newest&limit=3", [9, 7, 6]),
        ("username=ann", [7, 5, 3, 1]),
        ("ids=2,4", [4, 2]),
        ("nsfw=true&tag=x", [10]),
        ("limit=3&page=2", [4, 3, 2]),
        ("query=model+3", [3]),
    ],
)
def test_what_the_list_shows_and_hides(server, query, found):
    _, body = get(f"{server.url}/api/v1/models?{query}")
    assert [item["id"] for item in body["items"]] == found


def test_a_list_is_paged_by_cursor_to_its_end(server):
    place, found = server.url + "/api/v1/models?limit=3", []
    while place:
        _, body = get(place)
        found += [item["id"] for item in body["items"]]
        place = body["metadata"].get("nextPage")
    assert found == [7, 6, 5, 4, 3, 2, 1, 9]


@pytest.mark.parametrize(
    ("place", "status"),
    [
        ("/api/v1/models/1", 200),
        ("/api/v1/models/9", 200),
        ("/api/v1/models/8", 404),
        ("/api/v1/models/999", 404),
        ("/api/v1/models?limit=100&page=11", 429),
        ("/api/v1/models?query=a&page=1", 400),
        (f"/api/v1/model-versions/by-hash/{SHA[:-2].lower()}03", 200),
        ("/api/v1/model-versions/by-hash/00", 404),
    ],
)
def test_look_ups(server, place, status):
    assert get(server.url + place)[0] == status


def test_many_hashes_at_once(server):
    hashes = json.dumps([f"{SHA[:-2]}03".lower(), "00"]).encode()
    status, body = get(server.url + "/api/v1/model-versions/by-hash/ids", hashes)
    assert (status, body) == (200, [{"modelVersionId": 30, "modelId": 3, "hash": f"{SHA[:-2]}03"}])


def test_a_hostile_dump_is_served_as_it_is(hub):
    server = hub([model(1, stats=None, creator="x", tags=3), model(2, modelVersions=[None, {"files": 7}], stats=[])])
    assert len(get(server.url + "/api/v1/models?sort=Newest&tag=")[1]["items"]) == 2
    assert get(server.url + "/api/v1/models?username=x&tag=t")[1]["items"] == []
    assert get(server.url + "/api/v1/model-versions/by-hash/00")[0] == 404
