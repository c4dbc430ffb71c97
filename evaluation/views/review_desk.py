"""The reviewer's room: one task at a time, some of them without the prediction. A plain form does all of it."""

from uuid import UUID, uuid4

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_POST

from evaluation.actions.review_tasks import (
    LEFT_MOST,
    claim_task,
    last_answer,
    left_for,
    put_off,
    submit_review,
    take_back,
)
from evaluation.enums import ReviewTaskState
from evaluation.forms.reviews import ReviewAnswerForm
from evaluation.models import Review, ReviewTask
from evaluation.queries.review_desk import screen_of, stand_of
from labeling.access import ProjectRequest, project_page
from labeling.actions.idempotency import once
from labeling.enums import Role
from reviewapp.common.errors import Conflict, NotAllowed
from reviewapp.common.http import go_to, render_page


@require_GET
@project_page(Role.ADJUDICATOR)
def review_next(request: ProjectRequest, review_id: UUID) -> HttpResponse:
    """The task that the reviewer holds, or the next one, or why there is none."""
    review = _review(request, review_id)
    try:
        claimed = claim_task(review=review, by=request.user)
    except NotAllowed as refusal:
        return _nothing(request, review, refusal=str(refusal))
    if claimed is None:
        return _nothing(request, review)
    return _show(request, _task(request, review_id, claimed.public_id))


@require_POST
@project_page(Role.ADJUDICATOR)
def review_answer(request: ProjectRequest, review_id: UUID, review_task_id: UUID) -> HttpResponse:
    """Take the answer and hand out the next task."""
    task = _task(request, review_id, review_task_id)
    form = ReviewAnswerForm(request.POST, screen=screen_of(task))
    if not form.is_valid():
        if task.reviewer_id != request.user.pk or task.state != ReviewTaskState.LEASED:
            raise Conflict("This task was answered or taken over meanwhile, on another page or by somebody else.")
        return _show(request, task, form=form)
    told = form.cleaned_data
    payload = {name: told[name] for name in ("labels", "note", "after")}

    def submit() -> str:
        made = submit_review(
            task=task, labels=told["labels"], note=told["note"], seconds=told["seconds"], after=told["after"],
            by=request.user,
        )  # fmt: skip
        return str(made.public_id)

    action = f"review:{task.public_id}"
    once(user=request.user, key=told["idempotency_key"], action=action, payload=payload, do=submit)
    return go_to(request, "evaluation:review-next", request.project.slug, review_id)


@require_POST
@project_page(Role.ADJUDICATOR)
def review_later(request: ProjectRequest, review_id: UUID, review_task_id: UUID) -> HttpResponse:
    """Put the task behind all others."""
    put_off(task=_task(request, review_id, review_task_id), by=request.user)
    return go_to(request, "evaluation:review-next", request.project.slug, review_id)


@require_POST
@project_page(Role.ADJUDICATOR)
def review_undo(request: ProjectRequest, review_id: UUID, review_task_id: UUID) -> HttpResponse:
    """Take the last answer back, inside the fixed window."""
    task = _task(request, review_id, review_task_id)
    if task.reviewer_id != request.user.pk:
        raise Http404
    take_back(task=task, by=request.user)
    return go_to(request, "evaluation:review-next", request.project.slug, review_id)


def _review(request: ProjectRequest, public_id: UUID) -> Review:
    mine = Review.objects.filter(project=request.project).select_related("project", "run")
    return get_object_or_404(mine, public_id=public_id)


def _task(request: ProjectRequest, review_id: UUID, public_id: UUID) -> ReviewTask:
    mine = ReviewTask.objects.filter(review__project=request.project, review__public_id=review_id).select_related(
        "review__project", "review__run__taxonomy_version", "item", "prediction"
    )
    return get_object_or_404(mine, public_id=public_id)


def _show(request: ProjectRequest, task: ReviewTask, *, form: ReviewAnswerForm | None = None) -> HttpResponse:
    screen = form.screen if form else screen_of(task)
    context = {
        "review": task.review,
        "screen": screen,
        "stand": form.stand() if form else stand_of(screen),
        "problems": form.problems() if form else [],
        "last": last_answer(task.review, request.user),
        "done": _done(task.review, request),
        "left": left_for(task.review, request.user) + 1,
        "left_most": LEFT_MOST,
        "idempotency_key": uuid4(),
    }
    return render_page(request, "evaluation/review_task.html", context, status=422 if form else 200)


def _nothing(request: ProjectRequest, review: Review, *, refusal: str = "") -> HttpResponse:
    last = None if refusal else last_answer(review, request.user)
    context = {"review": review, "refusal": refusal, "last": last, "done": _done(review, request)}
    return render_page(request, "evaluation/review_nothing.html", context)


def _done(review: Review, request: ProjectRequest) -> int:
    return review.tasks.filter(state=ReviewTaskState.DONE, reviewer=request.user).count()
