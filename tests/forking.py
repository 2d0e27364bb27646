"""Commands in processes of their own that can be killed in the middle of their work, and not while they start.

Run as a script this is the server: it has imported all of hubscan, and forks a process for each command asked for. That
process is the command line as a person runs it. It tells its steps (a statement or a commit to the database, a file
opened for writing or renamed, a connection), one `.` each, and whoever asked kills it from outside.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from sqlalchemy import NullPool, create_engine, text

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Moment:
    """When to kill: so many seconds after the process has told a step (1 is the first)."""

    step: int
    seconds: float = 0.0


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code (-9 where it was killed), its steps, seconds, and what it said and wrote."""

    code: int
    steps: int
    seconds: float
    said: str = field(repr=False, default="")
    written: bytes = field(repr=False, default=b"")


class Workshop:
    """The server, as a test sees it. It works in `folder`; with `rules` it has read the shipped ones already."""

    def __init__(self, folder: Path, *, rules: bool = False, **env: str) -> None:
        self._out, self._err = folder / "stdout", folder / "stderr"
        kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "HUBSCAN_CACHE") if name in os.environ}
        (folder / "home").mkdir()
        self._process = subprocess.Popen(
            [sys.executable, __file__, *(["rules"] if rules else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
            env={**kept, "HOME": str(folder / "home"), "PYTHONPATH": str(ROOT), **env},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def run(self, *arguments: object, kill: Moment | None = None) -> Ended:
        """Run one command to its end, or until it is killed."""
        asked = {"arguments": [*map(str, arguments)], "out": str(self._out), "err": str(self._err)}
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        number, steps, start = int(self._line()), 0, time.monotonic()
        while (line := self._line()) == ".":
            steps += 1
            if kill and steps == kill.step:
                time.sleep(kill.seconds)
                os.kill(number, signal.SIGKILL)  # the server has not asked for its end yet, so it is still this one
        seconds = time.monotonic() - start
        return Ended(int(line), steps, seconds, self._err.read_text("utf-8"), self._out.read_bytes())

    def _line(self) -> str:
        line = self._process.stdout.readline()
        assert line, "the server ended"
        return line.strip()


def at_rest(url: str) -> None:
    """Wait until a killed process's transaction has ended: PostgreSQL's own goes on for a moment after it."""
    if url.startswith("sqlite"):
        return
    engine = create_engine(url, poolclass=NullPool)
    others = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    until = time.monotonic() + 30
    with engine.connect() as connection:
        while connection.scalar(text(others)):
            connection.rollback()
            assert time.monotonic() < until, "a killed process's session goes on"
            time.sleep(0.005)


def serve() -> None:
    """Fork a process for each line asked for, until there are no more."""
    import importlib
    import pkgutil

    import hubscan

    for module in pkgutil.walk_packages(hubscan.__path__, "hubscan."):
        if "migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in ("psycopg", "typst", "sqlalchemy.dialects.sqlite", "sqlalchemy.dialects.postgresql.psycopg"):
        importlib.import_module(name)
    if sys.argv[1:] == ["rules"]:
        from hubscan.engine.load import load

        load(())
    for line in sys.stdin:
        asked = json.loads(line)
        number = os.fork()
        if not number:
            _command(asked)
        # Waited for only when its pipe has told all: until then its number is not given to another process.
        os.waitid(os.P_PID, number, os.WEXITED | os.WNOWAIT)
        _, status = os.waitpid(number, 0)
        os.write(1, b"%d\n" % os.waitstatus_to_exitcode(status))


def _command(asked: Mapping[str, Any]) -> None:
    from hubscan import cli

    told = os.dup(1)
    os.write(told, b"%d\n" % os.getpid())
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for number, path in ((1, asked["out"]), (2, asked["err"])):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    _tell_steps(told)
    sys.argv = ["hubscan", *asked["arguments"]]
    try:
        cli.main()
    except SystemExit as end:
        sys.stderr.flush()
        os._exit(end.code if isinstance(end.code, int) else bool(end.code))


def _tell_steps(told: int) -> None:
    from sqlalchemy import Engine, event

    def step(*_: object) -> None:
        os.write(told, b".\n")

    def audited(name: str, arguments: tuple[Any, ...]) -> None:
        writes = name == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if writes or name in ("os.rename", "os.chmod", "socket.connect", "sqlite3.connect"):
            step()

    for moment in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(Engine, moment, step)
    sys.addaudithook(audited)


if __name__ == "__main__":
    serve()
