"""Runs, single answers, evaluations, comparisons and gates through the API: the command's figures, held-out rules."""

import json

import pytest
from django.db import connection
from django.urls import reverse

from evaluation.actions.imported_runs import import_predictions, open_push
from evaluation.actions.objectives import Wanted, set_objective
from evaluation.models import Analysis, Evaluation
from evaluation.queries.held_out import scores
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.actions.rounds import close_round
from labeling.enums import Role, Scope
from labeling.models import Look
from tests.api import bearer
from tests.factories import make_items, make_member, make_project, make_round, make_taxonomy

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project(slices=["sector"])
    make_taxonomy(project)
    return project


@pytest.fixture
def ask(client, project):
    headers = bearer(make_member(project, Role.ENGINEER), Scope.READ, Scope.EVALUATE)

    def send(name, *things, body=None, **query):
        where = reverse(f"api:{name}", args=[project.slug, *things], query=query)
        if body is None:
            return client.get(where, headers=headers)
        return client.post(where, json.dumps(body), content_type="application/json", headers=headers)

    return send


def scored(project, *, splits, right=30, wrong=2):
    """A release, and a run that is right of so many items and wrong of the others."""
    items = make_items(project, right + wrong)
    gold = {one.external_id: {"labels": ["crm"]} for one in items}
    release = import_golden(project=project, spec=FreezeSpec("gold", splits), gold=gold, by=None)
    return release, answered(project, "run", items, right)


def answered(project, name, items, right):
    said = {
        one.external_id: {
            "labels": [{"code": "crm" if place < right else "erp", "confidence": 0.5, "evidence": "said"}]
        }
        for place, one in enumerate(items)
    }
    return import_predictions(project=project, name=name, predictions=said, by=None)


def test_on_dev_the_report_is_the_commands(ask, project):
    release, run = scored(project, splits={"dev": 1.0})
    body = {"run": "run", "release": str(release), "split": "dev"}
    made = ask("evaluations", body=body).json()
    stored = Evaluation.objects.get()
    assert (made["report"], made["run"], made["release"]) == (stored.report, str(run.public_id), "gold@1")
    assert ask("evaluations", body=body).json()["id"] == made["id"] == str(stored.public_id)
    assert ask("evaluation", stored.public_id).json() == made
    listed = ask("evaluations", run=run.public_id, split="dev").json()["results"]
    assert [(one["id"], "report" in one) for one in listed] == [(made["id"], False)]
    assert ask("evaluations", body=body | {"run": "nobody"}).status_code == 422


def test_of_test_there_are_rounded_figures_a_look_and_no_answers(ask, project):
    _, run = scored(project, splits={"test": 1.0})
    body = {"run": str(run.public_id), "release": "gold", "split": "test"}
    refused = ask("evaluations", body=body | {"seed": 7})
    assert (refused.status_code, Look.objects.count()) == (422, 0)
    made = ask("evaluations", body=body).json()
    assert Look.objects.get().subject == "run"
    stored = Evaluation.objects.get()
    assert made["report"] == scores(stored, {code: code for code in stored.report["labels"]})
    assert made["report"]["micro"]["f1"]["value"] == round(stored.report["micro"]["f1"]["value"], 3)
    ask("evaluations", body=body)
    assert Look.objects.count() == 1
    assert ask("predictions", run.public_id).json()["results"] == []
    export = ask("export-predictions", run.public_id)
    assert (b"".join(export.streaming_content), export["Assay-Withheld"]) == (b"", "32")
    answered(project, "other", project.items.order_by("pk"), 30)
    hidden = {"a": "run", "b": "other", "release": "gold", "split": "test"}
    slices = [{"attribute": "sector", "value": "Mining"}]
    assert ask("comparisons", body=hidden | {"slices": slices}).status_code == 422
    compared = ask("comparisons", body=hidden).json()
    assert compared["report"]["exact"] == dict.fromkeys(compared["report"]["exact"])


def test_answers_are_listed_filtered_and_exported_as_the_command_does(ask, project):
    _, run = scored(project, splits={"dev": 1.0}, right=2, wrong=1)
    page = ask("predictions", run.public_id, limit=2).json()
    assert [one["labels"][0]["code"] for one in page["results"]] == ["crm", "crm"]
    assert page["next"]
    key = page["results"][1]["item"]
    assert [one["item"] for one in ask("predictions", run.public_id, item=key).json()["results"]] == [key]
    assert ask("predictions", run.public_id, state="failed").json()["results"] == []
    export = ask("export-predictions", run.public_id)
    rows = [json.loads(line) for line in b"".join(export.streaming_content).splitlines()]
    assert [(row["labels"][0]["code"], row["state"]) for row in rows] == [("crm", "done")] * 2 + [("erp", "done")]
    assert (export["Content-Type"], export["Assay-Withheld"]) == ("application/x-ndjson", "0")


