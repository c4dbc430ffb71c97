"""Objectives: set, changed, made the default, put away; managers only, all on the record."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from math import isfinite
from typing import Any

from django.db import transaction

from evaluation.enums import Aim, Counted
from evaluation.models import Objective
from labeling import rules
from labeling.actions.audit import record_event
from labeling.actions.rounds import check_name
from labeling.enums import Role
from labeling.models import Label, Project, User
from reviewapp.common import clock
from reviewapp.common.errors import Refused

MOST_COST = 1000.0


@dataclass(frozen=True)
class Wanted:
    """What an objective asks for; None is not asked for."""

    purpose: str = Aim.CORRECTNESS
    counted: str = Counted.LABEL
    target_f1: float | None = None
    min_precision: float | None = 0.95
    min_recall: float | None = None
    recall_of: Mapping[str, float] = field(default_factory=dict)
    max_gap: float | None = None
    max_cost: float | None = None
    max_flips: float | None = None


@transaction.atomic
def set_objective(
    *,
    project: Project,
    name: str,
    wanted: Wanted,
    make_default: bool = False,
    objective: Objective | None = None,
    by: User | None,
    operator: str = "",
) -> Objective:
    """Make an objective, or change one: the one given, else the one of that name. A project's first is its default."""
    _check(project, by)
    name = check_name(name, what="objective")
    _check_wanted(project, wanted)
    mine = Objective.objects.select_for_update().filter(project=project)
    found = mine.filter(pk=objective.pk).first() if objective else mine.filter(name=name).first()
    if found is None:
        found, before = Objective(project=project, created_by=by), {}
    else:
        before = numbers_of(found)
    if len(name) > 60 or mine.filter(name=name).exclude(pk=found.pk).exists():
        raise Refused(f"An objective's name has at most 60 characters and is used once; “{name[:60]}” does not fit.")
    after = {"name": name, **_plain(wanted)}
    if not before or after != before:
        found.number = found.number + 1 if before else 1
        for key, value in after.items():
            setattr(found, key, value)
        found.save()
        kind = "objective.changed" if before else "objective.set"
        _record(found, kind, before, {**after, "number": found.number}, by, operator)
    if not found.archived_at and (make_default or not mine.filter(is_default=True).exists()):
        make_default_objective(objective=found, by=by, operator=operator)
    return found


@transaction.atomic
def make_default_objective(*, objective: Objective, by: User | None, operator: str = "") -> None:
    """What pages hold figures against until somebody chooses another."""
    _check(objective.project, by)
    if objective.archived_at:
        raise Refused("An archived objective cannot be the default. Bring it back first.")
    if objective.is_default:
        return
    Objective.objects.filter(project=objective.project, is_default=True).update(is_default=False)
    objective.is_default = True
    objective.save(update_fields=["is_default"])
    _record(objective, "objective.made_default", {"is_default": False}, {"is_default": True}, by, operator)


@transaction.atomic
def archive_objective(*, objective: Objective, archived: bool, by: User | None, operator: str = "") -> None:
    """Put away, so that nothing is held against it any more, or bring back."""
    _check(objective.project, by)
    if bool(objective.archived_at) == archived:
        return
    objective.archived_at, objective.is_default = (clock.now() if archived else None), False
    objective.save(update_fields=["archived_at", "is_default"])
    kind = "objective.archived" if archived else "objective.brought_back"
    _record(objective, kind, {"archived": not archived}, {"archived": archived}, by, operator)


def numbers_of(objective: Objective) -> dict[str, Any]:
    """Its name and all it asks for."""
    return {"name": objective.name, **{one.name: getattr(objective, one.name) for one in fields(Wanted)}}


def _plain(wanted: Wanted) -> dict[str, Any]:
    content = asdict(wanted)
    return {
        **content,
        "purpose": str(wanted.purpose),
        "counted": str(wanted.counted),
        "recall_of": dict(wanted.recall_of),
    }


def _check(project: Project, by: User | None) -> None:
    if by:
        rules.check_role(by, project, Role.MANAGER)
    rules.check_not_archived(project)


def _check_wanted(project: Project, wanted: Wanted) -> None:
    if wanted.purpose not in Aim.values or wanted.counted not in Counted.values:
        raise Refused(f"A purpose is one of {', '.join(Aim.values)}; counted are {' or '.join(Counted.values)}s.")
    shares = {
        "The target F1": wanted.target_f1,
        "The least precision": wanted.min_precision,
        "The least recall": wanted.min_recall,
        "The largest gap": wanted.max_gap,
        "The largest flip rate": wanted.max_flips,
        **{f"The least recall of {code}": least for code, least in wanted.recall_of.items()},
    }
    for said, value in shares.items():
        if value is not None and not (isfinite(value) and 0 <= value <= 1):
            raise Refused(f"{said} lies between 0 and 1.")
    if wanted.max_cost is not None and not (isfinite(wanted.max_cost) and 0 <= wanted.max_cost <= MOST_COST):
        raise Refused(f"The largest cost an item lies between 0 and {MOST_COST:,.0f} USD.")
    known = set(
        Label.objects.filter(version__project=project, code__in=list(wanted.recall_of)).values_list("code", flat=True)
    )
    if unknown := sorted(set(wanted.recall_of) - known):
        raise Refused(f"The taxonomy has no label with the code “{unknown[0]}”. Labels are named by their codes.")
    if all(value is None for value in shares.values()) and wanted.max_cost is None:
        raise Refused("An objective asks for something: give at least one number.")


def _record(
    objective: Objective, kind: str, before: dict[str, Any], after: dict[str, Any], by: User | None, operator: str
) -> None:
    record_event(
        kind=kind, project=objective.project, by=by, operator=operator, target=f"objective:{objective.public_id}",
        before={key: one for key, one in before.items() if after.get(key) != one},
        after={key: one for key, one in after.items() if before.get(key) != one},
    )  # fmt: skip
