"""A replay on a release: started, worked out, shown; held-out gold is not in it."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from evaluation.actions.acquisition_replays import resume_stalled, start_replay, work_on_replay
from evaluation.models import AcquisitionReplay
from evaluation.stats.acquisition_replay import Design
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db
DESIGN = Design(mixes={"rare": {"rarity": 1.0}}, seeds=2, start=4, batch=4, budget=8)


@pytest.fixture
def release():
    project = make_project()
    make_taxonomy(project)
    gold = {
        item.external_id: {"labels": [("crm", "erp")[place % 2]], "split": "dev" if place < 20 else "test"}
        for place, item in enumerate(make_items(project, 24))
    }
    return import_golden(project=project, spec=FreezeSpec("g", {"dev": 1.0}), gold=gold, by=None)


def test_it_is_worked_out_once_on_dev_alone_and_drawn(release, client, monkeypatch):
    project = release.golden_set.project
    engineer = make_member(project, Role.ENGINEER)
    with pytest.raises(NotAllowed):
        start_replay(release=release, design=DESIGN, by=make_member(project, Role.ANNOTATOR))
    made = start_replay(release=release, design=DESIGN, by=engineer, at_once=True)
    nudged = []
    monkeypatch.setattr("evaluation.actions.acquisition_replays.nudge", lambda *arguments: nudged.append(arguments[1]))
    assert (resume_stalled(), nudged) == (1, [made.pk])
    work_on_replay(replay_id=made.pk)
    work_on_replay(replay_id=made.pk)
    made.refresh_from_db()
    assert (made.state, made.done, made.total) == ("done", 8, 8)
    assert made.report["pool"] + made.report["aside"] == 20

    client.force_login(engineer)
    page = client.get(reverse("evaluation:acquisition-replay", args=[project.slug, made.public_id])).content.decode()
    assert "Micro F1 by items labelled" in page
    assert page.count('class="trend s2"') >= 2


def test_what_cannot_be_replayed_is_refused(release):
    for wrong in (
        Design(mixes={"v": {"votes": 1.0}}), Design(mixes={}), Design(mixes=DESIGN.mixes, start=50),
        Design(mixes=DESIGN.mixes, seeds=0), Design(mixes=DESIGN.mixes, aside=1.0),
    ):  # fmt: skip
        with pytest.raises(Refused):
            start_replay(release=release, design=wrong, by=None)
    assert not AcquisitionReplay.objects.exists()


def test_from_the_command_line(release):
    out = StringIO()
    call_command(
        "replay", release.golden_set.project.slug, "--golden", "g@1", "--strategy", "least", "--seeds", "2", "--start",
        "4", "--batch", "4", "--budget", "8", "--json", "-", stdout=out, stderr=StringIO(),
    )  # fmt: skip

    assert set(json.loads(out.getvalue())["measures"]["macro_f1"]["curves"]) == {"random", "least"}
