"""Folding: what is seen through, what is left alone, where it stood, and how long it may take."""

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubscan.text import Folded, OffsetMap, fold, folded_word, redact, rewrite

CHARACTERS = [
    ("LANTERN", "lantern", "case"),
    ("ＬＡＮＴＥＲＮ", "lantern", "width"),
    ("ﾌｧｲﾙ", "ファイル", "half-width kana"),
    ("oﬃce ﬁre", "office fire", "ligatures"),
    ("Straße STRASSE", "strasse strasse", "sharp s"),
    ("İstanbul Iğdır ısı", "istanbul igdir isi", "dotted and dotless i"),
    ("Café naïve Łódź", "cafe naive lodz", "accents composed"),
    ("Cafe\u0301 nai\u0308ve", "cafe naive", "accents decomposed"),
    ("Æsir œuvre þing", "aesir oeuvre thing", "letters of two"),
    ("Ωμέγα όμως ὦ", "ωμεγα ομωσ ω", "Greek accents and final sigma"),
    ("Ёлка Й ї", "елка и і", "Cyrillic marks"),
    ("كِتَابٌ أحمد", "كتاب احمد", "Arabic marks"),
    ("שָׁלוֹם", "שלום", "Hebrew points"),
    ("ガ゙ が", "カ か", "kana voice marks"),
    ("ภาษาไทยที่นี่", "ภาษาไทยที่นี่", "Thai vowel signs stay"),
    ("हिन्दी की", "हिन्दी की", "Devanagari vowel signs stay"),
    ("누드 한글", "누드 한글", "Hangul stays"),
    (unicodedata.normalize("NFD", "한글 각"), "한글 각", "Hangul letter by letter"),
    (unicodedata.normalize("NFC", "\u09c7\u09be"), "\u09c7\u09be", "Bengali vowel signs, composed as decomposed"),
    ("lan\u200btern lan\u00adtern lan\u2060tern", "lantern lantern lantern", "zero-width and soft hyphen"),
    ("lan\ufe0ftern l\u0336a\u0336n\u0336", "lantern lan", "variation selectors and strike-through"),
    ("ʟᴀɴᴛᴇʀɴ", "lantern", "small capitals"),
    ("ⓛⓐⓝ 🅛🅐🅝 🅻🅰🅽 🇱🇦🇳", "lan lan lan lan", "circled, squared and regional letters"),
    ("𝐥𝐚𝐧 𝓵𝓪𝓷 𝔩𝔞𝔫 𝚕𝚊𝚗", "lan lan lan lan", "mathematical letters"),
    ("ᴸᵃⁿ ₐ", "lan a", "raised and lowered letters"),
    ("dash–dash—dash−dash “q” ‘q’", "dash-dash-dash-dash \"q\" 'q'", "dashes and quotation marks"),
    ("١٢ ４２", "١٢ 42", "digits of other scripts are theirs, wide ones are ours"),
]  # fmt: skip
LOOKALIKES = [
    ("lаntеrn", "lantern", "Cyrillic a and e"),
    ("lαntεrn", "lantern", "Greek"),
    ("фoнapь Фонаpи", "фонарь фонари", "Latin letters in Cyrillic words"),
    ("лaмna", "лamna", "a word with Latin letters that look like no Cyrillic one"),
    ("LAΝTERΝ ΥARΗ", "lantern yarh", "Greek capitals, which look like others than their small letters"),
    ("ΝΥΞ", "νυξ", "the same in a Greek word"),
    ("lantern 2Β-1в", "lantern 2b-1b", "beside a digit"),
    ("2вв", "2вв", "two of them beside a digit"),
    ("lanտern", "lanտern", "a letter that looks like none stays"),
    ("lanteրn lanterո", "lanteրn lantern", "Armenian"),
    ("lᎪntern", "lantern", "Cherokee capital"),
    ("lꭺntern", "lantern", "Cherokee small letter, which Unicode folds to the capital"),
    ("lɑntern", "lantern", "a Latin letter that Unicode does not decompose"),
    ("the word соаѕт alone", "the word соаѕт alone", "a word of twins alone is for `leet` to tell"),
    ("l а n t е r n", "lantern", "borrowed and split"),
]
HONEST = [
    ("в начале было слово, и актриса шла в дом", "Russian"),
    ("η αρχη ειναι το ημισυ του παντοσ", "Greek, accents and final sigma aside"),
    ("բոլոր մարդիկ ծնվում են ազատ", "Armenian"),
    ("ᏂᎦᏓ ᎠᏂᏴᏫ ᏂᎨᎫᏓᎸᎾ", "Cherokee"),
    ("an english text that names актриса and знаменитости once", "Russian words in an English text"),
    ("ελληνικα and english side by side", "Greek beside English"),
]
MARKUP = [
    ("html", "lan<b>tern</b>", "lantern", "an inline tag inside a word"),
    ("html", "<b>lan</b><i>tern</i>", "lantern", "two of them"),
    ("html", 'lan<span class="x">tern</span>', "lantern", "attributes"),
    ("html", "<p>one</p><p>two</p>", "\n\none\n\n\n\ntwo\n\n", "paragraphs part"),
    ("html", "<div>one</div>two<br/>three", "\none\ntwo\nthree", "blocks part"),
    ("html", "<h2>Use</h2><ul><li>one</li><li>two</li></ul>", "\n\n## use\n\n\n\n- one\n\n- two\n\n", "lists"),
    ("html", "lan&#116;ern &lt;b&gt; &amp;", "lantern <b> &", "entities, once"),
    ("html", "lan&#x74;ern lan&shy;tern caf&eacute;", "lantern lantern cafe", "hexadecimal and named entities"),
    ("html", "lan<!-- not said -->tern", "lantern", "a comment inside a word"),
    ("html", "a<!-->b<!-- c -->d", "abd", "an empty comment hides nothing"),
    ("html", "a<!-- b", "a<!-- b", "an open comment hides nothing"),
    ("html", f"<!--{'x' * 20_000}-->", f"<!--{'x' * 20_000}-->", "nor does one too long to be one"),
    ("html", "R&D <b>lan</b>tern", "r&d lantern", "markup right behind a sign that is none"),
    ("html", "lan<zz>tern</zz>", "lantern", "a tag HTML does not know, inside a word"),
    ("html", "1 < 2 and 3 > 2", "1 < 2 and 3 > 2", "comparisons"),
    ("markdown", "use <lantern> in the prompt", "use <lantern> in the prompt", "a token is a word"),
    ("markdown", "lan**ter**n lan~~tern~~ lan\\tern", "lantern lantern~~ lantern", "emphasis inside a word"),
    ("markdown", "**lan<b>tern</b>**", "**lantern**", "a tag right behind emphasis"),
    ("markdown", "a * b, 2*3, snake_case", "a * b, 23, snake_case", "no word is lost to multiplication"),
    ("markdown", "text\n<!-- template -->\nmore", "text\n\nmore", "a comment of its own line"),
    ("plain", "<b>lan</b>", "<b>lan</b>", "plain text has no tags"),
    ("plain", "\u202enretnal\u202c and on", "lantern and on", "right-to-left override, in a name"),
    ("markdown", "\u202enretnal", "lantern", "right-to-left override without end"),
]  # fmt: skip
SPLIT = [
    *((f"a text {sign.join('lantern')} here", "a text lantern here", f"split by {sign!r}") for sign in ".-_*|~/·•"),
    ("the word: l a n t e r n, here", "the word: lantern, here", "split by spaces"),
    ("l a n   o i l", "lan oil", "a wider gap is a space"),
    ("l.a.n . o.i.l", "lan . oil", "as far as it goes"),
    ("l . a . n oil", "lan oil", "split by dots between spaces"),
    ("l a n\no i l", "lan\noil", "a line ends a run"),
    (" ".join("lantern" * 100), "lantern" * 100, "a run of any length"),
    ("l a n " + "x" * 386 + " " + " ".join("lantern"), "lan " + "x" * 386 + " lantern", "two runs"),
    ("U.S.A. and U.S. law", "usa. and u.s. law", "an abbreviation of three is joined, of two is not"),
    ("version 1.2.3 of 4-5-6", "version 1.2.3 of 4-5-6", "numbers"),
    ("| a - b - c |", "| a - b - c |", "a row of a table"),
    ("J. R. R. Tolkien", "j. r. r. tolkien", "initials"),
    ("y = a x + b, f(x, y)", "y = a x + b, f(x, y)", "a formula"),
    ("a b or not", "a b or not", "two letters"),
    ("pages 1 2 3 4", "pages 1 2 3 4", "digits"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected", "why"), CHARACTERS + LOOKALIKES)
def test_characters(text, expected, why):
    assert fold(text).text == expected, why


@pytest.mark.parametrize(("text", "why"), HONEST)
def test_honest_words_of_other_scripts_are_left_alone(text, why):
    assert fold(text).text == text, why


@pytest.mark.parametrize(("markup", "text", "expected", "why"), MARKUP)
def test_markup(markup, text, expected, why):
    assert fold(text, markup).text == expected, why


@pytest.mark.parametrize(("text", "expected", "why"), SPLIT)
def test_split_letters(text, expected, why):
    assert fold(text).text == expected, why


def test_a_vocabulary_word_is_folded_as_texts_are():
    for text, expected, why in CHARACTERS:
        assert folded_word(text) == expected, why


def test_a_rewrite_maps_back():
    text, back = rewrite("abcdef", [(1, 2, ""), (3, 4, "XYZ")])
    assert text == "acXYZef"
    assert [(back.start(at), back.end(at + 1)) for at in range(len(text))] == [
        (0, 1), (2, 3), (3, 4), (3, 4), (3, 4), (4, 5), (5, 6),
    ]  # fmt: skip
    assert OffsetMap([]).start(7) == OffsetMap([]).end(7) == 7


def test_the_original_character_tells_the_case():
    folded = fold("ﬁxＡb")
    assert (folded.text, [folded.case_at(at) for at in range(6)]) == ("fixab", ["ﬁ", "ﬁ", "x", "Ａ", "b", ""])


def test_redacting_keeps_length_and_shape():
    assert redact("Lantern, v1.5!\n日本") == "•••••••, ••.•!\n••"


# --- for any text -----------------------------------------------------------------------------------------------------

PIECES = [
    "<b>", "</b>", "<!--", "-->", "&#110;", "&amp;", "&shy;", "\u202e", "\u202c", "\u200b", "\u0301", "*", "**", "`",
    " ", "\n", ".", "-", "_", "a", "B", "е", "ß", "ﬃ", "ﷺ", "한", "\u1112\u1161", "日", "\0", "\ud800", "Ꭺ", "1",
]  # fmt: skip
hostile = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=25).map("".join)
any_text = st.text(max_size=60) | hostile
markups = st.sampled_from(["plain", "markdown", "html"])


@given(any_text, markups)
@settings(max_examples=250, deadline=None)
def test_every_span_maps_back_in_order(text, markup):
    folded = fold(text, markup)
    spans = [folded.original(at, at + 1) for at in range(len(folded.text))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)
    if spans:
        low, high = folded.original(0, len(folded.text))
        assert (low, high) == (spans[0][0], spans[-1][1])


@given(st.text(alphabet="abcdeABCßéйﬁ日한\u0301\u200b 1,", max_size=40))
@settings(max_examples=300, deadline=None)
def test_folding_twice_is_folding_once(text):
    once = folded_word(text)
    assert folded_word(once) == once


def test_every_character_is_folded_to_the_end():
    characters = [chr(point) for point in (*range(0xD800), *range(0xE000, 0x20000), *range(0xE0000, 0xE01F0))]
    once = fold("\n".join(characters)).text
    assert fold(once).text == once


@given(any_text)
@settings(max_examples=200, deadline=None)
def test_redacted_text_has_no_letter_left(text):
    shown = redact(text)
    assert len(shown) == len(text)
    assert not any(char.isalnum() for char in shown)
    assert [char for char in shown if char != "•"] == [c for c in text if not (c.isalnum() or c == "_" or c == "•")]


# --- hostile input ----------------------------------------------------------------------------------------------------

SIZE = 100_000
PLAIN = "A few ordinary words – and more of them, in a \u00e9legant line.\n"
HOSTILE = [
    ("html", "<"), ("html", "<!--"), ("html", "<!-- a"), ("html", "<b>"), ("html", "<b "), ("html", "</"),
    ("html", "&#"), ("html", "&amp;"), ("html", "\u202ea"), ("markdown", "*"), ("markdown", "a*"), ("markdown", "`~"),
    ("markdown", "[](<"), ("plain", "a "), ("plain", "a  "), ("plain", "a.1."), ("plain", "ﬃ"), ("plain", "\u200b"),
    ("plain", "е"), ("plain", "aе"), ("plain", "\u1112\u1161"), ("plain", "\ud800"), ("plain", "\0"),
    ("plain", "e\u0301"),
]  # fmt: skip


def seconds(text: str, markup: str) -> float:
    start = time.process_time()
    fold(text, markup)
    return time.process_time() - start


@pytest.mark.parametrize(("markup", "bit"), HOSTILE)
def test_hostile_text_takes_bounded_time(markup, bit):
    plain = min(seconds(PLAIN * (SIZE // len(PLAIN)), markup) for _ in range(3))
    hostile = min(seconds(bit * (SIZE // len(bit)), markup) for _ in range(2))
    assert hostile < max(50 * plain, 1)


def test_a_long_word_beside_a_mixed_one_takes_bounded_time():
    assert seconds("а" * SIZE + " aа", "plain") < 1


def test_odd_characters_pass():
    assert fold("\ud800a\0b\udfff").text == "\ud800a\0b\udfff"
    assert fold("") == Folded("", "")
