"""How many predictions name some labels: those of a large run that is done are read once."""

import pytest

from evaluation.actions.imported_runs import import_predictions
from evaluation.queries import kept
from evaluation.queries.named_labels import FEW, among, named_by_runs
from tests.factories import make_items, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


def test_a_large_run_that_is_done_is_read_once(monkeypatch, django_assert_num_queries):
    project = make_project()
    version = make_taxonomy(project, ["crm", "CRM", "crm-pro"])
    said = [["crm"], ["CRM", "crm-pro"], ["crm", "crm-pro"], []]
    answers = {
        item.external_id: {"labels": [{"code": code, "evidence": '"CRM"'} for code in codes]}
        for item, codes in zip(make_items(project, 4), said, strict=True)
    }
    import_predictions(project=project, name="run", predictions=answers, by=None)
    monkeypatch.setattr(kept, "LARGE", 4)

    for queries in (2, 1):
        with django_assert_num_queries(queries):
            named = named_by_runs(version, ["crm", "CRM"])

        assert [among(named, codes) for codes in (["crm"], ["CRM"], ["crm", "CRM"], ["erp"])] == [2, 1, 3, 0]

    many = named_by_runs(version, ["crm-pro", *(f"other-{n}" for n in range(FEW))])
    assert (among(many, ["crm-pro"]), named_by_runs(version, [])) == (2, {})
