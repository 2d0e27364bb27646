import pytest

from hubscan.http.places import canonical, objection, origin_of, shown

HUB = origin_of("https://hub.example")
FILES = (".files.example", "cdn.example", "127.0.0.1", "10.0.0.8")


@pytest.mark.parametrize(
    ("url", "allowed", "why"),
    [
        ("https://hub.example/api/models?x=1", True, "the hub itself"),
        ("https://hub.example:443/x", True, "its default port written out"),
        ("https://HUB.example/x", True, "host names have no case"),
        ("https://hub.example:8443/x", False, "another port is another origin"),
        ("http://hub.example/x", False, "no way back from https"),
        ("https://hub.example.evil.test/x", False, "a name that only begins like it"),
        ("https://evil.test/hub.example", False, "the name in the path"),
        ("https://hub.example@evil.test/x", False, "the name as a user"),
        ("https://user:secret@hub.example/x", False, "credentials in a link"),
        ("https://evil.test\\@hub.example/x", False, "parsers disagree about the backslash"),
        ("https://hub.example /x", False, "a blank in the host"),
        ("https://hub.example/x\r\nHost: evil", False, "a header in the address"),
        ("file:///etc/passwd", False, "no http"),
        ("ftp://hub.example/x", False, "no http"),
        ("//evil.test/x", False, "no scheme"),
        ("https://[::1", False, "unreadable"),
        ("https://hub.example:99999999/x", False, "no such port"),
        ("", False, "empty"),
        ("https://cdn.example/file", True, "allowed by name"),
        ("http://cdn.example/file", False, "allowed, but not without TLS"),
        ("https://a.files.example/file", True, "under an allowed name"),
        ("https://files.example/file", False, "the dot asks for a name below"),
        ("https://evilfiles.example/file", False, "not below"),
        ("https://127.0.0.1/file", False, "allowed by name, but private"),
        ("https://10.0.0.8/file", False, "allowed by name, but private"),
    ],
)
def test_where_a_public_hub_may_lead(url, allowed, why):
    assert (objection(url, HUB, FILES) is None) is allowed, why


def test_a_private_hub_may_use_private_file_servers():
    assert objection("http://10.0.0.8:9000/x", origin_of("http://127.0.0.1:8000"), FILES) is None


def test_the_step_up_to_https_is_taken():
    assert objection("https://hub.example/x", origin_of("http://hub.example")) is None
    assert objection("https://hub.example/x", origin_of("http://hub.example:8080")) is not None


def test_one_question_has_one_form():
    assert canonical("https://h/x?b=2&a=1#top") == canonical("https://h/x?a=1&b=2")
    assert canonical("https://h/x?a=1") != canonical("https://h/x?a=2")


def test_what_is_printed_holds_no_secret():
    assert shown("https://u:pw@h.test/x?signature=abc#f") == "https://h.test/x"
