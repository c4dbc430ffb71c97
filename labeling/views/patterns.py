"""Disputes that are alike, each decided by one key; never automatically."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from labeling.access import ProjectRequest, project_page
from labeling.actions import adjudication
from labeling.actions.idempotency import once
from labeling.forms.adjudication import AlikeForm
from labeling.forms.annotation import new_key
from labeling.models import Label, Task
from labeling.queries import patterns as queries
from labeling.views.adjudicate import JUDGES
from reviewapp.common.errors import NotAllowed
from reviewapp.common.http import go_to, render_page


@require_GET
@project_page(*JUDGES)
def patterns(request: ProjectRequest) -> HttpResponse:
    """On which single label the waiting disputes turn, and how many are alike."""
    context = {
        "patterns": queries.patterns(request.user, request.project),
        "least": queries.LEAST,
        "read": queries.READ,
    }
    return render_page(request, "labeling/patterns.html", context)


@require_POST
@project_page(*JUDGES)
def open_pattern(request: ProjectRequest) -> HttpResponse:
    """Open up to twenty disputes that are alike, each on the record."""
    pattern = queries.pattern_of(request.user, request.project, request.POST.get("label", ""))
    if pattern is None:
        messages.success(request, "These disputes are settled or in other hands by now.")
        return go_to(request, "labeling:patterns", request.project.slug)
    opened = 0
    for task in Task.objects.filter(pk__in=pattern.tasks[: queries.AT_ONCE]):
        try:
            adjudication.open_for_adjudication(task=task, by=request.user)
        except NotAllowed:
            continue
        opened += 1
    messages.success(request, f"{opened} items opened on the record. They are yours for half an hour.")
    return go_to(request, _address(request, pattern.code))


@require_GET
@project_page(*JUDGES)
def pattern(request: ProjectRequest) -> HttpResponse:
    """The opened disputes of one pattern, one decision each."""
    code = request.GET.get("label", "").replace("\0", "")  # PostgreSQL refuses to look for it
    label = Label.objects.filter(version__project=request.project, code=code).order_by("-version__number").first()
    if label is None:
        return go_to(request, "labeling:patterns", request.project.slug)
    rows = [(one, new_key()) for one in queries.alike(request.user, request.project, code)]
    return render_page(request, "labeling/pattern.html", {"label": label, "rows": rows})


@require_POST
@project_page(*JUDGES)
def decide_alike(request: ProjectRequest) -> HttpResponse:
    """Settle one of them: what all chose, with the label or without it."""
    form = AlikeForm(request.POST)
    if not form.is_valid():
        messages.error(request, "That decision was not complete. Nothing was changed: decide it again.")
        return go_to(request, "labeling:patterns", request.project.slug)
    sent = form.cleaned_data
    tasks = Task.objects.filter(round__project=request.project).select_related("round__project")
    task = get_object_or_404(tasks, public_id=sent["task"])
    adjudication.check_opened(task=task, by=request.user)

    def do() -> str:
        one = next(
            (one for one in queries.alike(request.user, request.project, sent["label"]) if one.task == task), None
        )
        if one is None:
            raise NotAllowed("This item no longer belongs to the pattern. Open it from the list of disputes.")
        codes = {*one.agreed, sent["label"]} if sent["rule"] == "yes" else set(one.agreed)
        labels = list(Label.objects.filter(version=task.round.taxonomy_version, code__in=codes))
        after = sent["after_decision"]
        decided = adjudication.decide(task=task, labels=labels, rationale="", by=request.user, after_decision=after)
        return str(decided.number)

    payload = {name: said for name, said in sent.items() if name != "idempotency_key"}
    once(user=request.user, key=sent["idempotency_key"], action="decide-alike", payload=payload, do=do)
    return go_to(request, _address(request, sent["label"]))


def _address(request: ProjectRequest, code: str) -> str:
    return f"{reverse('labeling:pattern', args=[request.project.slug])}?{urlencode({'label': code})}"
