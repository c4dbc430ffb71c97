"""Tuning tasks: made of a cluster or of chosen errors, owned by who may mend prompts, each change on the record."""

import pytest

from evaluation.actions.triage_tuning import Plan, change_tuning_task, make_tuning_task
from evaluation.enums import TuningState
from labeling.enums import Role
from labeling.models import AuditEvent
from reviewapp.common.errors import Refused
from tests.evaluation.triaged import Triaged

pytestmark = pytest.mark.django_db


def test_a_cluster_becomes_work():
    world = Triaged()
    triage = world.start()
    cluster = triage.clusters.first()
    engineer = world.people[Role.ENGINEER]

    made = make_tuning_task(triage=triage, cluster=cluster, plan=Plan("Mend it", owner=engineer), by=world.analyst)
    change_tuning_task(task=made, plan=Plan("Mend it", owner=engineer, state=TuningState.DONE), by=engineer)

    assert made.examples.count() == min(10, cluster.size)
    event = AuditEvent.objects.get(kind="tuning_task.changed")
    assert (event.before, event.after) == ({"state": "open"}, {"state": "done"})
    with pytest.raises(Refused):
        make_tuning_task(triage=triage, plan=Plan("No examples"), by=None)
    with pytest.raises(Refused):
        make_tuning_task(triage=triage, errors=[1, 999], plan=Plan("Not there"), by=None)
    with pytest.raises(Refused, match="owner"):
        make_tuning_task(triage=triage, errors=[1], plan=Plan("A rater", owner=world.people[Role.ANNOTATOR]), by=None)
