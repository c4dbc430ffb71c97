"""Charts as SVG text, made on the server: no script, readable without colour, each with its table."""

from reviewapp.common.charts.bars import Stack, grouped_bars, stacked_bars
from reviewapp.common.charts.burndown import Ahead, burndown
from reviewapp.common.charts.dots import Dot, dot_plot
from reviewapp.common.charts.drawing import Chart

__all__ = ["Ahead", "Chart", "Dot", "Stack", "burndown", "dot_plot", "grouped_bars", "stacked_bars"]
