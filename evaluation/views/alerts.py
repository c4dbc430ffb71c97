"""Alerts: what fires, why, who saw to it, and the rules behind it."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluation.actions import alerts as actions
from evaluation.actions.alert_sweep import check_rule
from evaluation.forms.alerts import RuleForm, SnoozeForm
from evaluation.models import AlertRule
from evaluation.queries import alerts as queries
from evaluation.queries.alert_metrics import METRICS
from evaluation.views.frame import READERS
from evaluation.views.webhooks import READERS as READERS_OF_MESSAGES
from labeling.access import ProjectRequest, project_page
from labeling.actions.idempotency import once
from reviewapp.common import clock
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page

STEPS = {"acknowledge", "snooze", "wake", "on", "off", "check"}


@require_GET
@project_page(*READERS)
def alerts(request: ProjectRequest) -> HttpResponse:
    """All rules, what fires first."""
    context = {
        "rules": queries.board(request.project, request.roles),
        "can_see_destinations": bool(request.roles & {str(role) for role in READERS_OF_MESSAGES}),
    }
    return render_page(request, "evaluation/alerts.html", context)


@require_GET
@project_page(*READERS)
def alert_count(request: ProjectRequest) -> HttpResponse:
    """The number in the header, fetched by itself so that no page waits for it."""
    count = queries.unseen_count(request.project, request.roles)
    return render(request, "evaluation/alert_count.html", {"count": count})


@require_http_methods(["GET", "POST"])
@project_page(*READERS)
def new_alert_rule(request: ProjectRequest) -> HttpResponse:
    """Make a rule; the preview says what it would have done."""
    return _form(request, None)


@require_http_methods(["GET", "POST"])
@project_page(*READERS)
def edit_alert_rule(request: ProjectRequest, rule_id: UUID) -> HttpResponse:
    """Change one; it is watched anew."""
    return _form(request, _rule(request, rule_id))


def _form(request: ProjectRequest, rule: AlertRule | None) -> HttpResponse:
    initial = RuleForm.filled(rule) if rule else {"name": "", "metric": "micro_f1", "threshold": 0.8}
    form = RuleForm(request.POST or None, initial=initial, project=request.project, roles=request.roles, rule=rule)
    asked, status, preview = "preview" in request.POST, 200, None
    if request.method == "POST":
        is_valid = form.is_valid()
        if asked and set(form.errors) <= {"name"}:
            form.cleaned_data.setdefault("name", "preview")
            preview = queries.preview(_sketch(request, form))
        elif is_valid and not asked:
            try:
                saved = _save_once(request, form, rule)
                return go_to(request, "evaluation:alert-rule", request.project.slug, saved)
            except Refused as refusal:
                form.add_error(None, str(refusal))
        status = 200 if asked else 422
    context = {"form": form, "rule": rule, "preview": preview, "asked": asked, "metrics": METRICS.values()}
    return render_page(request, "evaluation/alert_rule_form.html", context, partial="preview", status=status)


def _sketch(request: ProjectRequest, form: RuleForm) -> AlertRule:
    """The rule of a form, not stored."""
    spec = form.spec()
    return AlertRule(project=request.project, **{name: getattr(spec, name) for name in actions.SIMPLE})


def _save_once(request: ProjectRequest, form: RuleForm, rule: AlertRule | None) -> str:
    def save() -> str:
        made = actions.set_rule(project=request.project, spec=form.spec(), rule=rule, by=request.user)
        return str(check_rule(rule=made).public_id)

    payload = {name: value for name, value in form.cleaned_data.items() if name != "idempotency_key"}
    return once(
        user=request.user, key=form.cleaned_data["idempotency_key"],
        action=f"alert_rule:{request.project.slug}:{rule.pk if rule else 'new'}", payload=payload, do=save,
    )  # fmt: skip


@require_GET
@project_page(*READERS)
def alert_rule(request: ProjectRequest, rule_id: UUID) -> HttpResponse:
    """One rule: its state, its past against the line, its alerts and changes."""
    found = _rule(request, rule_id)
    context = {
        "row": queries.listed(found, request.roles),
        "rule": found,
        "preview": queries.preview(found),
        "changes": queries.changes_of(found),
        "alerts": queries.alerts_of(found),
        "destinations": found.destinations.order_by("name"),
        "silences": queries.visible_rules(request.project, request.roles).filter(silenced_by=found).order_by("name"),
        "form": SnoozeForm(),
    }
    return render_page(request, "evaluation/alert_rule.html", context)


@require_POST
@project_page(*READERS)
def steer_alert_rule(request: ProjectRequest, rule_id: UUID) -> HttpResponse:
    """Acknowledge, snooze, wake, switch, or check now."""
    found, step = _rule(request, rule_id), request.POST.get("step", "")
    if step not in STEPS:
        raise Http404
    try:
        if step == "acknowledge":
            actions.acknowledge(rule=found, by=request.user)
        elif step == "snooze":
            form = SnoozeForm(request.POST)
            hours = int(form.cleaned_data["hours"]) if form.is_valid() else 1
            actions.snooze(rule=found, until=clock.now() + timedelta(hours=hours), by=request.user)
        elif step == "wake":
            actions.snooze(rule=found, until=None, by=request.user)
        elif step == "check":
            check_rule(rule=found)
        else:
            actions.switch_rule(rule=found, on=step == "on", by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    if request.POST.get("back") == "list":
        return go_to(request, "evaluation:alerts", request.project.slug)
    return go_to(request, "evaluation:alert-rule", request.project.slug, found.public_id)


def _rule(request: ProjectRequest, public_id: UUID) -> AlertRule:
    return get_object_or_404(queries.visible_rules(request.project, request.roles), public_id=public_id)
