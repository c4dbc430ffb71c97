"""A bullet: value, interval and line, with the same numbers as a table; names are escaped."""

from reviewapp.common.charts import bullet


def test_a_bullet_has_its_parts_and_its_table():
    chart = bullet("Recall of <b>", value=0.8, low=0.7, high=0.9, target=0.85)
    assert "<b>" not in chart.svg
    for part in ("range", "dot", "target", "<desc>0.800, 95% between 0.700 and 0.900; asked: 0.850</desc>"):
        assert part in chart.svg
    assert chart.table[1] == ["Recall of <b>", "0.800", "0.700", "0.900", "0.850"]


def test_what_was_not_measured_leaves_the_line_alone():
    chart = bullet("Flip rate", value=None, low=None, high=None, target=0.1)
    assert "not measured" in chart.svg
    assert 'class="dot"' not in chart.svg
    assert 'class="target"' in chart.svg
