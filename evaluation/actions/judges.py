"""A model as one more rater of a panel: seated, asked by runs of its own, and its scores written as ratings."""

import random
from collections import defaultdict

from django.db import transaction

from evaluation.actions.budgets import resume_all
from evaluation.actions.panel_seats import order_for
from evaluation.actions.runs import Scope, Setup, cancel_run, start_run
from evaluation.enums import PanelKind, PanelRole, PredictionState, RunOrigin
from evaluation.models import (
    Choice,
    Judging,
    OrderedChoice,
    Panel,
    PanelRater,
    PanelSeat,
    Prediction,
    PromptVersion,
    Rating,
    Run,
)
from evaluation.queries.asking import check_one_question
from evaluation.stats.pair_judge import both_orders
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
        collect_ratings(known)
        runs = list(Run.objects.filter(judging__rater=known).order_by("pk"))
        resume_all(runs=runs, budget_usd=budget_usd, by=by, operator=operator)
        return known
    rater = PanelRater.objects.create(panel=panel, judge=version, role=PanelRole.JUDGE)
    asked = _seats_of_pairs(rater) if panel.kind == PanelKind.PAIRS else _seats_of_outputs(rater)
    judged = [one for one in panel.runs.order_by("letter") if one.pk in asked]
    random.Random(f"judge\n{panel.seed}\n{version.digest}").shuffle(judged)  # noqa: S311 -- a draw, no secret
    share = None if budget_usd is None else budget_usd / len(judged)
    for number, panel_run in enumerate(judged, 1):
        items = list(dict.fromkeys(asked[panel_run.pk]))
        run = start_run(
            version=version, scope=Scope(), name=f"{version} judges {panel.name} ({number})".replace("@", " v"),
            budget_usd=share, setup=Setup(origin=RunOrigin.JUDGE, items=items), by=by, operator=operator,
        )  # fmt: skip
        Judging.objects.create(rater=rater, panel_run=panel_run, run=run)
    record_event(
        kind="judge.started", project=panel.project, by=by, operator=operator, target=f"panel:{panel.public_id}",
        after={"judge": str(version), "outputs": rater.seats.count(), "budget_usd": budget_usd},
    )  # fmt: skip
    return rater


def _seats_of_outputs(rater: PanelRater) -> dict[int, list[int]]:
    """A seat at each output in the judge's own order; the items of each of the panel's runs."""
    outputs = {output.pk: output for output in rater.panel.outputs.order_by("pk")}
    order = order_for({pk: one.item_id for pk, one in outputs.items()}, seed=_seed(rater))
    PanelSeat.objects.bulk_create(
        (PanelSeat(rater=rater, output_id=pk, place=place) for place, pk in enumerate(order, 1)), batch_size=1000
    )
    asked: dict[int, list[int]] = defaultdict(list)
    for pk in order:
        asked[outputs[pk].panel_run_id].append(outputs[pk].item_id)
    return asked


def _seats_of_pairs(rater: PanelRater) -> dict[int, list[int]]:
    """A seat at each pair; the items of the runs that come first in a pair. Which stands first is asked both ways."""
    pairs = {pair.pk: pair for pair in rater.panel.pairs.select_related("a").order_by("pk")}
    order = order_for({pk: one.a.item_id for pk, one in pairs.items()}, seed=_seed(rater))
    PanelSeat.objects.bulk_create(
        (PanelSeat(rater=rater, pair_id=pk, place=place) for place, pk in enumerate(order, 1)), batch_size=1000
    )
    asked: dict[int, list[int]] = defaultdict(list)
    for pk in order:
        asked[pairs[pk].a.panel_run_id].append(pairs[pk].a.item_id)
    return asked


def _seed(rater: PanelRater) -> str:
    assert rater.judge is not None
    return f"{rater.panel.seed}\njudge {rater.judge.digest}"


def check_can_judge(panel: Panel, version: PromptVersion) -> None:
    """Raise Refused where this prompt cannot judge this panel."""
    if version.prompt.project_id != panel.project_id:
        raise Refused("The judge's prompt belongs to another project.")
    check_one_question(version)


@transaction.atomic
def stop_judge(*, rater: PanelRater, by: User | None, operator: str = "") -> PanelRater:
    """End a judge's runs that are not over, and keep what it has said so far."""
    if by:
        rules.check_role(by, rater.panel.project, *MAKERS)
    collect_ratings(rater)
    for run in Run.objects.filter(judging__rater=rater, finished_at__isnull=True).order_by("pk"):
        cancel_run(run=run, by=by, operator=operator)
    return rater


def collect_judged(run: Run) -> int:
    """Write the ratings that a judge's run has answers for; the number of new ones."""
    judging = Judging.objects.filter(run=run).first()
    return collect_ratings(judging.rater) if judging else 0


@transaction.atomic
def collect_ratings(rater: PanelRater) -> int:
    """Write a rating for each seat whose output the judge has scored. A failed one leaves its seat open."""
    if rater.panel.kind == PanelKind.PAIRS:
        return _collect_choices(rater)
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


def _collect_choices(rater: PanelRater) -> int:
    """Write each answer with its order, and a choice for each pair that was answered in both."""
    seats = {
        str(seat.pair.public_id): seat
        for seat in PanelSeat.objects.select_for_update(of=("self",)).filter(rater=rater, is_done=False)
        .select_related("pair")
        if seat.pair
    }  # fmt: skip
    done = Prediction.objects.filter(run__judging__rater=rater, state=PredictionState.DONE).order_by("pk")
    answers = [
        OrderedChoice(seat=seats[one["pair"]], b_first=one["b_first"], better=one["better"], comment=one["comment"],
                      created_at=at or clock.now())
        for stages, at in done.values_list("stages", "finished_at")
        for one in (stages or {}).get("choices", ())
        if one["pair"] in seats
    ]  # fmt: skip
    OrderedChoice.objects.bulk_create(answers, batch_size=1000, ignore_conflicts=True)
    given: dict[int, dict[bool, OrderedChoice]] = defaultdict(dict)
    for answer in answers:
        given[answer.seat_id][answer.b_first] = answer
    both = {seat: one for seat, one in given.items() if len(one) == 2}
    Choice.objects.bulk_create(
        (
            Choice(seat_id=seat, better=both_orders(one[False].better, one[True].better), comment=one[False].comment,
                   created_at=one[True].created_at)
            for seat, one in both.items()
        ),
        batch_size=1000,
    )  # fmt: skip
    PanelSeat.objects.filter(pk__in=both).update(is_done=True)
    return len(both)
