import pytest

from hubscan import cases, sampling
from hubscan.casework import CaseFilter, Verdict
from hubscan.errors import UsageError
from hubscan.findings import Severity
from hubscan.records import RepoRef
from hubscan.store import Store

NOW = "2026-02-01T00:00:00Z"


@pytest.fixture
def store(database_url, ticking, judged, finding):
    """A hundred records, each tenth of them flagged, each fifth for something lesser."""
    with Store.open(database_url, ticking) as opened:
        batch = []
        for number in range(100):
            name = f"r{number:02}"
            severity = Severity.HIGH if number % 10 == 0 else Severity.LOW
            found = (finding(RepoRef("huggingface", "model", name), "1", severity=severity),) if number % 5 == 0 else ()
            batch.append(judged(name, "x", *found))
        opened.save(opened.start_run("dump", "all", {}, (), "0.1.0"), batch)
        yield opened


def draw(store, seed="one", size=20, hub=None):
    return sampling.draw(store, size, seed, hub, Severity.MEDIUM, NOW)


def names(store):
    return {case.ref.repo_id for case in cases.list_cases(store, CaseFilter(sampled=True))}


def test_a_draw_is_among_what_is_not_flagged_and_its_rate_is_kept(store):
    sample = draw(store)
    assert (sample.population, sample.size, sample.seed) == (90, 20, "one")
    drawn = names(store)
    assert len(drawn) == 20
    assert not any(int(name[1:]) % 10 == 0 for name in drawn)
    for case in cases.list_cases(store):
        assert (case.events[0].word, case.severity) == ("sample", None)
        assert "drawn at random" in case.priority.words


def test_the_same_seed_draws_the_same_and_once(store, tmp_path, ticking, judged):
    draw(store)
    with pytest.raises(UsageError, match="was drawn before"):
        draw(store)
    assert len(sampling.listed(store)) == 1
    with Store.open(f"sqlite:///{tmp_path}/other.db", ticking) as other:
        batch = [judged(f"r{number:02}", "x") for number in reversed(range(100)) if number % 10]
        other.save(other.start_run("dump", "all", {}, (), "0.1.0"), batch)
        draw(other)
        assert names(other) == names(store)
        assert names(other) != {f"r{number:02}" for number in range(1, 23) if number % 10}, "not just the first"


def test_every_record_has_its_chance(store):
    for seed in range(12):
        draw(store, f"seed {seed}")
    assert len(names(store)) > 80, "twelve draws of 20 from 90 leave out five or six"


def test_misses_are_carried_over(store):
    draw(store)
    drawn = [case.number for case in cases.list_cases(store)]
    (before,) = sampling.listed(store)
    assert (before.share.value, before.estimate) == (None, None)
    for number in drawn[:10]:
        verdict = Verdict.CONFIRMED if number == drawn[0] else Verdict.REJECTED
        cases.decide(store, number, verdict, reviewer="r-1", reason="looked", now=NOW)
    cases.decide(store, drawn[10], Verdict.UNSURE, reviewer="r-1", reason="looked", now=NOW)
    (after,) = sampling.listed(store)
    assert (after.misses, after.rejected) == (1, 9)
    assert after.estimate == (2, 36), "1.8 % to 40.4 % of 90"


def test_nothing_to_draw_from(store):
    with pytest.raises(UsageError, match="no record without a finding"):
        draw(store, hub="civitai")
