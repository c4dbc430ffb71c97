"""Several beats that tick at once, on real PostgreSQL: what is due is done once."""

from datetime import timedelta

import pytest

from evaluation.actions.firings import tick
from evaluation.actions.schedules import Timing, set_schedule
from evaluation.models import Firing, Schedule
from reviewapp.common import clock
from tests.concurrency.test_queue import together
from tests.factories import make_project

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_what_is_due_is_claimed_and_done_once():
    for _ in range(3):
        project = make_project()
        set_schedule(project=project, job="leases", timing=Timing("30 5 * * *", "UTC", None, {}), by=None)
    Schedule.objects.update(next_due=clock.now() - timedelta(minutes=5))
    done = together(lambda _: tick(), list(range(4)))
    assert [one.attempts for one in Firing.objects.all()] == [1, 1, 1]
    assert not Firing.objects.filter(finished_at__isnull=True).exists()
    assert sum(done) == 3
