"""Opening a review: the rule, each reason, the lots, and what is no production run."""

from copy import copy

import pytest

from evaluation.actions.reviews import ReviewSpec, close_review, fill_due, open_review
from evaluation.enums import Why
from evaluation.models import Review
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from reviewapp.common.errors import NotAllowed, Refused
from tests.evaluation.reviewed import calibrate, opened, production_run, said
from tests.factories import make_items, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]


def reasons(review):
    return {task.item_id: Why(task.why) for task in review.tasks.all()}


def test_each_reason_makes_a_task_and_the_sure_go_through(world):
    project, _ = world
    items = make_items(project, 8)
    run = production_run(
        project,
        items,
        [
            said(("crm", 0.99)),
            said(("crm", 0.99), ("erp", 0.9)),
            said(("crm", None)),
            said(),
            said(("gone", 0.99)),
            said(("crm", 0.99, "sells things to firms")),
            said(("crm", 0.99, "never written there")),
            None,
        ],
    )
    calibrate(run, items[0])
    other = production_run(project, items[:1], [said(("erp", 0.5))], name="other")

    review = opened(run, other_run=other, audit_share=0)

    assert reasons(review) == {
        items[0].pk: Why.CONFLICT,
        items[1].pk: Why.CONFIDENCE,
        items[2].pk: Why.CONFIDENCE,
        items[3].pk: Why.CONFIDENCE,
        items[4].pk: Why.UNKNOWN_LABEL,
        items[6].pk: Why.NO_EVIDENCE,
        items[7].pk: Why.FAILED,
    }
    assert (review.state, review.asked, review.passed, review.threshold) == ("open", 8, 1, 0.95)
    assert review.tasks.get(item=items[1]).least == pytest.approx(0.9)


def test_without_calibration_everything_goes_to_people(world):
    project, _ = world
    items = make_items(project, 3)
    review = opened(production_run(project, items, [said(("crm", 1.0))] * 3))
    assert set(reasons(review).values()) == {Why.CONFIDENCE}
    assert (review.tasks.count(), review.passed, review.threshold) == (3, 0, None)


def test_lots_are_drawn_by_the_seed_and_held_out_items_are_left_out(world, monkeypatch):
    project, _ = world
    monkeypatch.setattr("evaluation.actions.reviews.BATCH", 7)
    items = make_items(project, 60)
    run = production_run(project, items, [said(("crm", 0.99))] * 60)
    calibrate(run, items[0])
    held = {item.external_id: {"labels": ["crm"]} for item in items[:10]}
    import_golden(project=project, spec=FreezeSpec("held", {"test": 1.0}), gold=held, by=None)

    review = opened(run, audit_share=0.5, blind_share=0.5, seed=3)

    assert (review.asked, review.passed) == (50, 50)
    assert set(reasons(review).values()) == {Why.AUDIT}
    assert 10 <= review.tasks.count() <= 40
    assert 2 <= review.tasks.filter(is_blind=True).count() <= review.tasks.count() - 2
    assert not review.tasks.filter(item__in=items[:10]).exists()
    assert fill_due() == 0


def test_what_is_no_production_run_is_refused(world):
    project, engineer = world
    items = make_items(project, 2)
    run = production_run(project, items, [said(("crm", 0.5))] * 2)
    with pytest.raises(NotAllowed):
        open_review(run=run, by=make_member(project, Role.ADJUDICATOR))
    for change in ({"origin": "trial"}, {"finished_at": None}, {"split": "test"}, {"perturbation": {"kind": "x"}}):
        other = copy(run)
        for name, value in change.items():
            setattr(other, name, value)
        with pytest.raises(Refused):
            open_review(run=other, by=engineer)
    with pytest.raises(Refused):
        ReviewSpec(blind_share=2)
    assert not Review.objects.exists()
    review = opened(run, by=engineer)
    with pytest.raises(Refused, match="already"):
        open_review(run=run, by=engineer)
    assert close_review(review=review, by=engineer).state == "closed"
