"""The report in one file: everything in it, nothing that leads back, nobody named."""

import re

import pytest
from django.core.management import call_command
from django.urls import reverse

from evaluation.actions.reports import evaluate_run
from evaluation.queries.objectives import chosen_objective
from labeling.enums import Role
from labeling.models import Look
from tests.evaluation.views.test_calibration import made
from tests.factories import make_member

pytestmark = pytest.mark.django_db


def get(client, project, evaluation, role=Role.ENGINEER):
    client.force_login(make_member(project, role))
    return client.get(reverse("evaluation:report", args=[project.slug, evaluation.public_id]))


def test_all_parts_are_in_it_and_it_needs_nothing_else(client):
    project, run, release = made()
    evaluation = evaluate_run(run=run, release=release, split="dev", by=None)

    answer = get(client, project, evaluation)
    text = answer.content.decode()

    assert answer["Content-Disposition"] == 'attachment; filename="run dev.html"'
    for title in ("Scores", "Calibration", "Slices", "Errors", "Stages", "Against people"):
        assert f"<h2>{title}</h2>" in text
    assert text.count("<svg") > 5
    assert "@layer tokens" in text
    assert not re.search(r"(href|src|action|srcset)=", text)
    assert not re.search(r"<(script|link|iframe|img|form)\b", text)
    assert "url(" not in text
    assert "@import" not in text


def test_it_has_the_figures_of_the_page_and_no_item_or_person(client):
    project, run, release = made()
    evaluation = evaluate_run(run=run, release=release, split="dev", by=None)

    text = get(client, project, evaluation).content.decode()

    assert f"{evaluation.report['micro']['f1']['value']:.3f}" in text
    assert evaluation.input_digest in text
    for entry in release.entries.all()[:20]:
        assert entry.external_id not in text
        assert entry.content["name"] not in text
    assert "@example.org" not in text


def test_of_test_it_is_rounded_and_no_new_look(client):
    project, run, release = made()
    evaluation = evaluate_run(run=run, release=release, split="test", by=None)

    text = get(client, project, evaluation).content.decode()

    assert "Held-out split" in text
    assert Look.objects.count() == 1
    assert not re.search(r"\d\.\d{4,}", re.sub(r"<svg.*?</svg>|<style.*?</style>", "", text, flags=re.S))


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.ADJUDICATOR])
def test_raters_get_none(client, role):
    project, run, release = made()
    evaluation = evaluate_run(run=run, release=release, split="dev", by=None)

    assert get(client, project, evaluation, role).status_code == 404


def test_the_command_writes_the_same(client, tmp_path):
    project, run, _ = made()
    out = tmp_path / "report.html"

    call_command("report", project.slug, run="run", golden="gold@1", split="dev", output=str(out))

    evaluation = run.evaluations.get()
    assert chosen_objective(project, {}) is None
    assert out.read_text() == get(client, project, evaluation).content.decode()
