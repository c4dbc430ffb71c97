"""Golden releases: the list, one release, and freezing a round."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods

from evaluation.actions.agreement import measure_agreement
from evaluation.actions.refits import MAKERS
from evaluation.actions.releases import freeze
from evaluation.forms.releases import FreezeForm
from evaluation.models import Evaluation
from evaluation.queries.refits import offer_of, refit_of
from labeling.access import ProjectRequest, project_page
from labeling.actions.dealing import preview_splits
from labeling.actions.golden import shortfalls
from labeling.actions.idempotency import once
from labeling.enums import Role, RoundState, Split
from labeling.models import Release, Round
from labeling.queries import golden
from labeling.queries.attributes import attribute_names
from labeling.queries.earlier_splits import compared_sentences
from labeling.queries.held_out import worth_of_test
from labeling.queries.progress import progress_of
from reviewapp.common.charts import Stack, stacked_bars
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page

READERS = (Role.MANAGER, Role.ENGINEER, Role.ANALYST)


@require_GET
@project_page(*READERS)
def releases(request: ProjectRequest) -> HttpResponse:
    """All releases, newest first."""
    context = {
        "releases": golden.releases_of(request.project),
        "rounds": Round.objects.filter(project=request.project, state=RoundState.OPEN).order_by("-created_at"),
        "can_manage": Role.MANAGER in request.roles,
    }
    return render_page(request, "evaluation/releases.html", context)


@require_GET
@project_page(*READERS)
def release(request: ProjectRequest, release_id: UUID) -> HttpResponse:
    """One release: what it holds, how it was made, and who looked at its held-out part."""
    found = get_object_or_404(
        Release.objects.filter(golden_set__project=request.project).select_related(
            "golden_set", "round", "taxonomy_version", "guideline", "frozen_by"
        ),
        public_id=release_id,
    )
    split = request.GET.get("split", Split.DEV)
    split = split if split in (Split.DEV, Split.FEWSHOT) else Split.DEV
    after = request.GET.get("after", "")
    entries = golden.entries(found, split=split, after=int(after) if after.isdigit() and len(after) < 18 else 0)
    counts = found.counts
    context = {
        "release": found,
        "can_manage": Role.MANAGER in request.roles,
        "can_make": bool(request.roles & set(MAKERS)),
        "offer": offer_of(request.project),
        "refit": refit_of(found),
        "chart": stacked_bars(
            [Stack("Entries", tuple(counts["splits"][str(one)] for one in Split))],
            title="Entries by split",
            series=[str(one) for one in Split],
        ),
        "split": split,
        "splits": [(Split.DEV, counts["splits"]["dev"]), (Split.FEWSHOT, counts["splits"]["fewshot"])],
        "entries": entries,
        "next": entries[-1].pk if len(entries) == 50 else None,
        "compared": compared_sentences(counts.get("earlier", {}), counts["splits"]["test"]),
        "worth": worth_of_test(found),
        "retired": found.retirements.select_related("release__golden_set").order_by("pk"),
        "looks": found.looks.select_related("by").order_by("-at")[:20],
        "looks_total": found.looks.count(),
        "evaluations": Evaluation.objects.filter(release=found).select_related("run").order_by("-created_at")[:20],
    }
    return render_page(request, "evaluation/release.html", context)


@require_http_methods(["GET", "POST"])
@project_page(Role.MANAGER)
def freeze_round(request: ProjectRequest, round_id: UUID) -> HttpResponse:
    """Freeze a round's settled tasks; what is wanting is said before."""
    rounds = Round.objects.filter(project=request.project).select_related("project", "taxonomy_version", "guideline")
    in_round = get_object_or_404(rounds, public_id=round_id)
    attributes = attribute_names(request.project)
    form = FreezeForm(
        request.POST or None,
        attributes=attributes,
        initial={"name": in_round.name, "stratified_by": in_round.sampling.get("by", [])},
    )
    status = 200
    if request.method == "POST":
        status = 200 if "preview" in request.POST and form.is_valid() else 422
        if form.is_valid() and "preview" not in request.POST:
            try:
                frozen = _freeze_once(request, in_round, form)
                messages.success(request, "The release is frozen. It never changes.")
                return go_to(request, "evaluation:release", request.project.slug, frozen)
            except Refused as refusal:
                form.add_error(None, str(refusal))
    progress = progress_of(in_round)
    report = measure_agreement(in_round=in_round).report
    context = {
        "form": form,
        "round": in_round,
        "progress": progress,
        "report": report,
        "left_out": progress.tasks - progress.settled,
        "wanting": shortfalls(in_round=in_round, agreement=report, single=0, total=progress.settled),
        **_splits_shown(in_round, form),
    }
    return render_page(request, "evaluation/freeze.html", context, status=status)


def _splits_shown(in_round: Round, form: FreezeForm) -> dict[str, Any]:
    """How the entries would be dealt as the form says, or why they cannot be."""
    if (spec := form.spec_to_show()) is None:
        return {"preview": None, "refusal": ""}
    try:
        return {"preview": preview_splits(in_round, spec), "refusal": ""}
    except Refused as refusal:
        return {"preview": None, "refusal": str(refusal)}


def _freeze_once(request: ProjectRequest, in_round: Round, form: FreezeForm) -> str:
    """The public id of the release; the same form sent twice freezes once."""
    cleaned = form.cleaned_data

    def do() -> str:
        reason = cleaned["override_reason"]
        made = freeze(in_round=in_round, spec=form.spec(), override_reason=reason, by=request.user)
        return str(made.public_id)

    payload = {name: value for name, value in cleaned.items() if name != "idempotency_key"}
    action = f"freeze:{in_round.public_id}"
    return once(user=request.user, key=cleaned["idempotency_key"], action=action, payload=payload, do=do)
