"""Contexts: what governs a word and what does not, with phrases of this test alone."""

import pytest

from hubscan.context import Contexts
from hubscan.rulebook import Context
from hubscan.text import fold

CONTEXTS = Contexts([
    Context("forbids", "", "", {
        "before": {"en": ["do not use", "must not", "prohibited"]},
        "near_before": {"en": ["no"]},
        "after": {"en": ["is prohibited"]},
        "near_after": {"en": ["banned"]},
        "answer": {"en": ["no", "please don't"]},
        "heading": {"en": ["prohibited uses", "licen{s,c}e"]},
    }),
    Context("filters", "", "", {
        "before": {"en": ["detect{,s}"]},
        "after": {"en": ["detector"]},
        "purpose": {"en": ["detector", "classifier"]},
        "column": {"en": ["model{,s}"]},
    }, {"en": ["bypass detect{,s}"]}),
    Context("moves", "", "", {"near_after": {"en": ["was given up"]}}, named=True),
    Context("ends", "", "", {"before": {"en": ["but", "however"]}}),
])  # fmt: skip

GOVERNED = [
    ("Do not use it for lanterns.", ["forbids"], "before"),
    ("Do not use it. For lanterns.", [], "another sentence"),
    ("For lanterns it must not be used.", [], "a phrase that reaches forwards only"),
    ("A lantern is prohibited.", ["forbids"], "after"),
    ("Is prohibited: lantern", ["forbids"], "`prohibited` reaches forwards"),
    ("no old red lantern", ["forbids"], "near"),
    ("no, a lantern", [], "near, but for a comma"),
    ("no one two three four five lantern", [], "too far to be near"),
    ("no oil, wick or lantern", ["forbids"], "the last of several"),
    ("no oil, wick, or lantern", ["forbids"], "the same with a comma"),
    ("no oil, lantern or wick", ["forbids"], "one between"),
    ("no oil, lantern and wick", [], "not joined by an or"),
    ("no oil; wick or lantern", [], "other signs part what is denied"),
    ("no oil, or a wick, lantern", [], "behind the last of several"),
    ("no oil, one two three four five or lantern", [], "parts are short"),
    ("no one two three four lantern", ["forbids"], "just near"),
    ("lantern light banned", ["forbids"], "near, behind"),
    ("lantern one two three four banned", ["forbids"], "just near, behind"),
    ("lantern one two three four five banned", [], "too far to be near, behind"),
    ("lantern, banned", [], "near, behind, but for a comma"),
    ("oil, lantern banned", ["forbids"], "a comma before the words"),
    ("lantern but oil banned", [], "near, behind, but for a word that ends the reach"),
    ("| no | one, two three four five six | lantern |", ["forbids"], "a cell, which speaks for the whole row"),
    ("must not " + "oil " * 98 + "lantern", ["forbids"], "a phrase some 400 letters before"),
    ("must not " + "oil " * 101 + "lantern", [], "a phrase farther before"),
    ("lantern " + "oil " * 98 + "is prohibited", ["forbids"], "a phrase some 400 letters behind"),
    ("lantern " + "oil " * 101 + "is prohibited", [], "a phrase farther behind"),
    ("Do not use it here but for a lantern", [], "a word that ends the reach"),
    ("However, do not use a lantern", ["forbids"], "that word before"),
    ("Do not use it for oil; it makes a lantern", [], "a semicolon between two clauses"),
    ("Do not use it for oil; for wicks; for a lantern", ["forbids"], "semicolons that hold a list together"),
    ("It detects each lantern", ["filters"], "another context"),
    ("It can bypass detects of a lantern", [], "a phrase in which the trigger means something else"),
    ("Do not use it if it detects a lantern", ["forbids", "filters"], "two"),
    ("Do not use for:\n- oil\n- lantern", ["forbids"], "a list under a line with a colon"),
    ("Do not use for\n- oil\n- lantern", [], "a list under a line without"),
    ("You must not\n- oil\n- lantern", ["forbids"], "a list under a line that breaks off"),
    ("## You must not\n\n- oil\n- lantern", ["forbids"], "the same as a heading"),
    ("Can it light a lantern? No, never.", ["forbids"], "a question and its answer"),
    ("**Will it light a lantern?**\n\nPlease don't.", ["forbids"], "an answer below the question"),
    ("Q: Can it light a lantern? A: No.", ["forbids"], "an answer that is labelled"),
    ("Can it light a lantern? No: not one.", ["forbids"], "an answer that goes on"),
    ("Lantern: no.", ["forbids"], "a line with its answer"),
    ("**Lantern:** No", ["forbids"], "the same in bold"),
    ("Lantern: no oil.", [], "a line that goes on"),
    ("Do you want a lantern? Yes. No oil.", [], "an answer that starts otherwise"),
    ("It lights a lantern. No oil.", [], "no question before"),
    ("Lantern? Nobody asked.", [], "a word that starts like an answer"),
    ("Do not use for:\n- oil\nwicks and lantern", ["forbids"], "a bullet that goes on in the next line"),
    ("Do not use for:\n- oil\nkind: lantern", [], "a key after the list"),
    ("Do not use for:\n- oil\nkinds:\n- lantern", [], "the list of the next key"),
    ("license: other\nkinds:\n- lantern", [], "the list of a key, and another key above"),
    ("- must not\nkind: lantern", [], "a key after a bullet"),
    ("Do not use, but for:\n- lantern", [], "a lead-in whose phrase does not reach the colon"),
    ("- Do not use for:\n  - oil\n  - lantern", ["forbids"], "a nested list"),
    ("Do not use for:\n- oil\n\nlantern", [], "after the list"),
    ("**Do not use for:**\n- lantern", ["forbids"], "a bold line"),
    ("**You must not.** A lantern, oil", ["forbids"], "bold words that open a sentence"),
    ("**Prohibited uses.** Oil. A lantern", ["forbids"], "all sentences behind them"),
    ("**Prohibited uses.** Oil. **Style.** A lantern", [], "up to the next"),
    ("**You must not now.** A lantern", [], "bold words that do not end in the phrase"),
    ("# Prohibited uses\n\noil\n\nlantern", ["forbids"], "a section"),
    ("# Prohibited uses\n## Kinds\nlantern", ["forbids"], "a section inside"),
    ("# Prohibited uses\noil\n# Style\nlantern", [], "the next section"),
    ("# License\n\n# Lantern style", [], "the next heading"),
    ("License\n-------\nlantern", ["forbids"], "an underlined heading"),
    ("| must not | lantern |", ["forbids"], "a row of a table"),
    ("| must not | oil |\n| lantern | yes |", [], "the next row"),
    ("| | base | other |\n|---|---|---|\n| lantern | no | yes |", ["forbids"], "a row that the first column denies"),
    ("| | base | this |\n|---|---|---|\n| lantern | no | yes |", [], "a row its own column does not deny"),
    ("| | base | this |\n|---|---|---|\n| lantern | yes | no |", ["forbids"], "a row its own column denies"),
    ("| | base | this |\n|---|---|---|\n| no lantern | red | blue |", ["forbids"], "a row without a bare no"),
    ("| | this |\n|---|---|\n| lantern | no, but |", [], "a no that says more"),
    ("| | this |\n|---|---|\n| lantern | no, too dear |", ["forbids"], "a no and its reason"),
    ("| | this |\n|---|---|\n| lantern | no oil |", [], "a no to something else"),
    ("| model | lit by |\n|---|---|\n| other | lantern |\n| **mine** | oil |", ["filters"], "a row beside ours"),
    ("| model | lit by |\n|---|---|\n| other | lantern |\n| (ours) | oil |", ["filters"], "beside ours by word"),
    ("| model | lit by |\n|---|---|\n| other | lantern |\n| mine | oil |", ["filters"], "beside mine"),
    ("| model | lit by |\n|---|---|\n| other | oil |\n| **mine** | lantern |", [], "the row of ours"),
    ("| model | lit by |\n|---|---|\n| other | lantern |\n| home | oil |", [], "no row is said to be ours"),
    ("| version | lit by |\n|---|---|\n| 1 | lantern |\n| **2** | oil |", [], "a table that does not compare models"),
    ("The lantern was given up", ["moves"], "a context that only some clauses name"),
    ("| | this |\n|---|---|\n| oil | lantern | no |", [], "a word that is no label of its row"),
    ("Use:\n```\nlantern\n```", ["quotes"], "code"),
    ("> lantern", ["quotes"], "a quotation"),
    ("Do not use it! A lantern! I am not responsible.", [], "a disclaimer beside buys nothing"),
    ("must not " + "word " * 100 + "lantern", [], "too far"),
    ("word " * 300 + "must not show a lantern" + " word" * 300, ["forbids"], "in a sentence without end"),
    ("Detects a prohibited lantern detector", ["filters", "forbids"], "each once"),
    ("<p>Do not use <b>it</b> for</p><p>lantern</p>", [], "paragraphs of HTML"),
    ("<table><tr><th></th><th>this</th></tr>\n <tr><td><b>lant</b>ern</td>\n  <td>no</td></tr></table>", ["forbids"],
     "a row of an HTML table"),
    ("<table><tr><td>It must not</td>lantern</tr></table>", ["forbids"], "words beside a cell's tags stay apart"),
    ("<table><tr><td>oil</td><td>must not</td></tr><tr><td>lantern</td></tr></table>", [], "the next row of HTML"),
    ("<h2>Prohibited uses</h2><ul><li>lantern</li></ul>", ["forbids"], "a section of HTML"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected", "why"), GOVERNED)
def test_what_governs_a_word(text, expected, why):
    folded = fold(text, "html" if text.startswith("<") else "markdown").text
    start = folded.rindex("lantern") if "detector" not in folded else folded.index("lantern")
    assert list(CONTEXTS.read(folded).at(start, start + len("lantern"))) == expected, why


def test_every_word_of_a_long_text_keeps_its_context():
    text = "do not use for a lantern " * 400
    reader = CONTEXTS.read(text)
    places = [at for at in range(len(text)) if text.startswith("lantern", at)]
    assert {reader.at(at, at + 7) for at in places} == {("forbids",)}


def test_purposes_open_a_text():
    text = "A classifier of pictures. " + "word " * 200 + "detector"
    reader = CONTEXTS.read(text)
    assert reader.purposes(0, len(text)) == {"filters"}
    assert reader.purposes(30, 100) == set()


def test_a_table_is_no_purpose():
    text = "Pictures of lanterns.\n\n| detector | classifier |\n|---|---|\n| 0.7 | 0.8 |\n"
    assert CONTEXTS.read(text).purposes(0, len(text)) == set()


def test_ends_is_no_context_and_a_named_one_discounts_only_where_it_is_named():
    assert CONTEXTS.unnamed == {"quotes", "policy", "forbids", "filters"}
