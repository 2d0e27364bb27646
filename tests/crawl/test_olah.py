"""Single repos read from olah, a server written by others, by the connector that reads the hub.

olah 0.5.4 (PyPI) is installed into an environment of its own, because it pins what it needs, and kept for the next run.
It serves a bare git repository, knows no lists, and sends the whole file to whoever asks for a part of it.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from hubscan.findings import ScanError, SkippedRepo
from hubscan.http import Client, Fault, MemoryLedger, Settings, UrlClass
from hubscan.records import RepoRef

from .conftest import HUB

HOME = Path(__file__).parent.parent.parent / ".olah"
WANTED = "olah==0.5.4"
WEIGHT = 8 * 1024 * 1024
SETTINGS = """
[basic]
host = "127.0.0.1"
port = {port}
repos-path = "{folder}/repos"
hf-scheme = "http"
hf-netloc = "127.0.0.1:9"
hf-lfs-netloc = "127.0.0.1:9"
mirror-scheme = "http"
mirror-netloc = "127.0.0.1:{port}"
mirror-lfs-netloc = "127.0.0.1:{port}"
mirrors-path = ["{folder}/mirrors"]

[accessibility]
offline = true
"""


def absent(why: str) -> None:
    """Skip, but never under CI."""
    assert os.environ.get("CI") != "true", why
    pytest.skip(why)


@pytest.fixture(scope="module")
def program():
    if not (HOME / "installed").exists():
        shutil.rmtree(HOME, ignore_errors=True)
        pip = [str(HOME / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", WANTED]
        for command in ([sys.executable, "-m", "venv", str(HOME)], pip):
            if subprocess.run(command, capture_output=True, timeout=300, check=False).returncode:
                absent(f"{WANTED} cannot be installed; check that pip reaches its index")
        (HOME / "installed").touch()
    return HOME / "bin" / "olah-cli"


def git(folder, *arguments):
    who = ("-c", "user.name=maker", "-c", "user.email=maker@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def olah(program, tmp_path_factory):
    if not shutil.which("git"):
        absent("git is not installed: apt-get install git")
    folder = tmp_path_factory.mktemp("olah")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        free_port = taken.getsockname()[1]
    made = folder / "mirrors" / "models" / "org" / "repo"
    made.mkdir(parents=True)
    (folder / "repos").mkdir()
    (made / "README.md").write_text("---\nlicense: mit\n---\n# Undress\n\nIt undresses photos.", encoding="utf-8")
    (made / "weights.safetensors").write_bytes(b"\0" * WEIGHT)
    for step in (("init",), ("add", "."), ("commit", "-m", "First")):
        git(made, *step)
    (folder / "olah.toml").write_text(SETTINGS.format(port=free_port, folder=folder), encoding="utf-8")
    command = [str(program), "-c", str(folder / "olah.toml"), "--log-path", str(folder / "logs")]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{free_port}"
        try:
            wait_for(f"{url}/api/models/org/repo/revision/main", process)
            yield url
        finally:
            process.terminate()


def wait_for(url, process):
    for _ in range(120):
        assert process.poll() is None, "olah ended by itself"
        with suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.5)
    raise AssertionError("olah did not come up within a minute")


@pytest.fixture
def client(olah):
    with Client(Settings(endpoint=olah, tries=2), MemoryLedger()) as client:
        yield client


def test_a_repo_and_its_card_are_read(client):
    stored = HUB.fetch(client, RepoRef("huggingface", "model", "org/repo"))
    assert stored.native["id"] == "org/repo"
    assert HUB.has_card(stored)
    assert HUB.card(client, stored).card.startswith("---\nlicense: mit")


def test_a_repo_it_does_not_have_is_a_value(client):
    found = HUB.fetch(client, RepoRef("huggingface", "model", "org/nowhere"))
    assert isinstance(found, SkippedRepo | ScanError)


def test_it_ignores_range_and_no_weight_is_read(client, olah):
    url = f"{olah}/org/repo/resolve/main/weights.safetensors"
    answer = client.get_range(url, 0, 100, UrlClass.HEADER)
    assert isinstance(answer, Fault)
    assert answer.kind == "bad_range"
    assert client.ledger.summary()["header"]["bytes"] == 0


class Served:
    """A server that keeps no count."""

    def __init__(self, url):
        self.url, self.requests = url, []


def test_the_same_crawl_reads_it(crawl, olah):
    done = crawl(Served(olah), repos=("org/repo",))
    assert ("org/repo", "ncii/undress-tools") in done.rules
    assert (done.coverage.read, done.coverage.cards, done.coverage.complete) == (1, 1, True)


def test_a_list_it_does_not_know_is_told(crawl, olah):
    done = crawl(Served(olah), settings={"tries": 2})
    assert done.coverage.read == 0
    assert not done.coverage.complete
    assert done.errors
