"""Asking a model from a page: first what it would cost, then the start, for those who may; nothing for raters."""

import pytest
from django.urls import reverse

from evaluation.actions.predictions import work_on
from evaluation.actions.triage_asking import collect_asked
from evaluation.models import PanelRater, PromptVersion, Run, TriageAsking, TriageProposal
from labeling.enums import Role
from tests.evaluation.actions.conftest import at_once, provider  # noqa: F401 -- fixtures
from tests.evaluation.panels import SECRET_RUNS, make_room
from tests.evaluation.triaged import Triaged
from tests.factories import make_member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]
ASKED = {"prompt": "standard", "model": "fake-1"}


def to(name, project, *more):
    return reverse(f"evaluation:{name}", args=[project.slug, *more])


def test_a_judge_is_started_after_its_cost_and_steered(client, provider):  # noqa: F811
    room = make_room(items=2)
    panel = room.panel()
    client.force_login(room.manager)
    new, page = to("new-judge", room.project), to("judges", room.project, panel.public_id)
    assert "What would it cost?" in client.get(f"{new}?panel={panel.public_id}").content.decode()

    said = client.get(new, {"panel": panel.public_id, **ASKED}).content.decode()
    assert "at most" in said
    assert not PromptVersion.objects.exists()
    assert client.get(new, {"panel": panel.public_id, **ASKED, "model": "unpriced"}).status_code == 422
    assert client.post(new, {"panel": panel.public_id, **ASKED, "budget": "0"}).status_code == 422
    assert client.post(new, {"panel": panel.public_id, **ASKED, "budget": "1"}).url == page

    rater = PanelRater.objects.get(role="judge")
    assert (str(rater.judge), rater.seats.count(), provider.requests) == ("standard judge@1", 4, [])
    said = client.get(page).content.decode()
    assert "0 of 4 outputs asked about" in said
    assert 'hx-trigger="every 4s"' in said
    assert not any(name in said for name in SECRET_RUNS)
    client.post(page, {"judge": rater.pk, "step": "stop"})
    assert set(Run.objects.filter(origin="judge").values_list("state", flat=True)) == {"cancelled"}
    assert client.post(page, {"judge": rater.pk, "step": "dance"}).status_code == 422
    assert "standard judge@1" in client.get(to("all-judges", room.project)).content.decode()


def test_a_model_is_asked_why_from_the_triage_page(client, provider):  # noqa: F811
    provider.answer = lambda body: {"category": "ambiguous-text", "reason": "<i>so</i>"}
    world = Triaged()
    triage = world.start(blind_share=0.5)
    ask, page = (to(name, world.project, triage.public_id) for name in ("ask-proposals", "triage"))
    client.force_login(world.analyst)
    assert "Ask a language model" not in client.get(page).content.decode()
    assert client.get(ask).status_code == 404
    client.force_login(world.people[Role.ENGINEER])
    assert "One question for each of 8 errors" in client.get(ask, ASKED).content.decode()
    assert client.post(ask, {**ASKED, "budget": "1"}).url == page

    asking = TriageAsking.objects.get()
    assert "0 of 8 items asked about" in client.get(page).content.decode()
    work_on(run_id=asking.run_id)
    assert collect_asked(asking.run) == 8
    said = client.get(page).content.decode()
    assert "8 of 8 errors" in said
    assert "standard reasons@1 · fake-1" in said
    blind = triage.errors.filter(is_blind=True).first()
    shown = triage.errors.filter(is_blind=False).first()
    pages = [client.get(to("triage-error", world.project, triage.public_id, one.place)) for one in (blind, shown)]
    assert ["&lt;i&gt;so&lt;/i&gt;" in one.content.decode() for one in pages] == [False, True]
    steer = to("steer-asking", world.project, triage.public_id, asking.public_id)
    assert client.post(steer, {"step": "stop"}).status_code == 303
    assert TriageProposal.objects.count() == 8


def test_raters_find_none_of_it(client):
    room = make_room(items=2)
    triage = Triaged().start()
    for user in (*room.raters, room.judge):
        client.force_login(user)
        for url in (to("all-judges", room.project), to("new-judge", room.project)):
            assert client.get(url).status_code == 404
    for role in (Role.ANNOTATOR, Role.ADJUDICATOR):
        client.force_login(make_member(triage.run.project, role))
        assert client.get(to("ask-proposals", triage.run.project, triage.public_id)).status_code == 404


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_list_of_judges_takes_as_many_queries_for_few_as_for_many(client, item_count, django_assert_num_queries):
    room = make_room(items=2)
    for number in range(item_count):
        panel = room.panel(name=f"P{number}")
        version = PromptVersion.objects.create(
            prompt=room.project.prompts.get_or_create(name="j")[0], number=number + 1, strategy="chat", model="m",
            template="{item}", digest=str(number + 1),
        )  # fmt: skip
        PanelRater.objects.create(panel=panel, judge=version, role="judge")
    client.force_login(room.manager)
    client.get(to("all-judges", room.project))
    with django_assert_num_queries(7):
        client.get(to("all-judges", room.project))
