"""What several rooms' tests share: databases of both kinds, made records, hubs on loopback, and a clock of its own."""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from hubscan.findings import Confidence, Evidence, Finding, RuleRef, Severity, Span
from hubscan.http import Clock
from hubscan.records import RepoRecord, RepoRef, StoredRecord, TextField
from hubscan.replay import serve

# Compiled once for all tests, each of which has a home of its own.
os.environ.setdefault("HUBSCAN_CACHE", str(Path(__file__).parent.parent / ".pytest_cache" / "hubscan"))
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def postgres_binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).parent
    reason = "no PostgreSQL server on this machine (Debian: apt-get install postgresql)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres_server():
    """The URL of a private server on loopback that lives as long as the tests."""
    binaries, port, password = postgres_binaries(), free_port(), secrets.token_hex()
    home = Path(tempfile.mkdtemp(prefix="hubscan-postgres-"))
    (home / "password").write_text(password, encoding="utf-8")
    become = {}
    if os.geteuid() == 0:  # the server refuses to run as root
        user = pwd.getpwnam("postgres")
        become = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        for path in (home, home / "password"):
            os.chown(path, user.pw_uid, user.pw_gid)

    def run(name: str, *arguments: str) -> str:
        command = [binaries / name, *arguments, "-D", home / "data"]
        # To a file: the server would hold a pipe open.
        with (home / "said").open("w+") as said:
            subprocess.run(command, check=True, cwd=home, timeout=60, stdout=said, stderr=said, **become)
            said.seek(0)
            return said.read()

    settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home} -c fsync=off"
    try:
        # Sorted as a language would, as on most servers, so that what the store must not leave to the server is seen.
        language = ["--locale-provider=icu", "--icu-locale=en"] if "--icu-locale" in run("initdb", "--help") else []
        run("initdb", "-U", "hubscan", "--auth=scram-sha-256", f"--pwfile={home / 'password'}", "-E", "UTF8", *language)
        run("pg_ctl", "-w", "-l", str(home / "log"), "-o", settings, "start")
        try:
            yield f"postgresql+psycopg://hubscan:{password}@127.0.0.1:{port}"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home)


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """The URL of an empty database."""
    url = f"{postgres_server}/postgres"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    admin.dispose()
    return url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'hubscan.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Each kind of database in turn."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def ticking():
    """A clock that moves one second each time it is read."""
    seconds = iter(range(3600))

    def now() -> str:
        minute, second = divmod(next(seconds), 60)
        return f"2026-01-01T00:{minute:02}:{second:02}Z"

    return now


def make_finding(ref: RepoRef, content: str, rule: str = "demo/first", **changes) -> Finding:
    values = {
        "fingerprint": f"{ref}|{rule}|{content}",
        "rule": RuleRef(rule, "v1", changes.pop("status", "stable"), "evasion", "A rule"),
        "ref": ref,
        "url": f"https://hub.example/{ref.repo_id}",
        "severity": Severity.HIGH,
        "confidence": Confidence.MEDIUM,
        "facets": ("name", "tags"),
        "evidence": (Evidence(Span("card", 2, 5), "all[0]", "words/en"), Evidence(Span("tags[1]", 0, 4), "any")),
        "discounted": (Evidence(Span("card", 9, 12), "all[0]", context="forbids"),),
    }
    return Finding(**(values | changes))


def make_judged(name: str, content: str = "text", *found: Finding, hub: str = "huggingface"):
    ref = RepoRef(hub, "model", name, "abc123")
    stored = StoredRecord(hub, "model", {"id": name, "tags": ["a", "b"]}, content, fetched_at="2026-01-01T00:00:00Z")
    texts = (TextField("card", "card", content, "markdown"),)
    return stored, RepoRecord(ref=ref, url=f"https://hub.example/{name}", title=name, texts=texts), found


@pytest.fixture
def finding():
    """Make a finding: `finding(ref, content, rule=..., severity=...)`; equal content gives equal fingerprints."""
    return make_finding


@pytest.fixture
def judged():
    """Make one item of a batch: `judged(name, card, *findings)`."""
    return make_judged


@dataclass
class VirtualClock:
    """Time stands still until somebody sleeps; `slept` is every nap. Chance always draws its upper bound."""

    now: float = 1_000_000.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds

    def monotonic(self):
        return self.now

    def clock(self):
        return Clock(monotonic=self.monotonic, wall=self.monotonic, sleep=self.sleep, random=lambda: 1.0)


@pytest.fixture
def virtual():
    return VirtualClock()


@pytest.fixture
def hub(monkeypatch):
    """Start replay hubs, `hub(records, faults=[...])`, that stop when the test ends."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with ExitStack() as stack:
        yield lambda records=(), **options: stack.enter_context(serve(records, **options))


@pytest.fixture
def repo():
    """Make Hugging Face records: `repo("org/name", card="...", tags=[...])`."""

    def make(repo_id, card=None, kind="model", headers=None, **native):
        return StoredRecord("huggingface", kind, {"id": repo_id, **native}, card, headers)

    return make


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """A real browser that asks for nothing of its own."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        sync_playwright = None
    if not (CHROMIUM and sync_playwright):
        missing = "Chromium" if sync_playwright else "Playwright"
        said = f"{missing} is not installed; no page was looked at in a browser"
        pytest.fail(said) if os.environ.get("CI") == "true" else pytest.skip(said)
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
