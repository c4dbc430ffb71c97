import re
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from labeling.actions.checks import add_checks
from labeling.actions.seats import claim_seat, skip_task
from labeling.actions.training import grant_qualification, make_training_round, seat_for_trainee
from labeling.enums import Role, SkipReason
from labeling.models import Annotation, Qualification, RaterPause, Round, Task
from reviewapp.common import clock
from tests.factories import make_items, make_member, make_project, make_round, make_taxonomy, make_user
from tests.known import answer, make_release

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project()
    make_taxonomy(project)
    return project


@pytest.fixture
def manager(project, client):
    manager = make_member(project, Role.MANAGER)
    client.force_login(manager)
    return manager


def page(client, name, project, *args):
    return client.get(reverse(f"labeling:{name}", args=[project.slug, *args]))


def checked(project, raters, *codes):
    in_round = make_round(project, [], raters=len(raters))
    add_checks(in_round=in_round, release=make_release(project, 3), number=3, seed=1, by=None)
    for rater in raters:
        while seat := claim_seat(in_round=in_round, by=rater):
            answer(seat, rater, *codes)
    return in_round


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_list_of_raters_costs_the_same_however_many(
    project, client, item_count, django_assert_num_queries, manager
):
    raters = [make_member(project, Role.ANNOTATOR, group="legal") for _ in range(item_count)]
    in_round = checked(project, raters, "erp")
    for rater in raters:
        grant_qualification(project=project, user=rater, by=manager)
        RaterPause.objects.create(round=in_round, rater=rater, reason="x", paused_at=clock.now())

    reads_of_the_clock = 2 if connection.vendor == "postgresql" else 0
    with django_assert_num_queries(16 + reads_of_the_clock):
        answered = page(client, "quality", project)

    assert len(answered.context["raters"]) == item_count
    assert b"paused" in answered.content


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_page_of_a_rater_costs_the_same_however_much_they_did(
    project, client, item_count, django_assert_num_queries, manager
):
    rater = make_member(project, Role.ANNOTATOR)
    for _ in range(item_count):
        grant_qualification(project=project, user=rater, by=manager)
    checked(project, [rater], *["crm", "erp", "payroll"][:item_count])

    reads_of_the_clock = 2 if connection.vendor == "postgresql" else 0
    with django_assert_num_queries(17 + reads_of_the_clock):
        answered = page(client, "rater", project, rater.public_id)

    assert len(answered.context["profile"].errors) == item_count


def test_the_figures_of_a_rater(project, client, manager):
    good, bad = make_member(project, Role.ANNOTATOR), make_member(project, Role.ANNOTATOR)
    in_round = checked(project, [good, bad], "crm")

    rows = {row.user: row for row in page(client, "quality", project).context["raters"]}

    assert (rows[good].checks, rows[good].likeness.value, rows[good].exact.value) == (3, 1.0, 1.0)
    assert rows[good].answers == 0
    assert rows[good].exact.low == pytest.approx(0.4385, abs=1e-4)
    assert in_round.tasks.real().count() == 0


def test_nothing_measured_is_a_dash_and_never_nought(project, client, manager):
    make_member(project, Role.ANNOTATOR)

    answered = page(client, "quality", project)

    row = answered.context["raters"][0]
    assert (row.likeness.value, row.exact.value, row.last_active) == (None, None, None)
    assert answered.context["chart"] is None
    assert "0.000" not in answered.content.decode()


def test_drift_is_by_month_and_profile_by_label(project, client, manager):
    rater = make_member(project, Role.ANNOTATOR)
    checked(project, [rater], "erp")
    first = Annotation.objects.order_by("pk").first()
    Annotation.objects.filter(pk=first.pk).update(submitted_at=clock.now() - timedelta(days=62))

    context = page(client, "rater", project, rater.public_id).context

    months = context["profile"].months
    assert [measure.n for _, measure in (months[0], months[-1])] == [1, 2]
    assert len(months) >= 3
    assert [(name, one.missed, one.extra) for name, one in context["profile"].errors] == [("Crm", 3, 0), ("Erp", 0, 3)]
    assert "polyline" not in context["chart"].svg


