"""Red-team rounds: the list, one round's board, a text tried, and what the model made of it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluation.actions import red_team_rounds as actions
from evaluation.actions.edge_cases import MAKERS as BANKERS
from evaluation.actions.prompts import find_version
from evaluation.forms.red_team_rounds import AttackForm, RedTeamRoundForm
from evaluation.models import RedTeamAttempt, RedTeamRound
from evaluation.queries import red_team_rounds as queries
from labeling.access import ProjectRequest, project_page
from labeling.actions.idempotency import once
from labeling.enums import Role
from labeling.models import Item
from labeling.visibility import may_see_names
from reviewapp.common.errors import NotAllowed, Refused
from reviewapp.common.http import go_to, render_page

EVERYBODY = tuple(Role)


@require_GET
@project_page(*EVERYBODY)
def red_team_rounds(request: ProjectRequest) -> HttpResponse:
    """The rounds one may see. Whoever is handed blind work reads why there are none, and nothing else."""
    context = {
        "rows": queries.list_of(request.user, request.project),
        "blind": queries.BLIND if queries.is_blind_now(request.user, request.project) else "",
        "is_guest": queries.is_guest(request.user, request.project),
        "can_make": bool(request.roles & set(actions.MAKERS)),
    }
    return render_page(request, "evaluation/red_team_rounds.html", context)


@require_http_methods(["GET", "POST"])
@project_page(*actions.MAKERS)
def new_red_team_round(request: ProjectRequest) -> HttpResponse:
    """Open a round."""
    form = RedTeamRoundForm(request.POST or None, project=request.project, roles=request.roles)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            version = find_version(project=request.project, reference=told["prompt"], by=request.user)
            opens_at, closes_at = form.window()
            plan = actions.Plan(
                name=told["name"], version=version, opens_at=opens_at, closes_at=closes_at, goal=told["goal"],
                budget_usd=told["budget"], invited=told.get("invited", ()),
            )  # fmt: skip
            made = once(
                user=request.user, key=told["idempotency_key"], action=f"red-team:{request.project.slug}",
                payload={name: value for name, value in told.items() if name != "idempotency_key"},
                do=lambda: str(actions.open_round(plan=plan, by=request.user).public_id),
            )  # fmt: skip
            return go_to(request, "evaluation:red-team-round", request.project.slug, made)
        except (Refused, NotAllowed) as refusal:
            form.add_error(None, str(refusal))
    status = 422 if request.method == "POST" else 200
    return render_page(request, "evaluation/new_red_team_round.html", {"form": form}, status=status)


@require_GET
@project_page(*EVERYBODY)
def red_team_round(request: ProjectRequest, red_team_id: UUID) -> HttpResponse:
    """What was tried, and what broke."""
    found = _round(request, red_team_id)
    by_worth = request.GET.get("order") == "worth"
    board = queries.board_of(found, request.user, by_worth=by_worth)
    context = _shared(request, found) | {
        "board": board,
        "by_worth": by_worth,
        "is_guest": queries.is_guest(request.user, request.project),
        "can_close": board.is_open and bool(request.roles & set(actions.MAKERS)),
    }
    return render_page(request, "evaluation/red_team_round.html", context, partial="state")


@require_POST
@project_page(*actions.MAKERS)
def close_red_team_round(request: ProjectRequest, red_team_id: UUID) -> HttpResponse:
    """End it before its time."""
    found = _round(request, red_team_id)
    try:
        actions.close_round(found=found, by=request.user)
        messages.success(request, "The round is closed. What was tried stays.")
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
    return go_to(request, "evaluation:red-team-round", request.project.slug, found.public_id)


@require_http_methods(["GET", "POST"])
@project_page(*EVERYBODY)
def new_attack(request: ProjectRequest, red_team_id: UUID) -> HttpResponse:
    """Try a text: a new one, or an item or an earlier text altered."""
    found = _round(request, red_team_id)
    origin, missing = _origin(request, found)
    if "compare" in request.POST:
        before = queries.text_of(origin)[1] if origin else ""
        after = request.POST.get("text", "")[: actions.MOST_TEXT].replace("\r\n", "\n")
        changes = {"changes": queries.changes_in(before, after)}
        return render_page(request, "evaluation/new_attack.html", changes, partial="changes")
    if request.method == "POST":
        form = AttackForm(request.POST, project=request.project)
        if form.is_valid() and not missing:
            try:
                number = _try_once(request, found, form, origin)
                return go_to(request, "evaluation:red-team-attempt", request.project.slug, found.public_id, number)
            except (Refused, NotAllowed) as refusal:
                form.add_error(None, str(refusal))
    else:
        form = AttackForm(project=request.project, initial=_start(request, found, origin))
    context = _shared(request, found) | {
        "form": form,
        "origin": origin,
        "missing": missing,
        "is_open": queries.is_open(found),
        "can_alter": not queries.is_guest(request.user, request.project),
        "asked": request.GET.get("item", "")[:255],
    }
    return render_page(request, "evaluation/new_attack.html", context, status=422 if form.errors else 200)


def _try_once(request: ProjectRequest, found: RedTeamRound, form: AttackForm, origin: Item | None) -> str:
    told = {name: value for name, value in form.cleaned_data.items() if name != "idempotency_key"}
    text = actions.Text(altered_from=origin, **told)
    return once(
        user=request.user, key=form.cleaned_data["idempotency_key"], action=f"attack:{found.public_id}", payload=told,
        do=lambda: str(actions.make_attempt(found=found, text=text, by=request.user).number),
    )  # fmt: skip


def _origin(request: ProjectRequest, found: RedTeamRound) -> tuple[Item | None, str]:
    """What the text starts from: an item by its id, or an earlier attempt by its number; and why there is none."""
    number, key = request.GET.get("attempt", ""), request.GET.get("item", "").strip()[:255]
    if number.isdecimal() and len(number) < 9:
        mine = queries.attempts_for(request.user, request.project).filter(round=found, number=int(number))
        return get_object_or_404(mine).item, ""
    if not key:
        return None, ""
    if queries.is_guest(request.user, request.project):
        raise Http404
    item = Item.objects.filter(project=request.project, external_id=key).first()
    return item, "" if item else "There is no item with this id in the project."


def _start(request: ProjectRequest, found: RedTeamRound, origin: Item | None) -> dict[str, Any]:
    if origin is None:
        return {}
    name, text = queries.text_of(origin)
    before = RedTeamAttempt.objects.filter(item=origin, round=found).first()
    return {"name": name, "text": text} | ({"labels": before.labels, "kind": before.kind} if before else {})


@require_GET
@project_page(*EVERYBODY)
def red_team_attempt(request: ProjectRequest, red_team_id: UUID, number: int) -> HttpResponse:
    """Whether it broke the model, and how; fetches itself until there is an answer."""
    found = _round(request, red_team_id)
    page = queries.page_of(_attempt(request, found, number))
    attempt = page.result.attempt
    sees_names = may_see_names(request.user, request.project)
    context = _shared(request, found) | {
        "page": page,
        "result": page.result,
        "attempt": attempt,
        "who": queries.person(attempt, request.user, sees_names=sees_names),
        "is_open": queries.is_open(found),
        "can_bank": bool(request.roles & set(BANKERS)),
    }
    return render_page(request, "evaluation/red_team_attempt.html", context, partial="state")


@require_POST
@project_page(*BANKERS)
def bank_attack(request: ProjectRequest, red_team_id: UUID, number: int) -> HttpResponse:
    """Put what broke the model into the edge-case bank."""
    found = _round(request, red_team_id)
    attempt = _attempt(request, found, number)
    try:
        actions.bank_attempt(attempt=attempt, by=request.user)
        messages.success(request, "It is in the edge-case bank: every candidate has to answer it.")
    except (Refused, NotAllowed) as refusal:
        messages.error(request, str(refusal))
    return go_to(request, "evaluation:red-team-attempt", request.project.slug, found.public_id, number)


def _round(request: ProjectRequest, public_id: UUID) -> RedTeamRound:
    found = next((one for one in queries.rounds_for(request.user, request.project) if one.public_id == public_id), None)
    if found is None:
        raise Http404
    return found


def _attempt(request: ProjectRequest, found: RedTeamRound, number: int) -> RedTeamAttempt:
    return get_object_or_404(queries.attempts_for(request.user, request.project), round=found, number=number)


def _shared(request: ProjectRequest, found: RedTeamRound) -> dict[str, Any]:
    newest = request.project.taxonomy_versions.filter(published_at__isnull=False).order_by("-number").first()
    return {"round": found, "names": dict(newest.labels.values_list("code", "name")) if newest else {}}
