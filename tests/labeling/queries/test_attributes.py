"""The values of attributes: counted by the database, and of many items kept until the next import."""

import pytest

from labeling.actions.golden import FreezeSpec, import_golden
from labeling.models import ImportJob
from labeling.queries import attributes
from labeling.queries.attributes import ValueCount, value_counts
from tests.factories import make_items, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


def test_values_of_many_items_are_kept_until_the_next_import(monkeypatch, django_assert_num_queries):
    project = make_project()
    make_taxonomy(project)
    first, second = make_items(project, 2, sector="Finance")
    make_items(project, 1, sector="")
    gold = {first.external_id: {"labels": []}}
    release = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    known = [ValueCount("sector", "", 1, 0), ValueCount("sector", "Finance", 2, 1)]

    with django_assert_num_queries(2):
        assert sorted(value_counts(project, ["sector"], [release]), key=str) == known
    monkeypatch.setattr(attributes, "LARGE", 3)
    for queries in (3, 2):
        with django_assert_num_queries(queries):
            assert sorted(value_counts(project, ["sector"], [release]), key=str) == known

    second.attributes = {"sector": "Retail"}
    second.save()
    ImportJob.objects.create(project=project, kind="items", file="x", file_name="x", rows_read=1)
    assert ValueCount("sector", "Retail", 1, 0) in value_counts(project, ["sector"], [release])
    assert value_counts(project, []) == []
