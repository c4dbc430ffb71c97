"""Active learning in the browser: asking, why each was chosen, the round, the files; and what is sent wrongly."""

import csv
import json
from uuid import uuid4

import pytest
from django.urls import reverse

from evaluation.actions.acquisition import work_on_acquisition
from evaluation.actions.acquisition_replays import work_on_replay
from evaluation.models import Acquisition, AcquisitionReplay
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from labeling.models import Round
from tests.evaluation.actions.test_acquisition import run_of
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    project = make_project()
    version = make_taxonomy(project)
    items = make_items(project, 12)
    gold = {item.external_id: {"labels": [("crm", "erp")[place % 2]]} for place, item in enumerate(items[:8])}
    import_golden(project=project, spec=FreezeSpec("g", {"dev": 1.0}), gold=gold, by=None)
    items[9].name = "=cmd()"
    items[9].save(update_fields=["name"])
    return project, items, run_of(project, items, version)


def url(project, name, *rest):
    return reverse(f"evaluation:{name}", args=[project.slug, *rest])


def asked(**more):
    return {"run": "r", "mix": "least=1", "size": 4, "random_share": 0, "seed": 1, "idempotency_key": uuid4(), **more}


def test_from_the_form_to_a_round_and_the_files(world, client):
    project, items, _ = world
    manager = make_member(project, Role.MANAGER)
    client.force_login(manager)
    sent = asked()
    for _ in range(2):
        where = client.post(url(project, "new-acquisition"), sent)["Location"]
    made = Acquisition.objects.get()
    assert "Being worked out" in client.get(where).content.decode()
    work_on_acquisition(acquisition_id=made.pk)

    page = client.get(where).content.decode()
    assert page.count("<tr>") == 5
    table = client.get(url(project, "download-acquisition", made.public_id, "csv")).content.decode()
    rows = list(csv.DictReader(table.splitlines()))
    assert [row["item"] for row in rows] == [one.external_id for one in reversed(items[8:])]  # the least sure first
    assert "'=cmd()" in {row["name"] for row in rows}
    whole = json.loads(client.get(url(project, "download-acquisition", made.public_id, "json")).content)
    assert (whole["mix"], len(whole["items"]), whole["seed"]) == ({"least": 1.0}, 4, 1)
    assert client.get(url(project, "download-acquisition", made.public_id, "xml")).status_code == 404

    client.post(url(project, "label-acquisition", made.public_id), {"round": "", "name": "Next"})

    assert Round.objects.get(name="Next").tasks.count() == 4
    assert "In the round" in client.get(where).content.decode()

    gold = {items[8].external_id: {"labels": ["crm"], "split": "test"}}
    import_golden(project=project, spec=FreezeSpec("kept", {"test": 1.0}), gold=gold, by=None)
    whole = json.loads(client.get(url(project, "download-acquisition", made.public_id, "json")).content)
    since = {row["item"]: (row["least"], row["together"], row["why"]) for row in whole["items"]}
    assert since[items[8].external_id] == (None, None, "Held out for testing by now.")
    assert None not in since[items[9].external_id]


def test_what_is_sent_wrongly_comes_back_with_a_sentence_and_nothing_is_lost(world, client):
    project, *_ = world
    client.force_login(make_member(project, Role.ENGINEER))
    for wrong, said in (
        ({"mix": "nonsense=1"}, "nonsense"),
        ({"mix": "votes=1"}, "several runs"),
        ({"size": 0}, "greater than or equal to 1"),
        ({"run": "no such"}, "Select a valid choice"),
    ):
        answer = client.post(url(project, "new-acquisition"), asked(**wrong))
        assert answer.status_code == 422
        assert said in answer.content.decode()
        assert f'value="{wrong.get("mix", "least=1")}"' in answer.content.decode()
    assert not Acquisition.objects.exists()


def test_a_replay_by_form_and_its_curves_as_files(world, client):
    project, *_ = world
    client.force_login(make_member(project, Role.ENGINEER))
    sent = {"on": "g@1", "mix": "rarity=1", "seeds": 2, "start": 2, "batch": 2, "budget": 4, "random_share": 0.3}
    where = client.post(url(project, "new-acquisition-replay"), {**sent, "idempotency_key": uuid4()})["Location"]
    made = AcquisitionReplay.objects.get()
    assert client.get(url(project, "download-acquisition-replay", made.public_id, "csv")).status_code == 404
    work_on_replay(replay_id=made.pk)
    assert "These curves as CSV" in client.get(where).content.decode()
    files = [client.get(url(project, "download-acquisition-replay", made.public_id, form)) for form in ("csv", "json")]
    rows = list(csv.DictReader(files[0].content.decode().splitlines()))
    report = json.loads(files[1].content)
    assert len(rows) == 2 * 2 * len(report["labels"])
    assert report["design"]["seeds"] == 2
    point = report["measures"]["micro_f1"]["curves"]["random"]["points"][0]
    assert float(rows[0]["value"]) == point["value"]
