"""Cost against quality, drawn."""

from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest

from reviewapp.common.charts import Spot, scatter

SPOTS = [
    Spot("baseline", 0.0, 0.61, None, None, 0.57, 0.65, on_frontier=True, href="/r/1"),
    Spot("zero <b>", 0.002, 0.74, 0.0018, 0.0022, 0.7, 0.78, on_frontier=True, note="n 400", href="/r/2?a=1&b=2"),
    Spot("old", 0.004, 0.72),
    Spot("few", 0.03, 0.83, on_frontier=True),
    Spot("unpriced", None, 0.9),
]


def drawn(spots, **options):
    chart = scatter(spots, title="Cost <all>", across="$ an item", up="F1", **options)
    return chart, *ElementTree.fromstring(f"<both>{chart.svg}</both>")


def middles(svg):
    squares = [(float(one.get("x")) + 5, float(one.get("y")) + 5) for one in svg.findall(".//rect[@class='dot']")]
    circles = [(float(one.get("cx")), float(one.get("cy"))) for one in svg.findall(".//circle")]
    return squares, circles


def test_each_spot_is_a_link_said_in_full_and_in_the_table():
    chart, wide, narrow = drawn(SPOTS, is_log=True, said=lambda value: f"${value:.3f}")

    assert (wide.get("class"), narrow.get("class")) == ("chart wide", "chart narrow")
    assert wide[0].text == "Cost <all>"
    assert wide[1].text == "F1 against $ an item with 95% intervals, 4 points"
    for svg in (wide, narrow):
        link = svg.findall("a")[1]
        assert link.get("href") == "/r/2?a=1&b=2"
        assert link.get("aria-label") == link.find("title").text
        assert link.get("aria-label") == (
            "zero <b>: $ an item $0.002, 95% from $0.002 to $0.002; F1 0.740, 95% from 0.700 to 0.780; on the frontier"
        )
        assert len(link.findall("line[@class='range']")) == 2
        assert len(svg.findall("g[@role='img']")) == 2
    assert chart.table[2] == ["zero <b>", "$0.002", "$0.002", "$0.002", "0.740", "0.700", "0.780", "yes", "n 400"]
    assert chart.table[5] == ["unpriced", "–", "–", "–", "0.900", "–", "–", "no", ""]
    assert "style=" not in chart.svg


def test_free_stands_left_of_what_costs_and_the_axis_says_so():
    _, wide, _ = drawn(SPOTS, is_log=True)
    squares, _ = middles(wide)
    texts = [one.text for one in wide.findall("g[@class='axis']/text")]

    assert squares[0][0] < 56 + 34 <= squares[1][0] < squares[2][0]
    assert "free" in texts
    assert [one for one in texts if one.startswith("0.0")] == ["0.002", "0.005", "0.01", "0.02"]
    assert "free" not in [one.text for one in drawn(SPOTS[1:], is_log=True)[1].iter("text")]
    assert "free" not in [one.text for one in drawn(SPOTS)[1].iter("text")]


def test_equal_factors_are_equal_steps_on_a_log_axis_and_costs_on_a_linear_one():
    rows = [Spot(name, cost, 0.5) for name, cost in (("a", 1.0), ("b", 10.0), ("c", 100.0))]
    (a, b, c), (d, e, f) = (middles(drawn(rows, is_log=is_log)[1])[1] for is_log in (True, False))

    assert b[0] - a[0] == pytest.approx(c[0] - b[0], abs=0.02)
    assert (f[0] - e[0]) / (e[0] - d[0]) == pytest.approx(10, rel=0.01)


def test_the_frontier_goes_level_and_then_up():
    _, wide, _ = drawn(SPOTS, is_log=True)
    corners = [tuple(map(float, pair.split(","))) for pair in wide.find("polyline").get("points").split()]
    squares, _ = middles(wide)

    assert len(corners) == 6
    assert [corners[0], corners[2], corners[4]] == squares
    assert all(one[0] == other[0] or one[1] == other[1] for one, other in pairwise(corners))
    assert all(one[1] >= other[1] and one[0] <= other[0] for one, other in pairwise(corners))
    assert drawn([Spot("a", 1.0, 0.5)])[1].find("polyline") is None


def test_names_keep_off_each_other_and_the_frontier_is_named_first():
    rows = [Spot(f"run number {place}", 1 + 0.001 * place, 0.7 + 0.002 * place) for place in range(12)]
    rows += [Spot("the best", 1.02, 0.75, on_frontier=True)]
    for svg in drawn(rows)[1:]:
        boxes = []
        for text in svg.findall(".//text[@class='spotname']"):
            width = 6.6 * len(text.text)
            left = float(text.get("x")) - (width if text.get("text-anchor") == "end" else 0)
            boxes.append((left, float(text.get("y")), left + width))
        assert "the best" in [one.text for one in svg.findall(".//text[@class='spotname']")]
        assert not any(a[0] < b[2] and b[0] < a[2] and abs(a[1] - b[1]) < 12.5 for a, b in combinations(boxes, 2))
        assert all(box[0] >= 0 and box[2] <= float(svg.get("viewBox").split()[2]) for box in boxes)


@pytest.mark.parametrize("is_log", [True, False])
def test_nothing_one_and_all_free_are_drawn(is_log):
    for rows in ([], [Spot("a", 0.0, 0.5)], [Spot("a", 3.0, 1.0)], [Spot("a", 1e-6, 0.0), Spot("b", 40.0, 1.0)]):
        chart, wide, narrow = drawn(rows, is_log=is_log)
        assert len(chart.table) == 1 + len(rows)
        for svg in (wide, narrow):
            ticks = [one.text for one in svg.findall("g[@class='axis']/text")]
            assert len(ticks) == len(set(ticks)), ticks
            assert sum(map(len, middles(svg))) == len(rows)
            width, height = (float(one) for one in svg.get("viewBox").split()[2:])
            assert all(0 < x < width and 0 < y < height for kind in middles(svg) for x, y in kind)


def test_a_value_below_nothing_is_refused():
    with pytest.raises(ValueError, match="not below 0"):
        drawn([Spot("a", -1.0, 0.5)])
