"""The rater's own queue by the API: the actions of the page, and nothing of anybody else."""

import inspect
import json
import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labeling.actions.seats import claim_seat, free_leases_of
from labeling.enums import Role, Scope, SeatState
from labeling.models import Annotation, Seat, Skip
from tests.api import RATERS, api_routes, bearer, rater_addresses
from tests.factories import make_member, make_project, make_round, make_taxonomy
from tests.test_blindness import World, differences

pytestmark = pytest.mark.django_db


class Asking:
    """A rater who works by the API."""

    def __init__(self, client, rater, in_round, *scopes):
        self.client, self.round, self.headers = client, in_round, bearer(rater, *scopes)

    def __call__(self, name, *things, verb="post", key=None, **sent):
        url = reverse(f"api:{name}", args=[self.round.project.slug, self.round.public_id, *things])
        headers = {**self.headers, **({"Idempotency-Key": str(key)} if key else {})}
        if verb == "get":
            return self.client.get(url, headers=headers)
        return getattr(self.client, verb)(url, json.dumps(sent), "application/json", headers=headers)


@pytest.fixture
def ann(client):
    project = make_project()
    in_round = make_round(project, raters=1, taxonomy=make_taxonomy(project), undo_seconds=600)
    return Asking(client, make_member(project, Role.ANNOTATOR), in_round)


def test_claim_submit_look_back_and_take_back(ann):
    item = ann("claim-next").json()
    assert set(item) == {"seat", "receipt", "taxonomy", "item", "draft", "draft_number", "returned"}
    assert ann("claim-next").json()["seat"] == item["seat"]
    ahead = ann("claim-next", beside=[item["seat"]]).json()
    assert ahead["seat"] != item["seat"]
    quote = {"document": 0, "start": 0, "end": 7}
    answer = {
        "labels": ["crm"], "evidence": {"crm": [quote]}, "receipt": item["receipt"], "taxonomy": item["taxonomy"],
    }  # fmt: skip
    key = uuid4()
    done = ann("submit", item["seat"], key=key, **answer)
    assert done.status_code == 201
    again = ann("submit", item["seat"], key=key, **answer)
    assert again.json() == done.json()
    assert ann("submit", item["seat"], key=key, **{**answer, "labels": ["erp"]}).status_code == 409
    mine = ann("my-annotations", verb="get").json()["results"]
    assert [(one["id"], one["labels"], one["can_take_back"]) for one in mine] == [
        (done.json()["annotation"], ["crm"], True)
    ]
    assert mine[0]["evidence"] == {"crm": [{**quote, "text": "Company"}]}
    assert ann("my-annotation", mine[0]["id"], verb="get").json()["shown"] == item["item"]
    back = ann("take-back", mine[0]["id"]).json()
    assert (back["seat"], back["draft"]["labels"]) == (item["seat"], ["crm"])
    assert ann("my-annotations", verb="get").json()["results"] == []


def test_what_is_no_answer_is_refused_and_nothing_is_written(ann):
    item = ann("claim-next").json()
    receipt = {"receipt": item["receipt"]}
    for sent, words in (
        ({}, "say that none applies"),
        ({"labels": ["crm"], "none_applies": True}, "Take one of the two back"),
        ({"labels": ["nope"]}, "not in this taxonomy"),
        ({"labels": ["crm"], "evidence": {"crm": [{"document": 9, "start": 0, "end": 1}]}}, "not in the text"),
    ):
        answer = ann("submit", item["seat"], **receipt, **sent)
        assert answer.status_code == 422
        assert words in answer.json()["detail"]
    number = item["taxonomy"]
    make_taxonomy(ann.round.project, ("crm",))
    type(ann.round).objects.filter(pk=ann.round.pk).update(
        taxonomy_version=ann.round.project.taxonomy_versions.get(number=number + 1)
    )
    moved = ann("submit", item["seat"], **receipt, labels=["crm"], taxonomy=number)
    assert (moved.status_code, "taxonomy v2" in moved.json()["detail"]) == (409, True)
    assert not Annotation.objects.exists()


def test_skip_release_draft_and_renew(ann):
    first = ann("claim-next").json()["seat"]
    assert ann("draft", first, verb="put", labels=["crm"]).json() == {"number": 1}
    assert ann("draft", first, verb="put", labels=["erp"], number=0).status_code == 409
    assert ann("claim-next").json()["draft"]["labels"] == ["crm"]
    assert ann("renew", first).json() == {"held": True, "paused": False}
    assert ann("release-seat", first).status_code == 204
    assert Seat.objects.get(public_id=first).state == SeatState.OPEN
    assert ann("renew", first).status_code == 404
    second = ann("claim-next").json()["seat"]
    assert ann("skip", second, reason="nonsense").status_code == 422
    assert ann("skip", second, reason="unreadable").status_code == 204
    assert Skip.objects.get().reason == "unreadable"


