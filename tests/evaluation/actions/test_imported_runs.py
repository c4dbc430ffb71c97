import pytest

from evaluation.actions.imported_runs import import_predictions
from evaluation.models import Run
from labeling.enums import Role
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project()
    make_taxonomy(project)
    make_items(project, 2)
    return project


def given(project, **more):
    return {item.external_id: {"labels": [{"code": "crm", "confidence": None}], **more} for item in project.items.all()}


def test_an_imported_run_is_done_and_knows_what_it_cost(project):
    run = import_predictions(
        project=project, name="elsewhere", predictions=given(project, cost=0.25, model="m"), by=None
    )
    assert (run.state, run.is_imported, run.total, run.spent_micro_usd) == ("done", True, 2, 500_000)
    assert set(run.predictions.values_list("model_returned", "cost_micro_usd")) == {("m", 250_000)}


def test_a_name_is_used_once_and_only_known_items_are_taken(project):
    import_predictions(project=project, name="elsewhere", predictions=given(project), by=None)
    with pytest.raises(Refused, match="already"):
        import_predictions(project=project, name="elsewhere", predictions=given(project), by=None)
    with pytest.raises(Refused, match="not in this project"):
        import_predictions(project=project, name="other", predictions={"stranger": {"labels": []}}, by=None)
    rater = make_member(project, Role.ANNOTATOR)
    with pytest.raises(NotAllowed):
        import_predictions(project=project, name="other", predictions=given(project), by=rater)
    assert Run.objects.count() == 1
