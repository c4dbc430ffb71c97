from reviewapp.common.charts import Point, axis_of, strength_chart


def test_all_pictures_share_an_axis_in_tenths():
    assert axis_of([]) == (0.0, 1.0)
    assert axis_of([0.31, 0.3, 0.62]) == (0.3, 0.7)
    assert axis_of([1.0, 1.0]) == (0.8, 1.0)
    assert axis_of([0.0]) == (0.0, 0.2)


def test_what_loses_too_much_is_marked_and_what_is_undefined_has_no_dot():
    points = [
        Point("clean", 0.8, 0.7, 0.9), Point("1", 0.76, 0.7, 0.8), Point("2", 0.6, 0.5, 0.7),
        Point("4", None, None, None),
    ]  # fmt: skip
    chart = strength_chart(points, title="<T>", measure="F1", axis=(0.5, 1.0), level=0.8, tolerance=0.75)
    assert chart.svg.count('class="dot"') == 2
    assert chart.svg.count('class="dot loss"') == 1
    assert "<T>" not in chart.svg
    assert chart.svg.count('class="base"') == chart.svg.count('class="target"') == 1
    assert chart.table[1:3] == [["clean", "0.800", "0.700", "0.900", ""], ["1", "0.760", "0.700", "0.800", ""]]
    assert chart.table[4][1] == "–"
