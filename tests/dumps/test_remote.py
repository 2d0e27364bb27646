"""Dumps from `hf://`, over real HTTP to a small hub on loopback.

Each run is a process of its own: the library reads its settings when it is imported.
"""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from hubscan.dumps import write
from hubscan.records import StoredRecord

GOOD = b'{"hub": "huggingface", "kind": "model", "native": {"id": "a/b"}}\n'
FILES = {"one.jsonl": GOOD * 3, "broken.jsonl": GOOD + b"nonsense\n"}
SCRIPT = """
import sys
from hubscan import dumps
from hubscan.errors import InputError
try:
    for result in dumps.read(sys.argv[1:]):
        print(result.where, getattr(result, "kind", ""))
except InputError as error:
    print("InputError", error)
print("telemetry", sys.modules["huggingface_hub.constants"].HF_HUB_DISABLE_TELEMETRY)
"""


class Hub(BaseHTTPRequestHandler):
    """One data set, `org/dump`, as the hub's API and file routes show it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = urlsplit(self.path).path
        name = path.rpartition("/")[2]
        if "/resolve/" in path and name in FILES:
            self.send_file(FILES[name])
        elif path.startswith("/api/datasets/org/dump/tree/"):
            self.send_json([self.entry(file) for file in FILES])
        elif path.startswith("/api/datasets/org/dump"):
            self.send_json({"id": "org/dump", "sha": "0" * 40, "tags": [], "siblings": []})
        else:
            self.send_json({}, 404, {"X-Error-Code": "RepoNotFound"} if "/api/datasets/" in path else {})

    do_HEAD = do_GET  # noqa: N815 - named by http.server

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.send_json([self.entry(file) for file in FILES if file in body])

    def entry(self, file):
        return {"type": "file", "path": file, "size": len(FILES[file]), "oid": "0" * 40}

    def send_file(self, content):
        start, _, end = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
        part = content[int(start) : int(end) + 1 if end else None]
        whole = {"Content-Range": f"bytes {start}-{int(start) + len(part) - 1}/{len(content)}"}
        self.answer(206, part, whole | {"ETag": '"x"', "X-Repo-Commit": "0" * 40})

    def send_json(self, value, status=200, headers=None):
        self.answer(status, json.dumps(value).encode(), {"Content-Type": "application/json"} | (headers or {}))

    def answer(self, status, body, headers):
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def hub():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def run(hub, tmp_path, *addresses):
    settings = {"HF_ENDPOINT": f"http://127.0.0.1:{hub.server_port}", "HF_HOME": str(tmp_path), "NO_PROXY": "127.0.0.1"}
    command = [sys.executable, "-c", SCRIPT, *addresses]
    done = subprocess.run(command, env=os.environ | settings, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_file_on_the_hub(hub, tmp_path):
    address = "hf://datasets/org/dump/broken.jsonl"
    assert run(hub, tmp_path, address) == [f"{address}:1 model", f"{address}:2 not-json", "telemetry True"]


def test_a_file_that_is_not_there(hub, tmp_path):
    first, _ = run(hub, tmp_path, "hf://datasets/org/nowhere/x.jsonl")
    assert first.startswith("InputError hf://datasets/org/nowhere/x.jsonl: ")


def test_the_parquet_files_of_a_data_set_in_order(hub, tmp_path, monkeypatch):
    write(tmp_path / "t.parquet", [StoredRecord("huggingface", "model", {"id": "a/b"})])
    content = (tmp_path / "t.parquet").read_bytes()
    monkeypatch.setitem(FILES, "train-1.parquet", content)
    monkeypatch.setitem(FILES, "train-0.parquet", content)
    places = [f"hf://datasets/org/dump/train-{n}.parquet:1 model" for n in (0, 1)]
    assert run(hub, tmp_path, "hf://datasets/org/dump") == [*places, "telemetry True"]


def test_a_data_set_without_parquet(hub, tmp_path):
    first, _ = run(hub, tmp_path, "hf://datasets/org/dump")
    assert (
        first == "InputError hf://datasets/org/dump: there is no Parquet file in this folder. Name the dump file itself"
    )
