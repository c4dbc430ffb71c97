"""Two properties crossed, drawn."""

from xml.etree import ElementTree

from reviewapp.common.charts import Square, heat_map


def test_cells_are_tinted_hatched_said_and_in_the_table():
    cells = {
        ("Asia", "small <1>"): Square(0.5, -0.25, 30, stands_out=True, href="/items?x=1&y=2"),
        ("Asia", "large"): Square(None, None, 3, note="under 20 items"),
        ("Europe", "large"): Square(0.812, 0.01, 1200),
    }

    chart = heat_map(cells, rows=["Asia", "Europe"], columns=["small <1>", "large"], title="F1", measure="micro F1")

    svg = ElementTree.fromstring(chart.svg)
    assert svg.find("a").get("href") == "/items?x=1&y=2"
    assert svg.find("a").get("aria-label") == "Asia, small <1>: 0.500, 30 items, −0.250 from the rest, stands out"
    kinds = [one.get("class") for one in svg.iter("rect")]
    assert kinds == ["heat worse d4", "heat-edge", "heat small", None, "heat"]
    assert [one.text for one in svg.iter("text") if one.text.startswith("n ")] == ["n 30", "n 3", "n 1,200"]
    assert chart.table[1:] == [
        ["Asia", "small <1>", "0.500", "−0.250", "30", ""],
        ["Asia", "large", "–", "–", "3", "under 20 items"],
        ["Europe", "large", "0.812", "+0.010", "1,200", ""],
    ]


def test_nothing_to_cross():
    chart = heat_map({}, rows=[], columns=[], title="F1", measure="micro F1")
    assert len(chart.table) == 1
    ElementTree.fromstring(chart.svg)
