"""The pictures of a run's page: how latency and tokens are spread."""

from collections.abc import Mapping
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
    all_calls = "All calls of an item together; items out of the cache are left out."
    answered = "Calls that were answered by a provider."
    found = [
        _picture("Latency of a call", answered, call_latency(run), measure="milliseconds", counted="calls"),
        _picture("Tokens in", all_calls, spread(run, "tokens_in"), measure="tokens", counted="items"),
        _picture("Tokens out", all_calls, spread(run, "tokens_out"), measure="tokens", counted="items"),
    ]
    return [one for one in found if one]


def _picture(name: str, caption: str, counts: Mapping[int, int], *, measure: str, counted: str) -> Picture | None:
    values = [float(value) for value, number in counts.items() for _ in range(number)]
    if not values:
        return None
    chart = histogram(values, title=name, measure=measure, said=_said, most=20, counted=counted)
    return Picture(name, caption, chart)


def _said(value: float) -> str:
    return f"{value:,.0f}"
