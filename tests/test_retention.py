import pytest
from sqlalchemy import select, text

from hubscan import cases, retention
from hubscan.casework import CaseState, Verdict
from hubscan.errors import CaseError, InputError
from hubscan.findings import Severity, SkippedRepo
from hubscan.records import RepoRef
from hubscan.retention import Policy
from hubscan.store import Store
from hubscan.store.tables import metadata

POLICY = Policy(30, 60, "d" * 64)
OLD, LATER = "2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z"


class Now:
    at = OLD

    def __call__(self) -> str:
        return self.at


@pytest.fixture
def store(database_url, judged, finding):
    """Uploads by `mallory`: one plain, one flagged without a case, one rejected, one open; and one skipped."""
    with Store.open(database_url, Now()) as opened:
        run = opened.start_run("dump", "all", {}, (), "0.1.0")
        batch = []
        for name, severity in (("plain", None), ("low", Severity.LOW), ("bad", Severity.HIGH), ("open", Severity.HIGH)):
            ref = RepoRef("huggingface", "model", f"mallory/{name}", "abc123")
            found = (
                (finding(ref, "1", severity=severity), finding(ref, "1", "demo/b", severity=severity))
                if severity
                else ()
            )
            batch.append(judged(f"mallory/{name}", f"card of {name} by mallory", *found))
        opened.save(run, batch)
        opened.skip(run, [SkippedRepo(RepoRef("huggingface", "model", "mallory/skipped"), "gated")])
        cases.open_cases(opened, opened.findings(), Severity.MEDIUM, OLD)
        rejected(opened)
        yield opened


def rejected(store):
    bad = next(case.number for case in cases.list_cases(store) if case.ref.repo_id == "mallory/bad")
    cases.decide(store, bad, Verdict.REJECTED, reviewer="r-1", reason="mallory is a painter", now=OLD)
    cases.close(store, bad, reviewer="r-1", reason="mallory is a painter", now=OLD)
    assert bad == 1


def everything(store) -> dict[str, list[dict]]:
    with store.reading() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in metadata.sorted_tables
        }


def purge(store, policy=POLICY, now=LATER):
    seen = retention.preview(store, policy, now)
    assert retention.purge(store, policy, actor="r-9", now=now) == seen, "the dry run tells the real one"
    return seen


def test_a_dry_run_counts_and_changes_nothing(store):
    before = everything(store)
    seen = retention.preview(store, POLICY, LATER)
    assert dict(seen.counts) == {"repos without a case": 3, "errors": 0, "settled cases": 1}
    assert everything(store) == before


def test_what_is_past_its_time_goes_and_its_trail_stays(store):
    purge(store)
    left = everything(store)
    assert {row["repo_id"] for row in left["records"]} == {"mallory/open", "purged-1"}
    about = {
        name: [row for row in rows if "mallory" in str(row) and "mallory/open" not in str(row)]
        for name, rows in left.items()
    }
    assert {name: rows for name, rows in about.items() if rows} == {}
    bodies = b"".join(row["body"] for row in left["records"] if row["repo_id"] == "purged-1")
    assert b"mallory" not in bodies
    assert left["snapshots"] == []
    assert [(row["actor"], row["what"], row["rows"], row["days"], row["policy"]) for row in left["purges"]] == [
        ("r-9", "repos without a case", 3, 30, "d" * 64),
        ("r-9", "settled cases", 1, 60, "d" * 64),
    ]
    assert retention.trail(store)[0]["at"] == LATER


def test_a_purged_case_keeps_what_counts_need(store):
    purge(store)
    file = cases.show_case(store, 1)
    assert (file.case.state, file.case.ref.repo_id, file.case.url) == (CaseState.CLOSED, "purged-1", "")
    assert [(one.verdict, one.reviewer, one.reason) for one in file.case.decisions] == [("rejected", "r-1", "(purged)")]
    assert {finding.rule.id for finding in file.findings} == {"demo/first", "demo/b"}
    assert all(finding.evidence == () and "mallory" not in finding.fingerprint for finding in file.findings)


def test_purging_again_purges_nothing(store):
    purge(store)
    before = everything(store)
    assert set(purge(store).counts.values()) == {0}
    assert everything(store) == before


def test_an_upload_that_comes_back_is_a_new_one(store, judged, finding):
    purge(store)
    ref = RepoRef("huggingface", "model", "mallory/bad", "abc123")
    store.save(store.start_run("dump", "all", {}, (), "0.1.0"), [judged("mallory/bad", "x", finding(ref, "1"))])
    assert len(cases.open_cases(store, store.findings(), Severity.MEDIUM, LATER)) == 1
    assert cases.show_case(store, 1).case.state is CaseState.CLOSED


def test_a_legal_hold_keeps_a_case(store):
    retention.hold(store, 1, reviewer="r-2", reason="a court asked", now=OLD)
    assert retention.held(store, 1) == f"a court asked (r-2, {OLD})"
    seen = purge(store)
    assert (seen.cases, seen.held) == ((), (1,))
    assert cases.show_case(store, 1).case.ref.repo_id == "mallory/bad"
    retention.release(store, 1, reviewer="r-2", reason="it is over", now=LATER)
    assert retention.held(store, 1) is None
    with pytest.raises(CaseError, match="no hold stands"):
        retention.release(store, 1, reviewer="r-2", reason="it is over", now=LATER)
    assert purge(store).cases == (1,)
    with pytest.raises(CaseError, match="there is no case 9"):
        retention.hold(store, 9, reviewer="r-2", reason="a court asked", now=OLD)


YOUNG = {
    "seen lately": "UPDATE records SET last_seen = '2026-03-20T00:00:00Z'",
    "the case moved lately": "UPDATE events SET at = '2026-03-20T00:00:00Z'",
}


@pytest.mark.parametrize("sql", YOUNG.values(), ids=YOUNG.keys())
def test_what_is_not_past_its_time_stays(store, sql):
    with store.writing() as connection:
        connection.execute(text(sql))
    assert retention.preview(store, POLICY, LATER).cases == ()
    assert cases.show_case(store, 1).record.card


def test_an_open_case_is_never_purged(store):
    assert purge(store, Policy(1, 1, "d" * 64), "2036-01-01T00:00:00Z").cases == (1,)
    assert cases.show_case(store, 2).record.card == "card of open by mallory"


def test_the_shipped_policy_is_read():
    found = retention.policy()
    assert (found.unflagged, found.settled, len(found.digest)) == (180, 365, 64)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("unflagged = 1", "cannot be read"),
        ("unflagged = 0\nsettled = 1", "whole numbers"),
        ("unflagged = true\nsettled = 1", "whole numbers"),
        ("unflagged = 1\nsettled = 1\npictures = 1", "'pictures' is nothing"),
        ("[", "cannot be read"),
    ],
)
def test_an_odd_policy_is_refused(tmp_path, body, why):
    path = tmp_path / "retention.toml"
    path.write_text(body, encoding="utf-8")
    with pytest.raises(InputError, match=why):
        retention.policy(path)


def test_nothing_is_entered_where_nothing_went(store):
    retention.purge(store, POLICY, actor="r-9", now=OLD)
    assert everything(store)["purges"] == []
