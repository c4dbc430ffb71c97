"""incident SLUG list|sweep|open|accept|dismiss|change|note|action|cases|recover [ID] [...] --json -"""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError

from evaluation.actions import incidents as actions
from evaluation.actions.alert_sweep import sweep_alerts
from evaluation.actions.quality_drops import compute_due
from evaluation.enums import Severity
from evaluation.models import Evaluation, Incident, QualityDrop
from evaluation.queries.incidents import incidents_of, listed, loaded, may_show_recovery
from labeling.management.base import AssayCommand
from labeling.models import Project, User
from reviewapp.common.errors import Refused

STEPS = ("list", "sweep", "open", "accept", "dismiss", "change", "note", "action", "cases", "recover")


class Command(AssayCommand):
    help = "Incidents: list them with the time left, open one, and each step of the work on it."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("step", choices=STEPS)
        parser.add_argument("incident", nargs="?", default="", help="its id, for all steps but list, sweep and open")
        parser.add_argument("--title", default="")
        parser.add_argument("--severity", default="", choices=["", *Severity.values])
        parser.add_argument("--owner", default="", metavar="EMAIL")
        parser.add_argument("--cause", default="")
        parser.add_argument("--of", default="", metavar="ID", help="a comparison that what_changed made, for open")
        parser.add_argument("--text", default="", help="what was seen or done, or why it is none")
        parser.add_argument("--run", default="", help="whose evaluation on dev shows that it is over, for recover")

    def work(self, **options: Any) -> int | None:
        project, step = self.project(options["slug"]), options["step"]
        acts: dict[str, Any] = {"by": self.by, "operator": self.operator}
        if step in ("list", "sweep"):
            if step == "sweep":
                before = set(Incident.objects.filter(project=project).values_list("pk", flat=True))
                compute_due()
                sweep_alerts(project=project)
                self.say(
                    f"{Incident.objects.filter(project=project).exclude(pk__in=before).count()} incidents proposed."
                )
            rows = incidents_of(project)
            for one in rows:
                self.say(f"{one.incident.public_id} {one.incident.state}: {one.incident.title} {one.clock}".rstrip())
            self.report({"incidents": [_said(one.incident, one.cases) for one in rows]})
            return None
        found = self._open(project, options, acts) if step == "open" else _find(project, options["incident"])
        self._step(found, step, options, acts)
        found = loaded().get(pk=found.pk)
        self.say(f"{found.public_id} {found.state}: {found.title} {listed(found).clock}".rstrip())
        self.report(_said(found, found.cases.count()))
        return None

    def _open(self, project: Project, options: dict[str, Any], acts: dict[str, Any]) -> Incident:
        drop = None
        if options["of"]:
            drop = _by_id(QualityDrop.objects.filter(project=project), options["of"], "comparison")
        plan = actions.Plan(
            options["title"], options["severity"] or Severity.MEDIUM, _owner(options["owner"]), options["cause"]
        )
        return actions.open_incident(project=project, plan=plan, drop=drop, **acts)

    def _step(self, found: Incident, step: str, options: dict[str, Any], acts: dict[str, Any]) -> None:
        text = options["text"]
        if step in ("accept", "dismiss"):
            actions.answer_proposal(incident=found, is_one=step == "accept", why=text, **acts)
        elif step in ("note", "action"):
            actions.add_entry(incident=found, kind=step, text=text, **acts)
        elif step == "cases":
            actions.join_cases(incident=found, **acts)
        elif step == "change":
            plan = actions.Plan(
                options["title"] or found.title, options["severity"] or found.severity,
                _owner(options["owner"]) or found.owner, options["cause"] or found.cause,
            )  # fmt: skip
            actions.change_incident(incident=found, plan=plan, **acts)
        elif step == "recover":
            shown = next((one for one in may_show_recovery(found) if one.run.name == options["run"]), None)
            if shown is None:
                mine = Evaluation.objects.filter(run__project=found.project, run__name=options["run"], split="dev")
                shown = mine.order_by("-pk").first()
            if shown is None:
                raise Refused(f"The run “{options['run']}” has no evaluation on dev.")
            actions.recover(incident=found, evaluation=shown, **acts)


def _find(project: Project, public_id: str) -> Incident:
    found: Incident = _by_id(loaded().filter(project=project), public_id, "incident")
    return found


def _by_id(rows: Any, public_id: str, what: str) -> Any:
    try:
        found = rows.filter(public_id=public_id).first()
    except (ValidationError, ValueError):
        found = None
    if found is None:
        raise Refused(f"There is no {what} “{public_id}” in this project.")
    return found


def _owner(email: str) -> User | None:
    if not email:
        return None
    found = User.objects.filter(email__iexact=email, is_active=True).first()
    if found is None:
        raise Refused(f"There is no active user {email}.")
    return found


def _said(incident: Incident, cases: int) -> dict[str, Any]:
    return {
        "id": str(incident.public_id), "title": incident.title, "state": incident.state,
        "severity": incident.severity, "owner": str(incident.owner or ""), "cause": incident.cause,
        "opened_at": incident.opened_at.isoformat() if incident.opened_at else None,
        "due_at": incident.due_at.isoformat() if incident.due_at else None,
        "recovered_at": incident.recovered_at.isoformat() if incident.recovered_at else None,
        "time": listed(incident).clock, "is_late": listed(incident).is_late, "cases": cases,
    }  # fmt: skip
