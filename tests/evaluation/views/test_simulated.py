"""A run that the simulator answered is marked on every page that shows its figures."""

import pytest
from django.urls import reverse

from evaluation.models import Run
from labeling.enums import Role
from tests.world import make_world

pytestmark = pytest.mark.django_db
MARK = b"came from the simulator"


def test_every_page_of_its_figures_says_so(client):
    world = make_world()
    slug, evaluation = world.project.slug, world.evaluation.public_id
    pages = [("evaluation:" + name, [slug, evaluation]) for name in ("evaluation", "calibration", "slices", "report")]
    pages += [
        ("evaluation:run", [slug, world.run.public_id]), ("evaluation:runs", [slug]), ("project", [slug]),
        ("evaluation:comparison", [slug, world.comparison.public_id]), ("evaluation:comparisons", [slug]),
        ("evaluation:certificate", [slug, world.certificate.public_id]), ("evaluation:certificates", [slug]),
        ("evaluation:release", [slug, world.release.public_id]), ("evaluation:objectives", [slug]),
    ]  # fmt: skip
    client.force_login(world.people[Role.MANAGER])
    clean = [name for name, at in pages if MARK in client.get(reverse(name, args=at)).content]
    mark_finished_runs()
    silent = [name for name, at in pages if MARK not in client.get(reverse(name, args=at)).content]
    assert (clean, silent) == ([], [])


def mark_finished_runs():
    """As if they had been answered by it: a finished run never changes, so its guard is taken away here."""
    from django.db import connection

    with connection.cursor() as cursor:
        postgres = connection.vendor == "postgresql"
        cursor.execute("drop trigger evaluation_run_refuse_update" + (" on evaluation_run" if postgres else ""))
    Run.objects.update(is_simulated=True)
