"""A run's answers one by one, and the trace of one. On a held-out split there are neither."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_GET

from evaluation.queries import run_answers as queries
from evaluation.queries import traces
from evaluation.queries.json_counts import counted
from evaluation.queries.run_board import failures
from evaluation.views.runs import READERS, find_run
from labeling.access import ProjectRequest, project_page
from reviewapp.common.http import render_page

ASKED = ("state", "kind", "problem", "route", "review")


@require_GET
@project_page(*READERS)
def answers(request: ProjectRequest, run_id: UUID) -> HttpResponse:
    """The answers that pass a filter, fifty a page."""
    run = find_run(request, run_id)
    if not queries.shows_items(run):
        raise Http404
    try:
        after = int(request.GET.get("after", "0"))
    except ValueError as error:
        raise Http404 from error
    wanted = queries.Wanted(**{name: request.GET.get(name, "")[:300] for name in ASKED})
    context = {
        "run": run,
        "wanted": wanted,
        "page": queries.answers(run, wanted, after=min(max(after, 0), 2**62)),
        "is_later": after > 0,
        "states": queries.STATES,
        "kinds": [one.kind for one in failures(run)],
        "problems": [kind for kind, _ in counted(run, "problems")],
        "routes": [route for route, _ in counted(run, "routes")],
    }
    return render_page(request, "evaluation/run_answers.html", context)


@require_GET
@project_page(*READERS)
def trace(request: ProjectRequest, run_id: UUID, item_id: UUID) -> HttpResponse:
    """What was sent and said for one item, call by call."""
    run = find_run(request, run_id)
    prediction = queries.find_answer(run, item_id)
    if prediction is None:
        raise Http404
    context = {"run": run, "prediction": prediction, "trace": traces.trace(run, prediction)}
    return render_page(request, "evaluation/run_item.html", context)
