"""Proposals: learned or brought in, hidden on the blind share, and their hits counted apart."""

import pytest

from evaluation.actions.triage import judge
from evaluation.actions.triage_proposals import bring_proposals, propose_categories
from evaluation.queries.triage_board import board, desk
from reviewapp.common.errors import Refused
from tests.evaluation.triaged import Triaged

pytestmark = pytest.mark.django_db


def test_they_are_learned_from_people_and_need_some():
    world = Triaged(dev=48)
    triage = world.start()
    gap, vague, *_ = world.categories
    errors = list(triage.errors.select_related("triage__run__project").order_by("-place"))
    with pytest.raises(Refused, match="at least 20"):
        propose_categories(triage=triage, by=world.analyst)
    for error in errors[:25]:
        judge(error=error, category=gap if error.predicted else vague, by=world.analyst)

    assert propose_categories(triage=triage, by=world.analyst) == len(errors)

    found = board(triage)
    assert found.proposals == len(errors)
    assert found.blind.n == 25
    assert found.assisted.n == 0


def test_a_blind_proposal_is_never_shown_and_hits_are_counted_apart():
    world = Triaged()
    triage = world.start(blind_share=0.5)
    gap, vague, *_ = world.categories
    errors = list(triage.errors.select_related("item", "triage__run__project"))
    rows = {(one.item.external_id, one.gold, one.predicted): (gap.code, 0.8) for one in errors}
    assert bring_proposals(triage=triage, rows=rows, proposer="a model", by=None) == 8
    with pytest.raises(Refused):
        bring_proposals(triage=triage, rows={("nobody", "", "crm"): (gap.code, None)}, proposer="a model", by=None)
    blind = [one for one in errors if one.is_blind]
    open_ones = [one for one in errors if not one.is_blind]
    assert blind
    assert open_ones

    assert all(desk(triage, one.place, world.analyst).proposal is None for one in blind)
    for one in blind:
        with pytest.raises(Refused):
            judge(error=one, category=gap, shown=one.proposals.get(), by=world.analyst)
        judge(error=one, category=vague, by=world.analyst)
    for one in open_ones:
        shown = desk(triage, one.place, world.analyst).proposal
        judge(error=one, category=gap, shown=shown, by=world.analyst)

    found = board(triage)
    assert (found.blind.value, found.blind.n) == (0.0, len(blind))
    assert (found.assisted.value, found.assisted.n) == (1.0, len(open_ones))
