"""The pages of reviews: work by plain forms, figures for readers, and nothing for those who may not see it."""

import json
import re
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction
from django.urls import reverse

from evaluation.models import ReviewRevision
from evaluation.queries.reviewboard import board
from evaluation.queries.reviews import override_by_day
from labeling.enums import Role
from reviewapp.common import clock
from tests.evaluation.reviewed import calibrate, opened, production_run, said
from tests.factories import make_items, make_member, make_project, make_round, make_taxonomy

pytestmark = pytest.mark.django_db
SECRET = "payroll"


@pytest.fixture
def project():
    made = make_project()
    make_taxonomy(made)
    return made


def url(name, review, *more):
    return reverse(f"evaluation:{name}", args=[review.project.slug, review.public_id, *more])


def reviewed(project, number=3, **spec):
    items = make_items(project, number)
    run = production_run(project, items, [said(("crm", 0.5, "sells things"), (SECRET, 0.4))] * number)
    return opened(run, **{"blind_share": 0} | spec)


def test_a_plain_form_does_it_and_a_second_page_is_a_conflict(project, client):
    review = reviewed(project)
    client.force_login(make_member(project, Role.ADJUDICATOR))
    page = client.get(url("review-next", review))
    task = page.context["screen"].task
    assert "<mark" in page.content.decode()
    answer = url("review-answer", review, task.public_id)
    assert client.post(answer, {"after": 0, "rule-crm": "yes"}).status_code == 422
    assert client.post(answer, {"after": 0, "rule-crm": "yes", "none_applies": "on"}).status_code == 422
    sent = {"after": 0, "rule-crm": "yes", f"rule-{SECRET}": "no", "labels": "erp", "seconds": "12.5", "note": "=1",
            "idempotency_key": page.context["idempotency_key"]}  # fmt: skip
    assert client.post(answer, sent).status_code == 303
    assert client.post(answer, sent).status_code == 303  # the same form sent twice
    assert client.post(answer, sent | {"idempotency_key": ""}).status_code == 409
    made = ReviewRevision.objects.get()
    assert (made.labels, made.seconds, made.kept, made.added) == (["crm", "erp"], 12.5, 1, 1)

    assert client.post(url("review-undo", review, task.public_id)).status_code == 303
    again = client.get(url("review-next", review))
    assert again.context["screen"].task.pk == task.pk
    assert again.context["stand"].rules == {"crm": "yes", SECRET: "no"}
    assert client.post(url("review-later", review, task.public_id)).status_code == 303
    assert client.get(url("review-next", review)).context["screen"].task.pk != task.pk


@pytest.mark.parametrize("failed", [False, True])
def test_a_blind_task_is_the_same_whatever_the_model_said(project, client, failed):
    """The whole page: nothing on it tells one prediction from another, or that there is none."""
    pages = []
    item = make_items(project, 1)
    client.force_login(make_member(project, Role.ADJUDICATOR))
    for number, answer in enumerate((said((SECRET, 0.9, "sells things")), None if failed else said())):
        review = opened(production_run(project, item, [answer], name=f"run {number}"), blind_share=1)
        page = client.get(url("review-next", review)).content.decode()
        page = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|csrf[^>]+>|Review \d", "", page)
        pages.append(page.splitlines())
    assert pages[0] == pages[1]
    assert not any("sells things</mark>" in line for line in pages[0])


def test_a_walk_through_blind_tasks_is_the_same_whatever_the_model_said(project, client):
    """Two worlds that differ in what the model said: every page, refusal and redirect of a reviewer's work."""
    items = make_items(project, 3)
    client.force_login(make_member(project, Role.ADJUDICATOR))
    walks = []
    for answers in ([said((SECRET, 0.9, "sells things"))] * 3, [said(), None, said(("gone", None), ("erp", 0.1))]):
        with transaction.atomic(), clock.told_by(lambda: datetime(2026, 5, 4, 12, tzinfo=UTC)):
            walks.append(_walk(client, opened(production_run(project, items, answers), blind_share=1)))
            transaction.set_rollback(True)
    assert walks[0] == walks[1]
    assert [status for status, _, _ in walks[0]].count(422) == 2
    assert not any(SECRET in page.lower() and "</mark>" in page for _, _, page in walks[0])


def _walk(client, review):
    """(status, where to, page) of each step."""
    seen = []

    def go(response):
        page = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|csrf[^>]+>", "", response.content.decode())
        seen.append((response.status_code, re.sub(r"[0-9a-f-]{36}", "", response.get("Location", "")), page))
        return response

    go(client.get(reverse("evaluation:reviews", args=[review.project.slug])))
    task = go(client.get(url("review-next", review))).context["screen"].task
    for wrong in ({}, {"none_applies": "on", "labels": "crm"}):
        go(client.post(url("review-answer", review, task.public_id), {"after": 0} | wrong))
    go(client.post(url("review-later", review, task.public_id)))
    task = go(client.get(url("review-next", review))).context["screen"].task
    go(client.post(url("review-answer", review, task.public_id), {"after": 0, "labels": SECRET, "seconds": "9"}))
    go(client.get(url("review-next", review)))
    go(client.post(url("review-answer", review, task.public_id), {"after": 0, "labels": "crm"}))  # overtaken
    go(client.post(url("review-undo", review, task.public_id)))
    task = go(client.get(url("review-next", review))).context["screen"].task
    go(client.post(url("review-answer", review, task.public_id), {"after": 1, "labels": "erp"}))
    for name in ("review", "close-review"):
        go(client.get(url(name, review)))
    go(client.get(url("download-review", review, "csv")))
    go(client.get(reverse("evaluation:reviews", args=[review.project.slug])))
    return seen