def test_who_labels_for_a_quarter_without_a_break_is_due(project, client, manager):
    rater = make_member(project, Role.ANNOTATOR)
    in_round = make_round(project, make_items(project, 12), raters=1)
    for number in range(12):
        made = answer(claim_seat(in_round=in_round, by=rater), rater, "crm")
        Annotation.objects.filter(pk=made.pk).update(submitted_at=clock.now() - timedelta(days=10 * number))

    assert [row.user for row in page(client, "quality", project).context["due"]] == [rater]

    passed = Qualification.objects.create(
        project=project, user=rater, taxonomy_version=in_round.taxonomy_version, accuracy=0.9, items=10,
        passed_at=clock.now() - timedelta(days=5), expires_at=clock.now() + timedelta(days=85),
    )  # fmt: skip
    assert page(client, "quality", project).context["due"] == []
    assert page(client, "rater", project, rater.public_id).context["row"].standing.newest == passed


def test_a_newer_taxonomy_makes_a_qualification_outdated(project, client, manager):
    rater = make_member(project, Role.ANNOTATOR)
    grant_qualification(project=project, user=rater, by=manager)
    assert b"valid" in page(client, "quality", project).content

    make_taxonomy(project)

    assert page(client, "quality", project).context["raters"][0].standing.state == "outdated"


def test_a_manager_grants_ends_and_lifts(project, client, manager):
    rater = make_member(project, Role.ANNOTATOR)
    in_round = make_round(project)
    RaterPause.objects.create(round=in_round, rater=rater, reason="x", paused_at=clock.now())
    qualify = reverse("labeling:qualify-rater", args=[project.slug, rater.public_id])
    lift = reverse("labeling:lift-pause", args=[project.slug, rater.public_id, in_round.public_id])

    assert client.post(qualify, {"how": "grant"}).status_code == 303
    assert Qualification.objects.get().expires_at > clock.now()
    assert client.post(qualify, {"how": "revoke"}).status_code == 303
    assert Qualification.objects.get().expires_at <= clock.now()
    assert client.post(lift).status_code == 303
    assert client.post(lift).status_code == 303

    assert RaterPause.objects.get().lifted_by == manager


def test_an_analyst_sees_and_changes_nothing(project, client):
    client.force_login(make_member(project, Role.ANALYST))
    rater = make_member(project, Role.ANNOTATOR)

    answered = page(client, "rater", project, rater.public_id)

    assert answered.status_code == 200
    assert b"Grant" not in answered.content
    url = reverse("labeling:qualify-rater", args=[project.slug, rater.public_id])
    assert client.post(url, {"how": "grant"}).status_code == 404
    assert not Qualification.objects.exists()


def test_somebody_of_another_project_is_not_found(project, client, manager):
    assert page(client, "rater", project, make_user().public_id).status_code == 404


def test_a_training_and_checks_are_made_by_form_once(project, client, manager):
    release, in_round = make_release(project, 6), make_round(project)
    training = page(client, "new-training", project).context["form"]
    sent = {
        "name": "T", "release": str(release.public_id), "split": "dev", "size": 2, "bar": 0.5, "seed": 1,
        "idempotency_key": training["idempotency_key"].value(),
    }  # fmt: skip
    for _ in range(2):
        assert client.post(reverse("labeling:new-training", args=[project.slug]), sent).status_code == 303
    checks = page(client, "add-checks", project, in_round.public_id).context["form"]
    sent = {
        "release": str(release.public_id), "share": 40, "seed": 1,
        "idempotency_key": checks["idempotency_key"].value(),
    }  # fmt: skip
    for _ in range(2):
        url = reverse("labeling:add-checks", args=[project.slug, in_round.public_id])
        assert client.post(url, sent).status_code == 303

    assert Round.objects.get(name="T").tasks.count() == 2
    assert in_round.tasks.filter(gold__isnull=False).count() == 1


