"""A model as one more rater of a panel: seated, asked by runs of its own, and its scores written as ratings."""

import random

from django.db import transaction

from evaluation.actions.budgets import resume_with_budget
from evaluation.actions.panel_seats import order_for
from evaluation.actions.runs import MICRO, Scope, Setup, resume_run, start_run
from evaluation.enums import PanelKind, PanelRole, PredictionState, RunOrigin, RunState, Strategy
from evaluation.llm.calls import DECISIONS
from evaluation.models import Judging, Panel, PanelRater, PanelSeat, Prediction, PromptVersion, Rating, Run
from evaluation.queries.recipes import read_recipe
from labeling import rules
from labeling.actions.audit import record_event
from labeling.enums import Role
from labeling.models import User
from reviewapp.common import clock
from reviewapp.common.errors import Refused

MAKERS = (Role.ENGINEER, Role.MANAGER)


@transaction.atomic
def start_judge(
    *, panel: Panel, version: PromptVersion, budget_usd: float | None, by: User | None, operator: str = ""
) -> PanelRater:
    """Seat the judge and start its runs, one for each run judged; of a judge that stopped, go on with what is left.

    The budget is for all of its runs, in equal parts.
    """
    if by:
        rules.check_role(by, panel.project, *MAKERS)
    panel = Panel.objects.select_for_update(of=("self",)).select_related("project", "rubric_version").get(pk=panel.pk)
    check_can_judge(panel, version)
    known = panel.raters.filter(judge=version).first()
    if known:
        _go_on(known, budget_usd, by=by, operator=operator)
        return known
    rater = PanelRater.objects.create(panel=panel, judge=version, role=PanelRole.JUDGE)
    outputs = {output.pk: output for output in panel.outputs.order_by("pk")}
    order = order_for({pk: one.item_id for pk, one in outputs.items()}, seed=f"{panel.seed}\njudge {version.digest}")
    PanelSeat.objects.bulk_create(
        (PanelSeat(rater=rater, output_id=pk, place=place) for place, pk in enumerate(order, 1)), batch_size=1000
    )
    judged = list(panel.runs.order_by("letter"))
    random.Random(f"judge\n{panel.seed}\n{version.digest}").shuffle(judged)  # noqa: S311 -- a draw, no secret
    share = None if budget_usd is None else budget_usd / len(judged)
    for number, panel_run in enumerate(judged, 1):
        items = [outputs[pk].item_id for pk in order if outputs[pk].panel_run_id == panel_run.pk]
        run = start_run(
            version=version, scope=Scope(), name=f"{version} judges {panel.name} ({number})".replace("@", " v"),
            budget_usd=share, setup=Setup(origin=RunOrigin.JUDGE, items=items), by=by, operator=operator,
        )  # fmt: skip
        Judging.objects.create(rater=rater, panel_run=panel_run, run=run)
    record_event(
        kind="judge.started", project=panel.project, by=by, operator=operator, target=f"panel:{panel.public_id}",
        after={"judge": str(version), "outputs": len(order), "budget_usd": budget_usd},
    )  # fmt: skip
    return rater


def check_can_judge(panel: Panel, version: PromptVersion) -> None:
    """Raise Refused where this prompt cannot judge this panel."""
    if panel.kind != PanelKind.SCORES:
        raise Refused("A model judges by a rubric only, not between pairs.")
    if version.prompt.project_id != panel.project_id:
        raise Refused("The judge's prompt belongs to another project.")
    if version.strategy != Strategy.CHAT:
        raise Refused(f"“{version}” is built in: it asks no model, so it cannot judge.")
    recipe = read_recipe(version)
    asked = recipe.parameters
    if recipe.provider.api == DECISIONS or asked.few_shot or asked.retrieve or asked.summarise or asked.fallback:
        raise Refused("A judge's prompt is one question: no examples, retrieval, summary, routes or decisions.")


def _go_on(rater: PanelRater, budget_usd: float | None, *, by: User | None, operator: str) -> None:
    runs = list(Run.objects.filter(judging__rater=rater).order_by("pk"))
    for run in runs:
        if run.state != RunState.PAUSED:
            continue
        share = None if budget_usd is None else budget_usd / len(runs)
        if share is not None and run.budget_micro_usd is not None and round(share * MICRO) > run.budget_micro_usd:
            resume_with_budget(run=run, budget_usd=share, by=by, operator=operator)
        else:
            resume_run(run=run, by=by, operator=operator)


def collect_judged(run: Run) -> int:
    """Write the ratings that a judge's run has answers for; the number of new ones."""
    judging = Judging.objects.filter(run=run).first()
    return collect_ratings(judging.rater) if judging else 0


@transaction.atomic
def collect_ratings(rater: PanelRater) -> int:
    """Write a rating for each seat whose output the judge has scored. A failed one leaves its seat open."""
    seats = {
        (seat.output.panel_run_id, seat.output.item_id): seat
        for seat in PanelSeat.objects.select_for_update(of=("self",)).filter(rater=rater, is_done=False)
        .select_related("output")
        if seat.output
    }  # fmt: skip
    done = Prediction.objects.filter(run__judging__rater=rater, state=PredictionState.DONE).order_by("pk")
    rows = done.values_list("run__judging__panel_run", "item", "stages", "finished_at")
    found = [
        (seats[panel_run, item], stages, at)
        for panel_run, item, stages, at in rows
        if (panel_run, item) in seats and stages and "scores" in stages
    ]
    Rating.objects.bulk_create(
        (
            Rating(seat=seat, scores=stages["scores"], comment=stages.get("comment", ""), created_at=at or clock.now())
            for seat, stages, at in found
        ),
        batch_size=1000,
    )
    PanelSeat.objects.filter(pk__in=[seat.pk for seat, _, _ in found]).update(is_done=True)
    return len(found)
