"""Charts as SVG text, made on the server: no script, readable without colour, each with its table."""

from reviewapp.common.charts.bars import Stack, grouped_bars, stacked_bars
from reviewapp.common.charts.burndown import Ahead, burndown
from reviewapp.common.charts.dots import Dot, dot_plot
from reviewapp.common.charts.drawing import Chart
from reviewapp.common.charts.lines import Point, line_chart
from reviewapp.common.charts.ranges import Figure, Legend, Range, range_plot

__all__ = [
    "Ahead",
    "Chart",
    "Dot",
    "Figure",
    "Legend",
    "Point",
    "Range",
    "Stack",
    "burndown",
    "dot_plot",
    "grouped_bars",
    "line_chart",
    "range_plot",
    "stacked_bars",
]
