"""The stability of a run: the same asked again, and how often the answer changed."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_POST

from evaluation.actions.repeats import check_can_repeat, repeat_run
from evaluation.enums import RunOrigin
from evaluation.forms.repeats import RepeatForm
from evaluation.models import Run
from evaluation.queries.repeats import decoding, repeated, report, table
from evaluation.queries.stability import board
from evaluation.views.frame import READERS, as_file
from labeling.access import ProjectRequest, project_page
from labeling.actions.idempotency import once
from labeling.enums import Role
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page

MAKERS = (Role.ENGINEER, Role.MANAGER)


@require_GET
@project_page(*READERS)
def stability(request: ProjectRequest, run_id: UUID) -> HttpResponse:
    """Flip rates over the run and its finished repeats, and a form to repeat it."""
    return _page(request, _run(request, run_id), RepeatForm())


@require_POST
@project_page(*MAKERS)
def repeat(request: ProjectRequest, run_id: UUID) -> HttpResponse:
    """Start repeats of a finished run."""
    found, form = _run(request, run_id), RepeatForm(request.POST)
    if form.is_valid():
        try:
            _start_once(request, found, form)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The repeats are started. This page fills as they finish.")
            return go_to(request, "evaluation:stability", request.project.slug, found.public_id)
    return _page(request, found, form, status=422)


@require_GET
@project_page(*READERS)
def download_stability(request: ProjectRequest, run_id: UUID, form: str) -> HttpResponse:
    """What the page shows, as a file."""
    one = repeated(_run(request, run_id))
    content = report(one)
    return as_file(form, f"{one.original.name} stability", content, table(content))


def _start_once(request: ProjectRequest, run: Run, form: RepeatForm) -> str:
    """The same form sent twice repeats once."""
    cleaned = form.cleaned_data
    asked = {name: cleaned[name] for name in ("times", "sample", "seed")}

    def start() -> str:
        runs = repeat_run(run=run, **asked, budget_usd=cleaned["budget"], by=request.user)
        return str(runs[0].public_id)

    return once(
        user=request.user,
        key=cleaned["idempotency_key"],
        action=f"repeat:{run.public_id}",
        payload=asked | {"budget": cleaned["budget"]},
        do=start,
    )


def _page(request: ProjectRequest, run: Run, form: RepeatForm, *, status: int = 200) -> HttpResponse:
    one = repeated(run)
    names = dict(one.original.taxonomy_version.labels.values_list("code", "name"))
    context = {
        "board": board(one, names),
        "one": one,
        "run": one.original,
        "names": names,
        "decoding": decoding(one.original),
        "form": form,
        "can_make": bool(request.roles & set(MAKERS)),
        "refusal": _refusal(one.original),
    }
    return render_page(request, "evaluation/stability.html", context, partial="figures", status=status)


def _refusal(run: Run) -> str:
    """Why it cannot be repeated; empty if it can."""
    try:
        check_can_repeat(run)
    except Refused as refusal:
        return str(refusal)
    return ""


def _run(request: ProjectRequest, public_id: UUID) -> Run:
    mine = (
        Run.objects.filter(project=request.project)
        .exclude(origin=RunOrigin.ATTACK)
        .select_related(
            "project",
            "prompt_version__prompt",
            "release__golden_set",
            "taxonomy_version",
            "repeat_of__prompt_version__prompt",
            "repeat_of__release__golden_set",
            "repeat_of__taxonomy_version",
        )
    )
    return get_object_or_404(mine, public_id=public_id)
