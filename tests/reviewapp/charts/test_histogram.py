"""How a quantity is spread, drawn."""

from itertools import pairwise
from statistics import quantiles
from xml.etree import ElementTree

import pytest

from reviewapp.common.charts import histogram
from reviewapp.common.charts.histogram import binned, quantile

LATENCIES = [180 + (place * 37) % 400 for place in range(99)] + [9000]


def drawn(values, **options):
    chart = histogram(values, title="Latency <all>", measure="latency", **options)
    return chart, *ElementTree.fromstring(f"<both>{chart.svg}</both>")


def test_quantiles_are_the_standard_librarys():
    cuts = quantiles(LATENCIES, n=20, method="inclusive")

    assert quantile(LATENCIES, 0.5) == pytest.approx(cuts[9])
    assert quantile(LATENCIES, 0.95) == pytest.approx(cuts[18])
    assert quantile([7], 0.95) == 7.0
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)


def test_every_value_is_in_one_bin_of_round_width_and_what_is_far_in_the_last():
    bins = binned(LATENCIES)

    assert sum(one.count for one in bins) == 100
    assert {one.stop - one.start for one in bins[:-1]} == {20.0}
    assert (bins[0].start, bins[-1].stop, bins[-1].count) == (180.0, None, 1)
    assert all(one.stop == other.start for one, other in pairwise(bins))
    for one in bins[:-1]:
        assert one.count == sum(one.start <= value < one.stop for value in LATENCIES)


@pytest.mark.parametrize(
    "values",
    [
        [5],
        [5, 5, 5],
        [0, 0],
        [0, 1],
        [0] * 99 + [5],
        list(range(100)),
        [0.1, 0.2, 0.3],
        [1e-7, 3e-7],
        [10**9, 10**9 + 1],
    ],
)
def test_any_values_are_counted_once_in_few_bins(values):
    bins = binned(values, most=10)

    assert sum(one.count for one in bins) == len(values)
    assert 1 <= len(bins) <= 12
    assert bins[0].start <= min(values)
    drawn(values)


def test_bars_are_said_and_lines_stand_at_the_median_and_the_tail():
    chart, wide, narrow = drawn(LATENCIES, said=lambda value: f"{value:,.0f} ms")

    assert (wide.get("class"), narrow.get("class")) == ("chart wide", "chart narrow")
    assert wide[0].text == "Latency <all>"
    assert wide[1].text == "latency of 100 items, median 378 ms, p95 562 ms"
    labels = [one.get("aria-label") for one in wide.findall("g[@role='img']")]
    assert labels == [one.find("title").text for one in wide.findall("g[@role='img']")]
    assert labels[-1].endswith("and more: 1 item")
    for svg in (wide, narrow):
        median, tail = svg.find("line[@class='whisker']"), svg.find("line[@class='target']")
        assert float(median.get("x1")) < float(tail.get("x1"))
    bars = wide.findall(".//rect[@class='bar']")
    first = float(bars[0].get("x")) - 0.75
    width = float(bars[1].get("x")) - float(bars[0].get("x"))
    assert float(wide.find("line[@class='whisker']").get("x1")) == pytest.approx(
        first + (378 - 180) / 20 * width, abs=0.3
    )
    assert chart.table[0] == ["latency", "items", "share"]
    assert chart.table[-2:] == [["median: 378 ms", "", ""], ["p95: 562 ms", "", ""]]
    assert sum(int(row[1]) for row in chart.table[1:-2]) == 100


def test_nothing_is_axes_and_an_empty_table():
    chart, wide, _ = drawn([])

    assert chart.table == [["latency", "items", "share"]]
    assert wide.findall("g[@role='img']") == []
