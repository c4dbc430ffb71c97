import pytest

from evaluation.actions.follow_ups import follow_up
from evaluation.actions.predictions import work_on
from evaluation.actions.runs import Scope, Setup
from evaluation.models import Evaluation, Run
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.models import AuditEvent
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
