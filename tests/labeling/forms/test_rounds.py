from datetime import date

import pytest

from labeling.actions.rounds import RoundOptions
from labeling.forms.rounds import RoundForm
from tests.factories import make_project, make_taxonomy

pytestmark = pytest.mark.django_db

PLAIN = {
    "name": "R", "size": "5", "allocation": "proportional", "raters": "2", "settling": "unanimous", "purpose": "golden",
    "undo_seconds": "600", "seed": "1",
}  # fmt: skip


@pytest.fixture
def project():
    project = make_project()
    make_taxonomy(project)
    return project


def filled(project, **more):
    return RoundForm({**PLAIN, **more}, project=project, attributes=[])


def test_left_alone_the_choices_are_the_default_ones(project):
    form = filled(project)

    assert form.is_valid(), form.errors
    assert form.options() == RoundOptions(quick_labels=[])
    assert not RoundForm(project=project, attributes=[]).has_more()


def test_what_is_chosen_becomes_the_rounds_options(project):
    form = filled(
        project, due_on="2026-03-01", quick_labels=" erp ;crm;", asks_summary="on", distinct_groups="on",
        needs_qualification="on", check_bar="0.7", check_least="4", second_share="0", audit_share="12.5",
    )  # fmt: skip

    assert form.is_valid(), form.errors
    assert form.options() == RoundOptions(
        due_on=date(2026, 3, 1), quick_labels=["erp", "crm"], asks_summary=True, distinct_groups=True,
        needs_qualification=True, check_bar=0.7, check_least=4, second_share=0.0, audit_share=0.125,
    )  # fmt: skip
    assert form.has_more()


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("quick_labels", "erp;nonsense", "nonsense"),
        ("check_bar", "1.2", "less than or equal"),
        ("due_on", "soon", "date"),
    ],
)
def test_what_cannot_be_is_said_and_unfolded(project, field, value, says):
    form = filled(project, **{field: value})

    assert not form.is_valid()
    assert says in str(form.errors[field])
    assert form.has_more()


def test_every_field_is_shown_once(project):
    form = RoundForm(project=project, attributes=[])

    shown = [field.name for field in [*form.main_fields(), *form.more_fields()]]

    assert sorted(shown) == sorted(form.fields)
