"""Confidential lists: terms are found through the disguises that words are found through, and nothing shows them."""

import json

import pytest

from hubscan import terms
from hubscan.errors import TermListError
from hubscan.terms.tokens import Hasher
from hubscan.text import fold

SECRET = "a secret of the operator, long enough"
KEY = terms.Key.of(SECRET.encode())
LINES = (
    "# a comment", "", "lantern fish", "street lamp{,s}", "Kettle", "abc123", "未成年灯", "Straße", "maße",
    "кувшин  # jug",
)  # fmt: skip
LIST = terms.digested("demo", LINES, KEY, "2026-01-01T00:00:00Z")
FINDER = terms.Finder(LIST, KEY)

FOUND = [
    ("a Lantern-Fish here", "Lantern-Fish", "case and a dash"),
    ("lantern\nfish", "lantern\nfish", "a line break"),
    ("LANTERNFISH", "LANTERNFISH", "run together"),
    ("my_LanternFish_v2", "LanternFish", "CamelCase"),
    ("HDLanternFish", "LanternFish", "capitals before CamelCase"),
    ("x street_lamps.safetensors", "street_lamps", "an alternative ending"),
    ("the l4ntern f1sh", "l4ntern f1sh", "leetspeak"),
    ("K3TTL3", "K3TTL3", "leetspeak in capitals"),
    ("kеttlе", "kеttlе", "look-alike letters"),
    ("ke\u200bttle", "ke\u200bttle", "a zero-width space"),
    ("ＫＥＴＴＬＥ", "ＫＥＴＴＬＥ", "full width"),
    ("k e t t l e", "k e t t l e", "letters held apart"),
    ("<b>ket</b>tle", "ket</b>tle", "markup"),
    ("kettle2", "kettle", "a digit after it"),
    ("ABC-123", "ABC-123", "letters and digits"),
    ("我的未成年灯笼", "未成年灯", "a script without spaces"),
    ("STRASSE", "STRASSE", "sharp s"),
    ("Кувшин", "Кувшин", "another script"),
]
NOT_FOUND = [
    ("lantern. A fish", "another sentence"),
    ("lantern of the fish", "words between"),
    ("lantern", "half a term"),
    ("kettles", "an ending that the list does not name"),
    ("teakettle", "inside another word"),
    ("mass e", "a short phrase held apart"),
    ("未成年", "half a term without spaces"),
    ("", "nothing"),
    ("@@@ ||| $$$", "signs alone"),
    ("\ud800 \U0001f600", "half a pair"),
]


@pytest.mark.parametrize(("text", "found", "why"), FOUND)
def test_a_term_is_found_where_it_stands(text, found, why):
    folded = fold(f"before {text} after", "markdown")
    spans = {folded.original(hit.start, hit.end) for hit in FINDER.scan(folded)}
    assert {folded.source[start:end] for start, end in spans} == {found}, why


@pytest.mark.parametrize(("text", "why"), NOT_FOUND)
def test_what_is_no_term_is_not_found(text, why):
    assert FINDER.scan(fold(text, "markdown")) == [], why


def test_a_hit_names_the_list_and_a_digest_and_no_word():
    (hit,) = FINDER.scan(fold("kettle"))
    (again,) = terms.Finder(LIST, KEY).scan(fold("A KETTLE"))
    assert (hit.group, hit.ref) == ("terms:demo", again.ref)
    assert hit.ref.startswith("demo#")
    other = terms.Key.of(b"another secret of another operator")
    (elsewhere,) = terms.Finder(terms.digested("demo", LINES, other, ""), other).scan(fold("kettle"))
    assert elsewhere.ref != hit.ref


def test_another_key_finds_nothing():
    assert terms.Finder(LIST, terms.Key.of(b"another secret of another operator")).scan(fold("kettle")) == []


def test_nothing_that_is_kept_or_printed_holds_a_term_or_the_key():
    kept = terms.encoded(LIST) + repr((LIST, KEY, FINDER)).encode()
    for word in ("lantern", "fish", "lamp", "kettle", "straße", "未", "кувшин", SECRET, SECRET.encode().hex()):
        assert word.encode() not in kept.lower()
    assert terms.encoded(LIST) == terms.encoded(terms.digested("demo", LINES[::-1], KEY, LIST.added_at))


