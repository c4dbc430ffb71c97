"""Who does by when whatever waits for a person, wherever its owner and day are kept."""

from datetime import date

from evaluation.actions.incidents import Plan as IncidentPlan
from evaluation.actions.incidents import change_incident
from evaluation.actions.open_actions import plan_action, plan_elsewhere
from evaluation.actions.triage_tuning import Plan, change_tuning_task
from evaluation.queries.open_actions import Row
from labeling.actions.upkeep import plan_duty
from labeling.models import Project, User


def plan_row(*, project: Project, row: Row, owner: User | None, due_on: date | None, by: User | None) -> None:
    """Plan a row of the list of open actions; an incident takes an owner alone, its day is that of its 48 hours."""
    if row.action:
        plan_action(action=row.action, owner=owner, due_on=due_on, by=by)
    elif row.task:
        told = {name: getattr(row.task, name) for name in Plan.__dataclass_fields__}
        change_tuning_task(task=row.task, plan=Plan(**(told | {"owner": owner, "due_on": due_on})), by=by)
    elif row.incident:
        one = row.incident
        change_incident(incident=one, plan=IncidentPlan(one.title, one.severity, owner, one.cause), by=by)
    elif row.duty:
        plan_duty(duty=row.duty, owner=owner, due_on=due_on, by=by)
    else:
        plan_elsewhere(project=project, source=row.source, key=row.key, owner=owner, due_on=due_on, by=by)
