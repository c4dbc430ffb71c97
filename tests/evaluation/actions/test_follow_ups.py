import pytest

from evaluation.actions.follow_ups import follow_up
from evaluation.actions.predictions import work_on
from evaluation.actions.runs import Scope, Setup
from evaluation.models import Evaluation
from labeling.actions.golden import FreezeSpec, import_golden
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
