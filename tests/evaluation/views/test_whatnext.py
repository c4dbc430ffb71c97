"""What next? in the browser and on the command line: the steps of a real project, and the same queries for all."""

import json
import re

import pytest
from django.core.management import call_command
from django.urls import reverse

from evaluation.actions.prompts import find_version
from evaluation.actions.reports import evaluate_run
from evaluation.actions.runs import Scope, start_run
from evaluation.models import Evaluation, Run
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from labeling.models import Document
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db
QUERIES = 28


def page(client, project):
    return client.get(reverse("evaluation:what-next", args=[project.slug])).content.decode()


def test_a_project_is_led_from_nothing_to_a_scored_baseline_by_its_own_buttons(
    client, capsys, django_capture_on_commit_callbacks
):
    project = make_project(name="<b>P</b>")
    client.force_login(make_member(project, Role.MANAGER))
    assert "Import items" in page(client, project)
    items = make_items(project, 6)
    for item in items:
        Document.objects.filter(item=item).update(text="We sell crm.")
    make_taxonomy(project)
    assert "Make a golden set" in page(client, project)
    gold = {one.external_id: {"labels": ["crm"]} for one in items}
    release = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    for title in ("Measure a baseline", "Score a finished run"):
        shown = page(client, project)
        assert title in shown
        url = re.search(r'<form method="post" action="(/projects/[^"]+)"', shown.split('class="steps"')[1])[1]
        fields = dict(
            re.findall(r'<input type="hidden" name="(?!csrf)([^"]+)" value="([^"]*)"', shown.split('class="steps"')[1])
        )
        with django_capture_on_commit_callbacks(execute=True):
            assert client.post(url, fields).status_code == 303
    assert Evaluation.objects.get().release == release
    capsys.readouterr()
    call_command("what_next", project.slug, json="-")
    told = capsys.readouterr().out
    steps = json.loads(told)["steps"]
    assert told == json.dumps({"steps": steps}, ensure_ascii=False, indent=2) + "\n"
    assert [one["code"] for one in steps] == ["calibration"]
    assert steps[0]["figures"]["Micro F1"]["n"] == 6
    assert Run.objects.count() == 1


@pytest.mark.parametrize("item_count", [1, 3])
def test_it_costs_the_same_however_much_there_is(
    client, item_count, django_assert_num_queries, django_capture_on_commit_callbacks
):
    project = make_project()
    client.force_login(make_member(project, Role.ENGINEER))
    make_taxonomy(project)
    gold = {one.external_id: {"labels": ["crm"]} for one in make_items(project, item_count)}
    release = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    version = find_version(project=project, reference="baseline-zero", by=None)
    for _ in range(item_count):
        with django_capture_on_commit_callbacks(execute=True):
            made = start_run(version=version, scope=Scope(release, "dev"), by=None)
        made.refresh_from_db()
        evaluate_run(run=made, release=release, split="dev", by=None)
    with django_assert_num_queries(QUERIES):
        page(client, project)


def test_raters_find_nothing(client):
    project = make_project()
    client.force_login(make_member(project, Role.ADJUDICATOR))
    assert client.get(reverse("evaluation:what-next", args=[project.slug])).status_code == 404
