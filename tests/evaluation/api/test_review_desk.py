"""A reviewer's queue through the API: a blind task says nothing of the model's answer, and nobody reads another's."""

import json

import pytest
from django.urls import reverse

from evaluation.models import ReviewTask
from labeling.enums import Role
from labeling.models import Sight
from tests.api import bearer
from tests.evaluation.reviewed import opened, production_run, said
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db
LEAK = "said-by-a-model"


def post(client, name, args, headers, body=None):
    where = reverse(f"api:{name}", args=args)
    return client.post(where, json.dumps(body or {}), headers=headers, content_type="application/json")


@pytest.mark.parametrize("share", [0, 1])
def test_a_task_is_handed_out_answered_and_taken_back(client, share):
    project = make_project()
    make_taxonomy(project)
    labels = said(("crm", 0.5), ("erp", 0.4))
    for one in labels["labels"]:
        one["evidence"] = LEAK
    review = opened(production_run(project, make_items(project, 2), [labels] * 2), blind_share=share)
    me, other = make_member(project, Role.ADJUDICATOR), make_member(project, Role.ADJUDICATOR)
    headers, where = bearer(me), [project.slug, review.public_id]
    answer = post(client, "next-review-task", where, headers)
    task = answer.json()
    assert task["is_blind"] is bool(share)
    assert [one["code"] for one in task["predicted"]] == ([] if share else ["crm", "erp"])
    assert (LEAK in answer.content.decode()) is not bool(share)
    assert Sight.objects.filter(user=me).exists() is not bool(share)
    for secret in ("why", "least", "confidence", review.run.name):
        assert f'"{secret}"' not in answer.content.decode()

    mine = [*where, task["id"]]
    body = {"labels": ["payroll"], "after": task["after"], "seconds": 4.5}
    for name in ("answer-review", "review-later", "review-undo"):
        assert post(client, name, mine, bearer(other), body).status_code == 404
    refused = post(client, "answer-review", mine, headers, {"labels": [], "after": 0})
    assert (refused.status_code, ReviewTask.objects.filter(state="done").count()) == (422, 0)
    keyed = {**headers, "Idempotency-Key": "0d7b8a14-5a51-4c0e-9a35-0f7a0b6f5c11"}
    first, again = (post(client, "answer-review", mine, keyed, body) for _ in range(2))
    assert (first.status_code, first.json()) == (201, again.json())
    made = ReviewTask.objects.get(public_id=task["id"]).revisions.get()
    assert (made.labels, made.kept, made.seconds, made.was_blind) == (["payroll"], 0, 4.5, bool(share))
    held = post(client, "review-undo", mine, headers).json()
    assert (held["id"], held["before"], held["after"]) == (task["id"], ["payroll"], 1)
    assert post(client, "answer-review", mine, headers, body).status_code == 409
