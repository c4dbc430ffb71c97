from datetime import date

import pytest
from django.db import connection
from django.urls import reverse

from labeling.actions.annotations import Answer, hand_out, submit_annotation
from labeling.actions.seats import claim_seat
from labeling.enums import Role, SeatState, TaskState
from labeling.models import AuditEvent, Guideline, Membership
from tests.factories import make_items, make_member, make_project, make_round, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project()


@pytest.fixture
def in_round(project):
    return make_round(project, make_items(project, 3))


@pytest.fixture
def manager(project, client):
    manager = make_member(project, Role.MANAGER)
    client.force_login(manager)
    return manager


@pytest.fixture
def ana(project):
    return make_member(project, Role.ANNOTATOR, user=make_user(name="Ana Arendt"))


@pytest.fixture
def ben(project):
    return make_member(project, Role.ANNOTATOR, user=make_user(name="Ben Benes"))


def url(name, in_round, *more):
    return reverse(f"labeling:{name}", args=[in_round.project.slug, in_round.public_id, *more])


def answer(in_round, by):
    seat = claim_seat(in_round=in_round, by=by)
    submit_annotation(seat=seat, receipt=hand_out(seat, by), answer=Answer(labels=[]), by=by)


def test_the_page_shows_who_waits_for_whom(client, manager, in_round, ana, ben):
    answer(in_round, ana)
    claim_seat(in_round=in_round, by=ben)

    page = client.get(url("round", in_round)).content.decode()

    assert "Who waits for whom" in page
    assert page.count("Ben Benes") >= 2
    assert "<svg" in page
    assert "needs 2 whole days with answers" in page


def test_htmx_gets_the_live_part_only(client, manager, in_round):
    answered = client.get(url("round", in_round), headers={"HX-Request": "true"})

    part = answered.content.decode().strip()
    assert part.startswith('<div class="stack wide" id="progress" data-live hx-get="')
    assert "<html" not in part
    assert "HX-Request" in answered["Vary"]


def test_an_ended_round_is_not_fetched_again_and_not_steered(client, manager, in_round):
    client.post(url("end-round", in_round), {"how": "close"})

    page = client.get(url("round", in_round)).content.decode()

    assert "data-live" not in page
    assert "Steer the round" not in page


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_page_takes_a_fixed_number_of_queries(client, project, manager, item_count, django_assert_num_queries):
    in_round = make_round(project, make_items(project, item_count * 2))
    for number in range(item_count):
        answer(in_round, make_member(project, Role.ANNOTATOR, user=make_user(name=f"Done {number}")))
        claim_seat(in_round=in_round, by=make_member(project, Role.ANNOTATOR))
    address = url("round", in_round)

    reads_of_the_clock = 1 if connection.vendor == "postgresql" else 0
    with django_assert_num_queries(25 + reads_of_the_clock):
        client.get(address)


@pytest.mark.parametrize("role", [Role.ANALYST])
def test_an_analyst_reads_and_finds_no_button(client, project, in_round, ana, role):
    client.force_login(make_member(project, role))
    claim_seat(in_round=in_round, by=ana)

    for name in ("round", "round-items"):
        page = client.get(url(name, in_round)).content.decode()
        assert "Ana Arendt" in page
        assert page.count('<form method="post"') + page.count('<form class="row') <= 1  # signing out


def test_pausing_and_resuming(client, manager, in_round):
    assert client.post(url("pause-round", in_round), {"how": "pause"}).status_code == 303
    in_round.refresh_from_db()
    assert in_round.paused_at
    assert "Resume the round" in client.get(url("round", in_round)).content.decode()

    client.post(url("pause-round", in_round), {"how": "resume"})
    in_round.refresh_from_db()
    assert in_round.paused_at is None


def test_pausing_all_labelling(client, manager, project, in_round):
    address = reverse("labeling:pause-project", args=[project.slug])
    client.post(address)
    project.refresh_from_db()
    assert project.paused_at
    assert "Resume all labelling" in client.get(reverse("labeling:rounds", args=[project.slug])).content.decode()

    client.post(address, {"how": "resume"})
    project.refresh_from_db()
    assert project.paused_at is None


def test_the_due_day(client, manager, in_round):
    client.post(url("set-due", in_round), {"due_on": "2031-02-03"})
    in_round.refresh_from_db()
    assert in_round.due_on == date(2031, 2, 3)

    client.post(url("set-due", in_round), {"due_on": "soon"})
    in_round.refresh_from_db()
    assert in_round.due_on == date(2031, 2, 3)

    client.post(url("set-due", in_round), {"due_on": ""})
    in_round.refresh_from_db()
    assert in_round.due_on is None