def test_what_cannot_be_is_said_on_the_form(project, client, manager):
    release, in_round = make_release(project, 2), make_round(project)
    sent = {"name": "T", "release": str(release.public_id), "split": "dev", "size": 9, "bar": 0.5, "seed": 1}
    answered = client.post(reverse("labeling:new-training", args=[project.slug]), sent)
    assert answered.status_code == 422
    assert b"fewer than the 9" in answered.content

    url = reverse("labeling:add-checks", args=[project.slug, in_round.public_id])
    assert client.post(url, {"release": str(release.public_id), "share": 0, "seed": 1}).status_code == 422

    assert not Task.objects.filter(gold__isnull=False).exists()


@pytest.fixture
def trainee(project, client):
    trainee = make_member(project, Role.ANNOTATOR)
    client.force_login(trainee)
    return trainee


def test_a_training_from_the_first_item_to_the_qualification(project, client, trainee):
    training = make_training_round(
        project=project, name="T", release=make_release(project, 3, labels=("crm", "erp")), split="dev", size=2,
        bar=0.7, seed=1, by=None,
    )  # fmt: skip

    for place, labels in enumerate((["crm"], ["crm", "erp"]), start=1):
        form = page(client, "label", project, training.public_id).content.decode()
        target = re.search(r'action="([^"]+/submit/)"', form).group(1)
        shown = client.post(target, {"labels": labels}, follow=True)
        assert shown.status_code == 200
        assert shown.context["feedback"].progress.done == place
        verdicts = {row.choice.code: row.verdict for row in shown.context["feedback"].rows}
        assert verdicts == {"crm": "right", "erp": "right" if place == 2 else "missed"}

    end = client.get(reverse("labeling:label", args=[project.slug, training.public_id]), follow=True)
    assert b"You passed." in end.content
    assert end.context["result"].likeness.value == 0.75
    assert Qualification.objects.get().user == trainee


def test_htmx_is_led_to_the_feedback_too(project, client, trainee):
    training = make_training_round(
        project=project, name="T", release=make_release(project, 1), split="dev", size=1, bar=0.7, seed=1, by=None
    )
    form = page(client, "label", project, training.public_id).content.decode()
    target = re.search(r'action="([^"]+/submit/)"', form).group(1)

    answered = client.post(target, {"labels": ["crm"]}, headers={"HX-Request": "true"})

    assert "/feedback/" in answered["HX-Redirect"]


def test_a_failed_training_says_so_and_counts_what_was_skipped(project, client, trainee):
    training = make_training_round(
        project=project, name="T", release=make_release(project, 2), split="dev", size=2, bar=0.7, seed=1, by=None
    )
    skip_task(seat=seat_for_trainee(in_round=training, by=trainee), reason=SkipReason.OTHER, by=trainee)
    answer(seat_for_trainee(in_round=training, by=trainee), trainee, "crm")

    shown = page(client, "training-result", project, training.public_id)

    assert b"Not passed this time." in shown.content
    assert shown.context["result"].likeness.value == 0.5


def test_feedback_is_for_ones_own_training_answers_only(project, client, trainee):
    other = make_member(project, Role.ANNOTATOR)
    release = make_release(project, 3)
    training = make_training_round(
        project=project, name="T", release=release, split="dev", size=1, bar=0.7, seed=1, by=None
    )
    theirs = answer(seat_for_trainee(in_round=training, by=other), other, "crm")
    blind = make_round(project, [], raters=1)
    add_checks(in_round=blind, release=release, number=1, seed=4, by=None)
    mine = answer(claim_seat(in_round=blind, by=trainee), trainee, "erp")

    for in_round, annotation in ((training, theirs), (blind, mine), (training, mine)):
        assert page(client, "feedback", project, in_round.public_id, annotation.public_id).status_code == 404
    assert page(client, "training-result", project, blind.public_id).status_code == 303
