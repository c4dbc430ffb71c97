import xml.etree.ElementTree as ET
from datetime import date, timedelta

import pytest

from reviewapp.common.charts import Ahead, burndown

DAY = date(2024, 3, 1)


def after(days):
    return DAY + timedelta(days=days)


DAYS = [(after(number), 100 - 10 * number) for number in range(5)]


def test_the_table_holds_the_numbers_of_the_picture():
    chart = burndown(DAYS, title="Left", total=100, ahead=Ahead(after(10), after(9), after(12)), due=after(8))

    assert chart.table[0] == ["Day", "Left"]
    assert chart.table[1] == ["1 Mar 2024", "100"]
    assert chart.table[-2][0].startswith("11 Mar 2024 (expected, 95% from 10 Mar 2024")
    assert chart.table[-1][0] == "9 Mar 2024 (due)"


@pytest.mark.parametrize("days", [DAYS, DAYS[:1], [(DAY, 0)]])
@pytest.mark.parametrize("ahead", [None, Ahead(after(10), after(9), after(12)), Ahead(after(900), after(5), None)])
@pytest.mark.parametrize("due", [None, after(0), after(3), after(60)])
def test_every_mark_stays_inside_the_picture(days, ahead, due):
    tree = ET.fromstring(burndown(days, title="<Left>", total=100, ahead=ahead, due=due).svg)

    width, height = map(float, tree.attrib["viewBox"].split()[2:])
    for mark in tree.iter():
        for name, value in mark.attrib.items():
            if name in ("x", "x1", "x2", "cx"):
                assert 0 <= float(value) <= width
            if name in ("y", "y1", "y2", "cy"):
                assert 0 <= float(value) <= height
        for pair in mark.attrib.get("points", "").split():
            x, y = map(float, pair.split(","))
            assert 0 <= x <= width
            assert 0 <= y <= height


def test_titles_are_escaped():
    assert "&lt;Left&gt;" in burndown(DAYS, title="<Left>", total=100).svg
