"""Every output of every command over uploads whose every text is hostile: it stays text, and a listed term stays out.

The commands and their formats are found by walking the command line: a new one fails here until it says what it prints.
"""

import base64
import csv
import io
import json
import re
import shlex
import shutil
import xml.dom.minidom
from pathlib import Path

import pypdf
import pytest
from markdown_it import MarkdownIt

from hubscan.casework import Notice
from hubscan.notices import Draft
from hubscan.replay import serve
from tests.forking import Workshop
from tests.notices.papers import everything, keys
from tests.notices.papers import shown as pages_of

from .hostile import SECRET, SHA, TEXTS, WHO, House, choices, commands
from .test_review_session import sitting

pytestmark = pytest.mark.slow

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ue000]")
BY = "--name 'Kim Example' --email kim@desk.example"
REASONS = "--restriction disabled --since 2026-11-22 --redress 'Write to us.'"

NO_CARD = {
    "replay": "serves a dump until it is stopped, and prints its address",
    "cases review": "needs a terminal: see below",
    **dict.fromkeys(("db check", "db purge", "db purges", "db upgrade"), "counts and schemas"),
    **dict.fromkeys(("hubs list", "hubs show", "notices list"), "what is on file of hubs and templates"),
    **dict.fromkeys(("rules docs", "rules lint", "rules list", "rules schema", "rules show", "rules test"), "rules"),
    **dict.fromkeys(("schedule emit", "schedule list"), "the operator's own words"),
    **dict.fromkeys(("terms check", "terms list"), "ids and counts"),
    **dict.fromkeys(("identity import", "identity withdraw", "cases sample", "cases release"), "counts"),
    **dict.fromkeys(("evidence question", "evidence stamp"), "bytes of RFC 3161 over an envelope"),
}
"""Commands that print nothing of an upload, and what they print."""


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A house in which everything was done and printed once."""
    folder = tmp_path_factory.mktemp("house")
    with Workshop(folder, rules=True, **SECRET) as workshop:
        made = House(folder, workshop)
        made.write()
        _prepare(made)
        _print(made)
        yield made


def _prepare(house):
    house.run("terms add partner words.txt")
    house.run("schedule add nightly --", "dump", "hub.jsonl", "--packs", "mine")
    house.run("evidence key")
    house.run("scan dump hub.jsonl --packs mine --open-cases none")
    house.run_all("rules shadow --packs mine")  # before the long upload: it judges by the shipped rules too
    house.run("scan dump long.jsonl --packs mine --open-cases none")
    house.run("cases open")
    hostile = " ".join(text for kind, text in TEXTS.items() if kind not in ("long", "surrogate", "terminal"))
    for number in (1, 2):
        house.run(f"cases assign {number} r-1")
        house.run(f"cases decide {number} confirmed", *WHO, "--reason", hostile)
        house.run(f"cases hold {number}", *WHO, "--reason", hostile)
    house.run("cases decide-all unsure --state open --yes", *WHO, "--reason", hostile)
    house.run("identity seed 1", *WHO, "--reason", hostile)
    for number in (1, 2):
        house.run(f"notices draft {number} --template hub-policy {BY} --output sent.html")
        house.run(f"notices sent {number}", *WHO)
    house.run("cases acknowledge 1", *WHO, "--reference", hostile)
    house.run("cases act 2 restricted", *WHO, "--note", hostile)
    house.run("cases appeal 3 --by uploader", *WHO, "--reason", hostile)
    house.run("cases close 3", *WHO, "--reason", hostile)
    house.run("cases reopen 3", *WHO, "--reason", hostile)


def _print(house):
    for line in (
        "cases list",
        "cases samples",
        "cases precision",
        "identity match",
        "scorecard",
        "schedule run nightly",
    ):
        house.run_all(line)
    house.run_all("scan dump hub.jsonl --packs mine --no-store")
    house.run_all("rules explain mine/word hub.jsonl --packs mine")
    house.run("rules explain mine/listed hub.jsonl --packs mine --reveal")
    house.run("rules explain mine/word long.jsonl --packs mine --reveal --format json")
    house.run_all("identity export --list confirmed")
    with serve([]) as hub:
        for options in ("--format table --case 1", "--format json --case 2"):
            house.run(f"checks run --hub huggingface --endpoint {hub.url} {options}")
    house.run_all("checks list")
    for number in (1, 2):
        house.run_all(f"cases show {number}")
        house.run_all(f"notices draft {number} --template hub-policy {BY} --output letter")
        house.run_all(f"notices reasons {number} {REASONS}")
        house.run(f"evidence export {number} evidence-{number}.json --without-text")
        house.run(f"evidence verify evidence-{number}.json")
    house.run_all("lineage evil/long")
    house.run_all(f"lineage {shlex.quote(TEXTS['script'])}")


def test_every_command_says_what_it_prints(house):
    known = commands()
    ran = {one.command for one in house.outputs}
    assert known.keys() - ran - NO_CARD.keys() == set(), (
        "run it over hostile uploads, or say that it prints none of them"
    )
    assert ran & NO_CARD.keys() == NO_CARD.keys() - known.keys() == set()
    for command in ran:
        assert set(choices(command, "--format")) <= {one.fmt for one in house.outputs if one.command == command}


def test_the_commands_did_their_work(house):
    assert {(str(one), one.code, one.said) for one in house.outputs if one.code not in (0, 4)} == set()
    whole = b"".join(one.data for one in house.outputs)
    assert whole.count(b"<U+202E>gnp.exe") > 20, "the texts are there"
    assert b"partner#" in whole, "and the listed term was found"


def test_nothing_obeys_in_any_output(house):
    for one in house.outputs:
        said = one.said + ("" if one.fmt == "pdf" else one.data.decode("utf-8").removeprefix("\ufeff"))
        found = CONTROLS.search(said.replace("\r\n", "\n") if one.fmt == "csv" else said)
        assert not found, (str(one), said[max(0, found.start() - 80) : found.end() + 80])
        assert "1337" not in said.replace(SHA, ""), str(one)
        assert "x" * 20_000 not in said, str(one)


def of(house, *names):
    found = [one for one in house.outputs if one.fmt in names and one.code in (0, 4)]
    assert found
    return found


def test_json_is_strict(house):
    for one in of(house, "json", "jsonl", "sarif", "transparency"):
        for line in one.data.splitlines() if one.fmt == "jsonl" else [one.data]:
            json.loads(line, parse_constant=pytest.fail)


def test_sarif_messages_hold_no_link(house):
    def texts(value):
        if isinstance(value, dict):
            yield from (inner for key, one in value.items() for inner in ([one] if key == "text" else texts(one)))
        elif isinstance(value, list):
            yield from (inner for one in value for inner in texts(one))

    for one in of(house, "sarif"):
        assert not [text for text in texts(json.loads(one.data)) if re.search(r"(?<!\\)\]\(", text)]


def test_no_cell_computes(house):
    for one in of(house, "csv"):
        rows = list(csv.reader(io.StringIO(one.data.decode("utf-8-sig"))))
        assert len(rows) > 1
        assert not [cell for row in rows for cell in row if re.match(r"\s*[-=+@\t\r]", cell)]


def test_markdown_shows_no_link_picture_or_markup(house):
    for one in of(house, "markdown"):
        tokens = MarkdownIt("gfm-like").parse(one.data.decode())
        every = [child for token in tokens for child in (token, *(token.children or ()))]
        assert not {child.type for child in every} & {"image", "html_inline", "html_block"}, str(one)
        assert not [child for child in every if "example.org" in str(child.attrs)], str(one)
        headings = [tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open"]
        assert "heading" not in headings


def test_graphml_is_well_formed(house):
    for one in of(house, "graphml"):
        assert xml.dom.minidom.parseString(one.data).getElementsByTagName("node")


def letters(text):
    """The letters and digits alone: a long address is broken over two lines of a page."""
    return "".join(re.findall(r"[a-z0-9]+", text, re.IGNORECASE))


def as_draft(one):
    return Draft(one.data, ".pdf", (), Notice(1, "hub-policy", "restricted", "pdf", ""))


def test_pages_and_attachments_are_read_back(house):
    for one in of(house, "pdf"):
        draft = as_draft(one)
        assert not keys(draft) & {"/JavaScript", "/JS", "/URI", "/OpenAction", "/AA", "/Annots", "/AcroForm", "/XFA"}
        assert not CONTROLS.search(pages_of(draft))
        ((name, (data,)),) = pypdf.PdfReader(io.BytesIO(one.data)).attachments.items()
        told = json.loads(data)
        is_letter = "scorecard" not in one.command
        assert name == ("notice.json" if is_letter else "scorecard.json")
        if is_letter and told["edition"] == "restricted":
            assert letters(told["letter"]["item"]["url"]) in letters(pages_of(draft))
        assert len(one.data) < 1_000_000


LIVE = """() => {
    const tags = "img, iframe, object, embed, a, base, link, form[action], meta[http-equiv=refresh]";
    const handled = (one) => [...one.attributes].some((attribute) => /^on/i.test(attribute.name));
    const found = [...document.querySelectorAll(tags), ...[...document.querySelectorAll("*")].filter(handled)];
    return found.map((one) => one.outerHTML.slice(0, 200));
}"""
# Text of another direction, in line with others and not held apart from them.
SPILLED = """() => {
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
        const parent = node.parentElement, style = getComputedStyle(parent);
        if (parent.closest("script, style, title") || !/[\\u0590-\\u08ff]/.test(node.data)) continue;
        if (style.display.startsWith("inline") && !/isolate|plaintext/.test(style.unicodeBidi)) found.push(parent);
    }
    return found.map((one) => one.outerHTML.slice(0, 200));
}"""


def looked_at(browser, path):
    """Open a page, and return what it did, what in it could act, and its text."""
    page, did = browser.new_page(), []
    page.on("console", lambda message: did.append(message.text))
    page.on("pageerror", lambda error: did.append(str(error)))
    page.on("dialog", lambda dialog: did.append(dialog.message))
    page.on("request", lambda request: request.url == path.as_uri() or did.append(request.url))
    page.goto(path.as_uri())
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    page.wait_for_timeout(50)
    did += page.evaluate(LIVE) + page.evaluate(SPILLED)
    text = page.inner_text("body")
    page.close()
    return did, text


def test_pages_are_still_in_a_real_browser(house, browser, tmp_path):
    for number, one in enumerate(of(house, "html")):
        path = Path(tmp_path, f"{number}.html")
        path.write_bytes(one.data)
        did, text = looked_at(browser, path)
        assert did == [], str(one)
        assert not CONTROLS.search(text.replace("\xa0", " ")), str(one)


def test_a_listed_term_is_in_no_output(house):
    for one in house.outputs:
        text = everything(as_draft(one)) if one.fmt == "pdf" else one.data.decode("utf-8")
        assert spelt(text + one.said) is None, str(one)
    for path in house.folder.glob("evidence-*.json"):
        bundle = json.loads(path.read_text())
        statement = base64.b64decode(bundle["envelope"]["payload"]).decode()
        assert spelt(json.dumps(bundle, ensure_ascii=False) + statement) is None


def spelt(text):
    """The term in any of the ways it was written."""
    return re.search(r"kettle[\s_-]?fish", text, re.IGNORECASE)


def test_what_leaves_the_house_does_not_tell_where_a_listed_term_stands(house):
    drafts = [json.loads(one.data) for one in of(house, "json") if one.command == "notices draft"]
    restricted = [told["letter"] for told in drafts if told["edition"] == "restricted"]
    assert len(restricted) == 2
    for letter in restricted:
        (marking,) = (one for one in letter["markings"] if one["rule"] == "mine/listed")
        assert {place["field"] for place in marking["places"]} >= {"card", "tags"}
        assert all(place["spans"] == [] and place["field_sha256"] is None for place in marking["places"])
    for path in house.folder.glob("evidence-*.json"):
        found = [link["body"] for link in json.loads(path.read_text())["chain"] if link["kind"] == "finding"]
        (listed,) = (one for one in found if one["rule"]["id"] == "mine/listed")
        assert {(one["span"]["start"], one["span"]["end"]) for one in listed["evidence"]} == {(0, 0)}
        assert not [one for one in listed["evidence"] if "[" in one["span"]["field"]]


def test_the_screen_of_a_review_shows_text_alone(house, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(house.folder / "home", home)
    with sitting(home, "--reviewer", "r-2", **SECRET) as person:
        person.sees("q quit")
        screens = []
        for _ in range(12):
            person.types("e")
            screens.append(person.sees("uploaders wrote it"))
        for _ in range(4):
            person.types("j")
            screens.append(person.sees("q quit"))
        person.types("q")
        person.sees("you decided on 0")
    for screen in screens:
        assert not CONTROLS.search(re.sub(r"\x1b\[(2J|H|\?1049[hl])|\r\n", "", screen))
        assert spelt(screen) is None
    assert any("alert(1)" in screen for screen in screens), "it was revealed"
