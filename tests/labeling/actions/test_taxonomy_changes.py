"""A change of the taxonomy: nothing before it is applied, a mapping for good after, and the split items asked again."""

import pytest
from django.db import IntegrityError, transaction

from labeling.actions.golden import FreezeSpec, import_golden
from labeling.actions.taxonomy import draft_taxonomy
from labeling.actions.taxonomy_changes import (
    add_step,
    apply_change,
    ask_again,
    discard_change,
    drop_step,
    start_change,
)
from labeling.enums import Role, Stratum
from labeling.models import AuditEvent, Task, TaxonomyChange, TaxonomyMapping, TaxonomyVersion, UpkeepRound
from labeling.queries.taxonomy_changes import mapping_between, rows_of
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db
SPLIT = {"kind": "split", "code": "crm", "into": [{"code": "crm-small"}, {"code": "crm-large"}]}
MERGE = {"kind": "merge", "codes": ["erp", "payroll"], "into": {"code": "erp"}}


@pytest.fixture
def project():
    project = make_project()
    make_taxonomy(project)
    return project


def changed(project, *steps):
    change = start_change(project=project, by=None)
    for step in steps:
        change = add_step(change=change, step=step, by=None)
    return change


def test_steps_write_nothing_but_themselves(project):
    change = changed(project, SPLIT, MERGE)

    assert TaxonomyVersion.objects.count() == 1
    assert TaxonomyMapping.objects.count() == 0
    assert drop_step(change=change, place=0, by=None).steps == [MERGE]
    assert start_change(project=project, by=None) == change
    discard_change(change=change, by=None)
    assert not TaxonomyChange.objects.exists()


def test_a_step_that_cannot_be_followed_leaves_the_others(project):
    change = changed(project, SPLIT)

    with pytest.raises(Refused, match="Step 2"):
        add_step(change=change, step={"kind": "retire", "code": "crm"}, by=None)
    change.refresh_from_db()
    assert change.steps == [SPLIT]


def test_applying_publishes_a_version_with_what_became_of_each_code(project):
    change = changed(project, SPLIT, MERGE)
    manager = make_member(project, Role.MANAGER)

    made = apply_change(change=change, by=manager)

    assert (made.number, made.status) == (2, "published")
    assert list(made.labels.values_list("code", flat=True)) == ["crm-small", "crm-large", "erp"]
    assert list(change.mappings.values_list("old_code", "new_codes", "kind")) == [
        ("crm", ["crm-large", "crm-small"], "split"),
        ("erp", ["erp"], "merged"),
        ("payroll", ["erp"], "merged"),
    ]
    assert AuditEvent.objects.get(kind="taxonomy_change.applied").by == manager
    with pytest.raises(NotAllowed, match="is applied"):
        apply_change(change=change, by=manager)


def test_maps_are_composed_over_changes_and_end_at_a_file(project):
    first = project.taxonomy_versions.get()
    second = apply_change(change=changed(project, MERGE), by=None)
    third = apply_change(change=changed(project, {"kind": "rename", "code": "erp", "to": "office"}), by=None)

    assert mapping_between(first, third).targets == {"crm": {"crm"}, "erp": {"office"}, "payroll": {"office"}}
    assert mapping_between(third, second) is None
    fourth = make_taxonomy(project, ["crm"])
    assert mapping_between(first, fourth) is None


@pytest.mark.parametrize("what", ["change", "mapping", "new mapping", "delete"])
def test_the_database_refuses_to_change_what_was_applied(project, what):
    change = changed(project, MERGE)
    apply_change(change=change, by=None)

    tries = {
        "change": lambda: TaxonomyChange.objects.update(steps=[]),
        "mapping": lambda: TaxonomyMapping.objects.update(new_codes=[]),
        "new mapping": lambda: TaxonomyMapping.objects.create(
            change=change, old_code="crm", new_codes=[], kind="retired"
        ),
        "delete": lambda: TaxonomyMapping.objects.all()._raw_delete("default"),
    }

    with pytest.raises(IntegrityError), transaction.atomic():
        tries[what]()


def test_a_draft_from_a_file_or_a_newer_version_is_in_the_way(project):
    change = changed(project, MERGE)
    draft = draft_taxonomy(project=project, labels=rows_of(change.base), by=None)

    with pytest.raises(Refused, match="draft from a file"):
        apply_change(change=change, by=None)
    draft.delete()
    make_taxonomy(project, ["crm"])
    with pytest.raises(Refused, match="published meanwhile"):
        apply_change(change=change, by=None)


def test_only_managers_change_it(project):
    for role in set(Role) - {Role.MANAGER}:
        with pytest.raises(NotAllowed):
            start_change(project=project, by=make_member(project, role))
    assert not TaxonomyChange.objects.exists()


def test_exactly_the_split_items_are_asked_again_once(project):
    items = make_items(project, 4)
    gold = {
        item.external_id: {"labels": labels, "split": "dev"}
        for item, labels in zip(items, (["crm"], ["crm", "erp"], ["erp"], []), strict=True)
    }
    release = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    change = changed(project, SPLIT)
    with pytest.raises(NotAllowed, match="not applied"):
        ask_again(change=change, release=release, by=None)
    apply_change(change=change, by=None)
    change.refresh_from_db()

    made = ask_again(change=change, release=release, by=None)

    assert set(made.tasks.values_list("item", flat=True)) == {items[0].pk, items[1].pk}
    assert made.taxonomy_version == change.made
    assert made.seats.count() == 2 * made.raters
    assert not set(made.tasks.values_list("stratum", flat=True)) & set(Stratum.values)
    assert "split" not in made.name
    assert UpkeepRound.objects.get().release == release
    with pytest.raises(Refused, match="asked again already"):
        ask_again(change=change, release=release, by=None)
    assert Task.objects.filter(round__project=project).count() == 2
