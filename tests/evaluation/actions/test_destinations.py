"""Destinations are a manager's to make, hold no secret, and give a signing secret once a generation."""

import pytest
from django.urls import reverse

from evaluation.actions.destinations import (
    make_destination,
    renew_secret,
    send_test,
    signing_secret,
    switch_destination,
)
from evaluation.models import Delivery, Destination
from labeling.enums import Role
from labeling.models import AuditEvent
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db
HOOK = "https://hooks.example.org/a?token=t0p"


@pytest.mark.parametrize(
    ("kind", "address", "events"),
    [("email", "nobody", []), ("email", "", []), ("webhook", "http://hooks.example.org/", []),
     ("webhook", "https://me:pw@hooks.example.org/", []), ("slack", "SECRET_KEY", []),
     ("slack", "https://hooks.slack.example/x", []), ("webhook", HOOK, ["run.invented"]),
     ("pagerduty", "ASSAY_DESTINATION_PAGER", ["run.finished"]), ("carrier pigeon", "roof", [])],
)  # fmt: skip
def test_what_cannot_be_reached_or_would_read_another_secret_is_refused(settings, kind, address, events):
    settings.DELIVERY_SECRETS = {"ASSAY_DESTINATION_PAGER": "key"}
    with pytest.raises(Refused):
        make_destination(project=make_project(), name="x", kind=kind, address=address, events=events, by=None)
    assert not Destination.objects.exists()


def test_only_managers_make_them():
    project = make_project()
    for role in (Role.ENGINEER, Role.ANALYST, Role.ADJUDICATOR, Role.ANNOTATOR):
        with pytest.raises(NotAllowed):
            make_destination(project=project, name="x", kind="webhook", address=HOOK, by=make_member(project, role))


def test_the_secret_is_in_no_row_and_another_after_it_is_renewed():
    made = make_destination(project=make_project(), name="x", kind="webhook", address=HOOK, by=None)
    first = signing_secret(made)

    second = renew_secret(destination=made, by=None)

    assert first != second == signing_secret(Destination.objects.get())
    rows = f"{list(Destination.objects.values())} {list(AuditEvent.objects.values())}"
    assert first.removeprefix("whsec_") not in rows
    assert second.removeprefix("whsec_") not in rows
    assert "t0p" not in str(list(AuditEvent.objects.values()))  # nor what an address may hold


def test_one_that_is_off_gives_up_what_waits(django_capture_on_commit_callbacks):
    made = make_destination(project=make_project(), name="x", kind="email", address="a@example.org", by=None)
    with django_capture_on_commit_callbacks(execute=True):
        send_test(destination=made, by=None)
        switch_destination(destination=made, on=False, by=None)
    assert (Delivery.objects.get().state, Delivery.objects.get().reason) == (
        "dead",
        "The destination was switched off.",
    )
    with pytest.raises(Refused):
        send_test(destination=made, by=None)


def test_the_page_shows_the_secret_once_and_never_the_whole_address(client):
    project = make_project()
    client.force_login(make_member(project, Role.MANAGER))
    told = {"name": "Hook", "kind": "webhook", "url": HOOK, "events": ["run.finished"]}

    answer = client.post(reverse("evaluation:new-destination", args=[project.slug]), told)

    made = Destination.objects.get()
    secret = signing_secret(made)
    assert secret in answer.content.decode()
    for page in (("destinations", []), ("destination", [made.public_id])):
        content = client.get(reverse(f"evaluation:{page[0]}", args=[project.slug, *page[1]])).content.decode()
        assert "hooks.example.org" in content
        assert secret not in content
        assert "t0p" not in content


@pytest.mark.parametrize("message_count", [1, 3])
def test_the_list_takes_as_many_queries_however_many_messages(client, django_assert_num_queries, message_count):
    project = make_project()
    client.force_login(make_member(project, Role.ANALYST))
    for number in range(message_count):
        made = make_destination(project=project, name=f"x{number}", kind="email", address="a@example.org", by=None)
        send_test(destination=made, by=None)
    url = reverse("evaluation:destinations", args=[project.slug])
    with django_assert_num_queries(6):
        assert client.get(url).status_code == 200


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.ADJUDICATOR, Role.ANNOTATOR])
def test_whoever_may_not_see_agreement_sees_no_message(client, role):
    project = make_project()
    made = make_destination(project=project, name="x", kind="email", address="a@example.org", by=None)
    sent = send_test(destination=made, by=None)
    client.force_login(make_member(project, role))
    for name, args in (("destinations", []), ("destination", [made.public_id]), ("delivery", [sent.public_id])):
        assert client.get(reverse(f"evaluation:{name}", args=[project.slug, *args])).status_code == 404
