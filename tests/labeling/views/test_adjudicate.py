import re
from uuid import uuid4

import pytest
from django.db import connection
from django.urls import reverse

from labeling.enums import Role, TaskState
from labeling.models import Decision, GuidelineRequest, Item, Opening, Recheck, Return, Revision, Round
from reviewapp.common import clock
from tests.factories import make_member
from tests.labeling.disputes import make_room

pytestmark = pytest.mark.django_db

SAID = "Company"


def at(name, room, *more, **query):
    return reverse(f"labeling:{name}", args=[room.project.slug, *more], query=query or None)


def page(client, room, by=None):
    client.force_login(by or room.judge)
    return client.get(at("adjudicate", room, room.task.public_id))


def send(client, room, name="decide", **form):
    client.force_login(room.judge)
    form = {key.replace("__", "-"): value for key, value in form.items()}
    return client.post(at(name, room, room.task.public_id), {"after_decision": 0, **form})


def test_one_row_for_each_disputed_label_and_the_agreed_ones_accepted(client):
    room = make_room(["crm", "erp"], ["erp"])
    room.opened()

    text = page(client, room).content.decode()

    assert re.findall(r'name="rule-(\w+)" value="yes"', text) == ["crm"]
    assert re.search(r'value="erp"[^>]*checked', text)
    assert not re.search(r'value="payroll"[^>]*checked', text)


def test_quotes_are_marked_in_the_text_and_shown_in_the_row(client):
    quote = {"document": 0, "start": 0, "end": len(SAID), "text": SAID}
    room = make_room(["crm"], ["erp"], evidence={"crm": [quote]})
    room.opened()

    answer = page(client, room)

    assert len(re.findall(r'<mark class="ev [ab]" data-marks="\d+"', answer.content.decode())) == 1
    assert b"<q" in answer.content


def test_settling_writes_the_rulings_and_opens_the_next_dispute(client):
    room = make_room(items=2)
    room.opened()

    answer = send(client, room, rule__crm="yes", rule__erp="no", reason__erp="rater_slip", rationale="It says so.")

    assert answer.status_code == 303
    assert str(room.tasks[1].public_id) in answer["Location"]
    decision = Decision.objects.get()
    assert [label.code for label in decision.labels.all()] == ["crm"]
    assert decision.rulings.get(label__code="erp").reason == "rater_slip"
    assert Opening.objects.filter(task=room.tasks[1], user=room.judge, held_until__isnull=False).exists()


def test_an_open_row_is_named_and_nothing_is_lost(client):
    room = make_room(["crm"], ["erp"])
    room.opened()

    answer = send(client, room, rule__crm="yes", labels=["payroll"], rationale="So far.", request_text="And add-ons?")

    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Still open: Erp." in text
    assert re.search(r'name="rule-crm" value="yes" checked', text)
    assert re.search(r'value="payroll"[^>]*checked', text)
    assert "So far." in text
    assert "And add-ons?" in text
    assert not Decision.objects.exists()
    assert not GuidelineRequest.objects.exists()


def test_all_ruled_out_means_none_applies(client):
    room = make_room()
    room.opened()

    assert send(client, room, rule__crm="no", rule__erp="no").status_code == 303

    assert not Decision.objects.get().labels.exists()


def test_agreed_labels_can_be_overturned_and_others_added(client):
    room = make_room(["crm", "erp"], ["erp"])
    room.opened()

    send(client, room, rule__crm="no", labels=["payroll"])

    decision = Decision.objects.get()
    assert {label.code for label in decision.labels.all()} == {"payroll"}
    assert {one.label.code: one.applies for one in decision.rulings.all()} == {
        "crm": False, "erp": False, "payroll": True,
    }  # fmt: skip


def test_a_question_about_the_guidelines_goes_along_once(client):
    room = make_room()
    room.opened()
    form = {"rule-crm": "no", "rule-erp": "no", "request_text": "Why?", "request_label": "crm", "after_decision": 0}
    client.force_login(room.judge)

    for _ in range(2):
        client.post(at("decide", room, room.task.public_id), form | {"idempotency_key": "0" * 31 + "1"})

    asked = GuidelineRequest.objects.get()
    assert (asked.text, asked.label_code, asked.task) == ("Why?", "crm", room.task)
    assert Decision.objects.count() == 1


def test_unsure_flags_comments_and_returned_answers_are_shown(client):
    room = make_room(["crm"], ["crm"])
    room.task.annotations.update(independent_revision=1)
    first = room.task.annotations.first()
    revision = Revision.objects.create(
        annotation=first, number=2, certainty="unsure", is_flagged=True, comment="Hard one", created_at=clock.now()
    )
    first.revision = revision.number
    first.save()
    type(room.task).objects.update(state=TaskState.DISPUTED, settled_at=None)
    room.opened()

    text = page(client, room).content.decode()

    for said in ("unsure", "asks for a look", "changed after return", "“Hard one”", "before: crm"):
        assert said in text


def test_the_page_says_when_the_item_changed(client):
    room = make_room()
    room.opened()
    assert "changed since it was rated" not in page(client, room).content.decode()
    revision = room.task.item.revisions.create(
        number=1, digest="0" * 64, text_digest="0" * 64,
        content={"name": "Old name", "attributes": {}, "documents": [{"position": 0, "kind": "text", "text": "Old."}]},
    )  # fmt: skip

    Item.objects.filter(pk=room.task.item_id).update(revision=revision.number + 1)

    text = page(client, room).content.decode()
    assert "changed since it was rated" in text
    assert "Old name" in text