@pytest.mark.parametrize("run_count", [1, 3])
def test_runs_are_listed_by_few_queries_and_started_once(ask, project, run_count, django_assert_num_queries):
    release, _ = scored(project, splits={"dev": 1.0}, right=2, wrong=0)
    items = list(project.items.all())
    for number in range(run_count - 1):
        answered(project, f"more {number}", items, 1)
    with django_assert_num_queries(6 + (connection.vendor == "postgresql")):
        listed = ask("runs").json()["results"]
    assert [(one["done"], one["total"], one["on"]) for one in listed] == [(2, 2, "items")] * run_count
    made = ask("runs", body={"prompt": "baseline-zero", "on": f"{release}:dev"}).json()
    assert (made["prompt"], made["on"], made["total"]) == ("baseline-zero@1", "gold@1:dev", 2)
    assert ask("run", made["id"]).json()["shows_items"] is True
    assert ask("steer-run", made["id"], body={"step": "resume"}).status_code == 403
    assert ask("runs", body={"prompt": "none", "on": "items"}).status_code == 422


def test_the_gate_passes_fails_and_says_why(ask, project):
    release, run = scored(project, splits={"dev": 1.0}, right=40, wrong=0)
    items = list(project.items.order_by("pk"))
    answered(project, "sabotaged", items, 10)
    body = {"run": "run", "release": str(release)}
    assert "no default objective" in ask("gate", body=body).json()["detail"]
    set_objective(project=project, name="Sales", wanted=Wanted(min_precision=0.8), by=None)
    passed = ask("gate", body=body).json()
    assert (passed["verdict"], passed["reasons"]) == ("pass", [])
    assert passed["report"]["outcome"] == "passed"
    failed = ask("gate", body=body | {"run": "sabotaged", "objectives": ["Sales"], "baseline": "run"}).json()
    assert (failed["verdict"], failed["report"]["baseline"]) == ("fail", "run")
    assert len(failed["reasons"]) == 2
    assert failed["report"]["falls"][0]["label"] == "crm"
    assert ask("gate", body=body | {"objectives": ["Else"]}).status_code == 422
    open_push(project=project, name="going", by=None)
    assert ask("gate", body=body | {"run": "going"}).json()["verdict"] == "cannot_tell"
    assert ask("run", run.public_id).json()["state"] == "done"


def test_parts_of_an_evaluation_and_what_is_next_are_as_on_pages(ask, project):
    _, run = scored(project, splits={"dev": 1.0})
    made = ask("evaluations", body={"run": run.name, "release": "gold", "split": "dev"}).json()
    found = ask("analysis", made["id"], what="slices", set=["measure=recall", "smallest=5"]).json()
    assert (found["parameters"]["measure"], found["parameters"]["smallest"]) == ("recall", 5)
    stored = Analysis.objects.get(kind="slices")
    assert found == stored.report
    assert ask("analysis", made["id"], what="slices", set="measure").status_code == 422
    assert ask("analysis", made["id"], what="nothing").status_code == 422
    assert {one["code"] for one in ask("what-next").json()["steps"]} >= {"baseline"}


def test_of_test_only_what_the_look_computed_is_told(ask, project):
    _, run = scored(project, splits={"test": 1.0})
    made = ask("evaluations", body={"run": run.name, "release": "gold", "split": "test"}).json()
    assert ask("analysis", made["id"], what="errors").status_code == 200
    answer = ask("analysis", made["id"], what="calibration", set="bins=7")
    assert (answer.status_code, Look.objects.count()) == (422, 1)


def test_agreement_is_for_managers_and_analysts_and_for_adjudicators_once_it_is_over(client, project):
    in_round = make_round(project, make_items(project, 2))

    def ask(role):
        headers = bearer(make_member(project, role), Scope.READ)
        return client.get(reverse("api:agreement", args=[project.slug, in_round.public_id]), headers=headers)

    found = ask(Role.ANALYST).json()
    assert found["alpha"]["masi"]["value"] is None
    assert found["alpha"]["masi"]["reason"]
    assert [ask(role).status_code for role in (Role.ENGINEER, Role.ANNOTATOR, Role.ADJUDICATOR)] == [404] * 3
    close_round(in_round=in_round, by=None)
    assert ask(Role.ADJUDICATOR).status_code == 200
