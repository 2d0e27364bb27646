import pytest
from sqlalchemy import select

from hubscan.errors import StoreError
from hubscan.findings import Coverage, Delta, PackRef, SkippedRepo
from hubscan.records import RepoRef
from hubscan.store import Store
from hubscan.store.tables import findings, metadata, records, runs, sightings

PACKS = (PackRef("core", "1", "d1", 3),)
STAMPS = {"last_run", "last_seen"}


@pytest.fixture
def store(database_url, ticking):
    with Store.open(database_url, ticking) as opened:
        yield opened


def start(store, scope="all"):
    return store.start_run("huggingface", scope, {"cards": "all"}, PACKS, "0.1.0")


def ref(name):
    return RepoRef("huggingface", "model", name)


def rows(store, table, leave=frozenset()):
    with store.reading() as connection:
        found = connection.execute(select(table).order_by(*table.primary_key)).mappings()
        return [{name: value for name, value in row.items() if name not in leave} for row in found]


# A story has a run in each line: its scope, how it ended, what it saw (`a/1`: a repo with content that meets
# the rule; `a/-`: read and not met; `a=gated`: skipped), and after the colon what its delta must say.
STORIES = {
    "first run: all new": ["s complete a/1 b/1 : new a/1 b/1"],
    "same again: nothing": ["s complete a/1 : new a/1", "s complete a/1 :"],
    "not seen by a complete run: gone": ["s complete a/1 b/1 : new a/1 b/1", "s complete a/1 : gone b/1"],
    "read again and no longer met: gone": ["s complete a/1 : new a/1", "s complete a/- : gone a/1"],
    "not seen by a partial run: not gone": ["s complete a/1 b/1 : new a/1 b/1", "s partial a/1 :"],
    "gone is said once": ["s complete a/1 : new a/1", "s complete : gone a/1", "s complete :"],
    "back again: new": ["s complete a/1 : new a/1", "s complete : gone a/1", "s complete a/1 : new a/1"],
    "other content, same rule: changed, not gone": ["s complete a/1 : new a/1", "s complete a/2 : changed a/2"],
    "changed in a partial run": ["s complete a/1 : new a/1", "s partial a/2 : changed a/2", "s complete a/2 :"],
    "back with other content: new": ["s complete a/1 : new a/1", "s complete : gone a/1", "s complete a/2 : new a/2"],
    "what a killed run saw first is still new": ["s killed a/1", "s complete a/1 : new a/1", "s complete a/1 :"],
    "only a killed run saw it: never reported, never gone": ["s killed a/1", "s complete :"],
    "only a killed run saw the content before: new": ["s killed a/1", "s complete a/2 : new a/2"],
    "a killed run takes nothing away": ["s complete a/1 b/1 : new a/1 b/1", "s killed a/1", "s complete a/1 b/1 :"],
    "another scope is another story": [
        "s complete a/1 b/1 : new a/1 b/1", "t complete a/1 : new a/1", "s complete a/1 : gone b/1",
    ],
    "listed and not read: unknown, not gone": ["s complete a/1 : new a/1", "s complete a=gated :", "s complete a/1 :"],
    "vanished: gone": ["s complete a/1 : new a/1", "s complete a=vanished : gone a/1"],
    "skipped only once": ["s complete a/1 : new a/1", "s complete a=gated :", "s complete : gone a/1"],
}  # fmt: skip


def parse(line: str) -> tuple[str, str, dict[str, str], dict[str, str], str]:
    left, _, expected = line.partition(":")
    scope, end, *things = left.split()
    saw = dict(thing.split("/") for thing in things if "/" in thing)
    skips = dict(thing.split("=") for thing in things if "=" in thing)
    return scope, end, saw, skips, expected.strip()


def said(delta: Delta) -> str:
    parts = []
    for name in ("new", "changed", "gone"):
        short = ["/".join(print_.split(":")[-1].split("|")[::2]) for print_ in getattr(delta, name)]
        parts += [" ".join([name, *short])] if short else []
    return ", ".join(parts)


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
def test_delta(store, judged, finding, story):
    for scope, end, saw, skips, expected in map(parse, story):
        run = start(store, scope)
        met = {name: (finding(ref(name), text),) if text != "-" else () for name, text in saw.items()}
        store.save(run, [judged(name, f"text {text}", *met[name]) for name, text in saw.items()])
        store.skip(run, [SkippedRepo(ref(name), reason) for name, reason in skips.items()])
        if end != "killed":
            store.finish_run(run, Coverage(complete=end == "complete"))
            assert said(store.delta(run)) == expected


