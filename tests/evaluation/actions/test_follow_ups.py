from datetime import timedelta

import pytest

from evaluation.actions.follow_ups import follow_up, resume_follow_ups
from evaluation.actions.predictions import work_on
from evaluation.actions.runs import Scope, Setup
from evaluation.models import Evaluation, FollowUp, Run
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.models import AuditEvent
from reviewapp.common import clock
from tests.evaluation.actions.asked import start

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]


@pytest.mark.parametrize(
    ("origin", "split", "scored"),
    [("candidate", "dev", 1), ("hand", "dev", 0), ("trial", "dev", 0), ("candidate", "test", 0)],
)
def test_what_the_product_starts_is_scored_on_dev_and_nothing_looks_at_test(world, provider, origin, split, scored):
    project, _ = world
    gold = {item.external_id: {"labels": ["crm"], "split": split} for item in project.items.all()}
    release = import_golden(project=project, spec=FreezeSpec("g", {split: 1.0}), gold=gold, by=None)
    run = start(world, scope=Scope(release, split), setup=Setup(origin=origin))
    follow_up(run_id=run.pk)
    assert not Evaluation.objects.exists()  # it is not done yet
    work_on(run_id=run.pk)
    follow_up(run_id=run.pk)
    follow_up(run_id=run.pk)
    assert Evaluation.objects.filter(run=run).count() == scored


def test_a_model_that_the_provider_changed_is_on_record_and_measured_on_dev(world, provider):
    project, _ = world
    gold = {item.external_id: {"labels": ["crm"], "split": "dev"} for item in project.items.all()}
    release = import_golden(project=project, spec=FreezeSpec("g", {"dev": 1.0}), gold=gold, by=None)

    def finish(run):
        work_on(run_id=run.pk)
        follow_up(run_id=run.pk)
        follow_up(run_id=run.pk)

    finish(start(world, scope=Scope(release, "dev"), budget=1.0))
    finish(start(world, budget=1.0))  # out of the cache: it says nothing of the model
    provider.model = "fake-1-2027-01-01"
    finish(start(world, setup=Setup(uses_cache=False), budget=1.0))

    event = AuditEvent.objects.get(kind="model.changed")
    assert (event.before["models"], event.after["models"]) == (["fake-1-2025"], ["fake-1-2027-01-01"])
    run = Run.objects.get(origin="model")
    assert (run.split, run.uses_cache, run.budget_micro_usd, event.after["measured_by"]) == (
        "dev", False, 5_000_000, run.name
    )  # fmt: skip
    finish(run)
    assert AuditEvent.objects.filter(kind="model.changed").count() == 1  # it is the new one's first run on dev
    assert Evaluation.objects.get().run == run


def test_what_a_lost_message_or_a_dead_worker_left_is_followed_up_until_it_is_done(world, provider, monkeypatch):
    sent = []
    monkeypatch.setattr("evaluation.actions.follow_ups.nudge", lambda task, pk: sent.append(pk))
    run = start(world)
    work_on(run_id=run.pk)
    FollowUp.objects.all().delete()  # as if its message had been lost
    run.refresh_from_db()

    def due(later):
        sent.clear()
        with clock.told_by(lambda: run.finished_at + later):
            return resume_follow_ups(), sent == [run.pk]

    assert due(timedelta(seconds=50)) == (0, False)  # its message may still come
    assert due(timedelta(minutes=2)) == (1, True)
    kept = FollowUp.objects.create(run=run, begun_at=run.finished_at, tries=1)
    assert due(timedelta(minutes=29))[0] == 0  # a worker may be at it
    assert due(timedelta(minutes=31))[0] == 1
    FollowUp.objects.update(tries=3)
    assert due(timedelta(minutes=31))[0] == 0
    follow_up(run_id=run.pk)
    kept.refresh_from_db()
    assert (kept.tries, kept.done_at is None) == (4, False)
    assert due(timedelta(hours=2))[0] == 0
    FollowUp.objects.all().delete()
    assert due(timedelta(days=3))[0] == 0
