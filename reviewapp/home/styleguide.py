"""All components on one page, for those who build pages: only where DEBUG is on."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from labeling.forms.projects import NewProjectForm
from labeling.textdiff import diff
from reviewapp.common.charts import Ahead, Dot, Stack, burndown, dot_plot, grouped_bars, stacked_bars
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
    return [
        ("Values with intervals", dot_plot(dots, title="F1 by label", measure="F1", target=0.8)),
        ("Parts of a whole", stacked_bars([Stack("Seats", (8, 12, 4, 16))], title="Seats", series=states)),
        ("Two shares", grouped_bars(shares, title="Sample", series=("sample", "all items"))),
        ("What is left", burndown(left, title="Seats left", total=120, ahead=ahead, due=due)),
    ]


def routes(*, debug: bool) -> list[URLPattern]:
    """The page's route where developers work, and none anywhere else."""
    return [path("styleguide/", styleguide, name="styleguide")] if debug else []
