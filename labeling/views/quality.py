"""Raters: how they do on known items, trainings, hidden checks; and a trainee's own feedback."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from labeling import rules
from labeling.access import ProjectRequest, project_page
from labeling.actions.checks import add_checks, lift_pause
from labeling.actions.idempotency import once
from labeling.actions.training import grant_qualification, is_guided, make_training_round, revoke_all
from labeling.enums import Purpose, Role, RoundState
from labeling.forms.quality import ChecksForm, QualifyForm, TrainingForm
from labeling.models import RaterPause, Round, User
from labeling.queries import quality as queries
from labeling.queries import training
from labeling.queries.golden import releases_of
from labeling.visibility import own_training_answers
from reviewapp.common.charts import Chart, Dot, Point, dot_plot, line_chart
from reviewapp.common.errors import NotAllowed, Refused
from reviewapp.common.http import go_to, render_page

CHARTED = 40
OVERSEERS = (Role.MANAGER, Role.ANALYST)
RATERS = (Role.ANNOTATOR, Role.ADJUDICATOR)


@require_GET
@project_page(*OVERSEERS)
def quality(request: ProjectRequest) -> HttpResponse:
    """Everybody who labels: their checks, qualifications, pauses and turns."""
    raters = queries.raters_of(request.project, viewer=request.user)
    context = {
        "raters": raters,
        "chart": _dots(request, raters),
        "due": [row for row in raters if row.is_due],
        "rounds": queries.rounds_with_checks(request.project),
        "trainings": queries.trainings_of(request.project),
        "can_manage": Role.MANAGER in request.roles,
    }
    return render_page(request, "labeling/quality.html", context)


def _dots(request: ProjectRequest, raters: list[queries.RaterRow]) -> Chart | None:
    checked = sorted((row for row in raters if row.checks), key=lambda row: row.likeness.value or 0.0)[:CHARTED]
    if not checked:
        return None
    return dot_plot(
        [
            Dot(
                name=str(row.user),
                value=row.likeness.value,
                low=row.likeness.low,
                high=row.likeness.high,
                note=f"n {row.checks}",
                href=reverse("labeling:rater", args=[request.project.slug, row.user.public_id]),
            )
            for row in checked
        ],
        title="Likeness to the known answers by rater, the lowest first",
        measure="likeness",
    )


@require_GET
@project_page(*OVERSEERS)
def rater(request: ProjectRequest, user_id: UUID) -> HttpResponse:
    """One rater: errors by label, drift, qualifications and pauses."""
    person = _rater(request, user_id)
    profile = queries.profile_of(person, request.project, viewer=request.user)
    points = [
        Point(f"{month:%b %Y}", measure.value, measure.low, measure.high, f"n {measure.n}" if measure.n else "")
        for month, measure in profile.months
    ]
    chart = line_chart(points, title=f"Likeness by month, {person}", measure="likeness") if points else None
    context = {
        "person": person,
        "profile": profile,
        "row": profile.row,
        "chart": chart,
        "can_manage": Role.MANAGER in request.roles,
        "can_grant": bool(rules.roles(person, request.project) & set(RATERS)),
    }
    return render_page(request, "labeling/quality_rater.html", context)


@require_POST
@project_page(Role.MANAGER)
def qualify(request: ProjectRequest, user_id: UUID) -> HttpResponse:
    """Grant a qualification, or end those there are."""
    person = _rater(request, user_id)
    form = QualifyForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say whether to grant a qualification or to end it. Nothing was changed.")
    elif form.cleaned_data["how"] == "revoke":
        revoke_all(project=request.project, user=person, by=request.user)
        messages.success(request, f"{person} is no longer qualified. What they submitted stays.")
    else:
        try:
            made = grant_qualification(project=request.project, user=person, by=request.user)
            messages.success(request, f"{person} is qualified until {made.expires_at:%-d %b %Y}.")
        except Refused as refusal:
            messages.error(request, str(refusal))
    return go_to(request, "labeling:rater", request.project.slug, user_id)


@require_POST
@project_page(Role.MANAGER)
def lift(request: ProjectRequest, user_id: UUID, round_id: UUID) -> HttpResponse:
    """Let a paused rater go on in a round."""
    person = _rater(request, user_id)
    pauses = RaterPause.objects.filter(round=_round(request, round_id), rater=person, lifted_at__isnull=True)
    pause = pauses.select_related("round__project", "rater").first()
    if pause and lift_pause(pause=pause, by=request.user):
        messages.success(request, f"{person} can go on. Only their later checks count towards the next pause.")
    else:
        messages.info(request, f"{person} is not paused in this round.")
    return go_to(request, "labeling:rater", request.project.slug, user_id)


@require_http_methods(["GET", "POST"])
@project_page(Role.MANAGER)
def new_training(request: ProjectRequest) -> HttpResponse:
    """Make a training round out of a release."""
    releases = releases_of(request.project)
    form = TrainingForm(request.POST or None, releases=releases)
    if request.method == "POST" and form.is_valid():
        try:
            _make_training(request, form)
            messages.success(
                request, f"The training “{form.cleaned_data['name']}” is open. Raters find it under Label."
            )
            return go_to(request, "labeling:quality", request.project.slug)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "has_releases": bool(releases)}
    status = 422 if request.method == "POST" else 200
    return render_page(request, "labeling/quality_training.html", context, status=status)


def _make_training(request: ProjectRequest, form: TrainingForm) -> None:
    cleaned = form.cleaned_data

    def do() -> str:
        made = make_training_round(
            project=request.project,
            name=cleaned["name"],
            release=form.chosen_release(),
            split=cleaned["split"],
            size=cleaned["size"],
            bar=cleaned["bar"],
            seed=cleaned["seed"],
            by=request.user,
        )
        return str(made.public_id)

    action = f"training:{request.project.slug}"
    once(user=request.user, key=cleaned["idempotency_key"], action=action, payload=form.payload(), do=do)


@require_http_methods(["GET", "POST"])
@project_page(Role.MANAGER)
def checks(request: ProjectRequest, round_id: UUID) -> HttpResponse:
    """Mix hidden checks into an open round."""
    in_round = _round(request, round_id)
    releases = releases_of(request.project)
    form = ChecksForm(request.POST or None, releases=releases)
    if request.method == "POST" and form.is_valid():
        try:
            added = _add_checks(request, in_round, form)
            messages.success(request, f"Hidden checks mixed into “{in_round.name}”: {added}.")
            return go_to(request, "labeling:quality", request.project.slug)
        except (Refused, NotAllowed) as refusal:
            form.add_error(None, str(refusal))
    context = {
        "round": in_round,
        "form": form,
        "has_releases": bool(releases),
        "is_open": in_round.state == RoundState.OPEN and in_round.purpose == Purpose.GOLDEN,
        "has_begun": in_round.seats.exclude(state="open").exists(),
    }
    status = 422 if request.method == "POST" else 200
    return render_page(request, "labeling/quality_checks.html", context, status=status)


def _add_checks(request: ProjectRequest, in_round: Round, form: ChecksForm) -> str:
    cleaned = form.cleaned_data
    return once(
        user=request.user,
        key=cleaned["idempotency_key"],
        action=f"checks:{in_round.public_id}",
        payload=form.payload(),
        do=lambda: str(
            add_checks(
                in_round=in_round,
                release=form.chosen_release(),
                share=cleaned["share"] / 100,
                seed=cleaned["seed"],
                by=request.user,
            )
        ),
    )


@require_GET
@project_page(*RATERS)
def feedback(request: ProjectRequest, round_id: UUID, annotation_id: UUID) -> HttpResponse:
    """After an answer in a training: one's own labels beside the known ones. Of other rounds there is no such page."""
    mine = own_training_answers(request.user).filter(task__round=_round(request, round_id))
    mine = mine.select_related("task__item", "task__gold", "task__round__taxonomy_version")
    annotation = get_object_or_404(mine, public_id=annotation_id)
    context = {"round": annotation.task.round, "feedback": training.feedback_on(annotation, request.user)}
    return render_page(request, "labeling/feedback.html", context)


@require_GET
@project_page(*RATERS)
def training_result(request: ProjectRequest, round_id: UUID) -> HttpResponse:
    """How the training went, and what each answer was worth."""
    in_round = _round(request, round_id)
    if not is_guided(in_round):
        return go_to(request, "labeling:label-home", request.project.slug)
    result = training.result_of(in_round, request.user)
    if not result.progress.done and not result.progress.skipped and in_round.state != RoundState.OPEN:
        raise Http404
    return render_page(request, "labeling/quality_result.html", {"round": in_round, "result": result})


def _round(request: ProjectRequest, public_id: UUID) -> Round:
    mine = Round.objects.filter(project=request.project)
    return get_object_or_404(mine.select_related("project", "taxonomy_version", "guideline"), public_id=public_id)


def _rater(request: ProjectRequest, public_id: UUID) -> User:
    """A member, or somebody who answered here once."""
    mine = User.objects.filter(memberships__project=request.project) | User.objects.filter(
        annotations__task__round__project=request.project
    )
    return get_object_or_404(mine.distinct(), public_id=public_id)
