"""Prompt-tuning tasks: a failure that keeps coming back becomes work with examples, an owner and a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from evaluation.actions.triage_categories import WORKERS
from evaluation.enums import TuningState
from evaluation.models import ErrorCluster, Prompt, Triage, TriageError, TuningTask
from evaluation.queries.triage import visible
from labeling import rules
from labeling.actions.audit import record_event
from labeling.models import Membership, Project, User
from reviewapp.common.errors import Refused

EXAMPLES = 10


@dataclass(frozen=True)
class Plan:
    """What is to be done, by whom, until when, and how it stands."""

    title: str
    note: str = ""
    owner: User | None = None
    due_on: date | None = None
    state: str = TuningState.OPEN
    prompt: Prompt | None = None


@transaction.atomic
def make_tuning_task(
    *, triage: Triage, plan: Plan, cluster: ErrorCluster | None = None, errors: Sequence[int] = (), by: User | None,
    operator: str = "",
) -> TuningTask:  # fmt: skip
    """Make a task of a cluster or of chosen errors (their places); of a cluster alone its first errors are examples."""
    project = triage.run.project
    _check(project, plan, by)
    if cluster and cluster.triage_id != triage.pk:
        raise Refused("This cluster belongs to another triage.")
    found = visible(triage)
    chosen: list[TriageError] = []
    if errors:
        chosen = list(found.filter(place__in=errors))
        if len(chosen) != len(set(errors)):
            raise Refused("Some of the chosen errors are not there.")
    elif cluster:
        chosen = list(found.filter(cluster=cluster).order_by("place")[:EXAMPLES])
    if not chosen:
        raise Refused("A tuning task needs errors that show what goes wrong.")
    made = TuningTask.objects.create(project=project, cluster=cluster, created_by=by, **_fields(plan))
    made.examples.set(chosen)
    record_event(
        kind="tuning_task.made", project=project, by=by, operator=operator, target=f"tuning_task:{made.public_id}",
        after={**_said(plan), "examples": len(chosen)},
    )  # fmt: skip
    return made


@transaction.atomic
def change_tuning_task(*, task: TuningTask, plan: Plan, by: User | None, operator: str = "") -> TuningTask:
    """Another owner, day, title or state."""
    task = TuningTask.objects.select_for_update(of=("self",)).select_related("owner", "prompt").get(pk=task.pk)
    _check(task.project, plan, by, before=task.owner)
    was = _said(Plan(task.title, task.note, task.owner, task.due_on, task.state, task.prompt))
    now = _said(plan)
    changed = [name for name in now if now[name] != was[name]]
    if changed:
        for name, value in _fields(plan).items():
            setattr(task, name, value)
        task.save()
        record_event(
            kind="tuning_task.changed", project=task.project, by=by, operator=operator,
            target=f"tuning_task:{task.public_id}", before={name: was[name] for name in changed},
            after={name: now[name] for name in changed},
        )  # fmt: skip
    return task


def _check(project: Project, plan: Plan, by: User | None, before: User | None = None) -> None:
    if by:
        rules.check_role(by, project, *WORKERS)
    rules.check_not_archived(project)
    if not plan.title.strip():
        raise Refused("A tuning task has a title.")
    if plan.owner and plan.owner != before:
        mine = Membership.objects.filter(project=project, user=plan.owner, role__in=[str(role) for role in WORKERS])
        if not mine.exists():
            raise Refused("The owner of a tuning task is an engineer, a manager or an analyst of this project.")
    if plan.prompt and plan.prompt.project_id != project.pk:
        raise Refused("This prompt belongs to another project.")


def _fields(plan: Plan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in Plan.__dataclass_fields__} | {"title": plan.title.strip()[:160]}


def _said(plan: Plan) -> dict[str, Any]:
    return {
        "title": plan.title,
        "note": plan.note,
        "state": str(plan.state),
        "owner": str(plan.owner.public_id) if plan.owner else None,
        "due_on": plan.due_on.isoformat() if plan.due_on else None,
        "prompt": plan.prompt.name if plan.prompt else None,
    }
