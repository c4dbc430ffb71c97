"""The pages of triage: by form alone, nothing of the held-out split, nothing for raters, and few queries."""

import json

import pytest
from django.core.management import call_command
from django.urls import reverse

from evaluation.models import TriageJudgement
from evaluation.queries.triage_board import board
from labeling.enums import Role
from tests.evaluation.triaged import Triaged

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return Triaged()


def at(world, name, *more):
    return reverse(f"evaluation:{name}", args=[world.project.slug, *more])


def test_a_form_judges_goes_on_undoes_and_makes_work(client, world):
    triage = world.start()
    client.force_login(world.analyst)
    first, second = (at(world, "triage-error", triage.public_id, place) for place in (1, 2))
    page = client.get(first).content.decode()
    assert 'data-key="1"' in page
    assert "Guideline gap" in page

    assert client.post(first, {"category": "guideline-gap", "note": "<b>why</b>"}).url == second
    assert "&lt;b&gt;why&lt;/b&gt;" in client.get(first).content.decode()
    assert client.post(second, {"step": "undo"}).url == first
    assert board(triage).judged == 0
    client.post(first, {"category": "ambiguous-text", "note": ""})
    assert "Ambiguous text" in client.get(at(world, "triage-counts", triage.public_id)).content.decode()
    assert client.post(first, {"category": "unknown"}).status_code == 422

    made = client.post(at(world, "triage-cluster", triage.public_id, 1), {"title": "Mend it", "error": ["1"]})
    assert "Mend it" in client.get(made.url).content.decode()
    assert "Mend it" in client.get(at(world, "tuning-tasks")).content.decode()
    client.force_login(world.people[Role.MANAGER])
    assert "open tuning task" in client.get(reverse("project", args=[world.project.slug])).content.decode()


def test_no_page_or_command_names_what_is_held_out(client, world, capsys):
    triage = world.start()
    world.freeze("later", {world.items[0].external_id: {"labels": ["crm"], "split": "test"}})
    gone = triage.errors.get(item=world.items[0])
    secrets = [one.name for one in [*world.secret, world.items[0]]]
    pages = [at(world, "triages"), at(world, "triage", triage.public_id), at(world, "triage-counts", triage.public_id)]
    pages += [at(world, "triage-cluster", triage.public_id, one.number) for one in triage.clusters.all()]
    pages += [at(world, "triage-error", triage.public_id, one.place) for one in triage.errors.exclude(pk=gone.pk)]
    hidden = at(world, "triage-error", triage.public_id, gone.place)
    call_command("triage", world.project.slug, run=["run"], runs=["run"], golden="gold@1", json="-")
    said = capsys.readouterr().out
    for role in (Role.ENGINEER, Role.MANAGER, Role.ANALYST):
        client.force_login(world.people[role])
        said += "".join(client.get(page).content.decode() for page in pages)
        assert client.get(hidden).status_code == client.post(hidden, {"category": "guideline-gap"}).status_code == 404
    assert not [name for name in secrets if f"{name}<" in said or f'"{name}"' in said or f"{name} sells" in said]
    assert "payroll" not in said.lower()  # gold of the held-out items alone
    for role in (Role.ANNOTATOR, Role.ADJUDICATOR):
        client.force_login(world.people[role])
        assert {client.get(page).status_code for page in [*pages, hidden]} == {404}
    assert not TriageJudgement.objects.exists()


@pytest.mark.parametrize("errors", [12, 36])
def test_the_clusters_take_as_many_queries_for_few_errors_as_for_many(client, errors, django_assert_max_num_queries):
    world = Triaged(dev=errors)
    triage = world.start()
    client.force_login(world.analyst)
    with django_assert_max_num_queries(24):
        client.get(at(world, "triage", triage.public_id))


def test_the_command_sets_and_counts(world, tmp_path, capsys):
    said = tmp_path / "said.csv"
    said.write_text(f"item,gold,predicted,category,note\n{world.items[0].external_id},crm,erp,guideline-gap,x\n")
    options = {"runs": ["run"], "golden": "gold@1", "json": "-"}
    call_command("triage", world.project.slug, run=["run"], set_from=str(said), **options)
    report = json.loads(capsys.readouterr().out)
    assert report["triages"][0]["errors"] == 8
    assert report["triages"][0]["categories"]["guideline-gap"]["count"] == 1
    assert report["counts"]["groups"]["crm"]["judged"] == 1
    with pytest.raises(SystemExit, match="2"):
        call_command("triage", world.project.slug, run=["nothing"], **(options | {"runs": ["nothing"]}))
