"""What right answers cost, over many items: a worker reads them, once."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from evaluation.actions import right_costs as actions
from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.reports import evaluate_run
from evaluation.models import Analysis
from evaluation.queries import run_costs
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


def test_a_worker_reads_them_and_they_are_kept_for_good(client, monkeypatch):
    project = make_project()
    make_taxonomy(project)
    items = make_items(project, 3)
    gold = {item.external_id: {"labels": ["crm"], "split": "dev"} for item in items}
    release = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    said = {item.external_id: {"labels": [{"code": "crm"}], "cost": 0.01} for item in items}
    run = import_predictions(project=project, name="run", predictions=said, by=None)
    evaluate_run(run=run, release=release, split="dev", by=None)
    small = run_costs.right_costs(run)
    asked = []
    monkeypatch.setattr(run_costs, "LARGE", 3)
    monkeypatch.setattr(actions, "nudge", lambda task, *arguments: asked.append((task, arguments)))
    cache.clear()
    client.force_login(make_member(project, Role.ENGINEER))
    where = reverse("evaluation:run", args=[project.slug, run.public_id])

    waits = [client.get(where).text for _ in range(2)]
    [(task, arguments)] = asked
    for _ in range(2):
        task(*arguments)

    assert all("A worker is reading the 3 answers" in one for one in waits)
    assert run_costs.right_costs(run) == small
    assert Analysis.objects.filter(kind=run_costs.KIND).count() == 1
    assert "A worker is reading" not in client.get(where).text
