"""Triage: the errors of a run on dev, one at a time by keyboard, and their clusters."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluation.actions.triage import judge, start_triage, undo_last
from evaluation.actions.triage_asking import MAKERS
from evaluation.actions.triage_proposals import propose_categories
from evaluation.actions.triage_tuning import Plan, make_tuning_task
from evaluation.models import Evaluation, Prompt, Triage, TriageProposal
from evaluation.queries import triage_board as queries
from evaluation.queries.errorboard import NAMES
from evaluation.queries.triage import categories, standings
from evaluation.queries.triage_asking import askings_of
from evaluation.queries.triage_counts import choices, counts
from evaluation.views.errors import CLASSES
from evaluation.views.frame import READERS
from labeling.access import ProjectRequest, project_page
from labeling.enums import Role, Split
from reviewapp.common.charts import Bar, Chart, Part, part_bars
from reviewapp.common.errors import NotAllowed, Refused
from reviewapp.common.http import go_to, render_page

PAGE = 50


@require_http_methods(["GET", "POST"])
@project_page(*READERS)
def triages(request: ProjectRequest) -> HttpResponse:
    """All triages; a post sorts the errors of an evaluation on dev."""
    refusal = ""
    if request.method == "POST":
        mine = Evaluation.objects.filter(run__project=request.project, split=Split.DEV)
        wanted = mine.filter(public_id=_uuid(request.POST.get("evaluation", ""))).select_related(
            "run__project", "release__golden_set__project"
        )
        evaluation = get_object_or_404(wanted)
        try:
            made = start_triage(run=evaluation.run, release=evaluation.release, by=request.user)
            return go_to(request, "evaluation:triage", request.project.slug, made.public_id)
        except Refused as error:
            refusal = str(error)
    context = {
        "rows": queries.triages_of(request.project),
        "offered": queries.offered(request.project),
        "has_categories": bool(categories(request.project)),
        "refusal": refusal,
    }
    return render_page(request, "evaluation/triages.html", context, status=422 if refusal else 200)


@require_GET
@project_page(*READERS)
def triage(request: ProjectRequest, triage_id: UUID) -> HttpResponse:
    """The clusters, what people said of them, and how good the proposals are."""
    found = _find(request, triage_id)
    board = queries.board(found) if found.is_sorted else None
    askings = askings_of(found) if board else []
    context = {
        "triage": found, "run": found.run, "board": board, "names": _names(found), "kinds": NAMES,
        "chart": _chart(request, found, board) if board and board.rows else None,
        "next": queries.first_open(found, request.user) if board else None,
        "has_categories": bool(categories(request.project)), "askings": askings,
        "is_asking": any(one.is_going for one in askings), "is_manager": Role.MANAGER in request.roles,
        "can_make": bool(request.roles & {str(role) for role in MAKERS}),
    }  # fmt: skip
    if request.GET.get("part") == "proposals" and board:
        return render_page(request, "evaluation/triage_proposals.html", context)
    return render_page(request, "evaluation/triage.html", context)


@require_http_methods(["GET", "POST"])
@project_page(*READERS)
def triage_error(request: ProjectRequest, triage_id: UUID, place: int) -> HttpResponse:
    """One error. A category leads to the next one, a note stays, undo goes back to what was judged last."""
    found = _find(request, triage_id)
    desk = queries.desk(found, place, request.user)
    if desk is None:
        raise Http404
    offered, refusal = categories(request.project), ""
    if request.method == "POST":
        try:
            return _judged(request, found, desk)
        except (Refused, NotAllowed) as error:
            refusal = str(error)
    context = {
        "triage": found, "run": found.run, "desk": desk, "categories": offered, "names": _names(found),
        "kind": NAMES.get(desk.error.kind, desk.error.kind), "refusal": refusal,
    }  # fmt: skip
    return render_page(request, "evaluation/triage_error.html", context, status=422 if refusal else 200)


def _judged(request: ProjectRequest, found: Triage, desk: queries.Desk) -> HttpResponse:
    slug, place = request.project.slug, desk.error.place
    if request.POST.get("step") == "undo":
        error = undo_last(triage=found, by=request.user)
        return go_to(request, "evaluation:triage-error", slug, found.public_id, error.place if error else place)
    desk.error.triage = found
    note = request.POST.get("note", "")
    shown = _shown(request, desk)
    code = request.POST.get("category", "")
    if not code:
        category = desk.mine.category if desk.mine else None
        judge(error=desk.error, category=category, note=note, shown=shown, by=request.user)
        return go_to(request, "evaluation:triage-error", slug, found.public_id, place)
    chosen = next((one for one in categories(request.project) if one.code == code), None)
    if chosen is None:
        raise Refused("This category is not offered any more.")
    judge(error=desk.error, category=chosen, note=note, shown=shown, by=request.user)
    if desk.next is None:
        return go_to(request, "evaluation:triage", slug, found.public_id)
    return go_to(request, "evaluation:triage-error", slug, found.public_id, desk.next)


def _shown(request: ProjectRequest, desk: queries.Desk) -> TriageProposal | None:
    """The proposal that the sent page showed."""
    sent = request.POST.get("shown", "")
    return desk.error.proposals.filter(pk=int(sent)).first() if sent.isdecimal() and len(sent) < 19 else None


@require_http_methods(["GET", "POST"])
@project_page(*READERS)
def triage_cluster(request: ProjectRequest, triage_id: UUID, number: int) -> HttpResponse:
    """The errors of one cluster; a post makes a tuning task of it, or of those that are ticked."""
    found = _find(request, triage_id)
    cluster = get_object_or_404(found.clusters.filter(number=number))
    refusal = ""
    if request.method == "POST":
        ticked = [int(one) for one in request.POST.getlist("error") if one.isdecimal() and len(one) < 10]
        plan = Plan(request.POST.get("title", ""), prompt=_prompt(found))
        try:
            made = make_tuning_task(triage=found, cluster=cluster, errors=ticked, plan=plan, by=request.user)
            return go_to(request, "evaluation:tuning-task", request.project.slug, made.public_id)
        except (Refused, NotAllowed) as error:
            refusal = str(error)
    after = request.GET.get("after", "0")
    rows = queries.members(found, cluster, after=int(after) if after.isdecimal() and len(after) < 10 else 0, limit=PAGE)
    said = standings([one.pk for one in rows])
    known = {one.pk: one for one in categories(request.project, with_retired=True)}
    context = {
        "triage": found, "run": found.run, "cluster": cluster, "names": _names(found), "kinds": NAMES,
        "rows": [(one, known[said[one.pk].category] if one.pk in said else None) for one in rows],
        "more": rows[-1].place if len(rows) == PAGE else None, "refusal": refusal,
    }  # fmt: skip
    return render_page(request, "evaluation/triage_cluster.html", context, status=422 if refusal else 200)


@require_GET
@project_page(*READERS)
def triage_counts(request: ProjectRequest, triage_id: UUID) -> HttpResponse:
    """How often each category was given: by label, kind or slice, and of several runs side by side."""
    found = _find(request, triage_id)
    ways = choices(found)
    by = request.GET.get("by", "label")
    by = by if by in ways else "label"
    others = Triage.objects.filter(run__project=request.project, items__isnull=False).exclude(pk=found.pk)
    others = others.select_related("run__project", "run__prompt_version__prompt", "release__golden_set__project")
    beside = [one for one in others.order_by("-pk")[:20] if str(one.public_id) in request.GET.getlist("beside")]
    context = {
        "triage": found, "run": found.run, "by": by, "ways": ways, "names": _names(found) if by == "label" else NAMES,
        "others": others.order_by("-pk")[:20], "beside": beside, "counts": counts([found, *beside], by=by),
    }  # fmt: skip
    return render_page(request, "evaluation/triage_counts.html", context)


@require_POST
@project_page(*READERS)
def propose(request: ProjectRequest, triage_id: UUID) -> HttpResponse:
    """Have a category proposed for each error, out of what people said."""
    found = _find(request, triage_id)
    try:
        made = propose_categories(triage=found, by=request.user)
        messages.success(request, f"{made:,} proposals. On the blind share none is shown.")
    except (Refused, NotAllowed) as refusal:
        messages.error(request, str(refusal))
    return go_to(request, "evaluation:triage", request.project.slug, found.public_id)


def _chart(request: ProjectRequest, found: Triage, board: queries.Board) -> Chart:
    """Every cluster as a bar: what was judged by category, then what was not."""
    shades = [kind for kind in CLASSES.values() if kind != "k-left-out"]
    top = [category for category, _, _ in board.categories[:6]]
    bars = []
    for row in board.rows[:12]:
        given = dict(row.given)
        parts = [Part(one.name, given.get(one, 0), shades[at % len(shades)]) for at, one in enumerate(top)]
        rest = row.judged - sum(part.value for part in parts)
        if len(board.categories) > len(top):
            parts.append(Part("Other categories", rest, shades[-1]))
        parts.append(Part("Not judged", row.cluster.size - row.judged, "k-left-out"))
        bars.append(Bar(f"{row.cluster.number}. {row.cluster}", tuple(parts)))
    return part_bars(bars, title="Errors by cluster, and what people said of them")


def _prompt(found: Triage) -> Prompt | None:
    return found.run.prompt_version.prompt if found.run.prompt_version else None


def _names(found: Triage) -> dict[str, str]:
    return dict(found.release.taxonomy_version.labels.values_list("code", "name"))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


def _find(request: ProjectRequest, public_id: UUID) -> Triage:
    mine = Triage.objects.filter(run__project=request.project).select_related(
        "run__project", "run__prompt_version__prompt", "release__golden_set__project", "release__taxonomy_version"
    )
    return get_object_or_404(mine, public_id=public_id)