def test_delta_counts_rules_apart(store, judged, finding):
    for rule in ("demo/first", "demo/second"):
        run = start(store)
        store.save(run, [judged("a", "text", finding(ref("a"), "1", rule))])
        store.finish_run(run, Coverage())
    assert said(store.delta(run)) == "new a/1, gone a/1"


def test_delta_names_the_run_before(store):
    first, other, killed, second = start(store), start(store, "other"), start(store), start(store)
    for run in (first, other, second):
        store.finish_run(run, Coverage())
    assert store.delta(first).since is None
    assert store.delta(second).since == first.started_at
    assert killed.id < second.id


def test_same_scan_twice_changes_only_stamps(store, judged, finding):
    batch = [judged("a", "text", finding(ref("a"), "1")), judged("b")]
    tables = [table for table in metadata.sorted_tables if table is not runs]
    states = []
    for _ in range(2):
        run = start(store)
        store.save(run, batch)
        store.finish_run(run, Coverage())
        states.append({table.name: rows(store, table, STAMPS) for table in tables})
    assert states[0] == states[1]
    assert {row["last_run"] for row in rows(store, records) + rows(store, findings) + rows(store, sightings)} == {
        run.id
    }


def test_a_changed_record_is_replaced_and_keeps_its_beginning(store, judged):
    for text in ("old", "new"):
        store.save(start(store), [judged("a", text)])
    (row,) = rows(store, records)
    assert store.record(ref("a")).card == "new"
    assert (row["first_run"], row["last_run"]) == (1, 2)
    assert row["first_seen"] < row["changed_at"] == row["last_seen"]


def test_last_of_two_wins(store, judged, finding):
    store.save(start(store), [judged("a", "old", finding(ref("a"), "1")), judged("a", "new")])
    assert store.record(ref("a")).card == "new"
    assert list(store.findings()) == []


def test_a_batch_is_kept_whole_or_not_at_all(store, judged, finding):
    run = start(store)
    store.save(run, [judged("a")])
    stray = finding(ref("never-stored"), "1")
    with pytest.raises(StoreError):
        store.save(run, [judged("b"), judged("c", "text", stray)])
    assert [row["repo_id"] for row in rows(store, records)] == ["a"]


def test_more_repos_than_one_statement_takes(store, judged):
    batch = [judged(f"repo-{number}") for number in range(1203)]
    for _ in range(2):
        run = start(store)
        store.save(run, batch)
    kept = rows(store, records)
    assert len(kept) == 1203
    assert {row["last_run"] for row in kept} == {run.id}


def test_run_rows_say_what_ran(store):
    run = start(store)
    (row,) = rows(store, runs)
    assert (row["finished_at"], row["complete"], row["coverage"]) == (None, False, None)
    store.finish_run(run, Coverage(listed=9, read=7, complete=False, unknown=("two were gated",)))
    (row,) = rows(store, runs)
    assert row["packs"] == [{"id": "core", "version": "1", "digest": "d1", "rules": 3}]
    assert row["settings"] == {"cards": "all"}
    assert row["coverage"]["unknown"] == ["two were gated"]
    assert not row["complete"]
    assert row["started_at"] < row["finished_at"]


def test_a_run_is_finished_once(store):
    run = start(store)
    store.finish_run(run, Coverage())
    with pytest.raises(StoreError, match="run 1 is not open"):
        store.finish_run(run, Coverage())


def test_a_skipped_repo_was_still_seen(store, judged):
    store.save(start(store), [judged("a"), judged("b")])
    run = start(store)
    store.skip(run, [SkippedRepo(ref("a"), "unchanged"), SkippedRepo(ref("b"), "vanished")])
    assert [row["last_run"] for row in rows(store, records)] == [run.id, 1]
