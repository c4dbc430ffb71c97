"""Shares told three ways, drawn."""

from xml.etree import ElementTree

from reviewapp.common.charts import Share, share_plot

SERIES = ("corrected", "labels alone", "own share")


def test_each_row_has_its_three_figures():
    chart = share_plot(
        [Share("CRM & co", 0.2, 0.15, 0.25, (0.1, 0.31), 0.4, "n 9"), Share("ERP", 0.0, None, None)],
        title="Shares",
        series=SERIES,
    )

    svg = ElementTree.fromstring(chart.svg)
    assert len(svg.findall(".//circle")) == 2
    assert len(svg.findall(".//line[@class='thin']")) == len(svg.findall(".//path[@class='bare']")) == 1
    first = svg.find(".//g[@role='img']")
    assert first.get("aria-label") == "CRM & co: corrected 20.0%, 95% from 15.0% to 25.0%, own share 40.0%"
    assert chart.table[1:] == [
        ["CRM & co", "20.0%", "15.0%", "25.0%", "10.0%", "31.0%", "40.0%", "n 9"],
        ["ERP", "0.0%", "–", "–", "–", "–", "–", ""],
    ]


def test_nothing():
    assert len(share_plot([], title="Shares", series=SERIES).table) == 1
