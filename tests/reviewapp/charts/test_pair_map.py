from xml.etree import ElementTree as ET

from reviewapp.common.charts import Cell, pair_map


def drawn(names, cells):
    return pair_map(names, cells, title="Alpha", measure="alpha", start=0.0, stop=1.0)


def test_each_pair_is_a_link_that_says_its_numbers_and_a_row_of_the_table():
    cell = Cell(0.5, 0.4, 0.6, "12 items", "/there/?one=1&other=2")
    chart = drawn(["A & B", "C"], {(0, 1): cell, (1, 0): cell})

    root = ET.fromstring(chart.svg)
    links = root.findall("a")
    assert len(links) == 2
    assert links[0].get("href") == cell.href
    assert links[0].get("aria-label") == "A & B and C: alpha 0.500, 95% from 0.400 to 0.600, 12 items"
    assert chart.table[1:] == [["A & B", "C", "0.500", "0.400", "0.600", "12 items"]]


def test_an_undefined_pair_has_no_shade_and_no_number():
    chart = drawn(["A", "B"], {(0, 1): Cell(None, None, None)})

    assert 'class="pairshade h0"' in chart.svg
    assert ">–<" in chart.svg


def test_many_names_still_fit():
    assert 'viewBox="0 0 880' in drawn([f"Rater {number}" for number in range(60)], {}).svg
    assert drawn([], {}).table == [["", "", "alpha", "low", "high", ""]]