def test_the_seat_of_another_and_a_blind_round_for_whoever_sees_answers(ann, client):
    seat = ann("claim-next").json()["seat"]
    project = ann.round.project
    ben = Asking(client, make_member(project, Role.ANNOTATOR), ann.round)
    assert ben("submit", seat, labels=["crm"]).status_code == 404
    both = Asking(client, make_member(project, Role.ANNOTATOR, Role.MANAGER), ann.round)
    assert both("claim-next").status_code == 403
    reader = Asking(client, make_member(project, Role.ANNOTATOR), ann.round, Scope.READ)
    assert reader("claim-next").status_code == 403


def test_a_late_answer_gets_the_reply_of_any_other(ann, client):
    """Whether somebody took the seat meanwhile does not show."""
    replies = []
    for taken in (False, True):
        rater = make_member(ann.round.project, Role.ANNOTATOR)
        late = Asking(client, rater, ann.round)
        item = late("claim-next").json()
        free_leases_of(rater=rater)
        if taken:
            claim_seat(in_round=ann.round, by=make_member(ann.round.project, Role.ANNOTATOR))
        with CaptureQueriesContext(connection) as queries:
            done = late("submit", item["seat"], labels=["crm"], receipt=item["receipt"])
        mine = late("my-annotations", verb="get").json()["results"]
        replies.append((done.status_code, sorted(done.json()), len(mine), mine[0]["can_take_back"], len(queries)))
    assert replies[0] == replies[1]


UNKNOWABLE = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z?|assay_[\w-]+|(?<=\"receipt\":\")[^\"]+"
    r"|(?<=cursor=)[^&\"]+|(?<=\"request_id\":\")[^\"]+"
)


OF_THE_MOMENT = ("ETag", "X-Request-ID", "Expires", "Date")


def walk(client, world, person):
    """All that a rater gets of the API: what they may read, then what working on says, with its cost in queries."""
    headers, slug = bearer(person), world.slug
    annotation = Annotation.objects.filter(task__round=world.round, rater=person).order_by("pk")[0]
    things = {
        "project": slug, "round_id": world.round.public_id, "annotation_id": annotation.public_id, "number": 1,
        "task_id": annotation.task.public_id, "item_id": world.items[0].public_id,
    }  # fmt: skip
    seen = {}

    def ask(verb, url, sent=None):
        with CaptureQueriesContext(connection) as queries:
            answer = client.generic(verb, url, json.dumps(sent or {}), "application/json", headers=headers)
        body = UNKNOWABLE.sub("*", answer.content.decode()).replace(slug, "world")
        plain = f"{verb} {UNKNOWABLE.sub('*', url).replace(slug, 'world')} {len(seen)}"
        kept = {name: value for name, value in answer.headers.items() if name not in OF_THE_MOMENT}
        seen[plain] = (answer.status_code, body, kept, len(queries))
        return answer.json() if answer.content else {}

    for url in rater_addresses(things):
        ask("GET", url)
    place = [slug, world.round.public_id]
    item = ask("POST", reverse("api:claim-next", args=place))
    if "seat" in item:
        at = [*place, item["seat"]]
        ask("POST", reverse("api:claim-next", args=place), {"beside": [item["seat"]]})
        ask("POST", reverse("api:renew", args=at))
        ask("PUT", reverse("api:draft", args=at), {"labels": ["erp"]})
        done = ask("POST", reverse("api:submit", args=at), {"labels": ["erp"], "receipt": item["receipt"]})
        ask("POST", reverse("api:take-back", args=[*place, done["annotation"]]))
        ask("GET", reverse("api:my-annotations", args=place))
    ask("POST", reverse("api:claim-next", args=place))
    return seen


WORLDS = {  # what the others, the model and gold say and which item is a check; what became of a seat that ran out
    "answers": ({"ben": ("crm",), "check": 0}, {"ben": ("erp",), "model": "erp", "gold": "erp", "check": 2}),
    "seats": ({"late": False}, {"late": True}),
}


@pytest.mark.parametrize("secret", WORLDS)
def test_two_worlds_look_alike_to_a_rater(client, secret):
    one, other = (World(f"world-{place}", **said) for place, said in enumerate(WORLDS[secret]))
    assert not differences(walk(client, one, one.ann), walk(client, other, other.ann))


def test_no_cursor_of_a_rater_holds_the_number_of_a_row(client):
    """Pages that people who label may read are ordered by what they see of a row."""
    views = [route.view.cls for route in api_routes() if "GET" in route.view.cls.access]
    theirs = [view for view in views if view.access["GET"].roles & RATERS and "self.page(" in inspect.getsource(view)]
    assert {view.__name__ for view in theirs} >= {"Projects", "Taxonomies", "Items", "OwnAnswers"}
    assert all("pk" not in getattr(view, "ordering", "pk") for view in theirs)
