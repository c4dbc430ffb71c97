"""The control chart names each window and says which lie outside."""

from reviewapp.common.charts import Watched, control_chart


def test_what_lies_outside_is_said_and_drawn_as_a_square():
    points = [Watched("1 Mar", 0.8, 0.7, 0.9, "n 40"), Watched("2 Mar", 0.5, 0.7, 0.9, "n 40", is_out=True)]
    chart = control_chart([*points, Watched("3 Mar", None, None, None)], title="F1", measure="F1", centre=0.8)
    assert "3 windows, 1 outside the limits" in chart.svg
    assert "2 Mar: F1 0.500, limits 0.700 to 0.900, outside the limits n 40" in chart.svg
    assert chart.svg.count('class="dot loss"') == 1
    assert chart.table[2] == ["2 Mar", "0.500", "0.700", "0.900", "yes", "n 40"]
    assert chart.table[3][:2] == ["3 Mar", "–"]
