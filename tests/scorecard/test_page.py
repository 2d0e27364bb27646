"""The page in a real browser: nothing asked for, nothing complained of, no sideways scrolling, all of it on paper."""

import pytest

from hubscan.scorecard import write
from tests.scorecard import made
from tests.scorecard.made import card

SIX = ("huggingface", "civitai", "github", "modelscope", "ollama", "kaggle")


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    with made.opened(folder / "made.db") as store:
        made.two_hubs(store)
        cards = {
            "hubs": card(store),
            "six": card(store, hubs=SIX),
            "creator": card(store, "restricted", creator="SD 1.5"),
        }
    for name, found in cards.items():
        (folder / f"{name}.html").write_bytes(write.as_html(found))
    return folder


@pytest.fixture
def opened(browser, pages):
    said = []

    def visit(name, width):
        path = pages / f"{name}.html"
        page = browser.new_context(viewport={"width": width, "height": 800}).new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: request.url == path.as_uri() or said.append(request.url))
        page.goto(path.as_uri())
        return page

    yield visit
    assert said == []


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("name", ["hubs", "six", "creator"])
def test_the_page_never_scrolls_sideways(opened, name, width):
    page = opened(name, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_tables_are_told_to_who_listens(opened):
    page = opened("six", 1280)
    assert page.locator("table.sheet").count() == 7
    assert page.locator("table.sheet thead th[scope=col]").count() == 7 * 7
    assert page.locator("table.sheet tbody tr").count() == page.locator("table.sheet tbody th[scope=row]").count()
    assert page.locator("svg[role=img] > title").count() == page.locator("svg[role=img]").count()
    assert page.locator("h1").count() == 1
    for region in page.locator("[role=region]").all():
        assert region.get_attribute("aria-label")
        assert region.get_attribute("tabindex") == "0"


def test_style_is_applied_and_bars_have_their_lengths(opened):
    page = opened("hubs", 1280)
    assert page.evaluate("getComputedStyle(document.querySelector('.sheet')).borderCollapse") == "collapse"
    widths = (
        page.locator("figure")
        .nth(1)
        .locator("tbody tr")
        .nth(1)
        .locator("rect")
        .evaluate_all("rects => rects.map(rect => rect.getBoundingClientRect().width)")
    )
    counts = page.locator("figure").nth(1).locator("tbody tr").nth(1).locator("td.number").all_inner_texts()
    numbers = list(map(int, counts[:-1]))
    assert [round(width / widths[0], 1) for width in widths] == [round(n / numbers[0], 1) for n in numbers]


def test_on_paper_nothing_is_cut_off(opened, tmp_path):
    pypdf = pytest.importorskip("pypdf")
    page = opened("six", 1280)
    page.pdf(path=tmp_path / "page.pdf", format="A4")
    text = " ".join(" ".join(one.extract_text() for one in pypdf.PdfReader(tmp_path / "page.pdf").pages).split())
    for wanted in ("Kaggle", "H15 Nobody claims", "How it was measured", "7.0 days (1.0 to unknown)"):
        assert wanted in text
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 680, "height": 900})  # what A4 holds between margins of 15 mm
    wide = page.locator("table.sheet").evaluate_all("tables => tables.map(t => t.getBoundingClientRect().right)")
    assert max(wide) <= 680
