"""Incidents: proposed by an alert or opened by hand, worked on within 48 hours, over when an evaluation shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from evaluation.actions.alerts import acknowledge
from evaluation.actions.edge_cases import add_case
from evaluation.actions.quality_drops import MAKERS, ask_what_changed, compute_drop
from evaluation.enums import CaseReason, IncidentState, Severity
from evaluation.models import Alert, EdgeCase, Evaluation, Incident, IncidentEntry, Promotion, QualityDrop, Run
from evaluation.queries.falls import WORTH_TELLING, Fall, newest_falls, relative_fall
from evaluation.queries.incidents import RELATIVE, SEVERE, loaded, may_show_recovery
from evaluation.queries.quality_drops import lost_items, sentence
from evaluation.queries.streams import Window
from labeling import rules
from labeling.actions.audit import record_event
from labeling.models import Item, Membership, Project, User
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused

BY = "the alerts"
MOST_CASES = 10  # that one click puts into the bank
LONGEST = 2000


@dataclass(frozen=True)
class Plan:
    """What an incident is called, how bad it is, whose it is, and what is thought to have brought it."""

    title: str
    severity: str = Severity.MEDIUM
    owner: User | None = None
    cause: str = ""


def ask_about_falls(*, project: Project, least: float, in_background: bool = True) -> int:
    """Have each newest fall beyond `least` held against chance, with what changed beside it, once; how many."""
    asked = 0
    for one in newest_falls(project):
        if one.share is None or one.share <= least or one.share < WORTH_TELLING or one.drop:
            continue
        windows = [Window(run=side.run) for side in (one.before, one.now)]
        told = [window.as_json() for window in windows]
        with transaction.atomic():
            Project.objects.select_for_update().get(pk=project.pk)  # two sweeps at once ask once
            drop = QualityDrop.objects.filter(project=project, reference=told[0], current=told[1]).first()
            if drop is None:
                drop = ask_what_changed(
                    project=project, reference=windows[0], current=windows[1], by=None, operator=BY,
                    in_background=in_background,
                )  # fmt: skip
                asked += 1
        if not in_background:
            compute_drop(drop_id=drop.pk)
    return asked


@transaction.atomic
def propose_incidents(*, alert: Alert) -> list[Incident]:
    """An incident for each fall that an alert fires for and that none tells of yet; the same fall is proposed once."""
    rule = alert.rule
    fallen = [one for one in newest_falls(rule.project, rule.prompt) if one.is_beyond and not one.is_known]
    made = [_proposed(one, alert) for one in fallen if (one.estimate.value or 0) > rule.threshold]
    return [one for one in made if one]


def _proposed(fall: Fall, alert: Alert) -> Incident | None:
    share, version = fall.share or 0.0, fall.now.run.prompt_version
    incident, is_new = Incident.objects.get_or_create(
        evaluation=fall.now,
        defaults={
            "project": alert.rule.project, "title": f"Micro F1 of {version} fell by {share:.0%}"[:160],
            "drop": fall.drop, "before": fall.before, "alert": alert, "created_at": clock.now(),
            "severity": Severity.HIGH if share >= SEVERE else Severity.MEDIUM, "state": IncidentState.PROPOSED,
        },
    )  # fmt: skip
    if not is_new:
        return None
    told = sentence(fall.drop.report or {}) if fall.drop else ""
    _write(incident, "proposed", told, None, f"the alert “{alert.rule.name}”", {"fall": round(share, 3)})
    return incident


@transaction.atomic
def open_incident(
    *, project: Project, plan: Plan, by: User | None, drop: QualityDrop | None = None, operator: str = ""
) -> Incident:
    """Open one by hand, of a fall or of something seen elsewhere; its 48 hours begin."""
    _check(project, plan, by)
    if drop and drop.project_id != project.pk:
        raise Refused("This comparison belongs to another project.")
    now = clock.now()
    incident = Incident.objects.create(
        project=project, drop=drop, state=IncidentState.OPEN, created_at=now, opened_at=now,
        before=_evaluation_of(drop, "reference"), **_fields(plan),
    )  # fmt: skip
    fallen = _evaluation_of(drop, "current")
    if fallen and not Incident.objects.filter(evaluation=fallen).exists():
        incident.evaluation = fallen
        incident.save(update_fields=["evaluation"])
    told = sentence(drop.report) if drop and drop.report else "Opened by hand."
    _write(incident, "opened", told, by, operator, _said(plan))
    return incident


@transaction.atomic
def answer_proposal(*, incident: Incident, is_one: bool, why: str, by: User | None, operator: str = "") -> Incident:
    """A proposal is an incident, whose 48 hours begin, or it is not, and somebody says why."""
    incident = _locked(incident, by, IncidentState.PROPOSED)
    if not is_one and not why.strip():
        raise Refused("Say why this is no incident.")
    incident.state = IncidentState.OPEN if is_one else IncidentState.DISMISSED
    incident.opened_at = clock.now() if is_one else None
    if is_one and by and incident.owner is None:
        incident.owner = by
    incident.save(update_fields=["state", "opened_at", "owner"])
    _write(incident, "opened" if is_one else "dismissed", why.strip() or "Taken on.", by, operator, {})
    if incident.alert and incident.alert.resolved_at is None and incident.alert.acknowledged_at is None:
        acknowledge(rule=incident.alert.rule, by=by, operator=operator)  # who answers sees to it
    return incident


@transaction.atomic
def change_incident(*, incident: Incident, plan: Plan, by: User | None, operator: str = "") -> Incident:
    """Another title, severity, owner or cause; what changed is a line of the timeline."""
    incident = _locked(incident, by, IncidentState.PROPOSED, IncidentState.OPEN, IncidentState.RECOVERED)
    _check(incident.project, plan, by, before=incident.owner)
    was, now = _said(Plan(incident.title, incident.severity, incident.owner, incident.cause)), _said(plan)
    changed = [name for name in now if now[name] != was[name]]
    if changed:
        Incident.objects.filter(pk=incident.pk).update(**_fields(plan))
        incident.refresh_from_db()
        words = "; ".join(f"{name}: {now[name] or 'nobody'}" for name in changed)
        _write(incident, "changed", words, by, operator, {name: now[name] for name in changed})
    return incident


@transaction.atomic
def add_entry(
    *, incident: Incident, kind: str, text: str, by: User | None, operator: str = "", run: Run | None = None,
    promotion: Promotion | None = None,
) -> IncidentEntry:  # fmt: skip
    """A note, or something that was done about it."""
    incident = _locked(incident, by, IncidentState.PROPOSED, IncidentState.OPEN, IncidentState.RECOVERED)
    if kind not in ("note", "action", "targeted", "rollback"):
        raise Refused("A line is a note or an action.")
    if not text.strip():
        raise Refused("Write down what was seen or done.")
    return _write(incident, kind, text.strip(), by, operator, {}, run=run, promotion=promotion)


@transaction.atomic
def join_cases(*, incident: Incident, by: User | None, most: int = MOST_CASES, operator: str = "") -> list[EdgeCase]:
    """Put the dev items that were right and are not any more into the edge-case bank as past regressions."""
    incident = _locked(incident, by, IncidentState.OPEN, IncidentState.RECOVERED)
    if incident.drop is None:
        raise Refused("This incident was opened without a comparison, so it has no items. Add cases in the bank.")
    wanted = lost_items(incident.drop)[:most]
    items = {one.pk: one for one in Item.objects.filter(pk__in=wanted).select_related("project")}
    note = f"Incident: {incident.title}"
    made = [
        add_case(item=items[pk], reason=CaseReason.REGRESSION, note=note, by=by, operator=operator) for pk in wanted
    ]
    if not made:
        raise Refused("No dev item of the slice was right before and is wrong now.")
    known = set(incident.cases.values_list("pk", flat=True))
    fresh = [one for one in made if one.pk not in known]
    incident.cases.add(*fresh)
    if fresh:
        _write(incident, "cases", f"{len(fresh)} items joined the edge-case bank.", by, operator, {"cases": len(fresh)})
    return made


@transaction.atomic
def recover(*, incident: Incident, evaluation: Evaluation, by: User | None, operator: str = "") -> Incident:
    """It is over: an evaluation of a run made since shows it, and is not RELATIVE below what it fell from."""
    incident = _locked(incident, by, IncidentState.OPEN)
    if evaluation not in may_show_recovery(incident):
        raise Refused(
            "Recovery is shown by an evaluation on dev, on the same gold as before, of a whole run made since the "
            "incident was opened."
        )
    fall = relative_fall(incident.before, evaluation) if incident.before else None
    if fall is not None and fall >= RELATIVE:
        raise Refused(f"By this evaluation micro F1 is still {fall:.0%} below what it was, so it is not over.")
    incident.state, incident.recovered_by, incident.recovered_at = IncidentState.RECOVERED, evaluation, clock.now()
    incident.save(update_fields=["state", "recovered_by", "recovered_at"])
    value = evaluation.report["micro"]["f1"]["value"]
    figure = "undefined" if value is None else f"{value:.3f}"
    _write(
        incident, "recovered", f"Micro F1 {figure} in “{evaluation.run.name}”.", by, operator, {"f1": value},
        run=evaluation.run,
    )  # fmt: skip
    return incident


def _evaluation_of(drop: QualityDrop | None, side: str) -> Evaluation | None:
    """The evaluation of a side that is a run, on the gold that the comparison used."""
    told: Mapping[str, Any] = getattr(drop, side) if drop else {}
    if drop is None or "run" not in told or not (drop.report or {}).get("paired"):
        return None
    found = Evaluation.objects.filter(
        run__public_id=told["run"], run__project=drop.project, split="dev",
        release__public_id=(drop.report or {})["release"],
    )  # fmt: skip
    return found.order_by("-pk").first()


def _locked(incident: Incident, by: User | None, *states: str) -> Incident:
    Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    incident = loaded().get(pk=incident.pk)
    if by:
        rules.check_role(by, incident.project, *MAKERS)
    rules.check_not_archived(incident.project)
    if incident.state not in states:
        raise NotAllowed(f"This incident is {IncidentState(incident.state).label.lower()}, so this cannot be done.")
    return incident


def _check(project: Project, plan: Plan, by: User | None, before: User | None = None) -> None:
    if by:
        rules.check_role(by, project, *MAKERS)
    rules.check_not_archived(project)
    if not plan.title.strip():
        raise Refused("An incident has a title.")
    if plan.severity not in Severity.values:
        raise Refused(f"A severity is one of {', '.join(Severity.values)}.")
    if plan.owner and plan.owner != before:
        mine = Membership.objects.filter(project=project, user=plan.owner, role__in=[str(role) for role in MAKERS])
        if not mine.exists():
            raise Refused("The owner of an incident is an engineer, a manager or an analyst of this project.")


def _fields(plan: Plan) -> dict[str, Any]:
    return {
        "title": plan.title.strip()[:160], "severity": plan.severity, "owner": plan.owner,
        "cause": plan.cause.strip()[:LONGEST],
    }  # fmt: skip


def _said(plan: Plan) -> dict[str, str]:
    return {
        "title": plan.title.strip(), "severity": str(plan.severity), "owner": str(plan.owner or ""),
        "cause": plan.cause.strip(),
    }  # fmt: skip


def _write(
    incident: Incident, kind: str, text: str, by: User | None, operator: str, after: dict[str, Any],
    **of: Any,
) -> IncidentEntry:  # fmt: skip
    made = IncidentEntry.objects.create(
        incident=incident, kind=kind, text=text[:LONGEST], at=clock.now(), by=by, operator="" if by else operator, **of
    )
    record_event(
        kind=f"incident.{kind}", project=incident.project, by=by, operator=operator,
        target=f"incident:{incident.public_id}", after={"title": incident.title, **after},
    )  # fmt: skip
    return made
