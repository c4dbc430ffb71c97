"""Runs that were made elsewhere: imported whole, or pushed in parts until they are finished."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from django.db import transaction

from evaluation.actions.runs import BATCH, MICRO
from evaluation.enums import PredictionState, RunState
from evaluation.models import Prediction, Run
from labeling import rules
from labeling.actions.answers import AnswerRow
from labeling.actions.audit import record_event
from labeling.actions.rounds import check_name, published_taxonomy
from labeling.actions.tables import analyze
from labeling.enums import Role
from labeling.files import RowProblem
from labeling.models import Item, Project, User
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused

PART_ROWS = 10_000  # one transaction's worth: no writer waits long for it


class PartRefused(Refused):
    """Rows of a part that cannot be used; nothing of it was written."""

    def __init__(self, problems: Sequence[RowProblem], rows: int) -> None:
        what = "One row" if len(problems) == 1 else f"{len(problems):,} rows"
        super().__init__(f"{what} of {rows:,} cannot be used, the first on line {problems[0].line}. Nothing was kept.")
        self.problems = list(problems)


@transaction.atomic
def import_predictions(
    *,
    project: Project,
    name: str,
    predictions: Mapping[str, Mapping[str, Any]],
    by: User | None,
    operator: str = "",
) -> Run:
    """A finished run made elsewhere. `predictions` maps external ids to labels [{code, confidence, evidence}] and
    optionally cost (dollars), latency_ms, model and the stages on the way: retrieved [text or {document, start, end}]
    and summary. A second import under one name is refused: a run never changes."""
    run = _open(project, name, by)
    known = _known(project, predictions)
    if missing := sorted(set(predictions) - set(known)):
        raise Refused(f"{len(missing)} of the items are not in this project, the first is “{missing[0]}”.")
    _add(run, ((known[key], row) for key, row in sorted(predictions.items())))
    return _finish(run, by=by, operator=operator)


@transaction.atomic
def open_push(*, project: Project, name: str, by: User | None, operator: str = "") -> Run:
    """A run whose predictions come in parts. It is running until it is finished, and scored only then."""
    run = _open(project, name, by)
    record_event(
        kind="run.push_opened", project=project, by=by, operator=operator, target=f"run:{run.public_id}",
        after={"run": run.name},
    )  # fmt: skip
    return run


@transaction.atomic
def push_part(*, run: Run, rows: Sequence[AnswerRow], by: User | None) -> Run:
    """Add rows, as `read_predictions` gives them, to an open run: all of them or none."""
    if not 0 < len(rows) <= PART_ROWS:
        raise Refused(f"A part has 1 to {PART_ROWS:,} rows. Send the rest as the next part.")
    run = _locked(run, by)
    known = _known(run.project, [row.item for row in rows])
    there = _there(run, known.values())
    problems = [problem for row in rows if (problem := _problem(row, known, there))]
    if problems:
        raise PartRefused(problems, len(rows))
    _add(run, ((known[row.item], row.values) for row in rows))
    return run


@transaction.atomic
def finish_push(*, run: Run, by: User | None, expected: int | None = None, operator: str = "") -> Run:
    """No more parts: from now on the run never changes and can be scored. `expected`: how many there should be."""
    run = _locked(run, by)
    if not run.total:
        raise Refused("Nothing was pushed yet. Push a part, or cancel the run.")
    if expected is not None and expected != run.total:
        raise Refused(f"The run has {run.total:,} predictions, not {expected:,}. Push what is missing, then finish.")
    return _finish(run, by=by, operator=operator)


def _open(project: Project, name: str, by: User | None) -> Run:
    if by:
        rules.check_role(by, project, Role.ENGINEER, Role.MANAGER)
    rules.check_not_archived(project)
    name = check_name(name, what="run")
    if Run.objects.filter(project=project, name=name).exists():
        raise Refused(f"There is already a run called “{name}”, and a run never changes. Choose another name.")
    return Run.objects.create(
        project=project,
        name=name,
        taxonomy_version=published_taxonomy(project),
        state=RunState.RUNNING,
        created_by=by,
        started_at=clock.now(),
    )


def _locked(run: Run, by: User | None) -> Run:
    """The run while it is open, with no other part coming in."""
    if by:
        rules.check_role(by, run.project, Role.ENGINEER, Role.MANAGER)
    rules.check_not_archived(run.project)
    run = Run.objects.select_for_update(of=("self",)).select_related("project").get(pk=run.pk)
    if not run.is_imported:
        raise NotAllowed("This run answers its items itself: nothing is pushed to it.")
    if run.state != RunState.RUNNING:
        raise NotAllowed(f"This run is {RunState(run.state).label.lower()}, so nothing more can be pushed to it.")
    return run


def _known(project: Project, keys: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    rest = iter(keys)
    while some := list(islice(rest, BATCH)):
        found |= dict(Item.objects.filter(project=project, external_id__in=some).values_list("external_id", "pk"))
    return found


def _there(run: Run, items: Iterable[int]) -> set[int]:
    """Those of the items that the run has a prediction for."""
    found: set[int] = set()
    rest = iter(items)
    while some := list(islice(rest, BATCH)):
        found |= set(run.predictions.filter(item__in=some).values_list("item", flat=True))
    return found


def _problem(row: AnswerRow, known: Mapping[str, int], there: set[int]) -> RowProblem | None:
    if row.item not in known:
        return RowProblem(row.line, f"there is no item “{row.item}” in this project", row.item)
    if known[row.item] in there:
        return RowProblem(row.line, f"the prediction for “{row.item}” was pushed before", row.item)
    return None


def _add(run: Run, rows: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
    now, rest = clock.now(), iter(rows)
    while some := list(islice(rest, BATCH)):
        made = [
            Prediction(
                run=run,
                item_id=item,
                state=PredictionState.DONE,
                labels=row["labels"],
                stages=_stages(row),
                cost_micro_usd=None if row.get("cost") is None else round(row["cost"] * MICRO),
                latency_ms=row.get("latency_ms"),
                model_returned=row.get("model", "")[:160],
                finished_at=now,
            )
            for item, row in some
        ]
        Prediction.objects.bulk_create(made)
        run.total += len(made)
        run.spent_micro_usd += sum(one.cost_micro_usd or 0 for one in made)
    run.save(update_fields=["total", "spent_micro_usd"])


def _finish(run: Run, *, by: User | None, operator: str) -> Run:
    run.state, run.finished_at = RunState.DONE, clock.now()
    run.save(update_fields=["state", "finished_at"])
    analyze(Prediction)
    record_event(
        kind="run.imported",
        project=run.project,
        by=by,
        operator=operator,
        target=f"run:{run.public_id}",
        after={"run": run.name, "items": run.total},
    )
    return run


def _stages(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a pipeline recorded of an item on its way; None if nothing."""
    return {name: row[name] for name in ("retrieved", "summary") if row.get(name) is not None} or None
