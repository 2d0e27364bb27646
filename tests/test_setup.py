"""The scripts a newcomer runs, and what no tracked file may hold."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPTS = ("run-tests", "hubscan-demo", ".ci/run", "tools/pin", "tools/setup.sh")
OTHERS_PLACES = re.compile(
    r"(?<![\w./~])/(?:home|root|work|farm|Users)/\w"  # a path that exists on one machine only
    r"|(?:index-url|registry)\s*[=:]\s*\S*://"  # where one machine gets its packages from
    r"|://[^/\s]*(?:artifactory|nexus|devpi|pypiserver|verdaccio)"
)


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout, so nothing is tracked")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def shell(code: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-eu", "-c", f". tools/setup.sh; {code}"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_parses(script):
    assert subprocess.run(["sh", "-n", ROOT / script], check=False).returncode == 0
    assert script.endswith(".sh") or os.access(ROOT / script, os.X_OK)


def test_tracked_files_name_no_place_of_one_machine():
    found = []
    for path in tracked():
        lines = path.read_bytes().decode(errors="replace").splitlines()
        found += [f"{path.relative_to(ROOT)}:{n}" for n, line in enumerate(lines, 1) if OTHERS_PLACES.search(line)]
    assert [place for place in found if not place.startswith("tests/test_setup.py:")] == []


@pytest.mark.parametrize(
    ("line", "bad"),
    [
        ("open('/home/" + "ada/dump.jsonl')", True),
        ("--extra-index-url=https://pypi.example.invalid/simple", True),
        ("https://artifactory.example.invalid/pypi", True),
        ("see /usr/share/dict/words and ~/work/notes", False),
        ("https://example.invalid/home/page", False),
    ],
)
def test_places_are_told_apart(line, bad):
    assert bool(OTHERS_PLACES.search(line)) == bad


def test_constraints_pin_every_dependency_and_nothing_else():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(name for names in project["optional-dependencies"].values() for name in names),
    ]
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9.-]+==[\w.]+( ; .+)?", line)] == []
    pinned = {line.partition("==")[0] for line in lines}
    names = {re.split(r"[^\w.-]", name)[0].lower().replace("_", "-") for name in wanted} - {"hubscan"}
    assert names - pinned == set(), "run tools/pin"


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "system-packages"
    path.write_text("# a comment\nshell|command -v sh|dash\nteapot|command -v no-such-teapot|teapot kettle\n")
    return path


def test_absent_system_packages_are_found(table):
    assert shell(f"absent_packages {table}").stdout.split() == ["teapot", "kettle"]


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_absent_system_packages_are_named_and_fail_only_under_ci(table, tmp_path, ci, code):
    """Without apt-get on the PATH nothing can be installed, whoever runs this."""
    for tool in ("sh", "id"):
        (tmp_path / tool).symlink_to(shutil.which(tool))
    done = shell(f"ensure_system_packages {table}", PATH=str(tmp_path), CI=ci)
    assert done.returncode == code
    assert "teapot kettle" in done.stderr


def test_a_python_that_is_too_old_or_absent_is_a_plain_message():
    done = shell("find_python", PYTHON="no-such-python")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Python 3.11" in done.stderr
