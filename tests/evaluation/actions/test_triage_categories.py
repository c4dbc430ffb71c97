"""Categories: changed on the record, one key each, within one project."""

import pytest

from evaluation.actions.triage_categories import DEFAULTS, Wording, offer_defaults, set_category
from evaluation.models import ErrorCategory
from labeling.enums import Role
from labeling.models import AuditEvent
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db


def test_defaults_are_offered_and_each_change_is_on_the_record():
    project = make_project()
    analyst = make_member(project, Role.ANALYST)
    assert len(offer_defaults(project=project, by=analyst)) == len(DEFAULTS)
    assert offer_defaults(project=project, by=analyst) == []

    wording = Wording("Gap", "The guidelines do not say what is right here.", "1", 1, is_retired=True)
    set_category(project=project, code="guideline-gap", wording=wording, by=analyst)
    set_category(project=project, code="guideline-gap", wording=wording, by=analyst)

    events = AuditEvent.objects.filter(kind="error_category.set").order_by("pk")
    assert events.count() == len(DEFAULTS) + 1
    assert events.last().after == {"name": "Gap", "is_retired": True}
    assert set_category(project=project, code="new", wording=Wording("New", "", "1"), by=analyst).key == "1"


@pytest.mark.parametrize(
    ("code", "wording"),
    [("Bad Code", Wording("a", "", "z")), ("a", Wording(" ", "", "z")), ("a", Wording("a", "", "n")),
     ("a", Wording("a", "", "é")), ("other", Wording("a", "", "1"))],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(code, wording):
    project = make_project()
    set_category(project=project, code="first", wording=Wording("First", "", "1"), by=None)
    with pytest.raises(Refused):
        set_category(project=project, code=code, wording=wording, by=None)
    with pytest.raises(NotAllowed):
        set_category(project=project, code="b", wording=Wording("b", "", "b"), by=make_member(project, Role.ANNOTATOR))
    assert ErrorCategory.objects.count() == 1
