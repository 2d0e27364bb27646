"""A scorecard in every format: data that holds its schema, sums alone in public, and the same bytes each time."""

import csv
import html
import io
import json
import re
from dataclasses import replace
from datetime import date

import jsonschema
import pytest
from markdown_it import MarkdownIt

from hubscan import resources
from hubscan.casework import Appellant, Check, CheckOutcome, HubAction
from hubscan.records import RepoRef
from hubscan.scorecard import write
from hubscan.scorecard.sheet import Named
from hubscan.store import Store
from tests.notices import papers
from tests.scorecard import made
from tests.scorecard.made import SD15, Desk, card, finding, hugging, kept, skipped

pytest.importorskip("typst", reason="PDF needs typst: pip install 'hubscan[pdf]'")

SCHEMA = json.loads((resources.folder("reports") / "scorecard" / "scorecard.schema.json").read_text(encoding="utf-8"))
SIX = ("huggingface", "civitai", "github", "modelscope", "ollama", "kaggle")


@pytest.fixture(scope="module")
def cards(tmp_path_factory):
    """Scorecards of two hubs, of one creator (public and restricted), of six hubs, and of nothing."""
    folder = tmp_path_factory.mktemp("store")
    with made.opened(folder / "empty.db") as empty:
        nothing = card(empty)
    with made.opened(folder / "full.db") as store:
        made.two_hubs(store)
        return {
            "hubs": card(store),
            "six": card(store, hubs=SIX),
            "named": card(store, "restricted"),
            "creator": card(store, creator="Stable Diffusion 1"),
            "creator-named": card(store, "restricted", creator="SD 1.5"),
            "nothing": nothing,
        }


NAMES = ("hubs", "six", "named", "creator", "creator-named", "nothing")


@pytest.mark.parametrize("name", NAMES)
def test_json_holds_its_schema(cards, name):
    told = json.loads(write.as_json(cards[name]))
    jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(told)
    assert told["schema"] == "hubscan.scorecard/2"
    assert [hub["name"] for hub in told["hubs"]] == list(cards[name].hubs)
    for measure in told["measures"]:
        assert list(measure["values"]) == list(cards[name].hubs)


def test_the_schema_refuses_an_unknown_without_a_reason(cards):
    told = json.loads(write.as_json(cards["six"]))
    unknown = next(one["values"]["github"] for one in told["measures"] if one["key"] == "read")
    assert unknown["value"] is None
    unknown["note"] = ""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(told, SCHEMA)


@pytest.mark.parametrize("fmt", sorted(write.FORMATS))
@pytest.mark.parametrize("name", NAMES)
def test_the_same_card_gives_the_same_bytes(cards, name, fmt):
    assert write.FORMATS[fmt](cards[name]) == write.FORMATS[fmt](cards[name])


def test_csv_has_a_line_for_each_value_and_each_answer(cards):
    lines = list(csv.DictReader(io.StringIO(write.as_csv(cards["hubs"]).decode())))
    found = {(line["section"], line["hub"], line["key"]): line for line in lines}
    share = found["measure", "huggingface", "removed_share"]
    assert (share["of"], share["unit"], round(float(share["value"]), 4)) == ("6", "share", 0.3333)
    assert found["measure", "civitai", "cards"]["value"] == ""
    assert found["recommendation", "civitai", "H7"]["standing"] == "documented"
    assert found["recommendation", "civitai", "H7"]["read"] == "2026-11-22"
    assert len(lines) == 2 * (len(cards["hubs"].rows) + 15 + 8)


def test_pages_say_what_data_say(cards):
    made = (write.FORMATS[fmt](cards["six"]).decode() for fmt in ("html", "markdown"))
    page, markdown = (text.replace("\\", "").replace("\xa0", " ") for text in made)
    for text in (page, markdown):
        assert "7.0 days (1.0 to unknown)" in text
        assert "33 % (10 % to 70 %)" in text
        assert "it was never looked at" in text
        assert "unknown (on file, not verified)" in text
    assert page.count('<th scope="col">GitHub</th>') == 7
    assert "Median time to action: 7.0 days" in markdown


def test_a_page_loads_nothing_and_links_nowhere(cards):
    for name in NAMES:
        page = html.unescape(write.as_html(cards[name]).decode())
        assert not re.search(r"<(?:a|img|script|link|iframe|object)\b|\bstyle=|\son\w+=|url\(", page)
        assert "default-src 'none'; style-src 'sha256-" in page


def test_a_pdf_is_tagged_and_carries_its_data(cards):
    for name in ("hubs", "creator-named", "nothing"):
        data = write.as_pdf(cards[name])
        opened = papers.opened(data)
        root = opened.trailer["/Root"]
        meta = root["/Metadata"].get_object().get_data().decode()
        assert re.findall(r"<pdf(?:aid|uaid):(\w+)>(\w+)<", meta) == [
            ("part", "3"),
            ("conformance", "A"),
            ("part", "1"),
        ]
        assert root["/StructTreeRoot"]["/K"]
        assert opened.metadata.creation_date.date() == date(2026, 3, 1)
        assert bytes(opened.attachments["scorecard.json"][0]) == write.as_json(cards[name])


def test_a_pdf_shows_every_hub_and_every_number(cards):
    text = " ".join(" ".join(page.extract_text() for page in papers.opened(write.as_pdf(cards["six"])).pages).split())
    for wanted in (
        "Platform evaluation of 6 hubs",
        "7.0 days (1.0 to unknown)",
        "33 % (10 % to 70 %)",
        "Public edition",
    ):
        assert wanted in text
    for hub in cards["six"].titles:
        assert text.count(f" {hub} ") >= 7


