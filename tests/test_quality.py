"""The quality benchmark counts as the labels' own scorer does, disguises words that a reader still reads, and keeps
held sets and texts to itself."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hubscan import frontmatter
from hubscan.errors import InputError
from hubscan.findings import ScanError, Severity
from hubscan.hubs import base
from hubscan.leet import KnownWords
from hubscan.records import StoredRecord
from hubscan.text import fold

ROOT = Path(__file__).parent.parent
DATA = Path(os.environ.get("HUBSCAN_DATA", ROOT.parent / "shared" / "data"))

sys.path.insert(0, str(ROOT / "benchmarks"))
quality = importlib.import_module("quality")
disguises, make_quality_set, measuring, naive, scoring = (
    sys.modules[name] for name in ("disguises", "make_quality_set", "measuring", "naive", "scoring")
)
sys.path.remove(str(ROOT / "benchmarks"))


def parsed(stored: StoredRecord):
    record = base.parse(stored)
    assert not isinstance(record, ScanError), record
    return record


def label(name: str, *labels: str, optional: tuple[str, ...] = (), **fields: str):
    return scoring.Label(name, frozenset(labels), frozenset(optional), fields)


# --- scoring

LABELS = (
    label("a", "ncii", "historical", difficulty="plain", language="en"),
    label("b", "historical", difficulty="subtle", language="fr"),
    label("c", optional=("evasion",), difficulty="hard_negative", language="en"),
    label("d", difficulty="benign", language="en"),
)
FOUND = (
    frozenset({"ncii", "documentation"}),
    frozenset({"historical", "ncii"}),
    frozenset({"evasion", "reupload"}),
    frozenset({"likeness"}),
)


@pytest.mark.parametrize(
    ("category", "tp", "fp", "fn", "precision", "recall", "f1"),
    [
        ("ncii", 1, 1, 0, 0.5, 1.0, 2 / 3),
        ("historical", 1, 0, 1, 1.0, 0.5, 2 / 3),
        ("likeness", 0, 1, 0, 0.0, 1.0, 0.0),
        ("evasion", 0, 0, 0, 1.0, 1.0, 1.0),
    ],
)
def test_a_category_is_counted(category, tp, fp, fn, precision, recall, f1):
    row = scoring.counts(LABELS, FOUND)[category]
    assert row == scoring.Count(tp, fp, fn)
    assert (row.precision, row.recall, row.f1) == pytest.approx((precision, recall, f1))


def test_macro_f1_is_the_mean_over_categories_that_some_record_carries():
    table = scoring.counts(LABELS, FOUND)
    assert scoring.macro_f1(table) == pytest.approx(2 / 3)
    assert scoring.micro(table) == scoring.Count(2, 2, 1)


def test_only_scored_categories_flag_a_negative_and_optional_ones_do_not():
    assert scoring.flagged("hard_negative", LABELS, FOUND) == (0, 1)
    assert scoring.flagged("benign", LABELS, FOUND) == (1, 1)


def test_recall_by_a_field_counts_labels():
    assert scoring.recall_by("language", LABELS, FOUND) == {"en": (1, 2), "fr": (1, 1)}


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_intervals_are_those_of_the_literature(part, whole, low, high):
    """The four examples of Newcombe 1998, table I, method 3."""
    assert scoring.wilson(part, whole) == pytest.approx((low, high), abs=5e-5)


def test_nothing_is_known_of_a_share_of_none():
    assert scoring.wilson(0, 0) == (0.0, 1.0)


def test_bootstrap_intervals_hold_the_value_and_do_not_change():
    labels, named = LABELS * 20, FOUND * 20
    by_category, macro = scoring.f1_intervals(labels, named)
    assert by_category["ncii"][0] < scoring.counts(labels, named)["ncii"].f1 < by_category["ncii"][1]
    assert macro[0] < macro[1] <= 1
    assert by_category["evasion"] == (1.0, 1.0)
    assert scoring.f1_intervals(labels, named) == (by_category, macro)


def test_the_macro_f1_is_that_of_the_labels_own_scorer(tmp_path):
    if not (DATA / "score.py").is_file():
        pytest.skip(f"no measuring data at {DATA}; set HUBSCAN_DATA")
    dump, labels = (DATA / name for name in quality.SAMPLE)
    sample = measuring.read_set("labelled-sample", dump, labels)
    hits = [measuring.Hubscan().hits, measuring.Naive().hits]
    for number, scan in enumerate(hits):
        named = [frozenset(hit.category for hit in scan(record)) for record in sample.records]
        pairs = zip(sample.records, named, strict=True)
        lines = [{"repo": {"id": r.ref.repo_id}, "category": c} for r, names in pairs for c in sorted(names)]
        findings, out = tmp_path / f"{number}.jsonl", tmp_path / f"{number}.json"
        findings.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        command = [sys.executable, DATA / "score.py", labels, findings, "--json", out, "--bootstrap", "0"]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        theirs, ours = json.loads(out.read_text()), measuring.scores(sample.labels, named, ("difficulty", "language"))
        assert ours["macro_f1"] == pytest.approx(theirs["macro_f1"], abs=1e-12)
        assert {c: row["f1"] for c, row in ours["categories"].items()} == pytest.approx(
            {c: row["f1"] for c, row in theirs["categories"].items()}
        )
        assert {d: part / whole for d, (part, whole) in ours["flagged"].items()} == theirs["false_positive_rate"]
        for field, values in ours["recall_by"].items():
            assert {value: part / whole for value, (part, whole) in values.items()} == pytest.approx(
                {value: row["all"] for value, row in theirs[f"recall_by_{field}"].items()}
            )


# --- disguises

PHRASES = ("uncensored", "phishing kit", "celebrity", "re-upload", "safety checker removed")
PLACE = disguises.Place


@pytest.mark.parametrize("manner", range(4))
@pytest.mark.parametrize("name", disguises.DISGUISES)
def test_a_disguise_changes_the_text_and_folds_back_to_the_same_words(name, manner):
    for phrase in PHRASES:
        written = disguises.DISGUISES[name](phrase, PLACE.RENDERED, manner)
        assert written != phrase
        folded = fold(written, "html")
        if name == "leetspeak":
            folded = KnownWords(disguises.words(phrase)).written_out(folded)
        if name == "joined":
            assert "".join(disguises.words(phrase)) in folded.text.replace("_", "")
        else:
            assert disguises.words(folded.text) == disguises.words(phrase)


@pytest.mark.parametrize(
    ("name", "text", "place", "written"),
    [
        ("leetspeak", "phishing kit", PLACE.LINE, "ph1sh1ng k1t"),
        ("spaced", "phishing kit 15", PLACE.LINE, "p h i s h i n g   k i t   15"),
        ("spaced", "phishing-kit", PLACE.SLUG, "p-h-i-s-h-i-n-g_k-i-t"),
        ("dotted", "LAION-5B", PLACE.LINE, "L.A.I.O.N-5B"),
        ("full-width", "Kit", PLACE.LINE, "\uff2b\uff49\uff54"),
        ("joined", "phishing kit", PLACE.LINE, "v2_phishing_kit_xl"),
        ("entities", "kit", PLACE.RENDERED, "&#107;&#x69;&#116;"),
    ],
)
def test_what_a_disguise_writes(name, text, place, written):
    assert disguises.DISGUISES[name](text, place, 0) == written


CARD = "---\nlicense: mit\nbase_model: org/phishing\ntags:\n- phishing\n---\n# Phishing\n\nhttps://example.invalid/phishing\n"


def upload(**native) -> StoredRecord:
    return StoredRecord("huggingface", "model", {"id": "someone/phishing-kit", **native}, CARD)


def test_what_links_elsewhere_stays_and_what_the_uploader_typed_changes():
    copy = disguises.disguised(
        upload(tags=["phishing", "base_model:org/phishing"], siblings=[{"rfilename": "phishing.gguf"}]),
        {"phishing"},
        disguises.dotted,
    )
    hidden = "p.h.i.s.h.i.n.g"
    assert copy.native["id"] == f"someone/{hidden}-kit"
    assert copy.native["tags"] == [hidden, "base_model:org/phishing"]
    assert copy.native["siblings"] == [{"rfilename": f"{hidden}.gguf"}]
    assert copy.card == CARD.replace("- phishing", f"- {hidden}").replace("# Phishing", f"# P{hidden[1:]}")


def test_a_word_leaves_a_place_that_cannot_hold_it_if_it_stands_disguised_elsewhere():
    copy = disguises.disguised(upload(), {"phishing", "kit"}, disguises.full_width)
    assert copy.native["id"] == "someone/phishing-kit", "`kit` stands nowhere else"
    copy = disguises.disguised(upload(), {"phishing"}, disguises.full_width)
    assert copy.native["id"] == f"someone/{disguises.FILLER}-kit"


def test_a_word_that_no_place_can_hold_stays():
    stored = StoredRecord("huggingface", "model", {"id": "someone/phishing-kit"}, "")
    assert disguises.disguised(stored, {"phishing"}, disguises.full_width) is stored


@pytest.fixture(scope="module")
def dev(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dev")
    for file, text in make_quality_set.texts("dev").items():
        (folder / file).write_text(text, encoding="utf-8")
    return measuring.read_set("dev", folder / "dev.jsonl", folder / "dev.labels.jsonl")


@pytest.mark.parametrize("name", disguises.DISGUISES)
def test_a_disguised_record_is_read_as_before(dev, name):
    changed = 0
    for stored, record in zip(dev.stored, dev.records, strict=True):
        copy = disguises.disguised(stored, measuring.words_to_disguise(record, []), disguises.DISGUISES[name])
        after = parsed(copy)
        assert (after.malformed, after.license, after.datasets) == (record.malformed, record.license, record.datasets)
        assert after.base_models == record.base_models
        assert front_keys(copy) == front_keys(stored)
        assert stored.hub == "civitai" or disguises.SLUG.fullmatch(after.title)
        changed += copy is not stored
    assert changed > len(dev.records) / 2


def front_keys(stored: StoredRecord) -> list[str]:
    block = frontmatter.split(stored.card or "")[0]
    front = frontmatter.parse(block or "")
    assert front.complete
    return list(front.values)


# --- the naive scanner


def naively(card: str) -> dict[str, frozenset[str]]:
    return dict(naive.find(parsed(StoredRecord("huggingface", "model", {"id": "someone/thing"}, card))))


def test_the_naive_scanner_knows_words_and_no_context():
    assert naively("An UNCENSORED model.") == {"safeguard-removal": {"uncensored"}}
    assert naively("Do not use it for phishing.") == {"malicious-use": {"phishing"}}
    assert naively("A minority report on scampi, p h i s h i n g aside.") == {}


def test_the_naive_scanner_has_keywords_and_a_severity_for_every_scored_category():
    assert set(naive.KEYWORDS) == set(scoring.SCORED)
    assert naive.severity("ncii") is Severity.CRITICAL


# --- the command


@pytest.fixture
def made(tmp_path):
    """A set of three records and its labels."""
    rows = [("o/phishing-kit", ["malicious-use"], "plain"), ("o/bread", [], "benign"), ("o/law", [], "hard_negative")]
    dump, labels = tmp_path / "made.jsonl", tmp_path / "made.labels.jsonl"
    texts = ["A phishing kit for sale.", "Names breads.", "You must not use this for phishing."]
    records = [
        {"hub": "huggingface", "kind": "model", "native": {"id": row[0]}, "card": text}
        for row, text in zip(rows, texts, strict=True)
    ]
    lines = [{"id": row[0], "labels": row[1], "difficulty": row[2], "language": "en"} for row in rows]
    for path, values in ((dump, records), (labels, lines)):
        path.write_text("".join(json.dumps(value) + "\n" for value in values), encoding="utf-8")
    return dump, labels


def run(monkeypatch, capsys, *arguments: object) -> str:
    monkeypatch.setattr("sys.argv", ["quality.py", *map(str, arguments)])
    quality.main()
    return capsys.readouterr().out


def test_the_command_prints_numbers_and_no_text(made, tmp_path, monkeypatch, capsys):
    out = tmp_path / "numbers.json"
    said = run(monkeypatch, capsys, "--labelled", *made, "--unlabelled", made[0], "--json", out)
    assert "=== made: 3 records" in said
    assert "hard negatives flagged" in said
    assert "leetspeak" in said
    for word in ("phishing", "bread", "o/law"):
        assert word not in said + out.read_text(encoding="utf-8")
    numbers = json.loads(out.read_text(encoding="utf-8"))
    assert numbers["labelled"]["made"]["naive"]["flagged"] == {"hard_negative": [1, 1], "benign": [0, 1]}
    assert numbers["unlabelled"]["made"]["naive"] == {"high": 2, "above info": 2}


def test_errors_are_ids_with_their_rules(made, monkeypatch, capsys):
    labels = made[1]
    labels.write_text(labels.read_text(encoding="utf-8").replace('["malicious-use"]', '["evasion"]'), encoding="utf-8")
    said = run(monkeypatch, capsys, "--labelled", *made, "--unlabelled", "--mutate", "none", "--errors", "made")
    assert "FN made evasion o/phishing-kit\n" in said
    assert "FP made malicious-use o/phishing-kit malicious-use/" in said


def test_errors_of_a_held_set_are_refused(made, monkeypatch, capsys):
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, capsys, "--labelled", *made, "--errors", "made,held")
    assert ended.value.code == 2
    assert "held is only scored" in capsys.readouterr().err
    held = measuring.read_set("held", *made)
    with pytest.raises(InputError, match="never listed"):
        list(measuring.errors(held, measuring.Naive()))


def test_an_unknown_disguise_is_refused_with_the_choices(monkeypatch, capsys):
    with pytest.raises(SystemExit):
        run(monkeypatch, capsys, "--mutate", "rot13")
    assert "no disguise rot13; there are leetspeak" in capsys.readouterr().err


def test_labels_of_other_records_are_refused(made):
    made[1].write_text('{"id": "o/other", "labels": []}\n', encoding="utf-8")
    with pytest.raises(InputError, match="not those of the records"):
        measuring.read_set("made", *made)


def test_safe_prompts_become_cards(tmp_path):
    path = tmp_path / "prompts.csv"
    path.write_text("id,prompt,type,label\n1,How do I kill a process?,x,safe\n2,Other,x,unsafe\n", encoding="utf-8")
    (only,) = quality.unlabelled_records(path)
    assert (only.card, parsed(only).card) == ("How do I kill a process?", "read")
