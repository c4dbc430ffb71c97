"""The page of a panel's judges: figures apart from the people, no run named while the panel is open."""

import pytest
from django.urls import reverse

from evaluation.actions.prompts import Recipe, write_version
from evaluation.enums import PanelRole, RunState
from evaluation.models import Judging, PanelRater, PanelSeat, Rating, Run
from labeling.enums import Role
from reviewapp.common import clock
from tests.evaluation.panels import SECRET_RUNS, make_room
from tests.factories import make_member

pytestmark = pytest.mark.django_db


def test_figures_are_shown_to_readers_and_nothing_to_raters(client):
    room = make_room(items=2)
    panel = room.panel()
    version = write_version(project=room.project, name="judge", recipe=Recipe("chat", "m-1", "{item}"), by=None)
    rater = PanelRater.objects.create(panel=panel, judge=version, role=PanelRole.JUDGE)
    for place, output in enumerate(panel.outputs.all(), 1):
        seat = PanelSeat.objects.create(rater=rater, output=output, place=place, is_done=True)
        Rating.objects.create(seat=seat, scores={"relevance": 5, "completeness": 4}, created_at=clock.now())
    run = Run.objects.create(project=room.project, name="j", prompt_version=version, origin="judge", is_simulated=True,
                             taxonomy_version=room.runs[0].taxonomy_version, state=RunState.DONE)  # fmt: skip
    Judging.objects.create(rater=rater, panel_run=panel.runs.first(), run=run)
    url = reverse("evaluation:judges", args=[room.project.slug, panel.public_id])

    client.force_login(make_member(room.project, Role.ANALYST))
    page = client.get(url).content.decode()
    assert "judge@1" in page
    assert "simulated" in page
    assert "4 of 4 outputs" in page
    assert "told when the panel is closed" in page
    assert not any(name in page for name in (*SECRET_RUNS, str(room.raters[0])))
    assert client.post(url, {"judge": rater.pk}).status_code in (403, 404)
    client.force_login(room.raters[0])
    assert client.get(url).status_code in (403, 404)
