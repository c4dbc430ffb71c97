"""Charts as SVG text, made on the server: no script, readable without colour, each with its table."""

from reviewapp.common.charts.bars import Stack, grouped_bars, stacked_bars
from reviewapp.common.charts.burndown import Ahead, burndown
from reviewapp.common.charts.dots import Dot, dot_plot
from reviewapp.common.charts.drawing import Chart
from reviewapp.common.charts.flow import Ribbon, flow_chart
from reviewapp.common.charts.funnel import Step, funnel
from reviewapp.common.charts.lines import Point, line_chart
from reviewapp.common.charts.parts import Bar, Part, part_bars

__all__ = [
    "Ahead",
    "Bar",
    "Chart",
    "Dot",
    "Part",
    "Point",
    "Ribbon",
    "Stack",
    "Step",
    "burndown",
    "dot_plot",
    "flow_chart",
    "funnel",
    "grouped_bars",
    "line_chart",
    "part_bars",
    "stacked_bars",
]
