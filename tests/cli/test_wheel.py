"""What a person gets: the wheel alone, outside the checkout."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from .conftest import ROOT, SAMPLE

pytestmark = pytest.mark.slow


def run(*command: object, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {"PATH": os.environ["PATH"], "HOME": str(cwd), **env}
    return subprocess.run(
        list(map(str, command)), cwd=cwd, env=kept, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder of an empty virtual environment into which only the wheel was put.

    The libraries it needs are lent by the environment of this test, through a path file, so nothing but the
    build backend is fetched.
    """
    folder = tmp_path_factory.mktemp("wheel")
    wheel = (sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--no-deps", "-w", str(folder), ".")
    build = subprocess.run(wheel, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    if "No matching distribution found for hatchling" in build.stderr and os.environ.get("CI") != "true":
        pytest.skip("no package index can be reached, so no wheel can be built")
    assert build.returncode == 0, build.stderr
    (wheel,) = folder.glob("*.whl")
    assert run(sys.executable, "-m", "venv", "venv", cwd=folder).returncode == 0
    pip = (folder / "venv" / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "--no-deps")
    done = run(*pip, "--no-index", wheel, cwd=folder)
    assert done.returncode == 0, done.stderr
    (site,) = (folder / "venv").glob("lib/python*/site-packages")
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


def test_the_wheel_alone_scans_a_dump(installed):
    shutil.copy(SAMPLE, installed / "hub.jsonl")
    scan = ("scan", "dump", "hub.jsonl", "--no-store", "--format", "html", "--output", "report.html")
    done = run(installed / "venv" / "bin" / "hubscan", *scan, cwd=installed)
    assert done.returncode == 0, done.stderr
    assert "ncii/undress-tools" in (installed / "report.html").read_text(encoding="utf-8")


def test_the_wheel_carries_rules_templates_and_migrations(installed):
    code = "import hubscan, hubscan.resources as r; print(hubscan.__file__, r.folder('rules'), r.folder('reports'))"
    places = run(installed / "venv" / "bin" / "python", "-c", code, cwd=installed).stdout.split()
    assert len(places) == 3
    assert all(place.startswith(str(installed)) for place in places)
    for command in (("notices", "list"), ("rules", "list"), ("db", "upgrade"), ("scorecard", "--format", "html")):
        done = run(installed / "venv" / "bin" / "hubscan", *command, cwd=installed)
        assert done.returncode == 0, (command, done.stderr)
