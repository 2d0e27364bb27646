"""The page in a real browser: filters, paging, no request, no broken policy, nothing hostile comes alive."""

import re

import pytest

from tests.formats.made import empty, hostile, many, small, written


@pytest.fixture
def opened(browser, tmp_path):
    """Open a report and, at the end, hold that the page asked for nothing and complained of nothing."""
    said = []

    def visit(made, **options):
        path = tmp_path / "report.html"
        path.write_bytes(written("html", made))
        page = browser.new_context(**options).new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: request.url == path.as_uri() or said.append(request.url))
        page.goto(path.as_uri())
        return page

    visit.said = said
    yield visit
    assert said == []


def shown(page) -> int:
    page.wait_for_timeout(250)
    return page.locator("#list > li > details").count()


def test_filters_work_together(opened):
    page = opened(small())
    assert shown(page) == 9
    page.select_option("[name=severity]", "info")
    assert shown(page) == 3
    page.select_option("[name=confidence]", "high")
    assert shown(page) == 1
    assert page.locator("#shown").inner_text() == "1 of 9 findings"
    page.click("[type=reset]")
    assert shown(page) == 9
    page.fill("[name=text]", "CIVITAI 123456")
    assert shown(page) == 1
    page.select_option("[name=status]", "stable")
    assert shown(page) == 0
    assert "No finding fits" in page.locator("#list").inner_text()
    page.click("[type=reset]")
    page.select_option("[name=change]", "new")
    assert shown(page) == 2


def test_a_finding_opens_by_keyboard_and_says_why(opened):
    page = opened(small())
    page.locator(".finding > summary").first.focus()
    page.keyboard.press("Enter")
    text = page.locator(".finding").first.inner_text()
    for part in ("clause match.name", "term ncii/en", "ncii/sample", "Read the card; confirm or reject."):
        assert part in text
    assert page.locator("a").count() == 0


def test_twenty_thousand_findings_by_pages(opened):
    page = opened(many(20_000))
    assert shown(page) == 200
    assert page.locator("#page").inner_text() == "Page 1 of 100"
    before = page.locator(".repo b").first.inner_text()
    page.click("#next")
    assert page.locator(".repo b").first.inner_text() != before
    page.fill("[name=text]", "model-19999")
    assert shown(page) == 1
    assert not page.locator("#pages").is_visible()


def test_hostile_names_are_only_text(opened):
    page = opened(hostile())
    assert page.title().startswith("hubscan report: ")
    assert page.locator("img, iframe, object, a").count() == 0
    assert page.locator("script").count() == 3
    assert shown(page) == 16
    assert "<img src=x" in page.locator("#list").inner_text()


def test_the_policy_forbids_whatever_is_not_in_the_page(opened):
    page = opened(small())
    policy = page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    page.evaluate(
        "window.tried = 0; document.body.insertAdjacentHTML('beforeend', '<p id=tried onclick=tried=1>x</p>')"
    )
    assert page.evaluate("document.getElementById('tried').click(), window.tried") == 0
    assert "blocked" in opened.said.pop()


def test_without_script_the_first_findings_read_the_same(opened):
    scripted = opened(small()).locator("#list").inner_html()
    plain = opened(small(), java_script_enabled=False)
    assert plain.locator("#list details").count() == 9
    assert "filters and the rest need script" in plain.locator("noscript").inner_text()
    assert not plain.locator("#filters").is_visible()
    assert _words(plain.locator("#list").inner_html()) == _words(scripted)


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("make", [small, hostile, empty])
def test_the_page_never_scrolls_sideways(opened, make, width):
    page = opened(make(), viewport={"width": width, "height": 800})
    page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def _words(html: str) -> list[str]:
    return re.sub("<[^>]*>", " ", html).split()
