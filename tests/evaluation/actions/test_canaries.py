"""A canary from its start to its verdict: two versions, blind labels on a weighted sample, and the pages beside it."""

from types import SimpleNamespace

import pytest
from django.urls import reverse

from evaluation.actions.canaries import draw_canary, read_canary, start_canary
from evaluation.actions.predictions import work_on
from evaluation.actions.prompts import Recipe, write_version
from evaluation.enums import Strategy
from evaluation.queries.canaries import standing_of
from labeling.enums import Role
from labeling.models import Task
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_items, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]


def version(project, by, **parameters):
    recipe = Recipe(Strategy.CHAT, "fake-1", "{item}", {"max_tokens": 50} | parameters)
    return write_version(project=project, name="ask", recipe=recipe, by=by)


@pytest.fixture
def two(world, provider, monkeypatch):
    """The candidate says crm always, production says it of every other item; crm is always right."""
    project, by = world
    make_items(project, 40, prefix="new")
    production, candidate = version(project, by), version(project, by, temperature=1.0)
    standing = SimpleNamespace(version=production, version_id=production.pk)
    monkeypatch.setattr("evaluation.actions.canaries.in_production", lambda prompt: standing)
    seen = []

    def answer(body):
        seen.append(body)
        right = body.get("temperature") or len(seen) % 2
        return {"labels": [{"code": "crm", "confidence": 0.9, "evidence": ""}] if right else []}

    provider.answer = answer
    return project, by, candidate, production


def finished(made):
    for run in (made.candidate_run, made.production_run):
        work_on(run_id=run.pk)
        run.refresh_from_db()
    return made


def test_people_who_see_neither_decide_between_the_two(two, client):
    project, engineer, candidate, _ = two
    manager = make_member(project, Role.MANAGER)
    made = start_canary(candidate=candidate, share=1.0, by=engineer)
    assert standing_of(made).step == "running"
    with pytest.raises(NotAllowed):
        draw_canary(canary=made, by=manager)
    made = draw_canary(canary=finished(made), size=30, share_of_disagreements=0.7, by=manager)
    assert made.population == {"agree": 22, "disagree": 22}
    assert sum(task.weight for task in made.round.tasks.all()) == pytest.approx(44)
    assert "canary" not in made.round.name.lower()
    with pytest.raises(NotAllowed):
        read_canary(canary=made, by=engineer)
    settle(made.round, manager)
    made = read_canary(canary=made, by=engineer)
    assert made.report["verdict"] == "better"
    assert made.report["candidate"]["micro_f1"]["value"] == 1
    assert made.report["population"] == pytest.approx(44)

    client.force_login(engineer)
    page = client.get(reverse("evaluation:canary", args=[project.slug, made.public_id]))
    assert "the candidate is better" in page.content.decode()
    assert client.get(reverse("evaluation:canaries", args=[project.slug])).status_code == 200
    download = reverse("evaluation:download-canary", args=[project.slug, made.public_id, "json"])
    assert client.get(download).json()["verdict"] == "better"


def settle(in_round, by):
    from labeling.models import Decision, DecisionLabel, Label

    crm = Label.objects.get(version=in_round.taxonomy_version, code="crm")
    for task in in_round.tasks.all():
        decision = Decision.objects.create(
            task=task, number=1, kind="adjudicated", decided_by=by, decided_at=task.round.created_at
        )
        DecisionLabel.objects.create(decision=decision, label=crm)
    Task.objects.filter(round=in_round).update(state="settled", decisions_made=1, settled_at=in_round.created_at)


def test_a_canary_needs_something_to_stand_beside_and_new_items(two, world):
    project, engineer, candidate, production = two
    with pytest.raises(Refused, match="in production itself"):
        start_canary(candidate=production, by=engineer)
    with pytest.raises(Refused, match="Only"):
        start_canary(candidate=candidate, share=0.01, by=engineer)
    rater = make_member(project, Role.ANNOTATOR)
    with pytest.raises(NotAllowed):
        start_canary(candidate=candidate, share=1.0, by=rater)
    finished(start_canary(candidate=candidate, share=1.0, by=engineer))
    with pytest.raises(Refused, match="Only 0 new items"):  # production has seen them all now
        start_canary(candidate=candidate, share=1.0, by=engineer)
