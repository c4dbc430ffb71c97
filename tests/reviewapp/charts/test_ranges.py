from reviewapp.common.charts import Figure, Legend, Range, range_plot

LEGEND = Legend("F1", second="weighted", marks=("precision", "recall"), target="target")
ROW = Range("Micro", Figure(0.5, 0.4, 0.6), Figure(0.7, 0.6, 0.8), (0.25, 0.75), target=0.9, note="n 9", href="/x/?a=1")


def test_a_row_says_all_it_shows():
    svg = range_plot([ROW], title="Averages", legend=LEGEND).svg

    assert 'aria-label="Micro: F1 0.500, 95% from 0.400 to 0.600; weighted 0.700, 95% from 0.600 to 0.800"' in svg
    assert '<a href="/x/?a=1"' in svg
    assert "<title>Averages</title>" in svg
    assert svg.count('class="range"') == 4  # drawn twice, wide and narrow
    assert svg.count('class="mark"') == 8  # half of them in the legends
    assert svg.count('class="target"') == 4


def test_the_style_sheet_can_choose_between_wide_and_narrow():
    svg = range_plot([ROW], title="Averages", legend=LEGEND).svg

    assert svg.startswith('<svg class="chart wide" viewBox="0 0 880 ')
    assert '<svg class="chart narrow" viewBox="0 0 360 ' in svg


def test_the_table_holds_the_same_numbers():
    chart = range_plot([ROW, Range("Macro", Figure(None))], title="", legend=LEGEND)

    assert chart.table == [
        ["", "F1", "low", "high", "precision", "recall", "weighted", "low", "high", "target", ""],
        ["Micro", "0.500", "0.400", "0.600", "0.250", "0.750", "0.700", "0.600", "0.800", "0.900", "n 9"],
        ["Macro", "–", "–", "–", "", "", "–", "–", "–", "–", ""],
    ]


def test_without_second_figures_or_targets_there_are_no_columns_for_them():
    chart = range_plot([Range("Micro", Figure(0.5))], title="", legend=Legend("F1"))

    assert chart.table == [["", "F1", "low", "high", ""], ["Micro", "0.500", "–", "–", ""]]
    assert "Micro: F1 0.500" in chart.svg
    assert 'class="range"' not in chart.svg
    assert 'class="target"' not in chart.svg


def test_an_undefined_value_has_no_dot_and_names_are_escaped():
    chart = range_plot([Range("<b>", Figure(None))], title="", legend=Legend("F1"))

    assert "&lt;b&gt;: F1 undefined" in chart.svg
    assert chart.svg.count("<circle") == 2  # the legends'


def test_nothing_to_draw_is_an_empty_chart():
    assert range_plot([], title="None", legend=LEGEND).table[1:] == []