def test_a_list_survives_its_file(tmp_path):
    path = tmp_path / "demo.json"
    path.write_bytes(terms.encoded(LIST))
    assert terms.read(path) == LIST


BROKEN = [b"", b"{}", b"[1]", terms.encoded(LIST).replace(b"terms/1", b"terms/9"), terms.encoded(LIST)[:-9]]


@pytest.mark.parametrize("data", [*BROKEN, terms.encoded(LIST).replace(b'"demo"', b'"other"')])
def test_a_broken_file_is_refused(tmp_path, data):
    (tmp_path / "demo.json").write_bytes(data)
    with pytest.raises(TermListError, match="not a term list of this version"):
        terms.read(tmp_path / "demo.json")


UNFIT = [
    ("lanter*", "line 3: an open ending"),
    ("lantern{,s", "line 3: a brace has no partner"),
    ("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}teapot", "line 3: 128 spellings are more than 64"),
    ("one two three four five six seven eight nine", "line 3: more than 8 words"),
    ("ab", "line 3: fewer than 3 letters"),
    ("--- ...", "line 3: fewer than 3 letters"),
]


@pytest.mark.parametrize(("line", "what"), UNFIT)
def test_a_line_that_cannot_be_used_is_named_by_its_number_only(line, what):
    with pytest.raises(TermListError) as raised:
        terms.digested("demo", ["kettle", "", line, "cup of tea"], KEY, "")
    assert what in str(raised.value)
    assert line not in str(raised.value)


def test_an_empty_list_is_refused():
    with pytest.raises(TermListError, match="no term in it"):
        terms.digested("demo", ["", "# nothing"], KEY, "")


def test_a_key_comes_from_the_environment(tmp_path):
    path = tmp_path / "key"
    path.write_text(SECRET + "\n")
    path.chmod(0o600)
    assert terms.key({terms.KEY_FILE: str(path)}) == terms.key({terms.KEY: SECRET}) == KEY
    assert terms.key({}) is None


def test_a_key_that_is_no_secret_is_refused(tmp_path):
    path = tmp_path / "key"
    path.write_text(SECRET)
    path.chmod(0o640)
    for environ, what in (
        ({terms.KEY_FILE: str(path)}, "others may read or change this key"),
        ({terms.KEY_FILE: str(tmp_path / "none")}, "cannot be read"),
        ({terms.KEY: "short"}, "shorter than 32 characters"),
        ({terms.KEY: SECRET, terms.KEY_FILE: str(path)}, "both name a key"),
    ):
        with pytest.raises(TermListError, match=what) as raised:
            terms.key(environ)
        assert SECRET not in str(raised.value)


def test_the_hash_of_a_word_does_not_depend_on_where_it_stands():
    hasher = Hasher(KEY.bits)
    text = "kettle and kettle, so far away " + "x" * 5000 + " kettle"
    tokens = hasher.plain(text)
    places = [n for n, start in enumerate(tokens.starts.tolist()) if text.startswith("kettle", start)]
    assert len(places) == 3
    assert len({int(tokens.hashes[n]) for n in places}) == 1
    assert len(set(tokens.hashes.tolist())) == tokens.hashes.size - 2
    assert hasher.plain("kettle").hashes[0] == tokens.hashes[places[0]]
    assert Hasher(terms.Key.of(b"z" * 40).bits).plain("kettle").hashes[0] != tokens.hashes[places[0]]


def test_hostile_text_is_done_with_soon():
    import time

    plain = fold("a kettle on the street lamp of a lantern, fish and tea. " * 9000)
    began = time.process_time()
    FINDER.scan(plain)
    allowed = 20 * (time.process_time() - began) + 0.2
    for text in ("aB" * 250_000, "k3" * 250_000, "lantern " * 60_000, "Kettle" * 80_000, "@$!|" * 120_000):
        began = time.process_time()
        FINDER.scan(fold(text))
        assert time.process_time() - began < allowed, text[:10]


def test_the_file_is_json_with_a_schema():
    assert json.loads(terms.encoded(LIST))["schema"] == "hubscan.terms/1"
