"""Nothing that is held out trains a model: not its item, nor one that says the same. Each file is on the record."""

import json

import pytest

from evaluation.actions.training_exports import export_training
from evaluation.enums import PanelState
from evaluation.models import Panel
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from labeling.models import AuditEvent, GoldEntry, Item
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


def test_chats_of_a_split_without_what_is_held_out():
    project = make_project()
    make_taxonomy(project)
    one, two, three, four = make_items(project, 4)
    gold = {
        one.external_id: {"labels": ["erp", "crm"], "split": "dev"},
        two.external_id: {"labels": [], "split": "dev"},
        three.external_id: {"labels": ["erp"], "split": "dev"},
    }
    release = import_golden(project=project, spec=FreezeSpec("gold", {}), gold=gold, by=None)
    Item.objects.filter(pk=four.pk).update(text_digest=two.text_digest)
    held = {three.external_id: {"labels": ["erp"], "split": "test"}, four.external_id: {"labels": [], "split": "test"}}
    import_golden(project=project, spec=FreezeSpec("later", {}), gold=held, by=None)
    assert GoldEntry.objects.filter(split="test").count() == 2
    engineer = make_member(project, Role.ENGINEER)
    lines = list(export_training(project=project, source=release, split="dev", by=engineer))
    assert [line["item"] for line in lines] == [one.external_id]
    assert json.loads(lines[0]["messages"][-1]["content"]) == ["crm", "erp"]
    assert "sells things" in lines[0]["messages"][1]["content"]
    assert AuditEvent.objects.filter(kind="training.exported").count() == 1
    with pytest.raises(Refused, match="never"):
        export_training(project=project, source=release, split="test", by=engineer)
    with pytest.raises(NotAllowed):
        export_training(project=project, source=release, split="dev", by=make_member(project, Role.ANNOTATOR))
    assert AuditEvent.objects.filter(kind="training.exported").count() == 1


def test_an_open_panel_tells_nothing():
    project = make_project()
    panel = Panel(project=project, name="P", state=PanelState.OPEN)
    with pytest.raises(Refused, match="open"):
        export_training(project=project, source=panel, by=None)