def test_who_may_rate_the_item_in_an_open_round_is_shown_nothing(project, client):
    review = reviewed(project)
    make_round(project, [task.item for task in review.tasks.all()])
    client.force_login(make_member(project, Role.ADJUDICATOR))
    page = client.get(url("review-next", review))
    assert SECRET not in page.content.decode().lower()
    assert "Nothing to review" in page.content.decode()
    for task in review.tasks.all():  # by an id that somebody told them
        found = client.post(url("review-answer", review, task.public_id), {"after": 0})
        assert found.status_code == 409
        assert SECRET not in found.content.decode().lower()
    client.force_login(make_member(project, Role.ANNOTATOR))
    for name in ("review-next", "review"):
        assert client.get(url(name, review)).status_code == 404
    assert client.get(reverse("evaluation:reviews", args=[project.slug])).status_code == 404


def test_figures_corrections_and_the_command(project, client):
    review = reviewed(project, 4)
    rosa = make_member(project, Role.ADJUDICATOR)
    client.force_login(rosa)
    for wanted in (["crm", SECRET], ["crm"]):
        task = client.get(url("review-next", review)).context["screen"].task
        rules = {f"rule-{code}": "yes" if code in wanted else "no" for code in ("crm", SECRET)}
        client.post(url("review-answer", review, task.public_id), {"after": 0, "note": "=1+1", **rules})
    client.force_login(make_member(project, Role.ENGINEER))
    page = client.get(url("review", review)).content.decode()
    assert "Nothing goes through" in page
    assert "2 of 4 tasks done" in page
    figures = client.get(url("download-review", review, "json")).json()
    assert figures["reasons"][0]["changed"]["value"] == 0.5
    assert figures["targets"][0]["value"] == 0
    assert figures["targets"][1]["value"] is None
    assert [figures["targets"][2][key] for key in ("value", "standing", "reason")] == [
        None, "open", "the run states no cost",
    ]  # fmt: skip
    csv = client.get(url("download-review", review, "csv")).content.decode()
    assert "'=1+1" in csv
    assert rosa.email not in csv
    [day] = override_by_day(project)
    assert (day.tasks, day.overridden, day.audited) == (2, 1, 0)

    out = StringIO()
    call_command("review", project.slug, "export", stdout=out)
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert sorted(row["rejected"] for row in rows) == [[], [SECRET]]
    with pytest.raises(SystemExit) as left:
        call_command("review", project.slug, "status", "--gate", "--json", "-", stdout=(out := StringIO()))
    assert left.value.code == 1
    assert json.loads(out.getvalue())["done"] == 2


def test_the_cost_of_imported_answers_is_over_those_that_state_one(project):
    answers = [said(("crm", 0.5)) | {"cost_micro_usd": 2000}, said(("crm", 0.5))]
    review = opened(production_run(project, make_items(project, 2), answers), blind_share=0)
    cost = board(review).targets[2].found
    assert (cost.value, cost.n) == (0.002, 1)


def test_opening_by_the_form(project, client, django_capture_on_commit_callbacks):
    items = make_items(project, 2)
    run = production_run(project, items, [said(("crm", 0.99))] * 2)
    calibrate(run, items[0])
    client.force_login(make_member(project, Role.MANAGER))
    where = reverse("evaluation:new-review", args=[project.slug])
    form = client.get(where).context["form"]
    sent = {name: field.initial for name, field in form.fields.items() if field.initial not in (None, "")}
    sent["idempotency_key"] = ""
    with django_capture_on_commit_callbacks(execute=True):
        made = client.post(where, sent | {"run": str(run.public_id), "audit_share": 1})
    assert made.status_code == 303, made.context["form"].errors
    page = client.get(made["Location"])
    assert "calibrated confidence" in page.content.decode()
    assert page.context["board"].targets[0].found.value == 1


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_the_same_whatever_there_is(project, client, count, django_assert_num_queries):
    items = make_items(project, 1)
    for number in range(count):
        opened(production_run(project, items, [said(("crm", 0.5))], name=f"run {number}"))
    client.force_login(make_member(project, Role.MANAGER, Role.ADJUDICATOR))
    with django_assert_num_queries(6):
        page = client.get(reverse("evaluation:reviews", args=[project.slug]))
    assert len(page.context["reviews"]) == count
