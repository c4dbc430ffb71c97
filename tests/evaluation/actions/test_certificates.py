"""Certificates: issued once, on the record, never changed, a look on test; and what makes them void."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from evaluation.actions.certificates import Promise, attempts, certify, suspend, verdict_of
from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.reports import evaluate_run
from evaluation.models import Certificate, Evaluation
from evaluation.queries.certificates import certificates_of, standing_of
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from labeling.models import AuditEvent, Look
from reviewapp.common import clock
from reviewapp.common.errors import Conflict, NotAllowed, Refused
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


def made(*, wrong=0, items=80, split="dev", confidence=0.9):
    """A scored run that is sure of every item and wrong on so many."""
    project = make_project()
    make_taxonomy(project)
    found = make_items(project, items)
    gold = {
        item.external_id: {"labels": ["crm"] if place >= wrong else ["erp"], "split": split}
        for place, item in enumerate(found)
    }
    release = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    said = {item.external_id: {"labels": [{"code": "crm", "confidence": confidence}], "model": "m-1"} for item in found}
    run = import_predictions(project=project, name="run", predictions=said, by=None)
    evaluation = evaluate_run(run=run, release=release, split=split, by=None)
    return project, Evaluation.objects.select_related("run__project", "release__golden_set").get(pk=evaluation.pk)


def test_it_is_issued_once_and_goes_on_the_record():
    project, evaluation = made()
    manager = make_member(project, Role.MANAGER)

    certificate = certify(evaluation=evaluation, promise=Promise(), by=manager)
    again = certify(evaluation=evaluation, promise=Promise(), by=manager)

    assert certificate.pk == again.pk
    assert (certificate.threshold, certificate.accepted, certificate.errors) == (0.9, 80, 0)
    assert certificate.p_value == pytest.approx(0.95**80)
    assert certificate.model_returned == "m-1"
    assert AuditEvent.objects.filter(kind="certificate.issued").count() == 1
    assert not Look.objects.exists()


def test_not_yet_writes_nothing_and_says_what_is_missing():
    _, evaluation = made(wrong=1, items=70)

    assert certify(evaluation=evaluation, promise=Promise(), by=None) is None

    verdict = verdict_of(evaluation, Promise())
    assert verdict.more > 20
    assert "1 wrong among 70" in verdict.reason
    assert not Certificate.objects.exists()
    assert not AuditEvent.objects.filter(kind="certificate.issued").exists()
    assert attempts(evaluation) == 1
    certify(evaluation=evaluation, promise=Promise(target=0.9), by=None)
    assert attempts(evaluation) == 2


def test_on_test_each_attempt_is_a_look_and_the_stored_one_is_none():
    _, evaluation = made(split="test")
    before = Look.objects.count()

    certify(evaluation=evaluation, promise=Promise(), by=None)
    certify(evaluation=evaluation, promise=Promise(), by=None)
    assert Look.objects.count() == before + 1
    certify(evaluation=evaluation, promise=Promise(target=0.999), by=None)
    assert Look.objects.count() == before + 2


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.ANALYST, Role.ANNOTATOR])
def test_only_managers_certify_and_suspend(role):
    project, evaluation = made()
    with pytest.raises(NotAllowed):
        certify(evaluation=evaluation, promise=Promise(), by=make_member(project, role))
    certificate = certify(evaluation=evaluation, promise=Promise(), by=None)
    with pytest.raises(NotAllowed):
        suspend(certificate=certificate, reason="because", by=make_member(project, role))


@pytest.mark.parametrize(
    "options", [{"target": 0.4}, {"target": 1}, {"risk": 0}, {"risk": 0.6}, {"unit": "x"}, {"days": 0}]
)
def test_a_promise_that_makes_no_sense_is_refused(options):
    with pytest.raises(Refused):
        Promise(**options)


def test_what_was_certified_never_changes():
    _, evaluation = made()
    certificate = certify(evaluation=evaluation, promise=Promise(), by=None)
    mine = Certificate.objects.filter(pk=certificate.pk)

    for change in (
        {"threshold": 0.1},
        {"target": 0.5},
        {"expires_at": clock.now() + timedelta(days=999)},
        {"report": {}},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            mine.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        mine.update(suspended_at=clock.now())  # without a reason
    with pytest.raises(IntegrityError), transaction.atomic():
        mine.delete()


def test_it_is_suspended_once_for_a_reason():
    project, evaluation = made()
    manager = make_member(project, Role.MANAGER)
    certificate = certify(evaluation=evaluation, promise=Promise(), by=manager)

    with pytest.raises(Refused):
        suspend(certificate=certificate, reason="  ", by=manager)
    suspend(certificate=certificate, reason="the stream changed", by=manager)
    with pytest.raises(Conflict):
        suspend(certificate=certificate, reason="again", by=manager)

    found = standing_of(certificate, now=clock.now())
    assert (found.state, found.why) == ("suspended", "the stream changed")
    assert AuditEvent.objects.filter(kind="certificate.suspended").count() == 1


def test_it_expires_and_a_newer_taxonomy_outdates_it():
    project, evaluation = made()
    certificate = certify(evaluation=evaluation, promise=Promise(days=30), by=None)

    assert standing_of(certificate, now=clock.now()).state == "valid"
    assert standing_of(certificate, now=clock.now() + timedelta(days=31)).state == "expired"
    make_taxonomy(project, codes=("crm", "erp", "other"))
    assert certificates_of(project, now=clock.now())[0].state == "outdated"


def test_the_pages_issue_show_and_suspend(client):
    project, evaluation = made()
    client.force_login(make_member(project, Role.MANAGER))
    url = reverse("evaluation:certify", args=[project.slug, evaluation.public_id])

    assert "Test and certify" in client.get(url).content.decode()
    assert client.post(url, {"target": "20", "risk": "5", "unit": "item", "days": "90"}).status_code == 422
    answer = client.post(url, {"target": "95", "risk": "5", "unit": "item", "days": "90"}, follow=True)

    assert "at least 95.0% of what is accepted" in answer.content.decode()
    page = answer.redirect_chain[-1][0]
    assert client.get(page, {"as": "json"}).json()["threshold"] == 0.9
    assert client.get(page, {"as": "csv"}).content.decode().startswith("threshold,")
    answer = client.post(f"{page}suspend/", {"reason": "a drift alarm"}, follow=True)
    assert "a drift alarm" in answer.content.decode()
    assert "suspended" in client.get(reverse("evaluation:certificates", args=[project.slug])).content.decode()


def test_not_yet_is_a_page_that_says_how_many_more(client):
    project, evaluation = made(wrong=1, items=70)
    client.force_login(make_member(project, Role.MANAGER))
    url = reverse("evaluation:certify", args=[project.slug, evaluation.public_id])

    text = client.post(url, {"target": "95", "risk": "5", "unit": "item", "days": "90"}).content.decode()

    assert "Not yet certifiable" in text
    assert "more items" in text


def test_on_test_the_form_asks_to_confirm_the_look(client):
    project, evaluation = made(split="test")
    client.force_login(make_member(project, Role.MANAGER))
    url = reverse("evaluation:certify", args=[project.slug, evaluation.public_id])
    before = Look.objects.count()
    sent = {"target": "95", "risk": "5", "unit": "item", "days": "90"}

    assert client.post(url, sent).status_code == 422
    assert Look.objects.count() == before
    assert client.post(url, sent | {"look": "on"}).status_code == 303
    assert Look.objects.count() == before + 1


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_list_takes_a_fixed_number_of_queries(client, item_count, django_assert_num_queries):
    project, evaluation = made()
    for number in range(item_count):
        certify(evaluation=evaluation, promise=Promise(days=30 + number), by=None)
    client.force_login(make_member(project, Role.ENGINEER))

    with django_assert_num_queries(8 + (connection.vendor == "postgresql")):  # its clock is asked
        assert client.get(reverse("evaluation:certificates", args=[project.slug])).status_code == 200
