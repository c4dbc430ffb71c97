"""What the next step depends on: prompts that label, and labels that nothing became."""

import pytest

from evaluation.actions.prompts import find_version
from evaluation.actions.runs import Scope, Setup, start_run
from evaluation.enums import RunOrigin
from evaluation.queries.labellers import labellers
from evaluation.queries.whatnext_state import read_state
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.actions.taxonomy_changes import apply_change, set_steps, start_change
from tests.factories import make_items, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


def test_prompts_that_judge_label_nothing_and_a_label_with_another_code_is_not_new():
    project = make_project()
    make_taxonomy(project)
    gold = {one.external_id: {"labels": ["crm"]} for one in make_items(project, 4)}
    import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    kept, judge = (find_version(project=project, reference=name, by=None) for name in ("baseline-few", "baseline-zero"))
    start_run(version=judge, scope=Scope(), setup=Setup(origin=RunOrigin.JUDGE), by=None)
    change = start_change(project=project, by=None)
    steps = [
        {"kind": "rename", "code": "crm", "name": "Customers", "to": "customers"},
        {"kind": "add", "code": "carbon", "name": "Carbon accounting"},
    ]
    apply_change(change=set_steps(change=change, steps=steps, by=None), by=None)

    state = read_state(project)

    assert list(labellers(project)) == state.versions == [kept]
    assert [one.code for one in state.new_labels] == ["carbon"]
