from pathlib import Path

import pytest
from sqlalchemy import select, text

from hubscan import cases, retention
from hubscan.casework import CaseState, Check, CheckOutcome, Verdict
from hubscan.errors import CaseError, InputError
from hubscan.findings import ScanError, Severity, SkippedRepo
from hubscan.hubs import base
from hubscan.records import RepoRef, StoredRecord
from hubscan.retention import Policy
from hubscan.store import Store, casebook, crawls
from hubscan.store.tables import hash_opinions, metadata

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
    retention.hold(store, bad, reviewer="r-1", reason="mallory has asked", now=OLD)
    retention.release(store, bad, reviewer="r-1", reason="mallory has had it", now=OLD)
    said = {"list": "known", "algorithm": "sha256", "value": "ab" * 32, "opinion": "negative", "source": "r-1"}
    with store.writing() as connection:
        casebook.add_check(connection, Check(bad, OLD, CheckOutcome.UNKNOWN, "malformed: mallory/bad is odd"))
        connection.execute(hash_opinions.insert(), {**said, "reason": "it is mallory's", "case_number": bad, "at": OLD})


@pytest.fixture
def crawled(store):
    """Crawls of all that `mallory` has: one that stopped, and what it still meant to read."""
    scope = "huggingface at https://huggingface.co; model; cards all; author mallory"
    run = store.start_run("huggingface", scope, {"cards": "all"}, (), "0.1.0")
    with store.writing() as connection:
        crawl = crawls.begin(connection, run, crawls.SWEEP, None, ["model"], OLD)
        ref = RepoRef("huggingface", "model", "mallory/listed")
        crawls.enqueue(connection, crawl, {ref: (1, StoredRecord("huggingface", "model", {"id": ref.repo_id}))})
        crawls.add_errors(connection, crawl, [ScanError("https://hub.example/mallory/x", "malformed", "odd", ref)])
        crawls.pause(connection, crawl, "signal")
    return scope


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
    assert {what: n for what, n in seen.counts.items() if n} == {"repos without a case": 3, "settled cases": 1}
    assert everything(store) == before


def test_what_is_past_its_time_goes_and_its_trail_stays(store):
    digest = cases.show_case(store, 1).case.record_digest
    assert digest in str(everything(store)["decisions"])
    purge(store)
    assert digest not in str(everything(store)), "whoever has the upload could tell by it which case this was"
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


def test_which_decisions_were_on_the_same_content_is_still_told(store, judged):
    cases.reopen(store, 1, reviewer="r-2", reason="look again", now=OLD)
    cases.decide(store, 1, Verdict.CONFIRMED, reviewer="r-2", reason="so", now=OLD)
    changed = judged("mallory/bad", "another card")
    store.save(store.start_run("dump", "all", {}, (), "0.1.0"), [changed])
    for reviewer in ("r-3", "r-4"):
        cases.decide(store, 1, Verdict.CONFIRMED, reviewer=reviewer, reason="so", now=OLD)
    cases.close(store, 1, reviewer="r-1", reason="done", now=OLD)
    before = cases.show_case(store, 1).case
    purge(store)
    after = cases.show_case(store, 1).case
    assert (after.outdated, after.confirmed_by) == (before.outdated, before.confirmed_by) == (False, ("r-3", "r-4"))
    assert [one.record_digest for one in after.decisions] == ["purged-1-1", "purged-1-1", "purged-1-2", "purged-1-2"]


def test_a_crawl_nobody_went_on_with_goes_with_its_queue_and_the_name_it_asked_for(store, crawled):
    seen = purge(store)
    assert (seen.crawls, list(seen.scopes)) == ((1,), [crawled])
    left = everything(store)
    assert (left["crawl_queue"], left["crawl_errors"]) == ([], [])
    assert {row["scope"] for row in (*left["runs"], *left["crawls"])} == {"all", "purged-2"}
    assert "mallory" not in str([*left["runs"], *left["crawls"]])


LATELY = ["UPDATE crawls SET started_at = 'X'", "UPDATE records SET last_run = 2, last_seen = 'X'"]


@pytest.mark.parametrize("lately", LATELY)
def test_a_crawl_that_can_go_on_stays(store, crawled, lately):
    with store.writing() as connection:
        connection.execute(text(lately.replace("X", "2026-03-20T00:00:00Z")))
    seen = purge(store)
    assert (seen.crawls, dict(seen.scopes)) == ((), {})
    with store.writing() as connection:
        crawl = crawls.stopped(connection, crawled, crawls.SWEEP, ())
        assert crawls.left(connection, crawl) == 1
        crawls.give_up(connection, crawl, "2026-03-21T00:00:00Z")
    purge(store)
    assert everything(store)["crawl_queue"] == [], "what is given up is never read"


@pytest.mark.usefixtures("crawled")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_of_it_stays_behind_in_the_file(store, database_url):
    place = database_url.removeprefix("sqlite:///")
    files = [Path(place), Path(f"{place}-wal")]
    names = (b"mallory/bad", b"mallory/plain", b"mallory/skipped", b"author mallory", b"is a painter")
    held = b"".join(file.read_bytes() for file in files if file.exists())
    assert all(name in held for name in names)
    purge(store)
    held = b"".join(file.read_bytes() for file in files if file.exists())
    assert [name for name in names if name in held] == []
    assert b"mallory/open" in held


def test_evidence_that_was_exported_holds_after_a_purge(store, tmp_path):
    envelope = pytest.importorskip("hubscan.evidence.envelope")
    from hubscan import evidence
    from hubscan.evidence import chain

    envelope.make_key(tmp_path / "key.pem")
    file = cases.show_case(store, 2)
    record = base.parse(StoredRecord("huggingface", "model", {"id": "mallory/open"}))
    kept = evidence.export(
        chain.forge(evidence.facts(file, record, evidence.past(store, file))),
        None,
        envelope.private_key(tmp_path / "key.pem"),
    ).dump()
    cases.decide(store, 2, Verdict.REJECTED, reviewer="r-1", reason="so", now=OLD)
    assert 2 in purge(store).cases
    assert evidence.verify(kept, envelope.public_key(tmp_path / "key.pub")).held


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
