"""Moving a round to a newer taxonomy."""

import pytest

from labeling.actions.annotations import Answer, hand_out, submit_annotation
from labeling.actions.seats import claim_seat
from labeling.actions.versions import adopt_taxonomy
from labeling.enums import Role
from labeling.models import AuditEvent
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_member, make_project, make_round, make_taxonomy

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_round():
    return make_round(make_project())


def test_a_round_without_answers_moves_and_it_is_on_record(in_round):
    newer = make_taxonomy(in_round.project, ["crm", "new"])
    boss = make_member(in_round.project, Role.MANAGER)

    adopt_taxonomy(in_round=in_round, version=newer, by=boss)

    in_round.refresh_from_db()
    assert in_round.taxonomy_version == newer
    assert AuditEvent.objects.get(kind="round.taxonomy_changed").after == {"taxonomy": newer.number}


def test_a_round_with_an_answer_keeps_its_taxonomy(in_round):
    newer = make_taxonomy(in_round.project, ["crm", "new"])
    ana = make_member(in_round.project, Role.ANNOTATOR)
    seat = claim_seat(in_round=in_round, by=ana)
    submit_annotation(seat=seat, receipt=hand_out(seat, ana), answer=Answer(labels=[]), by=ana)

    with pytest.raises(NotAllowed):
        adopt_taxonomy(in_round=in_round, version=newer, by=make_member(in_round.project, Role.MANAGER))

    in_round.refresh_from_db()
    assert in_round.taxonomy_version != newer


def test_drafts_and_other_projects_versions_are_refused(in_round):
    boss = make_member(in_round.project, Role.MANAGER)

    for version in (make_taxonomy(in_round.project, ["a"], published=False), make_taxonomy(make_project(), ["a"])):
        with pytest.raises(Refused):
            adopt_taxonomy(in_round=in_round, version=version, by=boss)


def test_only_managers_move_a_round(in_round):
    newer = make_taxonomy(in_round.project, ["a"])

    with pytest.raises(NotAllowed):
        adopt_taxonomy(in_round=in_round, version=newer, by=make_member(in_round.project, Role.ANALYST))
