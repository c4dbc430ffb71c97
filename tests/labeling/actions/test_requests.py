import pytest

from labeling.actions.guidelines import write_guideline
from labeling.actions.requests import answer_request, raise_request
from labeling.enums import Role
from labeling.models import GuidelineRequest
from reviewapp.common.errors import Conflict, NotAllowed, Refused
from tests.factories import make_member
from tests.labeling.disputes import make_room

pytestmark = pytest.mark.django_db


def test_a_judge_asks_about_a_task_they_opened():
    room = make_room()
    with pytest.raises(NotAllowed):
        raise_request(project=room.project, task=room.task, label_code="crm", text="What of add-ons?", by=room.judge)
    task = room.opened()

    raised = raise_request(project=room.project, task=task, label_code="crm", text=" What of add-ons? ", by=room.judge)

    assert (raised.text, raised.label_code, raised.raised_by) == ("What of add-ons?", "crm", room.judge)
    assert GuidelineRequest.objects.count() == 1


def test_a_request_needs_words_and_a_judge():
    room = make_room()

    with pytest.raises(Refused):
        raise_request(project=room.project, task=None, label_code="", text="  ", by=room.judge)
    with pytest.raises(NotAllowed):
        raise_request(project=room.project, task=None, label_code="", text="Why?", by=room.raters[0])

    assert not GuidelineRequest.objects.exists()


def test_the_manager_answers_once_and_the_guideline_written_since_is_named():
    room = make_room()
    manager = make_member(room.project, Role.MANAGER)
    write_guideline(project=room.project, text="Old words.", by=manager)
    raised = raise_request(project=room.project, task=None, label_code="", text="What of add-ons?", by=room.judge)
    newer = write_guideline(project=room.project, text="Add-ons count.", by=manager)

    answered = answer_request(request=raised, text="They count.", by=manager)

    assert (answered.answer, answered.closed_by, answered.guideline) == ("They count.", manager, newer)
    with pytest.raises(Conflict):
        answer_request(request=raised, text="Again", by=manager)


def test_an_answer_without_new_guidelines_names_none_and_only_managers_give_it():
    room = make_room()
    manager = make_member(room.project, Role.MANAGER)
    write_guideline(project=room.project, text="Old words.", by=manager)
    raised = raise_request(project=room.project, task=None, label_code="", text="What of add-ons?", by=room.judge)

    with pytest.raises(NotAllowed):
        answer_request(request=raised, text="They count.", by=room.judge)
    answered = answer_request(request=raised, text="", by=manager)

    assert answered.guideline is None
