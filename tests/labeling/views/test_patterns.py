import pytest
from django.db import connection
from django.urls import reverse

from labeling.actions.settling import settle_due_tasks
from labeling.models import Decision, Opening
from labeling.queries.patterns import alike, patterns
from tests.labeling.disputes import make_room
from tests.labeling.views.test_adjudicate import at

pytestmark = pytest.mark.django_db

CLOCK = 1 if connection.vendor == "postgresql" else 0  # reading the time is a query there


def alike_room(items=3):
    return make_room(["crm", "erp"], ["erp"], items=items)


def test_a_pattern_is_one_disputed_label_on_at_least_three_tasks():
    assert [(one.code, len(one.tasks)) for one in patterns(*who(alike_room(3)))] == [("crm", 3)]
    assert patterns(*who(alike_room(2))) == []
    assert patterns(*who(make_room(["crm"], ["erp"], items=3))) == []


def who(room):
    return room.judge, room.project


@pytest.mark.parametrize("item_count", [1, 3])
def test_patterns_take_a_fixed_number_of_queries(item_count, django_assert_num_queries):
    room = alike_room(item_count)

    with django_assert_num_queries(3 + CLOCK):
        assert len(patterns(*who(room), least=1)) == 1


@pytest.mark.parametrize("item_count", [1, 3])
def test_their_texts_take_a_fixed_number_of_queries(item_count, django_assert_num_queries):
    room = alike_room(item_count)
    for task in room.tasks:
        room.opened(task=task)

    with django_assert_num_queries(9 + 2 * CLOCK):
        assert len(alike(*who(room), "crm")) == item_count


def test_nothing_of_a_pattern_is_shown_before_it_is_opened_on_the_record(client):
    room = alike_room()
    client.force_login(room.judge)

    listed = client.get(at("patterns", room)).content.decode()
    closed = client.get(at("pattern", room, label="crm")).content.decode()

    assert "Crm" in listed
    for task in room.tasks:
        assert task.item.name not in listed
        assert task.item.name not in closed
    assert not Opening.objects.exists()


def test_a_pattern_is_opened_and_each_item_decided_by_itself(client):
    room = alike_room()
    client.force_login(room.judge)

    opened = client.post(at("open-pattern", room), {"label": "crm"})
    text = client.get(opened["Location"]).content.decode()
    for task, rule in zip(room.tasks, ("yes", "no"), strict=False):
        form = {"label": "crm", "task": task.public_id, "rule": rule, "after_decision": 0}
        assert client.post(at("decide-alike", room), form).status_code == 303

    assert Opening.objects.filter(user=room.judge).count() == 3
    assert text.count('value="yes"') == 3
    said = {one.task: {label.code for label in one.labels.all()} for one in Decision.objects.all()}
    assert said == {room.tasks[0]: {"crm", "erp"}, room.tasks[1]: {"erp"}}
    assert len(alike(*who(room), "crm")) == 1


def test_an_unopened_or_unlike_item_is_not_decided_this_way(client):
    room = alike_room()
    client.force_login(room.judge)
    form = {"label": "crm", "task": room.task.public_id, "rule": "yes", "after_decision": 0}

    assert client.post(at("decide-alike", room), form).status_code == 403
    room.opened()
    assert client.post(at("decide-alike", room), form | {"label": "payroll"}).status_code == 403

    assert not Decision.objects.exists()


def test_the_list_of_disputes_narrows_to_a_pattern(client):
    room = alike_room()
    client.force_login(room.judge)

    text = client.get(at("disputes", room, pattern="crm")).content.decode()
    other = client.get(at("disputes", room, pattern="erp")).content.decode()

    assert "3 to settle" in text
    assert "Nothing to settle" in other
    assert settle_due_tasks() == 0
    assert reverse("labeling:patterns", args=[room.project.slug]) in client.get(at("disputes", room)).content.decode()
