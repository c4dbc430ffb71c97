"""Charts as SVG text, made on the server: no script, readable without colour, each with its table."""

from reviewapp.common.charts.bars import Stack, grouped_bars, stacked_bars
from reviewapp.common.charts.bullet import bullet
from reviewapp.common.charts.burndown import Ahead, burndown
from reviewapp.common.charts.control import Watched, control_chart
from reviewapp.common.charts.coverage_grid import Plot, coverage_grid
from reviewapp.common.charts.curve import Series, curve
from reviewapp.common.charts.day_bars import day_bars
from reviewapp.common.charts.dots import Dot, dot_plot
from reviewapp.common.charts.drawing import Chart
from reviewapp.common.charts.flow import Ribbon, flow_chart
from reviewapp.common.charts.forest import Gap, forest
from reviewapp.common.charts.funnel import Step, funnel
from reviewapp.common.charts.heatmap import Square, heat_map
from reviewapp.common.charts.histogram import histogram
from reviewapp.common.charts.learning import learning_curves
from reviewapp.common.charts.lines import Point, line_chart
from reviewapp.common.charts.pair_map import Cell, pair_map
from reviewapp.common.charts.parts import Bar, Part, part_bars
from reviewapp.common.charts.ranges import Figure, Legend, Range, range_plot
from reviewapp.common.charts.reliability import Mark, reliability
from reviewapp.common.charts.scatter import Spot, scatter
from reviewapp.common.charts.shares import Share, share_plot
from reviewapp.common.charts.staircase import Stop, staircase
from reviewapp.common.charts.strengths import axis_of, strength_chart

__all__ = [
    "Ahead",
    "Bar",
    "Cell",
    "Chart",
    "Dot",
    "Figure",
    "Gap",
    "Legend",
    "Mark",
    "Part",
    "Plot",
    "Point",
    "Range",
    "Ribbon",
    "Series",
    "Share",
    "Spot",
    "Square",
    "Stack",
    "Step",
    "Stop",
    "Watched",
    "axis_of",
    "bullet",
    "burndown",
    "control_chart",
    "coverage_grid",
    "curve",
    "day_bars",
    "dot_plot",
    "flow_chart",
    "forest",
    "funnel",
    "grouped_bars",
    "heat_map",
    "histogram",
    "learning_curves",
    "line_chart",
    "pair_map",
    "part_bars",
    "range_plot",
    "reliability",
    "scatter",
    "share_plot",
    "stacked_bars",
    "staircase",
    "strength_chart",
]
