"""Which answers of a run may be seen one by one."""

import pytest

from evaluation.actions.imported_runs import import_predictions
from evaluation.queries.run_answers import visible
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.models import Document, Item
from tests.factories import make_items, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


def test_neither_what_is_held_out_nor_what_says_the_same():
    project = make_project()
    make_taxonomy(project)
    kept, copy, other = make_items(project, 3)
    Item.objects.filter(pk=copy.pk).update(text_digest=kept.text_digest)
    Document.objects.filter(item=copy).update(text=Document.objects.get(item=kept).text)
    said = {item.external_id: {"labels": [{"code": "crm"}]} for item in (kept, copy, other)}
    run = import_predictions(project=project, name="run", predictions=said, by=None)
    assert visible(run).count() == 3

    gold = {kept.external_id: {"labels": ["erp"], "split": "test"}}
    release = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    Item.objects.filter(pk=copy.pk).update(text_digest=release.entries.get().text_digest)

    assert [row.item for row in visible(run)] == [other]
