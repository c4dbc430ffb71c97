import pytest

from labeling.actions.requests import raise_request
from labeling.enums import Role
from labeling.models import GuidelineRequest
from tests.factories import make_member
from tests.labeling.disputes import make_room
from tests.labeling.views.test_adjudicate import at

pytestmark = pytest.mark.django_db


def test_managers_see_all_requests_and_adjudicators_their_own(client):
    room = make_room()
    other = make_member(room.project, Role.ADJUDICATOR)
    for person, text in ((room.judge, "About add-ons"), (other, "About resellers")):
        raise_request(project=room.project, task=None, label_code="", text=text, by=person)

    client.force_login(room.judge)
    own = client.get(at("guideline-requests", room)).content.decode()
    client.force_login(make_member(room.project, Role.MANAGER))
    every = client.get(at("guideline-requests", room)).content.decode()

    assert "About add-ons" in own
    assert "About resellers" not in own
    assert "About add-ons" in every
    assert "About resellers" in every


def test_a_request_is_asked_and_answered(client):
    room = make_room()
    client.force_login(room.judge)
    assert client.post(at("guideline-requests", room), {"text": ""}).status_code == 422
    assert client.post(at("guideline-requests", room), {"text": "What of add-ons?"}).status_code == 303
    asked = GuidelineRequest.objects.get()
    assert client.post(at("answer-request", room, asked.public_id), {"answer": "x"}).status_code == 404

    client.force_login(make_member(room.project, Role.MANAGER))
    client.post(at("answer-request", room, asked.public_id), {"answer": "They count."})
    client.post(at("answer-request", room, asked.public_id), {"answer": "Twice"})

    asked.refresh_from_db()
    assert asked.answer == "They count."


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_page_takes_a_fixed_number_of_queries(client, item_count, django_assert_num_queries):
    room = make_room()
    for number in range(item_count):
        raise_request(project=room.project, task=None, label_code="", text=f"Question {number}", by=room.judge)
    client.force_login(room.judge)
    client.get(at("guideline-requests", room))

    with django_assert_num_queries(5):
        client.get(at("guideline-requests", room))
