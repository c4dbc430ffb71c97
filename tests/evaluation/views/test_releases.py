"""Freezing again: the page and the commands say what becomes of splits, and older releases what they are worth."""

import json

import pytest
from django.core.management import call_command
from django.urls import reverse

from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.reports import evaluate_run
from evaluation.analyses.asked import Resampling
from labeling.enums import Role
from labeling.models import Release, RetiredTest
from tests.factories import make_member, make_project, make_taxonomy
from tests.labeling.actions.test_golden import freeze, labelled

pytestmark = pytest.mark.django_db
FORM = {"name": "pilot", "dev": 100, "test": 0, "fewshot": 0, "seed": 2}


@pytest.fixture
def frozen():
    """A round whose four items are frozen, two of them held out; a manager; and the project."""
    project = make_project()
    make_taxonomy(project)
    made = labelled(project, [("crm", "crm")] * 4)
    release = freeze(made, agreement={}, override_reason="a test")
    return project, made, release


def test_the_page_shows_how_splits_would_come_out_before_anything_is_frozen(client, frozen):
    project, made, _ = frozen
    client.force_login(make_member(project, Role.MANAGER))
    url = reverse("evaluation:freeze", args=[project.slug, made.public_id])

    first = client.get(url).content.decode()
    shown = client.post(url, FORM | {"preview": "1"})
    retired = client.post(url, FORM | {"preview": "1", "retire_test": "Looked at ten times."})

    assert "4 entries keep the split they had in an earlier release." in first
    assert "pilot@1" in first
    assert shown.status_code == retired.status_code == 200
    assert "2 more than its share are in test" in shown.content.decode()
    assert "2 that were held out are so no longer" in retired.content.decode()
    assert not RetiredTest.objects.exists()
    wrong = client.post(url, FORM | {"preview": "1", "dev": 50})
    assert wrong.status_code == 422
    assert Release.objects.count() == 1


def test_a_test_split_is_retired_on_the_page_and_every_page_that_rests_on_it_says_so(client, frozen):
    project, made, release = frozen
    said = {entry.external_id: {"labels": [{"code": "crm"}]} for entry in release.entries.all()}
    run = import_predictions(project=project, name="run", predictions=said, by=None)
    scored = evaluate_run(run=run, release=release, split="test", by=None, resampling=Resampling(resamples=20))
    manager, engineer = make_member(project, Role.MANAGER), make_member(project, Role.ENGINEER)
    pages = [
        reverse("evaluation:release", args=[project.slug, release.public_id]),
        reverse("evaluation:evaluation", args=[project.slug, scored.public_id]),
        reverse("evaluation:report", args=[project.slug, scored.public_id]),
    ]
    client.force_login(engineer)
    assert not any("no longer held out" in client.get(page).content.decode() for page in pages)
    client.force_login(manager)
    url = reverse("evaluation:freeze", args=[project.slug, made.public_id])

    answer = client.post(url, FORM | {"retire_test": "Looked at <b>ten</b> times.", "override_reason": "again"})

    assert answer.status_code == 303
    assert RetiredTest.objects.get().release == release
    page = client.get(answer["Location"]).content.decode()
    assert "It retired the test split of" in page
    assert "&lt;b&gt;ten" in page
    client.force_login(engineer)
    for page in pages:
        text = client.get(page).content.decode()
        assert "2 of the 2 test items are no longer held out since pilot@2" in text
        assert "Looked at &lt;b&gt;ten&lt;/b&gt; times." in text


def test_commands_say_what_became_of_splits_and_retire_with_a_reason(frozen, tmp_path, capsys):
    project, made, release = frozen
    rows = [{"item": entry.external_id, "labels": ["crm"], "split": "dev"} for entry in release.entries.all()]
    file = tmp_path / "gold.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))

    def run(*arguments):
        try:
            call_command(*arguments, "--json", "-")
        except SystemExit as left:
            return left.code, capsys.readouterr().err
        return 0, json.loads(capsys.readouterr().out)

    freezing = ("freeze", project.slug, "--round", made.name, "--name", "again", "--splits", "dev=1", "--seed", "3")
    code, shown = run(*freezing, "--preview")
    assert (code, shown["counts"]["splits"], shown["held_out_by"]) == (
        0, {"dev": 2, "test": 2, "fewshot": 0}, ["pilot@1"],
    )  # fmt: skip
    assert Release.objects.count() == 1
    code, error = run("import_golden", project.slug, str(file), "--name", "file")
    assert code == 2
    assert "is held out in pilot@1" in error
    code, report = run("import_golden", project.slug, str(file), "--name", "file", "--retire-test", "Used up.")
    assert (code, report["counts"]["earlier"]["let_go"]) == (0, 2)
    code, error = run(*freezing, "--retire-test", "Again.", "--override", "a test")
    assert code == 2
    assert "no test split to retire" in error
