"""Small lines of drift."""

from reviewapp.common.charts.drift_lines import Track, drift_lines


def test_each_track_is_named_and_in_the_table():
    tracks = [Track(f"Ann <{n}>", [(0.05, -0.5, 3), (0.95, 0.25, 4)], note="+0.75") for n in range(4)]

    chart = drift_lines(tracks, title="Drift", measure="deviation", first="first", last="last")

    assert chart.svg.count("<polyline") == 4
    assert "Ann &lt;3&gt;" in chart.svg
    assert chart.table[1:3] == [["Ann <0>", "5%", "−0.500", "3"], ["Ann <0>", "95%", "+0.250", "4"]]
