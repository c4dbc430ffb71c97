"""Learning curves: lines, bands and the table beneath."""

from reviewapp.common.charts import Series, learning_curves


def test_each_line_has_its_band_and_an_undefined_point_is_a_dash():
    series = [
        Series("By lot", [(0.1, 0.05, 0.15), (0.2, 0.1, 0.3)]),
        Series("<least>", [(0.1, None, None), (None, None, None)]),
    ]
    chart = learning_curves([50, 100], series, title="F1", measure="Micro F1", target=0.2)

    assert chart.table == [
        ["items labelled", "By lot", "<least>"],
        ["50", "0.100 (0.050 to 0.150)", "0.100"],
        ["100", "0.200 (0.100 to 0.300)", "–"],
    ]
    assert (chart.svg.count("band s"), chart.svg.count("trend s")) == (1, 2)
