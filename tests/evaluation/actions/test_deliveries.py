"""Each format reaches a real server as its readers expect; failures are tried again, then given up with a reason."""

import base64
import hashlib
import hmac
import json
import re
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core import mail
from django.db import DatabaseError, transaction

from evaluation.actions import deliveries
from evaluation.actions.deliveries import MOST_TRIES, deliver, queue_message, replay, sweep_deliveries
from evaluation.actions.destinations import make_destination, signing_secret
from evaluation.models import Delivery
from evaluation.outgoing.messages import Message
from evaluation.queries.deliveries import tone_of
from labeling.enums import Role
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db(transaction=False)
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
MESSAGE = Message(
    kind="run.finished",
    title="Run “<!here> & co” has finished",
    at="2026-05-04T12:00:00+00:00",
    project="p",
    url="https://assay.example/runs/1/",
    facts=(("Items", "120"), ("Failed", "3")),
    dedup_key="run:1",
    data={"run": "r", "items": 120},
)


class Receiver:
    """A web server on loopback that keeps what it got and answers as it is told."""

    def __init__(self):
        self.got, self.answers, outer = [], [], self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((self.path, dict(self.headers), body))
                status, headers, text = outer.answers.pop(0) if outer.answers else (200, {}, "ok")
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()


@pytest.fixture
def receiver(settings):
    made = Receiver()
    settings.DELIVERY_ALLOWED_HOSTS = [made.url.removeprefix("http://")]
    settings.DELIVERY_SECRETS = {"ASSAY_DESTINATION_CHAT": f"{made.url}/chat", "ASSAY_DESTINATION_PAGER": "R0UT1NG"}
    settings.PAGERDUTY_URL = f"{made.url}/v2/enqueue"
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def at():
    """The clock, for the test to move."""
    moment = [NOW]
    with clock.told_by(lambda: moment[0]):
        yield moment


def sent(kind, address, message=MESSAGE, project=None):
    """A message to a new destination, after the first try."""
    made = make_destination(
        project=project or make_project(), name="There", kind=kind, address=address, events=[], by=None
    )
    delivery = queue_message(destination=made, key="k", message=message)
    deliver(delivery_id=delivery.pk)
    delivery.refresh_from_db()
    return delivery


def test_a_webhook_is_signed_so_that_a_few_lines_of_anybody_can_check_it(receiver, at):
    delivery = sent("webhook", f"{receiver.url}/hook?a=1")

    (path, headers, body), secret = receiver.got[0], signing_secret(delivery.destination)
    told = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(base64.b64decode(secret.split("_", 1)[1]), told, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()
    assert (path, headers["webhook-id"]) == ("/hook?a=1", delivery.message_id)
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert json.loads(body)["type"] == "run.finished"
    assert json.loads(body)["data"]["items"] == 120
    assert (delivery.state, delivery.status, delivery.response, delivery.tries) == ("sent", 200, "ok", 1)


def test_slack_gets_text_and_blocks_in_which_no_name_can_call_a_channel(receiver):
    delivery = sent("slack", "ASSAY_DESTINATION_CHAT")

    path, headers, body = receiver.got[0]
    content = json.loads(body)
    assert (path, headers["Content-Type"], delivery.state) == ("/chat", "application/json", "sent")
    assert content["text"].startswith("Run “&lt;!here&gt; &amp; co” has finished\nItems: 120\n")
    assert [block["type"] for block in content["blocks"]] == ["section", "section", "context"]
    assert content["blocks"][1]["fields"][0] == {"type": "mrkdwn", "text": "*Items*\n120"}
    assert "webhook-signature" not in headers
    assert "/chat" not in str(Delivery.objects.values())  # the address is a secret and stays in the environment


@pytest.mark.parametrize("action", ["trigger", "resolve"])
def test_pagerduty_gets_an_event_of_its_second_version(receiver, action):
    receiver.answers = [(202, {}, '{"status":"success"}')]
    message = Message.from_dict(MESSAGE.as_dict() | {"action": action, "severity": "critical"})

    delivery = sent("pagerduty", "ASSAY_DESTINATION_PAGER", message)

    path, _, body = receiver.got[0]
    content = json.loads(body)
    assert (path, delivery.state, delivery.status) == ("/v2/enqueue", "sent", 202)
    assert (content["routing_key"], content["event_action"], content["dedup_key"]) == ("R0UT1NG", action, "run:1")
    assert ("payload" in content) == (action == "trigger")
    if action == "trigger":
        assert content["payload"]["severity"] == "critical"
        assert content["payload"]["custom_details"]["items"] == 120


def test_mail_has_one_line_of_subject_and_all_facts():
    message = Message.from_dict(MESSAGE.as_dict() | {"title": "Two\nlines"})

    assert sent("email", "a@example.org, b@example.org", message).state == "sent"

    assert mail.outbox[0].to == ["a@example.org", "b@example.org"]
    assert mail.outbox[0].subject == "[p] Two lines"
    assert "Items: 120\nFailed: 3" in mail.outbox[0].body


@pytest.mark.parametrize(("backend", "said"), [("dummy", "switched off"), ("console", "to its log")])
def test_a_server_that_sends_no_mail_says_so_and_calls_nothing_delivered(settings, backend, said):
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"

    delivery = sent("email", "a@example.org")

    assert (delivery.state, delivery.get_state_display(), delivery.tries) == ("unsent", "Not sent", 1)
    assert said in delivery.reason
    assert delivery.log.get().reason == delivery.reason
    assert (sweep_deliveries(), tone_of(delivery)) == (0, "gold")
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    replay(delivery=delivery, by=None)
    deliver(delivery_id=delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason, len(mail.outbox)) == ("sent", "", 1)


def test_a_failure_is_tried_again_later_and_later_and_then_given_up_with_the_reason(receiver, at, monkeypatch):
    monkeypatch.setattr("celery.utils.time.random.randrange", lambda stop: stop - 1)  # the longest wait of each step
    receiver.answers = [(503, {}, "later")] * MOST_TRIES
    delivery, waits = sent("webhook", receiver.url), []

    while delivery.state == "pending":
        waits.append((delivery.next_try_at - at[0]).total_seconds())
        at[0] = delivery.next_try_at - timedelta(seconds=1)
        sweep_deliveries()
        assert Delivery.objects.get().tries == delivery.tries  # not before its time
        at[0] = delivery.next_try_at
        sweep_deliveries()
        delivery.refresh_from_db()

    assert waits == [60, 120, 240, 480, 960, 1920, 3840, 7680, 15360]
    assert (delivery.state, delivery.tries, len(receiver.got)) == ("dead", 10, 10)
    assert delivery.reason == "After 10 tries: It answered 503."
    assert len({headers["webhook-id"] for _, headers, _ in receiver.got}) == 1
    assert [one.status for one in delivery.log.all()] == [503] * 10


def test_waits_are_drawn_from_nothing_to_the_step(monkeypatch):
    monkeypatch.setattr("celery.utils.time.random.randrange", lambda stop: 0)
    assert deliveries.wait_after(5) == timedelta(0)


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [
        ((404, {}, "no"), "dead", "asking again"),
        ((302, {"Location": "http://169.254.169.254/"}, ""), "dead", "redirect"),
        ((429, {"Retry-After": "7200"}, ""), "pending", "It answered 429."),
        ((500, {}, "x" * 9000), "pending", "It answered 500."),
    ],
)
def test_what_an_answer_leads_to(receiver, at, answer, state, reason):
    receiver.answers = [answer]

    delivery = sent("webhook", receiver.url)

    assert (delivery.state, len(receiver.got)) == (state, 1)
    assert reason in delivery.reason
    assert len(delivery.response) <= 500
    if answer[0] == 429:
        assert delivery.next_try_at >= NOW + timedelta(hours=2)


