"""Reviews of production runs: opening one, its figures, closing it and taking the corrections out."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluation.actions.reviews import MAKERS, close_review, open_review
from evaluation.actions.training_exports import give_out, text_of_line
from evaluation.forms.reviews import ReviewForm
from evaluation.models import Review
from evaluation.queries.reviewboard import MEASURES, board
from evaluation.queries.reviews import flat, loaded, reviews_of
from evaluation.views.frame import READERS, as_file, attachment
from labeling.access import ProjectRequest, project_page
from labeling.actions.idempotency import once
from labeling.enums import Role
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page


@require_GET
@project_page(Role.ADJUDICATOR, *READERS)
def reviews(request: ProjectRequest) -> HttpResponse:
    """All reviews: for reviewers their queues, for readers the way to the figures."""
    context = {
        "reviews": reviews_of(request.project),
        "can_make": bool(request.roles & set(MAKERS)),
        "can_read": bool(request.roles & set(READERS)),
        "can_review": Role.ADJUDICATOR in request.roles,
    }
    return render_page(request, "evaluation/reviews.html", context)


@require_http_methods(["GET", "POST"])
@project_page(*MAKERS)
def new_review(request: ProjectRequest) -> HttpResponse:
    """Open the review of a run."""
    form = ReviewForm(request.POST or None, project=request.project, initial={"run": request.GET.get("run")})
    if request.method == "POST" and form.is_valid():
        try:
            return go_to(request, "evaluation:review", request.project.slug, _open_once(request, form))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    status = 422 if request.method == "POST" else 200
    return render_page(request, "evaluation/new_review.html", {"form": form}, status=status)


def _open_once(request: ProjectRequest, form: ReviewForm) -> str:
    told = form.cleaned_data

    def start() -> str:
        other = form.runs.get(told["other_run"])
        made = open_review(run=form.runs[told["run"]], spec=form.spec(), other_run=other, by=request.user)
        return str(made.public_id)

    payload = {name: value for name, value in told.items() if name != "idempotency_key"}
    action = f"review:{request.project.slug}"
    return once(user=request.user, key=told["idempotency_key"], action=action, payload=payload, do=start)


@require_GET
@project_page(*READERS)
def review(request: ProjectRequest, review_id: UUID) -> HttpResponse:
    """Where its targets stand, and what people said."""
    found = _review(request, review_id)
    context = {
        "review": found,
        "run": found.run,
        "board": board(found),
        "measures": MEASURES,
        "can_make": bool(request.roles & set(MAKERS)),
        "can_review": Role.ADJUDICATOR in request.roles,
    }
    return render_page(request, "evaluation/review.html", context)


@require_POST
@project_page(*MAKERS)
def end_review(request: ProjectRequest, review_id: UUID) -> HttpResponse:
    """Hand out nothing more."""
    found = _review(request, review_id)
    close_review(review=found, by=request.user)
    return go_to(request, "evaluation:review", request.project.slug, found.public_id)


@require_GET
@project_page(*READERS)
def review_download(request: ProjectRequest, review_id: UUID, form: str) -> HttpResponse:
    """The corrections as CSV or JSONL, on the record like a training file, or the figures as JSON."""
    found = _review(request, review_id)
    name = f"{found.project.slug} review {found.number}"
    if form == "jsonl":
        text = "".join(map(text_of_line, give_out(source=found, by=request.user)))
        return attachment(text, f"{name} corrections.jsonl", "application/x-ndjson")
    if form == "csv":
        return as_file("csv", f"{name} corrections", {}, [flat(row) for row in give_out(source=found, by=request.user)])
    return as_file(form, name, {"review": found.number, "run": found.run.name, **board(found).as_dict()}, [])


def _review(request: ProjectRequest, public_id: UUID) -> Review:
    return get_object_or_404(loaded().filter(project=request.project), public_id=public_id)
