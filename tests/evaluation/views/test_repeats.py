"""The stability page and its command."""

import json

import pytest
from django.core.management import call_command
from django.urls import reverse

from evaluation.actions.predictions import work_on
from evaluation.actions.prompts import find_version
from evaluation.actions.runs import Scope, start_run
from labeling.enums import Role
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


@pytest.fixture
def run():
    project = make_project()
    make_taxonomy(project)
    make_items(project, 3)
    version = find_version(project=project, reference="baseline-zero")
    made = start_run(version=version, scope=Scope(), name="base", by=None)
    work_on(run_id=made.pk)
    made.refresh_from_db()
    return made


def test_a_run_is_repeated_from_its_page_and_by_command(client, run, capsys):
    client.force_login(make_member(run.project, Role.ENGINEER))
    page, repeat = (
        reverse(f"evaluation:{name}", args=[run.project.slug, run.public_id]) for name in ("stability", "repeat-run")
    )
    assert "Not repeated yet" in client.get(page).content.decode()
    assert client.post(repeat, {"times": "99", "seed": "0"}).status_code == 422
    assert client.post(repeat, {"times": "1", "seed": "0"}).status_code == 303
    assert "under way" in client.get(page).content.decode()
    call_command("repeat", run.project.slug, "base", "--times", "1", "--wait", "--json", "-")
    told = json.loads(capsys.readouterr().out)
    assert (told["started"][0]["state"], told["stability"]["sets"]["value"]) == ("done", 0.0)
    text = client.get(page).content.decode()
    assert "All 3 items got the same labels in all 2 runs" in text
    assert "says the same every time" in text
    for form in ("csv", "json"):
        where = reverse("evaluation:download-stability", args=[run.project.slug, run.public_id, form])
        assert client.get(where).status_code == 200
    client.force_login(make_member(run.project, Role.ANALYST))
    assert "Repeat the run" not in client.get(page).content.decode()
    assert client.post(repeat).status_code == 404