def test_an_address_inside_gets_nothing_and_a_port_that_is_shut_is_tried_again(receiver, settings):
    delivery = sent("webhook", f"{receiver.url}/x")
    settings.DELIVERY_ALLOWED_HOSTS = []
    settings.DELIVERY_PLAIN_HTTP = True
    inside = queue_message(destination=delivery.destination, key="2", message=MESSAGE)
    deliver(delivery_id=inside.pk)
    inside.refresh_from_db()
    assert (inside.state, len(receiver.got)) == ("dead", 1)
    assert "private" in inside.reason

    settings.DELIVERY_ALLOWED_HOSTS = ["127.0.0.1:9"]
    shut = sent("webhook", "http://127.0.0.1:9/", project=make_project())
    assert (shut.state, shut.status) == ("pending", None)


def test_what_a_dead_worker_held_is_sent_by_the_sweep_and_a_second_worker_finds_it_claimed(receiver, at):
    made = make_destination(project=make_project(), name="a", kind="webhook", address=receiver.url, by=None)
    delivery = queue_message(destination=made, key="k", message=MESSAGE)
    held = {"state": "sending", "lease_until": NOW + timedelta(seconds=120), "tries": 1}
    Delivery.objects.update(**held)

    deliver(delivery_id=delivery.pk)
    assert (sweep_deliveries(), receiver.got) == (0, [])
    at[0] = NOW + timedelta(seconds=121)

    assert sweep_deliveries() == 1
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries, len(receiver.got)) == ("sent", 2, 1)


def test_a_message_that_workers_die_of_is_given_up(receiver, at, monkeypatch):
    made = make_destination(project=make_project(), name="a", kind="webhook", address=receiver.url, by=None)
    queue_message(destination=made, key="k", message=MESSAGE)

    def dies(*_):
        raise MemoryError

    monkeypatch.setattr(deliveries, "_send", dies)
    monkeypatch.setattr(deliveries, "nudge", lambda *_: None)
    for _ in range(MOST_TRIES):
        assert sweep_deliveries() == 1
        with pytest.raises(MemoryError):
            deliver(delivery_id=Delivery.objects.get().pk)
        at[0] += timedelta(seconds=121)

    assert sweep_deliveries() == 0
    lost = Delivery.objects.get()
    assert (lost.state, lost.reason) == ("dead", "After 10 tries: the worker that sent it did not come back.")


def test_a_message_is_written_once_a_key_and_replayed_by_a_manager_under_its_id(
    receiver, at, django_capture_on_commit_callbacks
):
    receiver.answers = [(410, {}, "gone")]
    delivery = sent("webhook", receiver.url)
    manager, engineer = (make_member(delivery.destination.project, one) for one in (Role.MANAGER, Role.ENGINEER))
    assert queue_message(destination=delivery.destination, key="k", message=MESSAGE) == delivery

    with pytest.raises(NotAllowed):
        replay(delivery=delivery, by=engineer)
    at[0] += timedelta(minutes=10)
    with django_capture_on_commit_callbacks(execute=True):
        replay(delivery=delivery, by=manager)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries, delivery.reason) == ("sent", 1, "")
    assert receiver.got[0][1]["webhook-id"] == receiver.got[1][1]["webhook-id"]
    told = [(one["webhook-timestamp"], one["webhook-signature"]) for _, one, _ in receiver.got]
    assert (int(told[1][0]) - int(told[0][0]), told[0][1] == told[1][1]) == (600, False)  # a receiver takes it as fresh
    assert re.fullmatch(r"msg_[0-9a-f]{32}", delivery.message_id)
    with pytest.raises(DatabaseError), transaction.atomic():
        delivery.log.update(reason="other")
