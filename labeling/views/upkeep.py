"""Upkeep of the golden set: how fresh it is, what changed, what is planned and what comes next."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from labeling.access import ProjectRequest, project_page
from labeling.actions import upkeep as actions
from labeling.actions.expansions import label_expansion, start_expansion
from labeling.actions.idempotency import once
from labeling.enums import Role
from labeling.forms.upkeep import DutyForm, ExpansionForm, NameForm
from labeling.models import Duty, ExpansionPlan
from labeling.queries.attributes import attribute_names
from labeling.queries.expansion import fresh_items, shown
from labeling.queries.upkeep import board_of
from labeling.queries.upkeep_items import stale_page
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page

OVERSEERS = (Role.MANAGER, Role.ANALYST)
PAGE = 50


@require_http_methods(["GET", "POST"])
@project_page(*OVERSEERS)
def upkeep(request: ProjectRequest) -> HttpResponse:
    """The whole state of upkeep; a manager adds to its plan."""
    can_manage = Role.MANAGER in request.roles
    if request.method == "POST" and not can_manage:
        raise Http404
    form = DutyForm(request.POST or None, project=request.project, initial={"owner": str(request.user.public_id)})
    if request.method == "POST" and form.is_valid():
        try:
            _add_once(request, form)
            return go_to(request, "labeling:upkeep", request.project.slug)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {
        "board": board_of(request.project, viewer=request.user), "form": form, "can_manage": can_manage,
    }  # fmt: skip
    return render_page(request, "labeling/upkeep.html", context, status=422 if request.method == "POST" else 200)


def _add_once(request: ProjectRequest, form: DutyForm) -> str:
    cleaned = dict(form.cleaned_data)
    key = cleaned.pop("idempotency_key")
    return once(
        user=request.user,
        key=key,
        action=f"duty:{request.project.slug}",
        payload={**cleaned, "owner": str(cleaned["owner"].public_id)},
        do=lambda: str(actions.add_duty(project=request.project, by=request.user, **cleaned).public_id),
    )


@require_POST
@project_page(Role.MANAGER)
def usual_duties(request: ProjectRequest) -> HttpResponse:
    """The usual plan, all of it with whoever asks for it."""
    try:
        made = actions.add_usual_duties(project=request.project, owner=request.user, by=request.user)
        messages.success(request, f"{len(made)} duties are on the plan, yours until you give them to others.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return go_to(request, "labeling:upkeep", request.project.slug)


@require_POST
@project_page(*OVERSEERS)
def end_duty(request: ProjectRequest, duty_id: UUID) -> HttpResponse:
    """Done, or off the plan."""
    mine = Duty.objects.filter(project=request.project).select_related("project")
    duty = get_object_or_404(mine, public_id=duty_id)
    try:
        if request.POST.get("how") == "drop":
            actions.drop_duty(duty=duty, by=request.user)
        else:
            coming = actions.finish_duty(duty=duty, by=request.user)
            again = f" It comes again on {coming.due_on:%d.%m.%Y}." if coming else ""
            messages.success(request, f"“{duty.title}” is done.{again}")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return go_to(request, "labeling:upkeep", request.project.slug)


@require_http_methods(["GET", "POST"])
@project_page(*OVERSEERS)
def stale_items(request: ProjectRequest) -> HttpResponse:
    """Gold items whose text changed, with what changed; a manager sends them back to raters."""
    form = NameForm(request.POST or None)
    if request.method == "POST":
        if Role.MANAGER not in request.roles:
            raise Http404
        if form.is_valid():
            try:
                made = _relabel_once(request, form)
                messages.success(request, "The round is open. Its raters see the new text and no earlier answer.")
                return go_to(request, "labeling:round", request.project.slug, made)
            except Refused as refusal:
                form.add_error(None, str(refusal))
    number = request.GET.get("from", "0")
    page = stale_page(request.project, start=int(number) if number.isdecimal() and len(number) < 7 else 0)
    context = {"page": page, "form": form, "can_manage": Role.MANAGER in request.roles}
    return render_page(request, "labeling/stale_items.html", context, status=422 if request.method == "POST" else 200)


def _relabel_once(request: ProjectRequest, form: NameForm) -> str:
    name = form.cleaned_data["name"]
    return once(
        user=request.user,
        key=form.cleaned_data["idempotency_key"],
        action=f"stale:{request.project.slug}",
        payload={"name": name},
        do=lambda: str(actions.relabel_stale(project=request.project, name=name, by=request.user).public_id),
    )


@require_http_methods(["GET", "POST"])
@project_page(Role.MANAGER)
def new_expansion(request: ProjectRequest) -> HttpResponse:
    """Ask for a plan."""
    attributes = attribute_names(request.project)
    form = ExpansionForm(request.POST or None, project=request.project, attributes=attributes)
    if request.method == "POST" and form.is_valid():
        cleaned = dict(form.cleaned_data)
        key = cleaned.pop("idempotency_key")

        def start() -> str:
            made = start_expansion(
                project=request.project, size=cleaned["size"], by_attributes=cleaned["by"],
                novelty_share=cleaned["novelty_share"] / 100, seed=cleaned["seed"], by=request.user,
            )  # fmt: skip
            return str(made.public_id)

        try:
            action = f"expansion:{request.project.slug}"
            made = once(user=request.user, key=key, action=action, payload=cleaned, do=start)
            return go_to(request, "labeling:expansion", request.project.slug, made)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "fresh": fresh_items(request.project).count()}
    return render_page(request, "labeling/new_expansion.html", context, status=422 if request.method == "POST" else 200)


@require_GET
@project_page(*OVERSEERS)
def expansion(request: ProjectRequest, expansion_id: UUID) -> HttpResponse:
    """What was chosen, and why each."""
    return _plan(request, _expansion(request, expansion_id), NameForm())


@require_POST
@project_page(Role.MANAGER)
def make_expansion_round(request: ProjectRequest, expansion_id: UUID) -> HttpResponse:
    """Make a round of it."""
    found, form = _expansion(request, expansion_id), NameForm(request.POST)
    if not form.is_valid():
        return _plan(request, found, form, status=422)
    try:
        made = label_expansion(found=found, name=form.cleaned_data["name"], by=request.user)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _plan(request, found, form, status=422)
    messages.success(request, f"The items are in the round “{made}”. Whoever labels in it sees no reason.")
    return go_to(request, "labeling:expansion", request.project.slug, found.public_id)


def _plan(request: ProjectRequest, found: ExpansionPlan, form: NameForm, status: int = 200) -> HttpResponse:
    number = request.GET.get("from", "0")
    start = int(number) if number.isdecimal() and len(number) < 6 else 0
    context = {
        "plan": found,
        "rows": shown(found, start=start, limit=PAGE),
        "next": start + PAGE if start + PAGE < len(found.chosen) else None,
        "form": form,
        "can_manage": Role.MANAGER in request.roles,
    }
    return render_page(request, "labeling/expansion.html", context, partial="state", status=status)


def _expansion(request: ProjectRequest, public_id: UUID) -> ExpansionPlan:
    mine = ExpansionPlan.objects.filter(project=request.project).select_related("project", "round", "created_by")
    return get_object_or_404(mine, public_id=public_id)
