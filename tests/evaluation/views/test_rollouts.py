"""The pages of rollouts and the command."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from evaluation.actions.prompts import Recipe, write_version
from evaluation.actions.rollouts import start_rollout
from evaluation.enums import Strategy
from evaluation.models import Rollout
from labeling.enums import Role
from tests.evaluation.rollouts import answered, planned
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(monkeypatch):
    monkeypatch.setattr("evaluation.actions.runs.nudge", lambda *arguments: None)
    made = make_project()
    make_taxonomy(made)
    make_items(made, 12)
    return made


def test_the_path_from_the_form_to_the_next_step(project, client):
    client.force_login(make_member(project, Role.MANAGER))
    write_version(project=project, name="base", recipe=Recipe(Strategy.BASELINE_ZERO), by=None)
    where = reverse("evaluation:new-rollout", args=[project.slug])
    form = client.get(where).context["form"]
    sent = {name: field.initial for name, field in form.fields.items() if field.initial not in (None, "")}
    sent |= {"idempotency_key": "", "version": "base@1", "pilot_items": 5, "batch_items": 4, "strata": ["region"]}
    made = client.post(where, sent)
    assert made.status_code == 303, made.context["form"].errors
    rollout = Rollout.objects.get()
    answered(rollout.moves.get().run)
    page = client.get(made["Location"]).content.decode()
    assert "0 of 5 looked at" in page
    assert "cannot tell yet" in page
    assert "nothing goes through" in page
    step = reverse("evaluation:step-rollout", args=[project.slug, rollout.public_id])
    refused = client.post(step, {"step": "next"})
    assert refused.status_code == 422
    assert "write why" in refused.content.decode()
    key = "7b0c5b35-4a3c-4f35-9d8f-5d1f6f6e9f52"
    for _ in range(2):  # a double click
        sent = {"step": "next", "reason": "<b>trust</b>", "idempotency_key": key}
        assert client.post(step, sent).status_code == 303
    assert rollout.moves.count() == 2
    page = client.get(made["Location"]).content.decode()
    assert "&lt;b&gt;trust" in page
    assert "Back to pilot" in page
    client.force_login(make_member(project, Role.ENGINEER))
    assert "A manager opens it." in client.get(made["Location"]).content.decode()
    assert client.post(step, {"step": "next", "reason": "x"}).status_code == 403
    assert client.post(step, {"step": "back"}).status_code == 303
    client.force_login(make_member(project, Role.ADJUDICATOR))
    assert client.get(made["Location"]).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_the_same_whatever_there_is(project, client, count, django_assert_num_queries):
    for number in range(count):
        recipe = Recipe(Strategy.BASELINE_ZERO, parameters={"threshold": 0.1 + number / 10})
        start_rollout(version=write_version(project=project, name="base", recipe=recipe, by=None), by=None)
    client.force_login(make_member(project, Role.ANALYST))
    with django_assert_num_queries(6):
        page = client.get(reverse("evaluation:rollouts", args=[project.slug]))
    assert len(page.context["rollouts"]) == count


def test_the_command(project):
    rollout = planned(project, pilot_items=3)
    answered(rollout.moves.get().run)
    told = ["rollout", project.slug, "baseline-zero"]
    with pytest.raises(SystemExit) as left:
        call_command(*told, "status", "--gate", "--json", "-", stdout=(out := StringIO()))
    assert left.value.code == 3
    report = json.loads(out.getvalue())
    assert (report["step"], report["steps"][0]["criteria"][2]["value"]) == ("pilot", 1.0)
    with pytest.raises(SystemExit) as left:
        call_command(*told, "next", stderr=StringIO())
    assert left.value.code == 2
    call_command(*told, "next", "--reason", "a trial", stdout=(out := StringIO()))
    assert "batch, 9 items asked" in out.getvalue()
    call_command(*told, "back", stdout=(out := StringIO()))
    assert "pilot, 3 items asked" in out.getvalue()
