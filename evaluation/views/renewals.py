"""Freezing the next release of a golden set, seen whole before it is frozen."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods

from evaluation.actions.agreement import measure_agreement
from evaluation.actions.releases import renew
from evaluation.forms.taxonomy_changes import RenewForm
from evaluation.queries.renewable import rounds_for
from labeling.access import ProjectRequest, project_page
from labeling.actions.idempotency import once
from labeling.actions.renewals import Renewed, renewal_of, wanting_of
from labeling.enums import Role
from labeling.models import Release
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page


@require_http_methods(["GET", "POST"])
@project_page(Role.MANAGER)
def renew_release(request: ProjectRequest, release_id: UUID) -> HttpResponse:
    """What the next release would hold, and freezing it."""
    releases = Release.objects.filter(golden_set__project=request.project).select_related(
        "golden_set__project", "taxonomy_version", "guideline", "round"
    )
    release = get_object_or_404(releases, public_id=release_id)
    form = RenewForm(
        request.POST or None,
        rounds=rounds_for(release),
        release=release,
        initial={"round": request.GET.get("round", "")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = _renew_once(request, release, form)
            messages.success(request, f"The next release is frozen. {release} stays as it is.")
            return go_to(request, "evaluation:release", request.project.slug, made)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    chosen = form.chosen(form["round"].value() or "")
    found: Renewed | None = None
    wanting: list[str] = []
    refusal_said = ""
    try:
        found = renewal_of(release, chosen)
        report = measure_agreement(in_round=chosen).report if chosen else {}
        wanting = wanting_of(found, chosen, report)
    except Refused as refusal:
        refusal_said = str(refusal)
    context = {
        "release": release, "form": form, "round": chosen, "found": found, "wanting": wanting, "refusal": refusal_said,
        "next": release.number + 1,
    }  # fmt: skip
    return render_page(
        request, "evaluation/renew_release.html", context, status=422 if request.method == "POST" else 200
    )


def _renew_once(request: ProjectRequest, release: Release, form: RenewForm) -> str:
    cleaned = form.cleaned_data

    def do() -> str:
        in_round, reason = form.chosen(cleaned["round"]), cleaned["override_reason"]
        return str(renew(release=release, in_round=in_round, override_reason=reason, by=request.user).public_id)

    payload = {name: value for name, value in cleaned.items() if name != "idempotency_key"}
    action = f"renew:{release.public_id}"
    return once(user=request.user, key=cleaned["idempotency_key"], action=action, payload=payload, do=do)