def test_adopting_newer_guidelines(client, manager, project, in_round):
    refused = client.post(url("adopt-guideline", in_round), follow=True)
    assert "no guidelines yet" in refused.content.decode()
    written = Guideline.objects.create(project=project, number=1, text="a")
    assert "Go by v1 from now on" in client.get(url("round", in_round)).content.decode()

    client.post(url("adopt-guideline", in_round))

    in_round.refresh_from_db()
    assert in_round.guideline == written
    assert "Go by v1" not in client.get(url("round", in_round)).content.decode()


def test_freeing_and_reassigning(client, manager, in_round, ana, ben):
    seat = claim_seat(in_round=in_round, by=ana)
    form = {"holder": ana.public_id, "to": ben.public_id}

    client.post(url("reassign-lease", in_round, seat.public_id), form)
    seat.refresh_from_db()
    assert seat.rater == ben

    stale = client.post(url("free-lease", in_round, seat.public_id), {"holder": ana.public_id}, follow=True)
    seat.refresh_from_db()
    assert "Nothing was changed" in stale.content.decode()
    assert seat.rater == ben

    client.post(url("free-lease", in_round, seat.public_id), {"holder": ben.public_id})
    seat.refresh_from_db()
    assert seat.state == SeatState.OPEN


def test_a_refused_reassignment_says_why(client, manager, in_round, ana, ben):
    seat = claim_seat(in_round=in_round, by=ana)
    Membership.objects.filter(user=ben).delete()
    form = {"holder": ana.public_id, "to": ben.public_id}

    answered = client.post(url("reassign-lease", in_round, seat.public_id), form, follow=True)

    seat.refresh_from_db()
    assert "does not include labelling" in answered.content.decode()
    assert seat.rater == ana


def test_ticked_items_move_and_the_filter_stays(client, manager, in_round):
    tasks = list(in_round.tasks.order_by("pk"))
    form = {"tasks": [tasks[0].public_id, tasks[1].public_id], "band": "2", "state": "open", "sort": "name"}

    answered = client.post(url("prioritise-items", in_round), form)

    assert answered["Location"] == url("round-items", in_round) + "?state=open&sort=name"
    bands = {seat.task_id: seat.place >> 40 for seat in in_round.seats.all()}
    assert [bands[task.pk] for task in tasks] == [2, 2, 0]


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"band": "1"},
        {"tasks": ["x"], "band": "1"},
        {"tasks": ["' or 1=1"] * 201, "band": "1"},
        {"tasks": [], "band": "99"},
    ],
)
def test_a_form_that_makes_no_sense_changes_nothing(client, manager, in_round, form):
    for name in ("prioritise-items", "extend-items"):
        assert client.post(url(name, in_round), form).status_code == 303

    assert in_round.seats.count() == 6
    assert not in_round.seats.filter(place__gte=1 << 40).exists()
    assert not AuditEvent.objects.exists()


def test_ticked_items_get_one_more_rater(client, manager, in_round):
    task = in_round.tasks.order_by("pk").first()
    in_round.tasks.filter(pk=task.pk).update(state=TaskState.DISPUTED)

    client.post(url("extend-items", in_round), {"tasks": [task.public_id]})

    task.refresh_from_db()
    assert (task.state, task.seats.count()) == (TaskState.OPEN, 3)


def test_items_of_another_round_do_not_move(client, manager, project, in_round):
    other = make_round(project, make_items(project, 1))

    client.post(url("prioritise-items", in_round), {"tasks": [other.tasks.get().public_id], "band": "3"})

    assert not other.seats.filter(place__gte=1 << 40).exists()


def test_a_seat_of_another_project_is_not_found(client, manager, in_round):
    other = make_round(make_project(), None)
    seat = other.seats.first()

    assert client.post(url("free-lease", in_round, seat.public_id), {"holder": manager.public_id}).status_code == 404


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.ADJUDICATOR, Role.ENGINEER])
def test_who_rates_reaches_none_of_it(client, project, in_round, ana, role):
    seat = claim_seat(in_round=in_round, by=ana)
    client.force_login(make_member(project, role))
    form = {"holder": ana.public_id, "to": ana.public_id, "how": "pause", "band": "1"}

    for name in ("round", "round-items"):
        assert client.get(url(name, in_round)).status_code == 404
        assert client.get(url(name, in_round), headers={"HX-Request": "true"}).status_code == 404
    for name in ("pause-round", "set-due", "adopt-guideline", "prioritise-items", "extend-items", "end-round"):
        assert client.post(url(name, in_round), form).status_code == 404
    for name in ("free-lease", "reassign-lease"):
        assert client.post(url(name, in_round, seat.public_id), form).status_code == 404

    seat.refresh_from_db()
    in_round.refresh_from_db()
    assert seat.rater == ana
    assert in_round.paused_at is None
