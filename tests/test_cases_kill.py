"""`cases decide`, `cases decide-all`, `notices draft` and `checks run` killed at random moments of their work.

What a command said was done is kept, and running it again doubles nothing. The moments are drawn by a seed from all
that the command does after its start. `HUBSCAN_KILLS` is how often each is killed on each kind of database: eight make,
with those of `store/test_upgrade_kill.py`, which does the same to `db upgrade`, more than fifty in all.
"""

import hashlib
import os
import random
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from hubscan import caseflow, cases
from hubscan.casework import EventKind, Notice, Verdict
from hubscan.findings import Severity
from hubscan.records import RepoRef
from hubscan.store import Store
from hubscan.store.tables import checks, decisions, events, notices, queue, requests, snapshots
from tests.forking import Moment, Workshop, at_rest

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("HUBSCAN_KILLS", "8"))
SPARE = 3 * KILLS
LONG_AGO = "2026-01-01T00:00:00Z"
BY = ("--name", "Kim Example", "--email", "kim@desk.example")
WORDS = ("--reviewer", "r-1", "--reason", "so")


@pytest.fixture
def workshop(tmp_path):
    with Workshop(tmp_path) as opened:
        yield opened


@pytest.fixture
def opened(database_url, judged, finding):
    """A database with enough open cases, one on each of `org/r0`, `org/r1`, ..."""
    with Store.open(database_url, lambda: LONG_AGO) as store:
        refs = [RepoRef("huggingface", "model", f"org/r{number}", "a" * 40) for number in range(SPARE)]
        batch = [judged(ref.repo_id, "x", finding(ref, "1")) for ref in refs]
        store.save(store.start_run("dump", "all", {}, (), "0.1.0"), batch)
        cases.open_cases(store, store.findings(), Severity.MEDIUM, LONG_AGO)
    return database_url


def confirm(url):
    with Store.open(url, lambda: LONG_AGO) as store:
        for number in range(1, SPARE + 1):
            cases.decide(store, number, Verdict.CONFIRMED, reviewer="r-1", reason="so", now=LONG_AGO)


def killed(workshop, chance, whole, *arguments):
    """Run a command and kill it at a moment drawn from the whole of such a run; return how it ended."""
    pause = whole.seconds / whole.steps
    return workshop.run(*arguments, kill=Moment(chance.randint(1, whole.steps), chance.uniform(0, 2 * pause)))


def count(connection, table, *where):
    return connection.scalar(select(func.count()).select_from(table).where(*where))


def of(connection, table, number):
    return count(connection, table, table.c.case_number == number)


def assert_sound(store):
    """The queue is what the events come to, and every event that has a row beside it has one."""
    with store.reading() as connection:
        states = dict(connection.execute(select(queue.c.case_number, queue.c.state)).all())
        told = list(cases.list_cases(store))
        assert {case.number: caseflow.state_of(case.events).value for case in told} == states
        for kind, table in ((EventKind.DECIDED, decisions), (EventKind.CHECKED, checks)):
            assert sum(event.kind is kind for case in told for event in case.events) == count(connection, table)
        drafted = select(events.c.id).where(events.c.kind == "noticed", events.c.word == "drafted")
        assert set(connection.scalars(drafted)) == set(connection.scalars(select(notices.c.event_id)))


def test_killed_while_deciding(opened, workshop):
    chance, ends = random.Random("decide"), []

    def decide(number):
        return ("cases", "decide", number, "confirmed", *WORDS, "--database", opened)

    whole = workshop.run(*decide(1))
    for number in range(2, KILLS + 2):
        ends.append(killed(workshop, chance, whole, *decide(number)))
        at_rest(opened)
        with Store.open(opened) as store, store.reading() as connection:
            kept = of(connection, decisions, number)
            assert kept == 1 if "is confirmed" in ends[-1].said else kept <= 1
            assert count(connection, snapshots) == count(connection, decisions), "a decision with what it was made on"
            assert_sound(store)
        assert workshop.run(*decide(number)).code == 0
        with Store.open(opened) as store, store.reading() as connection:
            assert of(connection, decisions, number) == 1, "and once only"
    assert_killed(ends)


