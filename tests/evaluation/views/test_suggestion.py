"""Who was right elsewhere: only for a judge who opened the task, on the record, and naming nobody."""

import pytest
from django.urls import reverse

from evaluation.queries.suggestion import LEAST, suggestion
from labeling.enums import Role
from labeling.models import AuditEvent, Task
from tests.factories import make_items, make_member, make_project, make_round
from tests.labeling.disputes import answer, make_room

pytestmark = pytest.mark.django_db


def world():
    """Three raters on 24 items: two always agree, the third says erp besides on every third item, the last too."""
    project = make_project()
    made = make_round(project, make_items(project, 24), raters=3)
    raters = [make_member(project, Role.ANNOTATOR) for _ in range(3)]
    for number, rater in enumerate(raters):
        for place in range(24):
            chosen = ["crm"] if place % 2 else []
            answer(made, rater, [*chosen, "erp"] if number == 2 and place % 3 == 2 else chosen)
    return project, made, raters


def address(room):
    return reverse("evaluation:suggestion", args=[room.project.slug, room.task.public_id])


def test_it_trusts_those_who_were_right_elsewhere():
    _, made, _ = world()
    disputed = next(
        task for task in made.tasks.select_related("item", "round__taxonomy_version") if suggestion(task).labels
    )

    found = suggestion(disputed)

    assert [(one.name, one.said_yes, one.answers) for one in found.labels] == [("Erp", 1, 3)]
    assert found.labels[0].chance < 0.5
    assert found.items == 24


def test_with_few_items_or_without_dispute_it_says_so():
    _, made, _ = world()
    agreed = [
        task for task in made.tasks.select_related("item", "round__taxonomy_version") if not suggestion(task).labels
    ]
    assert suggestion(agreed[0]).reason == "The answers to this item do not differ."
    room = make_room()
    found = suggestion(Task.objects.select_related("item", "round__taxonomy_version").get(pk=room.task.pk))
    assert f"{LEAST} are needed" in found.reason


def test_it_is_shown_on_the_record_once(client):
    room = make_room()
    room.opened()
    client.force_login(room.judge)

    piece = client.post(address(room), headers={"HX-Request": "true"})
    client.post(address(room))

    assert piece.status_code == 200
    assert b"<html" not in piece.content
    assert AuditEvent.objects.filter(kind="task.suggestion_seen").count() == 1
    for rater in room.raters:
        assert rater.email.encode() not in piece.content


def test_without_opening_the_task_nothing_is_shown(client):
    room = make_room()
    client.force_login(room.judge)

    answered = client.post(address(room))

    assert answered.status_code == 403
    assert not AuditEvent.objects.filter(kind="task.suggestion_seen").exists()


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.ENGINEER])
def test_nobody_else_can_ask(client, role):
    room = make_room()
    room.opened()
    client.force_login(make_member(room.project, role))

    assert client.post(address(room)).status_code == 404


def test_it_takes_three_queries(django_assert_num_queries):
    _, made, _ = world()
    task = next(one for one in made.tasks.select_related("item", "round__taxonomy_version") if suggestion(one).labels)

    with django_assert_num_queries(3):
        suggestion(task)
