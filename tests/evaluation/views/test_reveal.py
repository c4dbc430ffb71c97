import pytest
from django.urls import reverse

from evaluation.actions.imported_runs import import_predictions
from labeling.models import AuditEvent, Opening
from tests.labeling.disputes import make_room

pytestmark = pytest.mark.django_db


def address(room):
    return reverse("evaluation:reveal", args=[room.project.slug, room.task.public_id])


def predicted(room, *codes):
    labels = [{"code": code, "confidence": 0.75} for code in codes]
    import_predictions(
        project=room.project, name="run", predictions={room.task.item.external_id: {"labels": labels}}, by=None
    )


def test_the_models_answer_is_shown_on_the_record(client):
    room = make_room()
    predicted(room, "payroll")
    room.opened()
    client.force_login(room.judge)

    piece = client.post(address(room), headers={"HX-Request": "true"}).content.decode()
    whole = client.post(address(room)).content.decode()

    assert "Payroll" in piece
    assert "0.75" in piece
    assert "<html" not in piece
    assert "Back to your decision" in whole
    assert Opening.objects.get().revealed_at is not None
    assert AuditEvent.objects.filter(kind="task.model_revealed").count() == 1


def test_without_opening_the_task_nothing_is_revealed(client):
    room = make_room()
    predicted(room, "payroll")
    client.force_login(room.judge)

    answer = client.post(address(room), headers={"HX-Request": "true"})

    assert answer.status_code == 403
    assert b"Payroll" not in answer.content
    assert not AuditEvent.objects.filter(kind="task.model_revealed").exists()


def test_an_item_no_run_answered_says_so(client):
    room = make_room()
    room.opened()
    client.force_login(room.judge)

    assert b"No finished run has answered" in client.post(address(room)).content


def test_the_page_itself_holds_nothing_of_the_model(client):
    room = make_room()
    predicted(room, "payroll")
    room.opened()
    client.force_login(room.judge)

    text = client.get(reverse("labeling:adjudicate", args=[room.project.slug, room.task.public_id])).content.decode()

    assert "0.75" not in text
    assert "on the record" in text
