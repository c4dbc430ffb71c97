"""Differences from zero, drawn."""

from xml.etree import ElementTree

import pytest

from reviewapp.common.charts import Gap, forest


def drawn(rows, **options):
    chart = forest(rows, title="Gaps <all>", measure="gap", **options)
    wide, narrow = ElementTree.fromstring(f"<both>{chart.svg}</both>")
    assert (wide.get("class"), narrow.get("class")) == ("chart wide", "chart narrow")
    assert len(narrow.findall("./*")) == len(wide.findall("./*"))
    return chart, wide


def test_each_gap_is_drawn_said_and_in_the_table():
    chart, svg = drawn(
        [
            Gap("Asia <b>", -0.2, -0.3, -0.1, "n 40", stands_out=True, href="/x?a=1&b=2"),
            Gap("Europe", 0.05, None, None),
        ],
        tolerance=0.1,
    )

    assert svg[0].text == "Gaps <all>"
    assert "1 stand out" in svg[1].text
    link = svg.find("a")
    assert link.get("href") == "/x?a=1&b=2"
    assert link.get("aria-label") == "Asia <b>: gap −0.200, 95% from −0.300 to −0.100, stands out"
    assert [one.get("class") for one in link.findall("rect")] == ["hit", "dot loss"]
    assert svg.find(".//circle").get("class") == "dot quiet"
    assert len(svg.findall(".//line[@class='target']")) == 1
    assert chart.table[1:] == [
        ["Asia <b>", "−0.200", "−0.300", "−0.100", "yes", "n 40"],
        ["Europe", "+0.050", "–", "–", "no", ""],
    ]


def test_nothing_and_no_difference():
    chart, _ = drawn([])
    assert chart.table == [["", "gap", "low", "high", "stands out", ""]]
    chart, _ = drawn([Gap("all", 0.0, 0.0, 0.0)])
    assert chart.table[1][1] == "0.000"
    assert "−0.000" not in chart.svg


def test_the_axis_holds_what_is_far_and_has_few_ticks():
    _, svg = drawn([Gap("far", -0.97, -1.4, -0.2, tone="gain", stands_out=True)])
    line = svg.find(".//line[@class='range gain']")
    assert 250 <= float(line.get("x1")) < float(line.get("x2")) <= 730
    assert len(svg.findall(".//line[@class='grid']")) <= 8


def test_a_loss_that_does_not_matter_is_a_strip_up_to_no_difference():
    _, svg = drawn([Gap("all", 0.01, -0.02, 0.04)], band=0.05)
    strip = svg.find("rect[@class='band']")
    none = svg.find(".//line[@class='base']")
    assert float(strip.get("x")) + float(strip.get("width")) == pytest.approx(float(none.get("x1")), abs=0.02)
    assert drawn([Gap("all", 0.01, -0.02, 0.04)])[1].find("rect[@class='band']") is None
    wide = drawn([Gap("all", 0.01, -0.02, 0.04)], band=0.5)[1].find("rect[@class='band']")
    assert float(wide.get("x")) >= 250
