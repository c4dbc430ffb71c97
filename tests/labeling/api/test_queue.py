"""The rater's own queue by the API: the actions of the page, and nothing of anybody else."""

import inspect
import json
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labeling.actions.seats import claim_seat, free_leases_of
from labeling.enums import Role, Scope, SeatState
from labeling.models import Annotation, Seat, Skip
from tests.api import RATERS, api_routes, bearer
from tests.factories import make_member, make_project, make_round, make_taxonomy

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


def test_no_cursor_of_a_rater_holds_the_number_of_a_row(client):
    """Pages that people who label may read are ordered by what they see of a row."""
    views = [route.view.cls for route in api_routes() if "GET" in route.view.cls.access]
    theirs = [view for view in views if view.access["GET"].roles & RATERS and "self.page(" in inspect.getsource(view)]
    assert {view.__name__ for view in theirs} >= {"Projects", "Taxonomies", "Items", "OwnAnswers"}
    assert all("pk" not in getattr(view, "ordering", "pk") for view in theirs)
