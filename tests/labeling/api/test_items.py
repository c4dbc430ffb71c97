"""Items and taxonomies by the API: filters, the stream, many at once, and what is refused."""

import gzip
import json
from datetime import timedelta
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labeling.enums import Role
from labeling.models import AuditEvent, ImportJob, Item, Label
from reviewapp.common import clock
from tests.api import bearer
from tests.factories import make_items, make_member, make_project

pytestmark = pytest.mark.django_db
NDJSON = "application/x-ndjson"


@pytest.fixture
def project():
    return make_project()


@pytest.fixture
def ask(client, project):
    headers = bearer(make_member(project, Role.MANAGER))

    def do(name, *things, content=None, kind="application/json", query=None, key=None, **more):
        url = reverse(f"api:{name}", args=[project.slug, *things]) + (f"?{urlencode(query)}" if query else "")
        sent = {**headers, **more, **({"Idempotency-Key": str(key)} if key else {})}
        if content is None:
            return client.get(url, headers=sent)
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return client.post(url, body, kind, headers=sent)

    return do


def lines(*rows):
    return "\n".join(json.dumps(row) for row in rows).encode()


ROWS = [
    {"external_id": "a", "name": "Acme", "text": "Sells payroll.", "attributes": {"sector": "IT", "website": "x.org"}},
    {"external_id": "b", "documents": [{"kind": "about", "text": "Sells CRM."}], "attributes": {"sector": "Health"}},
]


def test_rows_go_in_and_come_out_as_a_stream_that_goes_in_again(ask, project):
    first = ask("items", content=lines(*ROWS), kind=NDJSON)
    assert (first.status_code, first.json()["added"], first.json()["state"]) == (200, 2, "done")
    streamed = ask("item-stream", Accept=NDJSON)
    rows = [json.loads(line) for line in streamed.getvalue().decode().splitlines()]
    assert [row["external_id"] for row in rows] == ["a", "b"]
    assert rows[0]["attributes"] == {"sector": "IT", "website": "x.org"}
    assert rows[1]["documents"][0]["kind"] == "about"
    again = ask("items", content=gzip.compress(lines(*rows)), kind=NDJSON, **{"Content-Encoding": "gzip"})
    assert {name: again.json()[name] for name in ("added", "updated", "unchanged")} == {
        "added": 0, "updated": 0, "unchanged": 2,
    }  # fmt: skip
    listed = ask("items", content=rows)
    assert listed.json()["unchanged"] == 2
    csv = ask("items", content=b"id,text,sector\nc,Sells ERP.,IT\n", kind="text/csv")
    assert csv.json()["added"] == 1


def test_a_refused_row_is_named_and_nothing_is_written_unless_it_may_be_left_out(ask, project):
    bad = [*ROWS, {"external_id": "c"}, "no object"]
    refused = ask("items", content=bad)
    assert refused.status_code == 422
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["errors"] == {"line 3": ["it has no text"], "line 4": ["it is not a JSON object"]}
    assert not Item.objects.exists()
    assert not ImportJob.objects.exists()
    job = ask("items", content=bad, query={"skip_bad": "true"}).json()
    assert (job["added"], job["refused"]) == (2, 2)
    problems = ask("import-problems", job["id"]).json()["results"]
    assert [one["line"] for one in problems] == [3, 4]
    for content, kind, words in (
        (b"", "application/json", "no rows"),
        (b"{}", "application/json", "JSON list"),
        (b"[", "application/json", "not JSON"),
        (lines({"external_id": "a", "text": "x", "attributes": {"name": "y"}}), NDJSON, "cannot be called"),
    ):
        answer = ask("items", content=content, kind=kind)
        assert (answer.status_code, words in answer.json()["detail"]) == (422, True), answer.content
    assert ask("items", content=b"x", kind="application/xml").status_code == 415


def test_one_key_has_one_effect(ask):
    key = uuid4()
    first = ask("items", content=ROWS, key=key).json()
    assert ask("items", content=ROWS, key=key).json() == first
    assert ask("items", content=ROWS[:1], key=key).status_code == 409
    assert ImportJob.objects.count() == 1


def test_many_rows_are_a_job(ask, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr("labeling.api.items.AT_ONCE", 1)
    with django_capture_on_commit_callbacks(execute=True):
        answer = ask("items", content=ROWS)
    assert answer.status_code == 202
    assert ask("import", answer.json()["id"]).json()["state"] == "done"
    assert ask("imports").json()["results"][0]["added"] == 2
    back = ask("take-back-import", answer.json()["id"], content={})
    assert (back.json()["state"], Item.objects.count()) == ("undone", 0)


def test_filters(ask, project):
    old, new = make_items(project, 2)
    Item.objects.filter(pk=new.pk).update(attributes={"sector": "Health"})
    long_ago = clock.now() - timedelta(days=9)
    Item.objects.filter(pk=old.pk).update(created_at=long_ago)

    def found(**query):
        return [one["external_id"] for one in ask("items", query=query).json()["results"]]

    assert found() == sorted([old.external_id, new.external_id])
    assert found(external_id=old.external_id) == [old.external_id]
    assert found(attribute="sector", value="Health") == [new.external_id]
    since = (long_ago + timedelta(days=1)).isoformat()
    assert found(changed_since=since) == [new.external_id]
    row = {"external_id": old.external_id, "text": "Something else."}
    ask("items", content=[row])
    assert old.external_id in found(changed_since=since)
    for query in ({"attribute": "nope", "value": "x"}, {"attribute": "sector"}, {"changed_since": "yesterday"}):
        assert ask("items", query=query).status_code == 422
    assert ask("items", query={"cursor": "cD1hAGI="}).status_code == 404
    whole = ask("item", old.public_id).json()
    assert whole["documents"][0]["text"] == "Something else."


@pytest.mark.parametrize("item_count", [1, 3])
def test_a_list_asks_the_same_of_the_database_however_long(ask, project, item_count):
    make_items(project, item_count)  # the first answer also writes down when the token was used
    for name, number in (("items", 5), ("item-stream", 5)):
        with CaptureQueriesContext(connection) as queries:
            answer = ask(name)
            answer.getvalue()
        asked = [one["sql"] for one in queries if "clock_timestamp" not in one["sql"]]  # SQLite has no clock to ask
        assert len(asked) == number, asked


def test_a_taxonomy_is_sent_read_and_drafted(ask, project, client):
    rows = [{"code": "soft", "name": "Software"}, {"code": "crm", "name": "CRM", "parent": "soft"}]
    made = ask("taxonomies", content=rows)
    assert made.status_code == 201
    assert [(one["code"], one["parent"]) for one in made.json()["labels"]] == [("soft", None), ("crm", "soft")]
    assert (made.json()["number"], made.json()["status"]) == (1, "published")
    refused = ask("taxonomies", content=[{"code": "a", "parent": "nope"}])
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["line 1"])
    draft = ask("taxonomies", content=b"code,name\nerp,ERP\n", kind="text/csv", query={"draft": "1"}).json()
    assert (draft["number"], draft["status"]) == (2, "draft")
    reader = bearer(make_member(project, Role.ANNOTATOR))
    where = reverse("api:taxonomies", args=[project.slug])
    assert [one["number"] for one in client.get(where, headers=reader).json()["results"]] == [1]
    assert client.get(f"{where}2/", headers=reader).status_code == 404
    assert ask("publish-taxonomy", 2, content={}).json()["status"] == "published"
    assert ask("publish-taxonomy", 2, content={}).status_code == 422
    assert Label.objects.filter(version__project=project).count() == 3
    assert AuditEvent.objects.filter(kind="taxonomy.published").count() == 2
