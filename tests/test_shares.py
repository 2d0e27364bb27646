import pytest

from hubscan.shares import Share

# Published values: Newcombe, Statist. Med. 17 (1998) 857-872, table I, method 3.
KNOWN = [
    (Share(81, 263), (0.2553, 0.3662)),
    (Share(15, 148), (0.0624, 0.1605)),
    (Share(0, 20), (0.0, 0.1611)),
    (Share(1, 29), (0.0061, 0.1718)),
]


@pytest.mark.parametrize(("share", "interval"), KNOWN)
def test_the_interval_is_the_published_one(share, interval):
    assert share.interval == pytest.approx(interval, abs=0.00005)


def test_nothing_known_is_said_to_be():
    assert (Share(0, 0).value, Share(0, 0).interval, Share(0, 0).words) == (None, (0.0, 1.0), "unknown")
    assert Share(3, 4).words == "75% (30% to 95%)"
