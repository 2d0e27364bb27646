"""What a crawl reads, keeps, asks again and never asks twice."""

from datetime import UTC, datetime, timedelta

import pytest

from hubscan.crawl import StopSign
from hubscan.errors import StoreError, UsageError
from hubscan.http import Budget, FileRecorder
from hubscan.http.recording import load
from hubscan.hubs import base
from hubscan.replay import Fault as Bad
from hubscan.replay import Tape
from hubscan.replay import faults as bad
from hubscan.store import Store

from .conftest import HUB, changed

CARD_ONLY = ("o/quiet", "safeguard-removal/language-model")


def cards(asked):
    return [target for target in asked if "/resolve/" in target]


def now(minutes=0):
    return (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def test_all_reads_every_card_there_is(hub, crawl, small, kept):
    done = crawl(hub(small()), cards="all")
    assert CARD_ONLY in done.rules
    assert len(cards(done.asked)) == 4, "not of the one whose files hold no README"
    assert (done.coverage.listed, done.coverage.read, done.coverage.cards, done.coverage.complete) == (5, 5, 4, True)
    assert kept()["o/quiet"][1].startswith("# Quiet")
    assert done.requests["listing"]["requests"] == 1
    assert done.requests["card"]["requests"] == 4


def test_none_reads_no_card_and_judges_the_list(hub, crawl, small):
    done = crawl(hub(small()), cards="none")
    assert cards(done.asked) == []
    assert ("o/undress-lora", "ncii/undress-tools") in done.rules
    assert CARD_ONLY not in done.rules


def test_a_run_without_cards_loses_no_card_and_no_finding(hub, crawl, small, kept):
    server = hub(small())
    whole = crawl(server, cards="all")
    before = kept()
    bare = crawl(server, cards="none")
    assert bare.rules == whole.rules
    assert kept() == before
    server.catalog.put([changed(small()[2], "# Quiet\n\nHarmless now.")])
    after = crawl(server, cards="none")
    assert CARD_ONLY in after.rules, "its card was not read again, so nothing says that it is gone"
    assert ("o/quiet", "card_outdated") in after.skips
    again = crawl(server, cards="all")
    assert CARD_ONLY not in again.rules
    assert len(cards(again.asked)) == 1, "only the one that changed"
    assert len(again.delta.gone) == 1


def test_changed_reads_cards_of_new_and_changed_repos(hub, crawl, small):
    server = hub(small())
    crawl(server, cards="none")
    assert cards(crawl(server, cards="changed").asked) == [], "nothing changed since it was listed"
    server.catalog.put([changed(small()[0]), changed(small()[4])])
    assert len(cards(crawl(server, cards="changed").asked)) == 2


def test_since_last_asks_for_what_changed(hub, crawl, small, kept):
    server = hub(small())
    first = crawl(server, cards="all")
    quiet = crawl(server, cards="all", since_last=True, all=False)
    assert len(quiet.asked) == 1
    assert (quiet.coverage.read, quiet.delta.gone) == (0, ())
    server.catalog.put([changed(small()[2], "# Quiet\n\nHarmless now.", now())])
    after = crawl(server, cards="all", since_last=True, all=False)
    assert (len(after.asked), after.coverage.read) == (2, 1)
    assert len(after.delta.gone) == 1, "what the changed repo no longer shows is gone; of the others nothing is known"
    assert len(kept()) == 5
    overlap = crawl(server, cards="all", since_last=True, all=False)
    assert (overlap.coverage.read, overlap.coverage.unchanged, len(overlap.asked)) == (0, 1, 1)
    assert len(first.rules) > 2


def test_since_last_needs_a_crawl_to_start_from(hub, crawl, small):
    with pytest.raises(UsageError, match="nothing to look for changes"):
        crawl(hub(small()), since_last=True, all=False)
    assert crawl(hub(small()), since_last=True).coverage.read == 5, "with --all it sweeps"


def test_a_sweep_finds_what_the_moving_list_hid(hub, crawl, small):
    server = hub(small())
    crawl(server)
    hidden = changed(small()[0], "# Plain\n\nAn uncensored model.", "2026-03-01T00:00:01.000Z")
    server.catalog.put([hidden])  # it changed, and the hub's list by change does not show it
    assert crawl(server, since_last=True, all=False).coverage.read == 0
    assert ("o/plain", "safeguard-removal/language-model") in crawl(server).rules


def test_a_repo_that_is_gone_is_gone_only_after_a_whole_sweep(hub, crawl, small):
    server = hub(small())
    crawl(server)
    crawl(server, limit=5)
    server.catalog.shelf("huggingface", "model").drop("o/undress-lora")
    assert crawl(server, limit=5).delta.gone == (), "a part of the hub says nothing of the rest"
    assert len(crawl(server).delta.gone) > 0


@pytest.mark.parametrize("limit", [1, 3, 5])
def test_a_limit_is_kept(hub, crawl, small, limit):
    done = crawl(hub(small()), limit=limit, cards="none", page_size=2)
    assert done.coverage.read == limit


def test_since_stops_at_the_first_page_that_is_older(hub, crawl, small):
    done = crawl(hub(small()), since="2026-03-04T00:00:00Z", page_size=1, cards="none")
    assert done.coverage.read == 2
    assert len(done.asked) == 3


def test_filters_reach_the_hub(hub, crawl, small):
    done = crawl(hub(small()), author="o", search="lora", tag="nudify", cards="none")
    assert done.coverage.read == 1
    assert "author=o" in done.asked[0]
    assert "filter=nudify" in done.asked[0]


def test_kinds_have_lists_of_their_own(hub, crawl, repo):
    server = hub([repo("o/d", "# D", kind="dataset", sha="1"), repo("o/s", "# S", kind="space", sha="2")])
    done = crawl(server, kinds=HUB.kinds)
    assert [target.split("?")[0] for target in done.asked if "/api/" in target] == [
        "/api/models", "/api/datasets", "/api/spaces"
    ]  # fmt: skip
    assert sorted(cards(done.asked)) == ["/datasets/o/d/resolve/1/README.md", "/spaces/o/s/resolve/2/README.md"]


def test_single_repos_are_read_by_name(hub, crawl, small):
    server = hub(small())
    server.catalog.renamed["o/old"] = "o/plain"
    done = crawl(server, repos=("o/quiet", "o/old", "o/nowhere"))
    assert CARD_ONLY in done.rules
    assert done.skips == {("o/old", "renamed"), ("o/nowhere", "vanished")}
    assert done.coverage.read == 1
    odd = crawl(server, repos=("../../api/whoami-v2", "o/plain"))
    assert (odd.errors, odd.coverage.read) == (["odd-name"], 1)
    assert not any("whoami" in target for target in odd.asked)


@pytest.mark.parametrize("spent", [1, 2, 3, 4])
def test_a_spent_budget_is_incomplete_and_goes_on(hub, crawl, small, spent):
    server = hub(small())
    parts = []
    while not parts or parts[-1].stopped:
        parts.append(crawl(server, budget=Budget(requests=spent), page_size=2, jobs=1))
        assert len(parts) < 20
    assert parts[0].stopped.reason == "requests"
    assert parts[0].stopped.exit_code == 4
    assert not parts[0].coverage.complete
    asked = [target for part in parts for target in part.asked]
    assert len(asked) == len(set(asked)), "nothing is asked twice"
    assert all(part.resumed for part in parts[1:])
    coverage = parts[-1].coverage
    assert (coverage.listed, coverage.read, coverage.cards, coverage.complete) == (5, 5, 4, True)
    assert sum(sums["requests"] for sums in parts[-1].requests.values()) == len(asked) == 7
    whole = crawl(hub(small()), page_size=2)
    assert parts[-1].rules == whole.rules
    assert len(parts[-1].findings) == len(whole.findings)


def test_a_crawl_under_other_rules_starts_anew(hub, crawl, small):
    server = hub(small())
    assert crawl(server, budget=Budget(requests=2)).stopped
    assert not crawl(server, packs=[]).resumed


def test_minutes_are_a_budget_too(hub, crawl, small):
    server = hub(small(), faults=[Bad("/resolve/", bad.status(503, {"Retry-After": "61"}))])
    done = crawl(server, budget=Budget(minutes=1))
    assert done.stopped.reason == "minutes"
    server.faults.clear()
    after = crawl(server)
    assert after.resumed
    assert after.coverage.complete


def test_a_stop_sign_ends_between_two_requests(hub, crawl, small):
    server, sign = hub(small()), StopSign()
    sign.put_up()
    done = crawl(server, sign=sign)
    assert (done.stopped.reason, done.stopped.exit_code) == ("interrupted", 4)
    assert not done.coverage.complete
    assert crawl(server).coverage.complete


def test_a_second_stop_ends_the_process():
    sign = StopSign()
    sign.put_up()
    with pytest.raises(SystemExit, match="130"):
        sign.put_up()


def test_one_crawl_of_a_hub_at_a_time(hub, crawl, small, store):
    with store.alone("crawl-huggingface"), pytest.raises(StoreError, match="another process"):
        crawl(hub(small()))
    assert crawl(hub(small())).coverage.complete


def test_the_lock_holds_on_every_database(database_url):
    with Store.open(database_url) as one, Store.open(database_url) as other:
        with one.alone("crawl-x"):
            with other.alone("crawl-y"):
                pass
            with pytest.raises(StoreError, match="another process"), other.alone("crawl-x"):
                pass
        with other.alone("crawl-x"):
            pass


def test_a_crawl_is_the_same_on_every_database(hub, crawl, small, database_url):
    server = hub(small())
    with Store.open(database_url) as store:
        first = crawl(server, at=store, budget=Budget(requests=3), page_size=2)
        second = crawl(server, at=store, page_size=2)
        assert (first.stopped.reason, second.resumed, second.coverage.complete) == ("requests", True, True)
        assert len({*first.asked, *second.asked}) == len(first.asked) + len(second.asked) == 7
        assert crawl(server, at=store, page_size=2, since_last=True, all=False).coverage.read == 0
        server.catalog.put([changed(small()[2], "# Quiet\n\nHarmless now.", now())])
        third = crawl(server, at=store, page_size=2, since_last=True, all=False)
        assert (third.coverage.read, len(third.delta.gone)) == (1, 1)
        server.catalog.shelf("huggingface", "model").drop("o/undress-lora")
        assert len(crawl(server, at=store, page_size=2).delta.gone) > 0


def test_community_reports_are_counted_with_title_and_date(hub, crawl, small, store):
    server = hub(small())
    server.catalog.discussions["o/plain"] = [
        {"title": "\U0001f6a9 Report: Ethical issue(s)", "createdAt": "2026-02-01T00:00:00.000Z", "num": 3},
        {"title": "How to use it?", "createdAt": "2026-02-02T00:00:00.000Z", "num": 4},
    ]
    done = crawl(server, reports=True)
    assert done.requests["info"]["requests"] == 4
    by_id = {record.native["id"]: base.parse(record) for record in store.stored()}
    assert by_id["o/plain"].flags["reports"] == 1
    assert by_id["o/quiet"].flags["reports"] == 0
    assert "reports" not in by_id["o/bare"].flags, "it was not asked"
    kept = next(record for record in store.stored() if record.native["id"] == "o/plain")
    assert kept.native["discussions"] == [
        {"title": "\U0001f6a9 Report: Ethical issue(s)", "createdAt": "2026-02-01T00:00:00.000Z"}
    ]


def test_a_recorded_run_can_be_played_back(hub, crawl, small, tmp_path):
    token = "hf_secret_token"
    picture = "https://cdn.example/a.png"
    records = small()
    records[0] = changed(records[0], f"# Plain\n\n![x]({picture}) {token}", widgetData=[{"src": picture}])
    server = hub(records, faults=[Bad("quiet/resolve", bad.cut(0.5))])
    recorder = FileRecorder(tmp_path / "rec", server.url, token, lambda value: base.scrubbed(HUB, value))
    first = crawl(server, recorder=recorder, settings={"token": token}, page_size=2)
    written = (tmp_path / "rec" / "replies.jsonl").read_text(encoding="utf-8")
    assert token not in written
    assert picture not in written
    assert server.url not in written
    assert (tmp_path / "rec" / "replies.jsonl").stat().st_mode & 0o077 == 0
    played = hub(tape=Tape(load(tmp_path / "rec")))
    second = crawl(played, page_size=2)
    assert not second.resumed
    assert second.rules == first.rules
    assert second.errors == first.errors == ["cut"]
