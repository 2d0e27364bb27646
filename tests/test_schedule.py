"""Schedules: what is kept, what a timer gets, and what a person reads."""

import pytest

from hubscan.errors import InputError, UsageError
from hubscan.schedule import Schedule, add, cron, load, summary, systemd


def nightly(**said):
    return Schedule(**{"name": "nightly", "arguments": ("huggingface", "--all"), **said})


REFUSED = [
    ({"name": "Night"}, "is no name"),
    ({"name": "../x"}, "is no name"),
    ({"every": "year"}, "is no period"),
    ({"at": "24:00"}, "is no time"),
    ({"at": "3:30"}, "is no time"),
    ({"arguments": ()}, "nothing is to be scanned"),
    ({"arguments": ("dump", "--output=x")}, "schedule's own"),
    ({"runs": "replay"}, "'replay' cannot be scheduled"),
    ({"runs": "checks", "arguments": ("--format", "json")}, "schedule's own"),
]


@pytest.mark.parametrize(("said", "why"), REFUSED)
def test_what_fits_no_timer_is_refused(said, why):
    with pytest.raises(UsageError, match=why):
        nightly(**said)


def test_schedules_are_kept_by_name(tmp_path):
    path = tmp_path / "config" / "schedules.toml"
    assert load(path) == {}
    add(path, nightly(arguments=("huggingface", "--search", 'a "quoted" \u00fc \\ name')))
    add(path, nightly(name="weekly", every="week"))
    add(path, nightly(name="weekly", every="week", at="05:00"))
    assert list(load(path)) == ["nightly", "weekly"]
    assert load(path)["weekly"].at == "05:00"
    assert load(path)["nightly"].arguments[2] == 'a "quoted" \u00fc \\ name'


def test_checks_are_kept_beside_scans_and_a_table_of_before_is_a_scan(tmp_path):
    path = tmp_path / "schedules.toml"
    add(path, nightly(name="follow-up", runs="checks", arguments=()))
    with path.open("a", encoding="utf-8") as file:
        file.write('[old]\narguments = ["huggingface", "--all"]\n')
    add(path, nightly())
    kept = load(path)
    assert {name: (one.runs, one.arguments) for name, one in kept.items()} == {
        "follow-up": ("checks", ()),
        "nightly": ("scan", ("huggingface", "--all")),
        "old": ("scan", ("huggingface", "--all")),
    }


@pytest.mark.parametrize("text", ["[nightly", "nightly = 3", "[nightly]\narguments = 3"])
def test_a_broken_file_is_told(tmp_path, text):
    path = tmp_path / "schedules.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises((InputError, UsageError)):
        load(path)


TIMES = [
    ({"every": "hour", "at": "00:07"}, "7 * * * *", "*-*-* *:07:00"),
    ({"every": "day", "at": "03:30"}, "30 3 * * *", "*-*-* 03:30:00"),
    ({"every": "week", "at": "23:05"}, "5 23 * * 1", "Mon *-*-* 23:05:00"),
]


@pytest.mark.parametrize(("said", "line", "calendar"), TIMES)
def test_times_are_said_in_both_tongues(said, line, calendar):
    assert (
        cron(nightly(**said), ["/opt/hub scan/bin/hubscan"])
        == f"{line} '/opt/hub scan/bin/hubscan' schedule run nightly"
    )
    units = systemd(nightly(**said), ["/opt/hub scan/100%/hubscan"])
    assert f"OnCalendar={calendar}\n" in units["hubscan-nightly.timer"]
    assert 'ExecStart="/opt/hub scan/100%%/hubscan" schedule run nightly\n' in units["hubscan-nightly.service"]


COVERAGE = {"listed": 9, "read": 7, "cards": 2, "unchanged": 1, "complete": True, "unknown": []}
FOUND = {"change": "new", "severity": "high", "rule": {"id": "a/b"}, "repo": {"url": "https://h/\x1b[2Jo"}}


def report(**said):
    return {"delta": None, "coverage": COVERAGE, "findings": [], "skipped": [], "errors": [], **said}


def test_the_summary_says_what_came_and_went():
    delta = {"new": ["1"], "changed": [], "gone": ["2", "3"], "since": "2026-11-21T03:30:00Z"}
    old = {**FOUND, "change": None, "rule": {"id": "c/d"}}
    lines = list(summary("nightly", report(delta=delta, findings=[FOUND, old]), 12))
    assert lines[0] == "nightly: 1 new, 0 changed, 2 gone since 2026-11-21T03:30:00Z"
    assert lines[1] == "  listed 9, read 7, cards 2, unchanged 1; exit code 12"
    assert "a/b" in lines[2]
    assert "\x1b" not in lines[2]
    assert len(lines) == 3, "what was there before is not news"


def test_the_summary_says_what_is_missing():
    coverage = {**COVERAGE, "complete": False, "unknown": ["Stopped (quota): the quota is empty."]}
    skipped = [{"reason": "gated"}, {"reason": "gated"}, {"reason": "vanished"}]
    text = "\n".join(summary("nightly", report(coverage=coverage, skipped=skipped, errors=[{}]), 4))
    assert "not read: 2 gated, 1 vanished" in text
    assert "INCOMPLETE: 1 thing could not be read. Stopped (quota)" in text


def test_a_long_list_is_cut():
    lines = list(summary("nightly", report(findings=[FOUND] * 25), 0))
    assert lines[-1] == "  and 5 more; `hubscan cases list` shows the cases"
