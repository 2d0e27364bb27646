"""The README is true: its commands run, in the order in which a reader meets them."""

import gzip
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT, SAMPLE, environment, run_in

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


def commands() -> list[str]:
    lines = [line for language, block in BLOCKS if language == "sh" for line in block.splitlines()]
    plain = [line.partition("  #")[0].strip() for line in lines]
    return [part for line in plain if line.startswith("hubscan") for part in line.split(" && ")]


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """A folder with the files that the README names."""
    folder = tmp_path_factory.mktemp("reader")
    (folder / "home").mkdir()
    shutil.copytree(ROOT / "examples", folder / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(SAMPLE, folder / "hub.jsonl")
    (folder / "hub.jsonl.gz").write_bytes(gzip.compress(SAMPLE.read_bytes()))
    (folder / "weights").mkdir()
    (folder / "weights" / "quiet.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    saved = run_in(folder, folder / "home", "scan", "dump", "hub.jsonl", "--no-store", "--save-dump", "hub.parquet")
    assert saved.returncode == 0, saved.stderr
    return folder


def test_there_are_commands():
    assert len(commands()) > 15


def test_commands_run_in_their_order(reader):
    assert {command: wrong for command in commands() if (wrong := what_is_wrong(reader, command))} == {}


def what_is_wrong(reader, command):
    """What a command of the README did not do: the later ones go by what the earlier ones left."""
    command, _, target = command.partition(" > ")
    done = run_in(reader, reader / "home", *shlex.split(command)[1:])
    if done.returncode != (15 if "--fail-on" in command else 0):
        return done.stderr
    is_silent = "--output" in command or "rules lint" in command or "rules test" in command
    return None if done.stdout or (not target and (is_silent or done.stderr)) else "it printed nothing"


def test_the_python_example_runs(reader):
    (code,) = (block for language, block in BLOCKS if language == "python")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=reader, env=environment(reader / "home"), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert b"ncii/undress-tools civitai:model:3204410" in done.stdout


def test_links_lead_somewhere():
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", TEXT)
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_exit_codes_are_those_of_the_program():
    from hubscan import errors
    from hubscan.cli import _scanning

    rows = dict(re.findall(r"^\| (\d) \| (\w+)", TEXT, re.MULTILINE))
    assert rows.keys() == {"0", "1", "2", "3", "4"}
    said = (errors.HubscanError, errors.UsageError, errors.NothingCollectedError)
    assert [kind.exit_code for kind in said] + [_scanning.INCOMPLETE] == [1, 2, 3, 4]


def test_paths_named_in_scripts_exist():
    assert all((ROOT / Path(name)).exists() for name in ("hubscan-demo", "run-tests", "benchmarks/throughput.py"))
