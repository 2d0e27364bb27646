import pytest

from hubscan.errors import StoppedError
from hubscan.http.quota import Pacer, parse_items, retry_after
from hubscan.http.settings import Settings
from hubscan.replay import Quota
from hubscan.replay.wire import Asked

API, FILE = "https://hub.example/api/models", "https://hub.example/a/b/resolve/main/README.md"


def headers(name="api", r=None, t=None, q=None, w=None):
    rest = {} if r is None else {"ratelimit": f'"{name}";r={r};t={t}'}
    return rest | ({} if q is None else {"ratelimit-policy": f'"fixed window";"{name}";q={q};w={w}'})


@pytest.fixture
def pacer(virtual):
    return Pacer(Settings(endpoint="https://hub.example"), virtual.clock())


@pytest.mark.parametrize(
    ("header", "items"),
    [
        ('"api";r=0;t=55', {"api": {"r": 0, "t": 55}}),
        ('"fixed window";"api";q=500;w=300', {"api": {"q": 500, "w": 300}}),
        ('"a";r=1;t=2, "b";r=3;t=4', {"a": {"r": 1, "t": 2}, "b": {"r": 3, "t": 4}}),
        ('"a, b"; r=7; t=9', {"a, b": {"r": 7, "t": 9}}),
        ("limit=100, remaining=5", {}),
        ('"api";r=-1;t=1e9', {"api": {}}),
        ('"api";r=99999999999999', {"api": {}}),
        ("", {}),
        ('"' * 5000, {"": {}}),
    ],
)
def test_headers_are_read_or_passed_over(header, items):
    assert parse_items(header) == items


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("12", 12.0),
        ("0", 0.0),
        ("Thu, 01 Jan 1970 00:16:50 GMT", 10.0),
        ("Thu, 01 Jan 1970 00:00:01 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("9" * 40, None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after(header, seconds):
    assert retry_after(header, wall=1000.0) == seconds


def test_an_unmetered_hub_is_not_slowed(pacer):
    assert [pacer.claim(API) for _ in range(50)] == [0.0] * 50


def test_the_first_half_is_quick_and_the_rest_is_spread(pacer):
    pacer.claim(API)
    pacer.settle(API, headers(r=499, t=299, q=500, w=300))
    quick = 0
    while pacer.claim(API) == 0.0:
        quick += 1
    assert quick == 250
    assert pacer.claim(API) == pytest.approx(300 / 250, rel=0.01)


def test_an_empty_quota_is_waited_out_with_a_margin(pacer, virtual):
    pacer.claim(API)
    pacer.settle(API, headers(r=0, t=55, q=500, w=300))
    assert pacer.claim(API) == 56.0
    virtual.sleep(56.0)
    assert pacer.claim(API) == 0.0


def test_buckets_are_apart(pacer):
    pacer.claim(API)
    pacer.settle(API, headers("api", r=0, t=55))
    assert pacer.claim(FILE) == 0.0


def test_two_kinds_of_path_may_turn_out_to_share_one_quota(pacer):
    for url in (API, FILE):
        pacer.claim(url)
        pacer.settle(url, headers("all", r=5, t=55))
    pacer.claim(API)
    pacer.settle(API, headers("all", r=0, t=55))
    assert pacer.claim(FILE) > 0


def test_those_on_their_way_count_as_gone(pacer):
    for _ in range(4):
        pacer.claim(API)
    pacer.settle(API, headers(r=3, t=55, q=8, w=60))  # three more are on the wire
    assert pacer.claim(API) > 0


def test_a_policy_without_a_count_is_counted_here(pacer):
    pacer.claim(API)
    pacer.settle(API, headers(q=2, w=60))
    assert pacer.claim(API) == 0.0
    pacer.settle(API, {})
    assert pacer.claim(API) == 61.0


def test_a_reset_far_away_is_capped(pacer):
    pacer.claim(API)
    pacer.settle(API, headers(r=0, t=999_999_999, q=500, w=300))
    assert pacer.claim(API) <= pacer.settings.wait_cap + 1


def test_windows_that_always_open_empty_end_the_run(pacer, virtual):
    def ten_windows():
        for _ in range(10):
            while wait := pacer.claim(API):
                virtual.sleep(wait)
            pacer.settle(API, headers(r=0, t=60, q=500, w=60))

    with pytest.raises(StoppedError) as stopped:
        ten_windows()
    assert (stopped.value.reason, stopped.value.exit_code) == ("quota", 4)


def test_an_honest_quota_of_one_is_kept_for_ever(pacer, virtual):
    start = virtual.now
    for _ in range(10):
        while wait := pacer.claim(API):
            virtual.sleep(wait)
        pacer.settle(API, headers(r=0, t=1, q=1, w=1))
    assert 9 <= virtual.now - start <= 20, "a window a request, and never the end of the run"


def test_500_in_300_seconds_and_5000_requests(pacer, virtual):
    hub, start = Quota(clock=virtual.monotonic), virtual.now
    asked = Asked("GET", API, "/api/models", (), {}, b"", "")
    for _ in range(5000):
        while wait := pacer.claim(API):
            virtual.sleep(wait)
        told, refused = hub.take(asked)
        assert refused is None
        pacer.settle(API, {name.lower(): value for name, value in told.items()})
    assert virtual.now - start <= 10 * 301, "and no more patience than ten windows take"


def test_the_interval_between_two_requests_to_a_host(virtual):
    pacer = Pacer(Settings(endpoint="https://hub.example", interval=2.0), virtual.clock())
    assert (pacer.claim(API), pacer.claim(FILE)) == (0.0, 2.0)
    assert pacer.claim("https://other.example/api/x") == 0.0