def test_a_closed_round_is_read_only(client):
    room = make_room()
    room.opened()
    Round.objects.update(state="closed", closed_at=clock.now())

    text = page(client, room).content.decode()
    refused = send(client, room, rule__crm="yes", rule__erp="no")

    assert "This round is closed" in text
    assert "new round" in text
    assert "data-decision" not in text
    assert refused.status_code == 403
    assert not Decision.objects.exists()


def test_a_closed_round_shows_nothing_to_who_never_opened_it(client):
    room = make_room()
    Round.objects.update(state="closed", closed_at=clock.now())

    text = page(client, room).content.decode()

    assert "This round is closed" in text
    assert "Erp" not in text


def test_what_another_judge_has_open_shows_the_way_to_the_next(client):
    room = make_room()
    room.opened()
    other = make_member(room.project, Role.ADJUDICATOR)
    client.force_login(other)

    answer = client.post(at("open-dispute", room, room.task.public_id))

    assert answer.status_code == 409
    assert b"Another adjudicator is working on this" in answer.content
    assert reverse("labeling:open-next-dispute", args=[room.project.slug]).encode() in answer.content
    assert b"None waits" not in client.get(at("disputes", room)).content
    assert b"Nothing to settle" in client.get(at("disputes", room)).content


def test_raters_who_have_not_finished_are_counted_only_for_who_opened_it(client):
    room = make_room()
    room.opened()
    other = make_member(room.project, Role.ADJUDICATOR)
    assert send(client, room, name="ask-another").status_code == 303

    assert b"2 of 3" in page(client, room).content
    assert b"2 of 3" not in page(client, room, by=other).content


def test_an_answer_is_returned_with_a_fixed_reason(client):
    room = make_room()
    room.opened()

    assert send(client, room, name="return-answer", who="A", reason="because").status_code == 422
    assert not Return.objects.exists()
    assert send(client, room, name="return-answer", who="A", reason="unreadable").status_code == 303
    assert Return.objects.get().reason == "unreadable"


def test_passing_up_asks_why(client):
    room = make_room()
    room.opened()

    assert send(client, room, name="escalate").status_code == 422
    assert send(client, room, name="escalate", rationale="Neither fits.").status_code == 303

    room.task.refresh_from_db()
    assert room.task.state == TaskState.ESCALATED


def test_the_last_decision_can_be_gone_back_to_and_changed(client):
    room = make_room(items=2)
    room.opened()
    send(client, room, rule__crm="yes", rule__erp="no", reason__crm="other")
    client.force_login(room.judge)

    following = client.get(at("adjudicate", room, room.tasks[1].public_id)).content.decode()
    again = page(client, room).content.decode()

    assert f'href="{at("adjudicate", room, room.task.public_id)}" data-last' in following
    assert re.search(r'name="rule-crm" value="yes" checked', again)
    assert re.search(r'value="other" selected', again)
    assert send(client, room, rule__crm="no", rule__erp="no", after_decision=1).status_code == 303
    assert Decision.objects.count() == 2


def test_a_second_look_shows_the_answers_and_nothing_of_the_decision(client):
    room = make_room(second_share=1)
    room.opened()
    send(client, room, rule__crm="yes", rule__erp="no", rationale="Marker of the first judge.")
    other = make_member(room.project, Role.ADJUDICATOR)
    client.force_login(other)
    assert b"1 second look" in client.get(at("disputes", room)).content

    opened = client.post(at("open-next-recheck", room))
    text = client.get(opened["Location"]).content.decode()
    plain = client.get(at("adjudicate", room, room.task.public_id)).content.decode()

    assert 'name="rule-crm"' in text
    for hidden in (text, plain):
        assert "Marker" not in hidden
        assert "Decisions so far" not in hidden
        assert not re.search(r'name="rule-\w+" value="\w+" checked', hidden)
    form = {"rule-crm": "yes", "rule-erp": "no", "after_decision": 1}
    url = at("judge-again", room, room.task.public_id)
    assert client.post(url, {"after_decision": 1}).status_code == 422
    assert client.post(url, form | {"idempotency_key": uuid4()}).status_code == 303
    assert Recheck.objects.get().agrees is True


def test_only_managers_and_analysts_read_how_judges_agree(client):
    room = make_room()
    for role, sees in ((Role.MANAGER, True), (Role.ANALYST, True), (Role.ADJUDICATOR, False)):
        client.force_login(make_member(room.project, role))
        assert (b"Do judges agree" in client.get(at("disputes", room)).content) is sees, role


def test_an_analyst_is_not_shown_what_waits(client):
    room = make_room()
    client.force_login(make_member(room.project, Role.ANALYST))

    text = client.get(at("disputes", room)).content.decode()

    assert room.task.item.name not in text
    assert client.post(at("open-next-dispute", room)).status_code == 404


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_list_takes_a_fixed_number_of_queries(client, item_count, django_assert_num_queries):
    room = make_room(items=item_count)
    client.force_login(room.judge)
    client.get(at("disputes", room))

    with django_assert_num_queries(10 + (2 if connection.vendor == "postgresql" else 0)):
        client.get(at("disputes", room))


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_screen_takes_a_fixed_number_of_queries(client, item_count, django_assert_num_queries):
    room = make_room(*[["crm"]] * item_count, ["erp"])
    room.opened()
    page(client, room)

    with django_assert_num_queries(20 + (1 if connection.vendor == "postgresql" else 0)):
        client.get(at("adjudicate", room, room.task.public_id))
