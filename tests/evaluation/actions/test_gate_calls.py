import pytest

from evaluation.actions.gate_calls import ask_gate
from evaluation.actions.imported_runs import open_push
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Split
from reviewapp.common.errors import Refused
from tests.factories import make_items, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


def test_what_is_not_finished_cannot_be_told_and_nothing_asked_is_refused():
    project = make_project()
    make_taxonomy(project)
    gold = {one.external_id: {"labels": ["crm"]} for one in make_items(project, 2)}
    release = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    run, other = (open_push(project=project, name=name, by=None) for name in ("one", "two"))

    answer = ask_gate(run=run, release=release, split=Split.DEV, baseline=other, by=None)

    assert (answer.verdict, answer.evaluation) == ("cannot_tell", None)
    assert answer.reasons == ["The run “one” is running: it cannot be scored yet."]
    with pytest.raises(Refused, match="no default objective"):
        ask_gate(run=run, release=release, split=Split.DEV, by=None)
