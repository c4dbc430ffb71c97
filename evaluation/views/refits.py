"""A new release held against the one before: the page, and the click that measures it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_POST

from evaluation.actions.promotions import BUDGET_USD
from evaluation.actions.refits import MAKERS, start_refit
from evaluation.forms.refits import RefitForm
from evaluation.queries.refits import held_of, offer_of, picture_of, refit_of
from evaluation.views.frame import READERS
from labeling.access import ProjectRequest, project_page
from labeling.models import Release
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page


@require_GET
@project_page(*READERS)
def refit(request: ProjectRequest, release_id: UUID) -> HttpResponse:
    """Each prompt in use on both releases, or the offer to measure it."""
    release = _release(request, release_id)
    found = refit_of(release)
    rows = held_of(found) if found else []
    offer = None if found else offer_of(request.project)
    context = {
        "release": release,
        "refit": found,
        "rows": rows,
        "picture": picture_of(rows),
        "offer": offer if offer and offer.release.pk == release.pk else None,
        "can_go_on": any(one.waits for one in rows),
        "is_going": any(one.is_going for one in rows),
        "can_make": bool(request.roles & set(MAKERS)),
        "budget": BUDGET_USD,
    }
    return render_page(request, "evaluation/refit.html", context)


@require_POST
@project_page(*MAKERS)
def measure_release(request: ProjectRequest, release_id: UUID) -> HttpResponse:
    """Start it, or go on with it."""
    release = _release(request, release_id)
    form = RefitForm(request.POST)
    if not form.is_valid():
        raise Refused("A budget is an amount of dollars, not less than 0.")
    budget = form.cleaned_data["budget_usd"]
    start_refit(project=request.project, release=release, budget_usd=budget, by=request.user)
    messages.success(request, "Under way. What comes of it stands here.")
    return go_to(request, "evaluation:refit", request.project.slug, release.public_id)


def _release(request: ProjectRequest, public_id: UUID) -> Release:
    mine = Release.objects.filter(golden_set__project=request.project)
    return get_object_or_404(mine.select_related("golden_set", "taxonomy_version"), public_id=public_id)
