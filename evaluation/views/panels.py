"""Panels: the list, the set-up, a panel's own page, closing, and anchors from what it settled."""

from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluation.actions.panel_anchors import recalibrate
from evaluation.actions.panels import close_panel, make_panel
from evaluation.actions.rubrics import WRITERS
from evaluation.enums import OutputState, PanelState
from evaluation.forms.panels import CloseForm, PanelForm, RecalibrateForm
from evaluation.models import Panel
from evaluation.queries import panels as reading
from evaluation.queries.panel_desk import panels_to_rule
from evaluation.views.frame import READERS
from labeling.access import ProjectRequest, project_page
from labeling.actions.idempotency import once
from labeling.enums import Role
from labeling.queries.attributes import attribute_names
from reviewapp.common.errors import NotAllowed, Refused
from reviewapp.common.http import go_to, render_page


@require_GET
@project_page()
def panels(request: ProjectRequest) -> HttpResponse:
    """A rater's own panels; all of them for those who read evaluations."""
    reads = bool(request.roles & {str(role) for role in READERS})
    rules = Role.ADJUDICATOR in request.roles and not reads
    context = {
        "mine": reading.mine(request.project, request.user),
        "panels": reading.panels_of(request.project) if reads else [],
        "to_rule": panels_to_rule(request.project) if rules else [],
        "reads": reads,
        "can_make": Role.MANAGER in request.roles,
        "reads_rubrics": bool(request.roles & {Role.MANAGER, Role.ADJUDICATOR, Role.ANALYST}),
    }
    return render_page(request, "evaluation/panels.html", context)


@require_http_methods(["GET", "POST"])
@project_page(Role.MANAGER)
def new_panel(request: ProjectRequest) -> HttpResponse:
    """Set a panel up; it is drawn once."""
    asked = {"runs": request.GET.getlist("runs")}  # from a page that says why
    form = PanelForm(
        request.POST or None, project=request.project, attributes=attribute_names(request.project), initial=asked
    )
    if request.method == "POST" and form.is_valid():
        spec, key = form.spec(), form.cleaned_data.pop("idempotency_key")

        def make() -> str:
            return str(make_panel(project=request.project, spec=spec, by=request.user).public_id)

        try:
            made = once(user=request.user, key=key, action="make panel", payload=form.cleaned_data, do=make)
            return go_to(request, "evaluation:panel", request.project.slug, made)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render_page(request, "evaluation/new_panel.html", {"form": form}, status=422 if form.is_bound else 200)


@require_GET
@project_page(*READERS)
def panel(request: ProjectRequest, panel_id: UUID) -> HttpResponse:
    """Progress, raters and settings."""
    return _page(request, _find(request, panel_id), CloseForm())


@require_POST
@project_page(Role.MANAGER)
def end_panel(request: ProjectRequest, panel_id: UUID) -> HttpResponse:
    """Close it; from then on its figures can be read."""
    found, form = _find(request, panel_id), CloseForm(request.POST)
    form.is_valid()
    try:
        close_panel(panel=found, with_rest=form.cleaned_data["with_rest"], by=request.user)
    except (Refused, NotAllowed) as refusal:
        form.add_error(None, str(refusal))
        return _page(request, found, form, status=422)
    messages.success(request, "The panel is closed.")
    return go_to(request, "evaluation:panel", request.project.slug, found.public_id)


@require_http_methods(["GET", "POST"])
@project_page(*WRITERS)
def panel_anchors(request: ProjectRequest, panel_id: UUID) -> HttpResponse:
    """Make anchors of a closed panel's settled outputs: a new version of its rubric."""
    found = _find(request, panel_id)
    if found.state != PanelState.CLOSED:
        raise Http404
    form = RecalibrateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        key = form.cleaned_data["idempotency_key"]
        try:
            chosen = form.chosen()
            payload = {"note": form.cleaned_data["note"], "chosen": {str(one): why for one, why in chosen.items()}}

            def write() -> str:
                made = recalibrate(panel=found, chosen=chosen, note=form.cleaned_data["note"], by=request.user)
                return str(made.rubric.public_id)

            made = once(user=request.user, key=key, action="recalibrate", payload=payload, do=write)
            return go_to(request, "evaluation:rubric", request.project.slug, made)
        except (Refused, NotAllowed) as refusal:
            form.add_error(None, str(refusal))
        except django_forms.ValidationError as error:
            form.add_error(None, error)
    settled = found.outputs.filter(state=OutputState.SETTLED).select_related("item").order_by("item__name", "public_id")
    outputs = list(settled.prefetch_related("settled__criterion"))
    context = {"panel": found, "form": form, "outputs": outputs}
    return render_page(request, "evaluation/panel_anchors.html", context, status=422 if form.is_bound else 200)


def _page(request: ProjectRequest, found: Panel, form: CloseForm, status: int = 200) -> HttpResponse:
    context = {
        "panel": found,
        "row": reading.rows_of([found])[0],
        "raters": reading.progress(found, with_names=request.roles != {str(Role.ENGINEER)}),
        "how": reading.settled_how(found),
        "runs": found.runs.select_related("run").order_by("run__name"),
        "form": form,
        "is_manager": Role.MANAGER in request.roles,
    }
    return render_page(request, "evaluation/panel.html", context, partial="state", status=status)


def _find(request: ProjectRequest, panel_id: UUID) -> Panel:
    return get_object_or_404(reading.loaded().filter(project=request.project), public_id=panel_id)
