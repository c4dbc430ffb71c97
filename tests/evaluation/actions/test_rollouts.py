"""A rollout from its pilot to production and back: what opens a step, who may, and which items each asks."""

import pytest
from django.db import DatabaseError, transaction

from evaluation.actions.rollouts import RolloutPlan, ask_more, go_back, open_due_reviews, open_next, start_rollout
from evaluation.models import Rollout, RolloutMove, Run
from evaluation.queries.rollouts import path_of
from labeling.enums import Role
from labeling.models import AuditEvent
from reviewapp.common.errors import NotAllowed, Refused
from tests.evaluation.rollouts import answered, looked_at, planned
from tests.factories import make_items, make_member, make_round

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]


def standings(rollout):
    here = next(one for one in path_of(rollout) if one.place == "here")
    return [one.standing for one in here.criteria]


def newest_run(rollout):
    return rollout.moves.filter(run__isnull=False).order_by("-number")[0].run


def test_from_pilot_to_production_and_back(world):
    project, engineer = world
    manager = make_member(project, Role.MANAGER)
    make_items(project, 92)
    rollout = planned(project, pilot_items=80, batch_items=10)
    pilot = newest_run(rollout)
    assert (pilot.total, standings(rollout)) == (80, ["open"] * 4)

    review = answered(pilot)
    assert (review.audit_share, review.passed, review.tasks.count()) == (1.0, 80, 80)
    looked_at(review, left=1)
    assert standings(rollout) == ["open", "met", "met", "met"]
    with pytest.raises(Refused, match="looked at by a person"):
        open_next(rollout=rollout, by=manager)
    assert rollout.moves.count() == 1

    looked_at(review)
    assert standings(rollout) == ["met"] * 4
    with pytest.raises(NotAllowed):
        open_next(rollout=rollout, by=engineer)
    batch = open_next(rollout=rollout, by=manager)
    assert (batch.step, batch.run.total, batch.measured[1]["n"]) == ("batch", 10, 80)
    with pytest.raises(Refused, match="not over"):
        ask_more(rollout=rollout, by=engineer)

    back = go_back(rollout=rollout, reason="rates rose", by=engineer)
    assert (back.step, back.run, Run.objects.get(pk=batch.run_id).state) == ("pilot", None, "cancelled")
    again = open_next(rollout=rollout, by=manager)
    items = [set(run.predictions.values_list("item", flat=True)) for run in (pilot, batch.run, again.run)]
    assert not items[0] & (items[1] | items[2])
    assert again.run.total == 6  # of 96 less 80 asked before and 10 cancelled
    answered(again.run)
    production = open_next(rollout=rollout, reason="the owner takes the risk", by=manager)
    assert (production.step, production.run, production.reason) == ("production", None, "the owner takes the risk")
    with pytest.raises(Refused, match="no new items"):
        ask_more(rollout=rollout, by=engineer)
    kinds = AuditEvent.objects.filter(kind__startswith="rollout.").order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == [f"rollout.{one}" for one in ("start", "next", "back", "next", "next")]


def test_a_pilot_is_stratified_and_leaves_open_rounds_alone(world):
    project, engineer = world
    make_items(project, 10, region="Asia")
    asked = make_items(project, 6)
    make_round(project, asked)
    rollout = planned(project, pilot_items=7, strata=["region"])
    run = newest_run(rollout)
    regions = list(run.predictions.values_list("item__attributes__region", flat=True))
    assert (regions.count("Asia"), regions.count("Europe")) == (5, 2)
    assert not run.predictions.filter(item__in=asked).exists()
    with pytest.raises(Refused, match="already"):
        start_rollout(version=rollout.version, by=engineer)
    with pytest.raises(NotAllowed):
        go_back(rollout=rollout, by=engineer)
    assert open_due_reviews() == 0
    with pytest.raises(Refused):
        RolloutPlan(min_precision=1)


def test_the_database_keeps_plan_and_moves(world):
    rollout = planned(world[0], pilot_items=1)
    for rows in (Rollout.objects.filter(pk=rollout.pk), RolloutMove.objects.filter(rollout=rollout)):
        for change in (lambda rows=rows: rows.update(seed=9) if rows.model is Rollout else rows.update(reason="x"),
                       lambda rows=rows: rows._raw_delete(rows.db)):  # fmt: skip
            with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
                change()
    assert rollout.moves.count() == 1
