from xml.etree import ElementTree

from reviewapp.common.charts import Point, line_chart


def drawn(points, **options):
    chart = line_chart(points, title="Likeness <by> month", measure="likeness", **options)
    return chart, ElementTree.fromstring(chart.svg)


def test_each_value_is_drawn_said_and_in_the_table():
    chart, svg = drawn([Point("Jan", 0.5, 0.25, 0.75, "n 4"), Point("Feb", 1.0, 0.5, 1.0, "n 2")], target=0.7)

    assert [one.tag for one in svg][:2] == ["title", "desc"]
    assert svg[0].text == "Likeness <by> month"
    assert len(svg.findall(".//circle")) == 2
    assert len(svg.findall(".//*[@class='range']")) == 2
    assert len(svg.findall("polyline")) == 1
    assert svg.find("*[@class='target']") is not None
    assert "likeness 0.500, 95% from 0.250 to 0.750 n 4" in chart.svg
    assert chart.table[1:] == [["Jan", "0.500", "0.250", "0.750", "n 4"], ["Feb", "1.000", "0.500", "1.000", "n 2"]]


def test_an_undefined_month_is_a_gap_and_a_dash():
    points = [
        Point("a", 0.5, 0.4, 0.6),
        Point("b", None, None, None),
        Point("c", 0.5, 0.4, 0.6),
        Point("d", 0.6, 0.4, 0.7),
    ]

    chart, svg = drawn(points)

    assert len(svg.findall("polyline")) == 1
    assert len(svg.findall(".//circle")) == 3
    assert chart.table[2] == ["b", "–", "–", "–", ""]


def test_higher_is_further_up_and_later_further_right():
    _, svg = drawn([Point("a", 0.2, 0.1, 0.3), Point("b", 0.9, 0.8, 1.0)])

    first, second = svg.findall(".//circle")

    assert float(first.get("cy")) > float(second.get("cy"))
    assert float(first.get("cx")) < float(second.get("cx"))


def test_many_months_keep_their_names_apart():
    _, svg = drawn([Point(f"m{number}", 0.5, 0.4, 0.6) for number in range(60)])

    assert len([text for text in svg.iter("text") if (text.text or "").startswith("m")]) == 12


def test_no_months_is_an_empty_picture():
    chart, svg = drawn([])

    assert len(chart.table) == 1
    assert not svg.findall(".//circle")