WORDS = [f"planted{number:04}x" for number in range(1000)]


def planted(store: Store) -> None:
    """Fill a store with a thousand identifiers wherever one may stand: records, findings, people, notes, checks."""
    names = iter(WORDS)
    tags, hashes = [next(names) for _ in range(100)], iter(range(10**6))
    refs, records, flags = [], [], []
    for _ in range(150):
        owner, name, title, text, file = (next(names) for _ in range(5))
        weights = {"rfilename": f"{file}.safetensors", "lfs": {"sha256": f"{next(hashes) % 7:064x}", "size": 9000}}
        parents = {"base_model": SD15, "datasets": [title]}
        record = hugging(f"{owner}/{name}", text, author=owner, tags=tags, cardData=parents, siblings=[weights])
        ref = RepoRef("huggingface", "model", f"{owner}/{name}")
        refs.append(ref)
        records.append(record)
        flags.append(finding(ref, "csae" if len(refs) % 2 else "ncii", url=f"https://hub.example/{title}"))
    records.append(hugging(SD15, "The base."))
    kept(store, records, flags)
    skipped(store, [RepoRef("huggingface", "model", f"x/{next(names)}") for _ in range(50)])
    people = [next(names) for _ in range(40)]
    desk = Desk(store)
    for place, ref in enumerate(refs[:40]):
        worked(store, desk, ref, people[place], place)
    assert not list(names)[60:]


def worked(store: Store, desk: Desk, ref: RepoRef, who: str, place: int) -> None:
    from hubscan import cases

    number, told = desk.numbers[ref], {"reviewer": who, "reason": f"As {who} saw."}
    for reviewer in (who, f"{who}-b"):
        cases.decide(store, number, "confirmed", reviewer=reviewer, reason=who, now=made.at(2), policy=who)
    desk_notice = made.Notice(number, "t.en", "restricted", "html", made.at(3))
    cases.record_notice(store, desk_notice, "0" * 64)
    cases.record_sent(store, number, reviewer=who, now=made.at(3))
    cases.acknowledge(store, number, reviewer=who, now=made.at(4), reference=who)
    if place % 3 == 0:
        cases.act(store, number, HubAction.REMOVED, reviewer=who, now=made.at(5), note=who)
    outcome = (CheckOutcome.UP, CheckOutcome.GONE, CheckOutcome.BLOCKED_HERE)[place % 3]
    cases.record_check(store, Check(number, made.at(6), outcome, who))
    if place % 3 == 1:
        cases.appeal(store, number, Appellant.UPLOADER, now=made.at(7), **told)


@pytest.mark.slow
@pytest.mark.parametrize("creator", [None, "SD 1.5"], ids=["hubs", "creator"])
def test_the_public_edition_names_none_of_a_thousand_identifiers(tmp_path, creator):
    with made.opened(tmp_path / "planted.db") as store:
        planted(store)
        public, restricted = (card(store, edition, creator=creator) for edition in ("public", "restricted"))
    assert public.row("noticed").values[0].value == 40
    for fmt, make in write.FORMATS.items():
        text = everything(fmt, make(public))
        assert [word for word in WORDS if word in text] == []
        assert not re.search("[0-9a-f]{40}", text) or fmt in ("html", "pdf")
        shown = everything(fmt, make(restricted))
        assert len([word for word in WORDS if word in shown]) > 20


def everything(fmt: str, data: bytes) -> str:
    """Return all text of a file: of a PDF every string and stream too, and what its pages show."""
    if fmt != "pdf":
        return data.decode()
    reader = papers.opened(data)
    objects = (reader.get_object(n) for n in range(1, len(reader.xref[0]) + len(reader.xref_objStm) + 1))
    parts = [part for one in objects for part in papers._strings(one)]
    return "\n".join([data.decode("latin-1"), *(page.extract_text() for page in reader.pages), *parts])


HOSTILE = [
    "<script>alert(1)</script>",
    "\u202egnp.exe\u200b\x1b[31m\x00",
    '"; #panic("x") #read("/etc/passwd") $x$ <label> // /* \\',
    "](https://evil.example) ![x](y) <https://evil.example> | a | {{ 7*191 }}",
    '=HYPERLINK("https://evil.example")',
    "中文 \U0001f600 \ue000 \ud800",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_stay_text(cards, text):
    found = cards["creator-named"]
    named = (Named("civitai", text, text, text, text),)
    creator = replace(found.creator, model=text, versions=(replace(found.creator.versions[0], title=text),))
    hostile = replace(found, titles=(text, "Hugging Face"), named=named, creator=creator)
    for fmt, make in write.FORMATS.items():
        data = make(hostile)
        shown = data.decode() if fmt != "pdf" else " ".join(p.extract_text() for p in papers.opened(data).pages)
        assert not re.search("[\u202a-\u202e\u200b\x00\x1b\ud800-\udfff]", shown)
        assert "1337" not in shown
        assert fmt != "html" or "<script" not in shown
        if fmt == "csv":
            assert not re.search(r'(?m)(^|,)"?[=+@]', shown)
        if fmt == "markdown":
            inline = [child for token in MarkdownIt("commonmark").parse(shown) for child in token.children or ()]
            assert not {"link_open", "image", "html_inline"} & {child.type for child in inline}
