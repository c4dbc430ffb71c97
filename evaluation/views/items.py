"""The items behind a number or a mark of a dev split."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_GET

from evaluation.analyses import NAMES
from evaluation.queries import items_behind as queries
from evaluation.views.frame import READERS, find_evaluation
from labeling.access import ProjectRequest, project_page
from labeling.enums import Split
from reviewapp.common.http import render_page

PAGE = 50
ASKED = ("kind", "code", "branch", "attribute", "value")


@require_GET
@project_page(*READERS)
def items_behind(request: ProjectRequest, evaluation_id: UUID) -> HttpResponse:
    """The items that a number counts. A held-out split has no such page."""
    found = find_evaluation(request, evaluation_id)
    if found.split != Split.DEV:
        raise Http404
    try:
        after = int(request.GET.get("after", "-1"))
    except ValueError as error:
        raise Http404 from error
    asked = {name: request.GET.get(name, "") for name in ASKED}
    if of := request.GET.get("of", ""):
        if of not in NAMES:
            raise Http404
        page = queries.members_of(found, kind=of, wanted=request.GET.dict(), after=after, limit=PAGE)
    else:
        page = queries.items_behind(found, queries.Wanted(**asked), after=after, limit=PAGE)
    names = dict(found.release.taxonomy_version.labels.values_list("code", "name"))
    context = {
        "evaluation": found,
        "page": page,
        "of": of,
        "asked": asked,
        "kinds": queries.KINDS,
        "names": names,
        "about": names.get(asked["code"] or asked["branch"], asked["code"] or asked["branch"]),
        "is_later": after >= 0,
    }
    return render_page(request, "evaluation/items_behind.html", context)
