"""Signs of life: which tasks on the clock went well, and which workers are there."""

from types import SimpleNamespace

import pytest
from django.core.management import call_command

from reviewapp.common import heartbeats
from reviewapp.common.models import Beat, BeatOf
from reviewapp.home import metrics

pytestmark = pytest.mark.django_db
SWEEP = "labeling.tasks.settle_due"


@pytest.fixture(autouse=True)
def anew(monkeypatch):
    monkeypatch.setattr(heartbeats, "_told", {})
    metrics.shared.forget()


def ran(name, *, eager=False):
    heartbeats.note_sweep(SimpleNamespace(name=name, request=SimpleNamespace(is_eager=eager)))


def test_only_a_task_on_the_clock_that_a_worker_ran_is_noted_and_not_each_time():
    ran("evaluation.tasks.work_on_run")
    ran(SWEEP, eager=True)
    assert not Beat.objects.exists()
    ran(SWEEP)
    first = Beat.objects.get(kind=BeatOf.SWEEP, name=SWEEP).at
    ran(SWEEP)
    assert Beat.objects.get().at == first
    heartbeats._told[SWEEP] -= heartbeats.EVERY
    ran(SWEEP)
    assert Beat.objects.get().at > first


def test_a_worker_that_is_stopped_in_good_order_is_not_missed(capsys):
    for name in ("celery@one", "celery@two"):
        heartbeats.tell(BeatOf.WORKER, name)
    heartbeats.end(SimpleNamespace(hostname="celery@one"))
    call_command("metrics")
    said = capsys.readouterr().out
    assert 'assay_worker_seen_timestamp_seconds{worker="celery@two"}' in said
    assert "celery@one" not in said
    assert "\nassay_workers 1.0\n" in said
