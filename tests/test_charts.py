"""Charts say their numbers in text, keep to their scale and let no markup through."""

import re
import xml.etree.ElementTree as ET

import pytest

from hubscan import charts
from hubscan.charts import TONES, Part, bar, bar_chart, bar_table, stacked_bar

PARTS = [Part("high", 3, "high"), Part("low <b>", 1, "low")]


def widths(html: str) -> list[float]:
    return [
        float(width) for width in re.findall(r'<rect class="[^"]+" fill="[^"]+" x="[^"]+" y="0" width="([^"]+)"', html)
    ]


def test_parts_stand_side_by_side_to_scale():
    assert widths(bar(PARTS, 8, "share")) == [375.0, 125.0]


@pytest.mark.parametrize("draw", [bar_chart, stacked_bar])
def test_labels_and_numbers_are_text(draw):
    text = " ".join(ET.fromstring(draw("By severity", "all findings", PARTS)).itertext())
    assert "By severity" in text
    assert "low <b>" in text
    assert "3" in text


def test_table_sums_rows_and_scales_to_the_largest():
    html = bar_table("t", "n", PARTS, [("a", [3, 1]), ("b", [0, 2])])
    assert widths(html) == [750.0, 250.0, 0.0, 500.0]
    assert '<td class="number">4</td>' in html


@pytest.mark.parametrize(
    "html", [bar_chart("t", "n", []), stacked_bar("t", "n", [Part("a", 0)]), bar_table("t", "n", PARTS, [])]
)
def test_nothing_is_said(html):
    assert "Nothing to show." in html


def test_shares_are_not_rounded_to_none_or_all():
    html = stacked_bar("t", "n", [Part("a", 1), Part("b", 999)])
    assert "(under 1 %)" in html
    assert "(over 99 %)" in html


def test_tones_are_known():
    assert set(TONES) == {"critical", "high", "medium", "low", "info", "neutral", "quiet"}
    with pytest.raises(KeyError):
        bar([Part("a", 1, "pink")], 1, "t")


def test_an_estimate_lies_where_its_numbers_say():
    spans = [charts.Span("a", "50 %", 0.5, 0.25, 0.75), charts.Span("b", "unknown", None)]
    drawn = str(charts.span_table("Title", "note", spans, 1.0))
    places = [tuple(map(float, found)) for found in re.findall(r'x="([0-9.]+)" y="0" width="([0-9.]+)"', drawn)]
    assert places == [(246.5, 507.0), (493.0, 14.0)]
    assert drawn.count("<svg") == 2
    assert "<title>b</title><desc>unknown</desc>" in drawn


def test_a_band_that_is_open_goes_to_the_edge():
    spans = [charts.Span("a", "7 days", 7.0, 1.0, None)]
    assert charts.scale(spans) == 8.75
    found = re.findall(r'x="([0-9.]+)" y="0" width="([0-9.]+)"', str(charts.span_table("T", "n", spans)))
    assert round(float(found[0][0]) + float(found[0][1])) == 1000
    assert charts.scale([]) == 1.0


def test_a_hostile_label_of_an_estimate_is_text():
    assert "<script" not in str(charts.span_table("<script>", "<script>", [charts.Span("<script>", "<script>", 1.0)]))
