"""Work on several processes: bundles of bounded size, results in order, and no more ahead than is needed."""

import os
import time

import pytest

from hubscan import workers

BUNDLES = [
    ([1, 1, 1], [[1, 1, 1]], "few and small"),
    ([6, 6, 1], [[6, 6], [1]], "as soon as their sizes come to the most"),
    ([99, 1], [[99], [1]], "one alone that is larger than all may be"),
    ([], [], "none"),
]


@pytest.mark.parametrize(("items", "expected", "why"), BUNDLES)
def test_bundles_end_at_a_size(items, expected, why, monkeypatch):
    monkeypatch.setattr(workers, "MOST_BYTES", 10)
    assert list(workers.bundles(items, int)) == expected, why


def test_bundles_end_at_a_number():
    sizes = [len(bundle) for bundle in workers.bundles(range(600), lambda _: 0)]
    assert sizes == [workers.MOST_ITEMS, workers.MOST_ITEMS, 600 - 2 * workers.MOST_ITEMS]


BEGUN_WITH = []


def begin(word):
    BEGUN_WITH.append(word)


def slowest_first(bundle):
    time.sleep(0.2 if bundle[0] == 0 else 0)
    return BEGUN_WITH, os.getpid(), bundle[0]


def test_results_come_in_order_from_processes_that_have_begun():
    with workers.started(2, begin, "ready") as pool:
        results = list(pool.results(slowest_first, [[number] for number in range(8)]))
    assert [(bundle, number) for bundle, (_, _, number) in results] == [([number], number) for number in range(8)]
    assert all(word == ["ready"] for _, (word, _, _) in results)
    assert os.getpid() not in {process for _, (_, process, _) in results}


def test_no_more_is_read_ahead_than_the_processes_need():
    asked = []
    with workers.started(2, begin, "") as pool:
        results = pool.results(slowest_first, ([asked.append(number) or number] for number in range(1000)))
        next(results)
        assert len(asked) <= 6


def fails(bundle):
    raise ValueError(f"bundle {bundle[0]}")


def test_what_a_process_raises_is_raised_here():
    with workers.started(2, begin, "") as pool, pytest.raises(ValueError, match="bundle 3"):
        list(pool.results(fails, [[3]]))
