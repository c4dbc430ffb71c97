"""Active learning: what is labelled next and why, for those who never label; and what such choices would have saved."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluation.actions.acquisition import make_round, start_acquisition
from evaluation.actions.acquisition_replays import start_replay
from evaluation.forms.acquisition import AcquisitionForm, LabelForm, ReplayForm
from evaluation.models import Acquisition, AcquisitionReplay
from evaluation.queries.acquisition import Ask, acquisitions_of, loaded, replays_of, rounds_to_top_up, shown
from evaluation.queries.runs import find_run
from evaluation.stats.acquisition import KINDS
from evaluation.stats.acquisition_replay import RANDOM, Design
from evaluation.views.frame import READERS, as_file
from labeling.access import ProjectRequest, project_page
from labeling.actions.idempotency import once
from labeling.enums import Role
from labeling.queries.golden import find_release
from reviewapp.common.charts import Chart, Series, learning_curves
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page

MAKERS = (Role.ENGINEER, Role.MANAGER)
MEASURES = {"micro_f1": "Micro F1", "macro_f1": "Macro F1"}
PAGE = 50


@require_GET
@project_page(*READERS)
def acquisitions(request: ProjectRequest) -> HttpResponse:
    """All choices and replays, newest first."""
    context = {
        "acquisitions": acquisitions_of(request.project), "replays": replays_of(request.project),
        "can_make": bool(request.roles & set(MAKERS)),
    }  # fmt: skip
    return render_page(request, "evaluation/acquisitions.html", context)


@require_http_methods(["GET", "POST"])
@project_page(*MAKERS)
def new_acquisition(request: ProjectRequest) -> HttpResponse:
    """Ask for what is labelled next."""
    form = AcquisitionForm(request.POST or None, project=request.project, initial={"run": request.GET.get("run")})
    if request.method == "POST" and form.is_valid():
        cleaned = dict(form.cleaned_data)
        key = cleaned.pop("idempotency_key")

        def start() -> str:
            runs = [find_run(request.project, name) for name in (cleaned["run"], *cleaned["committee"])]
            ask = Ask(runs[0], cleaned["mix"], cleaned["size"], cleaned["random_share"], cleaned["seed"], runs[1:])
            return str(start_acquisition(ask=ask, by=request.user).public_id)

        try:
            made = once(
                user=request.user, key=key, action=f"acquisition:{request.project.slug}", payload=cleaned, do=start
            )
            return go_to(request, "evaluation:acquisition", request.project.slug, made)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    status = 422 if request.method == "POST" else 200
    return render_page(request, "evaluation/new_acquisition.html", {"form": form}, status=status)


@require_GET
@project_page(*READERS)
def acquisition(request: ProjectRequest, acquisition_id: UUID) -> HttpResponse:
    """What was chosen, and why each."""
    return _page(request, _acquisition(request, acquisition_id), LabelForm(project=request.project))


@require_POST
@project_page(Role.MANAGER)
def label_acquisition(request: ProjectRequest, acquisition_id: UUID) -> HttpResponse:
    """Make a round of it, or top one up."""
    found, form = _acquisition(request, acquisition_id), LabelForm(request.POST, project=request.project)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    where = form.cleaned_data["round"]
    rounds = {str(one.public_id): one for one in rounds_to_top_up(request.project)}
    try:
        made = make_round(acquisition=found, name=form.cleaned_data["name"], top_up=rounds.get(where), by=request.user)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, found, form, status=422)
    messages.success(
        request, f"The items are in the round “{made}”. Whoever labels in it sees no answer and no reason."
    )
    return go_to(request, "evaluation:acquisition", request.project.slug, found.public_id)


@require_GET
@project_page(*READERS)
def download_acquisition(request: ProjectRequest, acquisition_id: UUID, form: str) -> HttpResponse:
    """Every chosen item with why, as a file."""
    found = _acquisition(request, acquisition_id)
    rows = [
        {"item": row.item.external_id, "name": row.item.name, "by_lot": row.is_random, "weight": row.weight,
         "why": row.why, **dict(zip(found.mix, row.ranks, strict=True)), "together": row.total}
        for row in shown(found, limit=len(found.chosen))
    ]  # fmt: skip
    report = {
        "run": found.run.name, "mix": found.mix, "random_share": found.random_share, "seed": found.seed,
        "state": found.state, "counts": found.counts, "items": rows,
    }  # fmt: skip
    return as_file(form, f"{found.run.name} items to label", report, rows)


def _page(request: ProjectRequest, found: Acquisition, form: LabelForm, status: int = 200) -> HttpResponse:
    number = request.GET.get("from", "0")
    start = int(number) if number.isdecimal() and len(number) < 6 else 0
    context = {
        "acquisition": found,
        "run": found.run,
        "rows": shown(found, start=start, limit=PAGE),
        "kinds": [KINDS[name] for name in found.mix],
        "said": said(found.mix),
        "next": start + PAGE if start + PAGE < len(found.chosen) else None,
        "form": form,
        "is_manager": Role.MANAGER in request.roles,
    }
    return render_page(request, "evaluation/acquisition.html", context, partial="state", status=status)


def said(mix: dict[str, float]) -> str:
    """A mix in words."""
    return ", ".join(f"{KINDS[name].title} {share:.0%}" for name, share in mix.items())


@require_http_methods(["GET", "POST"])
@project_page(*MAKERS)
def new_replay(request: ProjectRequest) -> HttpResponse:
    """Ask for a replay."""
    form = ReplayForm(request.POST or None, project=request.project)
    if request.method == "POST" and form.is_valid():
        cleaned = dict(form.cleaned_data)
        key = cleaned.pop("idempotency_key")

        def start() -> str:
            design = Design(
                mixes={said(cleaned["mix"]): cleaned["mix"]}, seeds=cleaned["seeds"], start=cleaned["start"],
                batch=cleaned["batch"], budget=cleaned["budget"], random_share=cleaned["random_share"],
            )  # fmt: skip
            release = find_release(request.project, cleaned["on"])
            return str(start_replay(release=release, design=design, by=request.user).public_id)

        try:
            made = once(user=request.user, key=key, action=f"replay:{request.project.slug}", payload=cleaned, do=start)
            return go_to(request, "evaluation:acquisition-replay", request.project.slug, made)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    status = 422 if request.method == "POST" else 200
    return render_page(request, "evaluation/new_acquisition_replay.html", {"form": form}, status=status)


@require_GET
@project_page(*READERS)
def acquisition_replay(request: ProjectRequest, replay_id: UUID) -> HttpResponse:
    """F1 against labels spent, by choice and by lot."""
    found = _replay(request, replay_id)
    context = {"replay": found, "parts": [_part(found.report, name) for name in MEASURES] if found.report else []}
    return render_page(request, "evaluation/acquisition_replay.html", context, partial="state")


@require_GET
@project_page(*READERS)
def download_replay(request: ProjectRequest, replay_id: UUID, form: str) -> HttpResponse:
    """The curves as a file: the whole report, or a row for each point."""
    found = _replay(request, replay_id)
    if not found.report:
        raise Http404
    rows = [
        {"measure": measure, "curve": name, "labels": spent, **{key: point[key] for key in ("value", "low", "high")}}
        for measure, figures in found.report["measures"].items()
        for name, one in figures["curves"].items()
        for spent, point in zip(found.report["labels"], one["points"], strict=True)
    ]
    return as_file(form, f"replay on {found.release}", {"design": found.design, **found.report}, rows)


def _replay(request: ProjectRequest, public_id: UUID) -> AcquisitionReplay:
    replays = AcquisitionReplay.objects.filter(project=request.project).select_related("release__golden_set")
    return get_object_or_404(replays, public_id=public_id)


def _part(report: dict[str, Any], measure: str) -> dict[str, Any]:
    figures = report["measures"][measure]
    series = [
        Series("By lot" if name == RANDOM else name, [(p["value"], p["low"], p["high"]) for p in one["points"]])
        for name, one in figures["curves"].items()
    ]
    chart: Chart = learning_curves(
        report["labels"], series, title=f"{MEASURES[measure]} by items labelled", measure=MEASURES[measure],
        target=figures["target"]["value"],
    )  # fmt: skip
    return {
        "title": MEASURES[measure], "chart": chart, "names": list(enumerate((one.name for one in series), start=1)),
        "target": figures["target"], "rows": [(n, one) for n, one in figures["curves"].items() if n != RANDOM],
    }  # fmt: skip


def _acquisition(request: ProjectRequest, public_id: UUID) -> Acquisition:
    return get_object_or_404(loaded().filter(project=request.project), public_id=public_id)
