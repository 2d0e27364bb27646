"""The command line as a person runs it: another process, a home of its own."""

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SAMPLE = ROOT / "examples" / "sample-hub.jsonl"


def native(name: str, **more) -> dict:
    return {"id": f"org/{name}", "tags": ["pytorch"], "cardData": {}, **more}


PLAIN = {"hub": "huggingface", "kind": "model", "native": native("plain"), "card": "# Plain\n\nFor search."}
MARKED = {"hub": "huggingface", "kind": "model", "native": native("undress-lora", tags=["nudify"]), "card": ""}


RULE = """id: mine/{name}
title: A tag
status: stable
category: documentation
severity: info
confidence: {confidence}
since: 2026-01-01
why: To test.
action: None.
match: {{phrase: [pytorch], in: [tag]}}
examples: {{}}
"""


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "HUBSCAN_CACHE") if name in os.environ}
    return {**kept, "HOME": str(home), "PYTHONPATH": str(ROOT), **more}


def run_in(folder: Path, home: Path, *arguments: object, stdout=subprocess.PIPE, **env: str):
    return subprocess.run(
        [sys.executable, "-m", "hubscan.cli", *map(str, arguments)],
        cwd=folder,
        env=environment(home, **env),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def write_dump(path: Path) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in (PLAIN, MARKED)), encoding="utf-8")
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def hubscan(home: Path, tmp_path: Path):
    """Run the command line in an empty folder, and return what came of it."""
    return partial(run_in, tmp_path, home)


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """Two records: one that says nothing, and one that is marked."""
    return write_dump(tmp_path / "hub.jsonl")
