"""A project's categories of errors, and its prompt-tuning tasks."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods

from evaluation.actions.triage_categories import DEFAULTS, offer_defaults, set_category
from evaluation.actions.triage_tuning import change_tuning_task
from evaluation.forms.triage import CategoryForm, TuningForm
from evaluation.models import TuningTask
from evaluation.queries.errorboard import NAMES
from evaluation.queries.triage import categories, visible
from evaluation.views.frame import READERS
from labeling.access import ProjectRequest, project_page
from reviewapp.common.errors import NotAllowed, Refused
from reviewapp.common.http import go_to, render_page


@require_http_methods(["GET", "POST"])
@project_page(*READERS)
def error_categories(request: ProjectRequest) -> HttpResponse:
    """The categories; a post adds or changes one, or takes over the defaults."""
    known = categories(request.project, with_retired=True)
    chosen = next((one for one in known if one.code == request.GET.get("code")), None)
    fields = CategoryForm.base_fields
    form = CategoryForm(
        request.POST or None, initial={name: getattr(chosen, name) for name in fields} if chosen else {}
    )
    if request.method == "POST":
        try:
            if request.POST.get("step") == "defaults":
                offer_defaults(project=request.project, by=request.user)
                return go_to(request, "evaluation:error-categories", request.project.slug)
            if form.is_valid():
                set_category(project=request.project, code=form.cleaned_data["code"], wording=form.wording,
                             by=request.user)  # fmt: skip
                return go_to(request, "evaluation:error-categories", request.project.slug)
        except (Refused, NotAllowed) as refusal:
            form.add_error(None, str(refusal)) if form.is_bound else messages.error(request, str(refusal))
    context = {"categories": known, "form": form, "chosen": chosen, "defaults": DEFAULTS.values()}
    return render_page(request, "evaluation/error_categories.html", context, status=422 if form.errors else 200)


@require_GET
@project_page(*READERS)
def tuning_tasks(request: ProjectRequest) -> HttpResponse:
    """What prompts are to be mended for, open work first."""
    found = TuningTask.objects.filter(project=request.project).select_related("owner", "prompt", "cluster__triage__run")
    order = {"open": 0, "done": 1, "dropped": 2}
    rows = sorted(
        found.order_by("-pk")[:200], key=lambda one: (order[one.state], one.due_on is None, one.due_on or one.pk)
    )
    return render_page(request, "evaluation/tuning_tasks.html", {"tasks": rows})


@require_http_methods(["GET", "POST"])
@project_page(*READERS)
def tuning_task(request: ProjectRequest, tuning_id: UUID) -> HttpResponse:
    """One of them: its examples, and the form that changes it."""
    mine = TuningTask.objects.filter(project=request.project).select_related(
        "project", "owner", "prompt", "cluster__triage__run"
    )
    task = get_object_or_404(mine, public_id=tuning_id)
    form = TuningForm(request.POST, project=request.project) if request.method == "POST" else TuningForm.of(task)
    if request.method == "POST" and form.is_valid():
        try:
            change_tuning_task(task=task, plan=form.plan, by=request.user)
            return go_to(request, "evaluation:tuning-tasks", request.project.slug)
        except (Refused, NotAllowed) as refusal:
            form.add_error(None, str(refusal))
    first = task.examples.select_related("triage__run", "triage__release__golden_set__project").first()
    shown = visible(first.triage).filter(tasks=task).select_related("item").order_by("place") if first else []
    labels = first.triage.release.taxonomy_version.labels.values_list("code", "name") if first else []
    newest = task.prompt.versions.order_by("-number").first() if task.prompt else None
    context = {
        "task": task, "form": form, "examples": shown, "triage": first.triage if first else None,
        "run": first.triage.run if first else None, "names": dict(labels), "kinds": NAMES, "version": newest,
    }  # fmt: skip
    return render_page(request, "evaluation/tuning_task.html", context, status=422 if form.errors else 200)
