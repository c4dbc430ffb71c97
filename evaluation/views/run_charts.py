"""The pictures of a run's page: how latency and tokens are spread."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from evaluation.models import Run
from evaluation.queries.run_board import call_latency, spread
from reviewapp.common.charts import Chart, histogram


@dataclass(frozen=True)
class Picture:
    """A chart with what it counts."""

    name: str
    caption: str
    chart: Chart


def run_charts(run: Run) -> list[Picture]:
    """One picture of each figure that is known; three queries, which group in the database."""
    found = [
        _picture("Latency of a call", "Calls that were answered; what came from the cache took no time.",
                 call_latency(run), "milliseconds", _said),
        _picture("Tokens in", "All calls of an item together.", spread(run, "tokens_in"), "tokens", _said),
        _picture("Tokens out", "All calls of an item together.", spread(run, "tokens_out"), "tokens", _said),
    ]  # fmt: skip
    return [one for one in found if one]


def _picture(
    name: str, caption: str, counts: Mapping[int, int], measure: str, said: Callable[[float], str]
) -> Picture | None:
    values = [float(value) for value, number in counts.items() for _ in range(number)]
    if not values:
        return None
    return Picture(name, caption, histogram(values, title=name, measure=measure, said=said, most=20))


def _said(value: float) -> str:
    return f"{value:,.0f}"