def test_killed_while_deciding_alike(opened, workshop):
    chance, ends = random.Random("decide-all"), []

    def decide(verdict):
        return ("cases", "decide-all", verdict, *WORDS, "--yes", "--database", opened)

    whole = workshop.run(*decide("unsure"))
    with Store.open(opened) as store, store.reading() as connection:
        before = count(connection, decisions)
    for turn in range(KILLS // 3):
        asked = decide(("rejected", "confirmed")[turn % 2])
        ends.append(killed(workshop, chance, whole, *asked))
        at_rest(opened)
        with Store.open(opened) as store, store.reading() as connection:
            kept = count(connection, decisions) - before
            assert kept in ((SPARE,) if "Decided" in ends[-1].said else (0, SPARE)), "all of them or none"
            assert_sound(store)
        assert workshop.run(*asked).code == 0
        with Store.open(opened) as store, store.reading() as connection:
            assert count(connection, decisions) == before + SPARE, "and once only"
        before += SPARE
    assert_killed(ends)


def test_killed_while_drafting(opened, workshop, tmp_path):
    confirm(opened)
    chance, ends, days = random.Random("draft"), [], [datetime.now(UTC).date() + timedelta(days=n) for n in (0, 1)]

    def draft(number, day=days[0]):
        fmt = "pdf" if number % 4 == 0 else "html"
        form = ("--template", "hub-policy", "--format", fmt, "--date", day, *BY)
        return ("notices", "draft", number, *form, "--output", tmp_path / f"{number}.{fmt}", "--database", opened)

    wholes = {fmt: workshop.run(*draft(number)) for number, fmt in ((3, "html"), (4, "pdf"))}
    for number in range(5, KILLS + 5):
        asked = draft(number)
        path = asked[asked.index("--output") + 1]
        ends.append(killed(workshop, chance, wholes[path.suffix[1:]], *asked))
        at_rest(opened)
        told = drafts(opened, number)
        assert told or "Written" not in ends[-1].said
        assert_letter(path, told)
        # Whoever comes back a day later to one that was not finished gets one notice all the same.
        assert workshop.run(*draft(number, days[not told])).code == 0
        assert len(drafts(opened, number)) == 1
        assert_letter(path, drafts(opened, number))
    assert_killed(ends)
    left = [path for path in tmp_path.iterdir() if path.name.startswith(".hubscan-")]
    assert {path.stat().st_mode & 0o777 for path in left} <= {0o600}, "what is left of a letter is for nobody else"


def drafts(url, number):
    with Store.open(url) as store:
        assert_sound(store)
        with store.reading() as connection:
            return list(connection.scalars(select(notices.c.sha256).where(notices.c.case_number == number)))


def assert_letter(path, told):
    """A letter is whole or not there, and what the case says was drafted is there."""
    assert path.exists() or not told
    if path.exists():
        letter = path.read_bytes()
        assert letter.rstrip().endswith(b"%%EOF" if path.suffix == ".pdf" else b"</html>")
        assert told in ([], [hashlib.sha256(letter).hexdigest()])


def test_killed_while_checking(opened, workshop, hub, repo):
    served = hub([repo(f"org/r{number}", sha="a" * 40) for number in range(SPARE)])
    chance, ends, numbers = random.Random("check"), [], iter(range(1, SPARE + 1))
    command = ("checks", "run", "--hub", "huggingface", "--endpoint", served.url, "--database", opened)

    def write_about_three():
        some = [number for _, number in zip(range(3), numbers, strict=False)]
        with Store.open(opened, lambda: LONG_AGO) as store:
            for number in some:
                cases.decide(store, number, Verdict.CONFIRMED, reviewer="r-1", reason="so", now=LONG_AGO)
                cases.record_notice(store, Notice(number, "hub-policy", "restricted", "html", LONG_AGO), "0" * 64)
        return some

    write_about_three()
    whole = workshop.run(*command)
    for _ in range(KILLS - 1):
        due = write_about_three()
        ends.append(killed(workshop, chance, whole, *command))
        at_rest(opened)
        with Store.open(opened) as store, store.reading() as connection:
            kept = [of(connection, checks, number) for number in due]
            done = re.search(r"Checked 3: 3 up", ends[-1].said)
            assert kept == [1, 1, 1] if done else max(kept) <= 1
            assert count(connection, requests) >= count(connection, checks), "no check without its request"
            assert_sound(store)
        again = workshop.run(*command)
        assert again.code == 0, again.said
        with Store.open(opened) as store, store.reading() as connection:
            assert [of(connection, checks, number) for number in due] == [1, 1, 1], "nothing is checked twice"
    assert_killed(ends)


def assert_killed(ends):
    """Most of them were killed at work: a kill that comes when all is done tells nothing."""
    assert sum(one.code == -9 for one in ends) >= 0.5 * len(ends), [one.code for one in ends]
