"""Expansion plans: fresh items by lot and by novelty, made into one blind round."""

import pytest

from labeling.actions.expansions import label_expansion, resume_expansions, start_expansion, work_on_expansion
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role, Stratum
from labeling.models import ExpansionPlan, Round, UpkeepRound
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_items, make_member, make_project, make_round, make_taxonomy

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    """Two items in gold, one in a round, five fresh ones of which one speaks of drones, and a copy of a gold text."""
    project = make_project(slices=["sector"])
    make_taxonomy(project)
    gold = make_items(project, 2)
    release_rows = {item.external_id: {"labels": ["crm"]} for item in gold}
    import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=release_rows, by=None)
    make_round(project, make_items(project, 1))
    fresh = [*make_items(project, 3), *make_items(project, 2, sector="Health")]
    fresh[1].documents.update(text="Drones survey turbines.")
    copy = make_items(project, 1)[0]
    copy.text_digest = gold[0].text_digest
    copy.save()
    project.drone, project.fresh = fresh[1], fresh
    return project


def planned(project, **asked):
    asked = {"size": 3, "by_attributes": ["sector"], "novelty_share": 0.34, **asked}
    made = start_expansion(project=project, by=None, at_once=True, **asked)
    work_on_expansion(plan_id=made.pk)
    made.refresh_from_db()
    return made


@pytest.mark.parametrize("seed", range(3))
def test_a_plan_draws_fresh_items_by_lot_and_adds_what_gold_has_nothing_like(project, seed):
    made = planned(project, seed=seed)

    assert made.state == "done"
    assert {row["item"] for row in made.chosen} <= {item.pk for item in project.fresh}
    assert (made.counts["fresh"], made.counts["by_lot"], made.counts["novel"]) == (5, 2, 1)
    assert sum(row["weight"] for row in made.chosen if not row["is_novel"]) == 5
    drone = [row for row in made.chosen if row["item"] == project.drone.pk]
    assert drone
    if drone[0]["is_novel"]:
        assert drone[0]["why"] == "unlike gold: “drones”, “survey”, “turbines”"
        assert drone[0]["stratum"] == Stratum.NOVEL


def test_a_round_is_made_once_and_says_no_reason_to_anybody(project):
    made = planned(project)

    in_round = label_expansion(found=made, by=None)

    assert set(in_round.tasks.values_list("item", flat=True)) == {row["item"] for row in made.chosen}
    assert in_round.name.startswith("Sample ")
    assert UpkeepRound.objects.get().release.golden_set.name == "gold"
    with pytest.raises(NotAllowed, match="already"):
        label_expansion(found=made, by=None)
    with pytest.raises(Refused, match="meanwhile"):
        label_expansion(found=planned_before(made), by=None)
    assert Round.objects.count() == 2


def planned_before(made):
    """Another plan of the same items, made before the round was."""
    return ExpansionPlan.objects.create(
        project=made.project, size=3, novelty_share=0, state="done", chosen=made.chosen, created_at=made.created_at
    )


def test_what_cannot_be_is_said(project):
    assert planned(project, size=6).error == "5 items are fresh, fewer than the 6 asked for."
    for wrong in ({"size": 0}, {"novelty_share": 1.1}, {"by_attributes": ["nope"]}):
        with pytest.raises(Refused):
            planned(project, **wrong)
    with pytest.raises(NotAllowed):
        start_expansion(project=project, by_attributes=[], by=make_member(project, Role.ANALYST))


def test_the_sweep_finds_a_plan_whose_message_was_lost(project):
    made = start_expansion(project=project, size=1, by_attributes=[], by=None, at_once=True)

    resume_expansions()

    made.refresh_from_db()
    assert made.state == "done"
