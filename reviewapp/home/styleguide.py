"""All components on one page, for those who build pages: only where DEBUG is on."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from labeling.forms.projects import NewProjectForm
from labeling.textdiff import diff
from reviewapp.common.charts import (
    Ahead,
    Dot,
    Spot,
    Stack,
    burndown,
    dot_plot,
    grouped_bars,
    histogram,
    scatter,
    stacked_bars,
)
from reviewapp.common.http import Request, render_page
from reviewapp.common.policy import public

COLOURS = (
    "paper", "card", "sunk", "line", "line-strong", "ink", "ink-2", "accent", "accent-soft", "gold", "gold-fill",
    "gold-soft", "good", "good-soft", "bad", "bad-soft", "rater-a", "rater-b", "mark",
)  # fmt: skip
TEXT = (
    "## Written text\n\nA paragraph with **weight**, a [link](https://example.org) and `code`.\n\n- one\n\n> A quote."
)


@require_GET
@public
def styleguide(request: Request) -> HttpResponse:
    """Each component once, in each of its states."""
    context: dict[str, Any] = {
        "colours": COLOURS,
        "charts": _charts(),
        "estimate": SimpleNamespace(value=0.842, low=0.821, high=0.861, n=400, reason=""),
        "undefined": SimpleNamespace(value=None, low=None, high=None, n=0, reason="no item has two ratings"),
        "form": NewProjectForm({"name": "", "slug": "not a slug"}),
        "text": TEXT,
        "lines": diff("Read it.\nChoose one label.\nSay why.", "Read it.\nChoose every label that applies.\nSay why."),
    }
    return render_page(request, "home/styleguide.html", context)


def _charts() -> list[tuple[str, Any]]:
    day = date(2025, 3, 3)
    left = [(day + timedelta(days=number), 120 - 12 * number) for number in range(6)]
    ahead = Ahead(day + timedelta(days=10), day + timedelta(days=9), day + timedelta(days=13))
    dots = [Dot("CRM", 0.91, 0.86, 0.95, "n 120"), Dot("Payroll", None, None, None, "n 0")]
    states = ("settled", "submitted", "leased", "open")
    shares = [("Finance", 0.4, 0.35), ("IT", 0.6, 0.65)]
    due = day + timedelta(days=12)
    latencies = [240 + (place * place * 7) % 900 + 300 * (place % 3) for place in range(300)] + [14_200, 9800]
    cost = scatter(_spots(), title="Cost and F1", across="$ an item", up="micro F1", is_log=True, said=_dollars)
    return [
        ("Values with intervals", dot_plot(dots, title="F1 by label", measure="F1", target=0.8)),
        ("Parts of a whole", stacked_bars([Stack("Seats", (8, 12, 4, 16))], title="Seats", series=states)),
        ("Two shares", grouped_bars(shares, title="Sample", series=("sample", "all items"))),
        ("What is left", burndown(left, title="Seats left", total=120, ahead=ahead, due=due)),
        ("Quality and what it costs; squares are on the frontier", cost),
        ("How a quantity is spread", histogram(latencies, title="Latency", measure="latency", said=_milliseconds)),
    ]


def _spots() -> list[Spot]:
    return [
        Spot("baseline-zero@1", 0.0, 0.52, None, None, 0.48, 0.56, href="#charts"),
        Spot("baseline-few@1", 0.0, 0.61, None, None, 0.57, 0.65, on_frontier=True, href="#charts"),
        Spot("small, zero-shot", 0.0011, 0.7, 0.001, 0.0012, 0.66, 0.74, on_frontier=True, href="#charts"),
        Spot("small, few-shot", 0.0034, 0.76, 0.0031, 0.0038, 0.72, 0.79, on_frontier=True, href="#charts"),
        Spot("small, few-shot, k 12", 0.0041, 0.755, 0.0037, 0.0046, 0.715, 0.79, href="#charts"),
        Spot("small, nearest examples", 0.0038, 0.75, 0.0034, 0.0042, 0.71, 0.785, href="#charts"),
        Spot("large, zero-shot", 0.021, 0.81, 0.019, 0.024, 0.78, 0.84, on_frontier=True, href="#charts"),
        Spot("large, few-shot", 0.048, 0.83, 0.043, 0.054, 0.8, 0.86, on_frontier=True, href="#charts"),
        Spot("large, long guidelines", 0.11, 0.82, 0.1, 0.12, 0.79, 0.85, href="#charts"),
    ]


def _dollars(value: float) -> str:
    return f"${value:.4f}".rstrip("0") if value else "$0"


def _milliseconds(value: float) -> str:
    return f"{value:,.0f} ms"


def routes(*, debug: bool) -> list[URLPattern]:
    """The page's route where developers work, and none anywhere else."""
    return [path("styleguide/", styleguide, name="styleguide")] if debug else []
