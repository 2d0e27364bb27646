import pytest

from hubscan.http.decode import parse, salvage, text


@pytest.mark.parametrize(
    ("body", "items", "broken"),
    [
        (b'[{"a": 1}, oops, {"b": 2}]', [{"a": 1}, {"b": 2}], 1),
        (b'[{"a": "x, ] } \\" y"}, NaN]', [{"a": 'x, ] } " y'}], 1),
        (b'[1, [2, 3], {"c": [4]}, x]', [1, [2, 3], {"c": [4]}], 1),
        (b'[{"a": 1}, {"b": ', [{"a": 1}], 1),
        (b'[{"a": 1}, {"b": 2}] trailing', [{"a": 1}, {"b": 2}], 1),
        (b" \n[1, " + b"[" * 5000 + b"]" * 5000 + b", 2]", [1, 2], 1),
        (b"[", [], 0),
        (b'["open, 1]', [1], 1),
    ],
)
def test_the_sound_items_of_a_broken_array(body, items, broken):
    assert salvage(body) == (items, broken)


@pytest.mark.parametrize(
    ("body", "members", "broken"),
    [
        (
            b'{"items": [{"a": 1}, NaN, {"b": 2}], "metadata": {"c": 3}}',
            {"items": [{"a": 1}, {"b": 2}], "metadata": {"c": 3}},
            1,
        ),
        (b'{"metadata": {"c": 3}, "items": [{"a": 1}, {"b": ', {"metadata": {"c": 3}, "items": [{"a": 1}]}, 1),
        (b'{"items": [1], "metadata": {oops}}', {"items": [1], "metadata": {}}, 1),
        (b'{"a, \\" : [": [x], "b": 2, c: 3}', {'a, " : [': [], "b": 2}, 2),
        (b'{"data": {"models": [1, x], "total": 2}}', {"data": {"models": [1], "total": 2}}, 1),
        (b'{"a": {"b": {"c": [1, x]}}}', {"a": {}}, 1),
        (b'{"\\ux": 1, "b": 2, "c": }', {"b": 2}, 2),
        (b"{}", {}, 0),
        (b'{"items": [' + b"[" * 5000 + b"]" * 5000 + b', 1], "b": 2}', {"items": [1], "b": 2}, 1),
    ],
)
def test_the_sound_members_of_a_broken_object(body, members, broken):
    assert salvage(body) == (members, broken)


@pytest.mark.parametrize("body", [b"", b"<html>", b"null"])
def test_what_is_no_page_has_no_items(body):
    assert salvage(body) is None


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1,]", b"Infinity", b"-1e999", b"[" * 5000, b'{"a": 1} {}', b"\x1f\x8b\x08"]
)
def test_what_is_not_json(body):
    with pytest.raises(ValueError):  # noqa: PT011 - the message is Python's
        parse(body)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b'{"\\udc00": ["\\ud800x"]}', {"\ufffd": ["\ufffdx"]}),
        (b'"\xed\xa0\x80"', "\ufffd\ufffd\ufffd"),
        (b'"\\\\ud800"', "\\ud800"),
        (b'\xef\xbb\xbf"x"', "x"),
        (b'{"a": 1, "a": 2}', {"a": 2}),
    ],
)
def test_every_string_can_be_written_again(body, value):
    assert parse(body) == value
    assert repr(parse(body)).encode("utf-8")


def test_wrong_bytes_cost_one_mark_each():
    assert text(b"a\xffb") == "a\ufffdb"
