"""Items whose text changed, and the plan of what is due."""

from datetime import date, timedelta

import pytest

from labeling.actions.golden import FreezeSpec, import_golden
from labeling.actions.items import write_items
from labeling.actions.upkeep import add_duty, add_usual_duties, drop_duty, finish_duty, months_after, relabel_stale
from labeling.enums import Role
from labeling.files.items import ItemRow
from labeling.models import Duty, UpkeepRound
from labeling.queries.upkeep import upkeep_due
from labeling.queries.upkeep_items import stale_page
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project()
    make_taxonomy(project)
    write(project, a="Sells payroll.", b="Sells CRM.", c="Sells ERP.")
    gold = {key: {"labels": ["crm"]} for key in "abc"}
    import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    return project


def write(project, **texts):
    rows = [
        ItemRow(
            external_id=key, name=f"Firm {key}", attributes={},
            documents=(
                {"position": 0, "kind": "text", "text": text, "source_url": "", "fetched_at": "", "page": None},
            ),
        )
        for key, text in texts.items()
    ]  # fmt: skip
    write_items(project=project, rows=rows)


def test_a_changed_text_is_found_by_its_hash_and_shown_word_by_word(project):
    write(project, a="Sells payroll to banks.", b="SELLS  crm.")

    page = stale_page(project)

    assert (page.total, page.asked) == (1, 0)
    [(kind, lines)] = page.rows[0].documents
    assert kind == "text"
    assert [(line.kind, line.text) for line in lines] == [
        ("removed", "Sells payroll."), ("added", "Sells payroll to banks."),
    ]  # fmt: skip


@pytest.mark.parametrize("changed", ["a", "abc"])
def test_changed_items_are_listed_in_a_fixed_number_of_queries(project, changed, django_assert_num_queries):
    write(project, **{key: f"Now {key}." for key in changed})

    with django_assert_num_queries(4):
        assert stale_page(project).total == len(changed)


def test_they_go_to_one_round_with_their_new_text_until_it_changes_again(project):
    write(project, a="Sells payroll to banks.")

    made = relabel_stale(project=project, by=None)

    task = made.tasks.get()
    assert (task.item.external_id, task.item_revision, made.name) == ("a", 2, "Sample 1")
    assert UpkeepRound.objects.get().release.golden_set.name == "gold"
    assert (stale_page(project).total, stale_page(project).asked) == (1, 1)
    with pytest.raises(Refused, match="nobody has been asked about"):
        relabel_stale(project=project, by=None)
    write(project, a="Sells cars.")
    assert relabel_stale(project=project, by=None).tasks.get().item_revision == 3
    with pytest.raises(NotAllowed):
        relabel_stale(project=project, by=make_member(project, Role.ANALYST))


def test_what_repeats_comes_again_and_skips_what_passed(project):
    manager, today = make_member(project, Role.MANAGER), clock.now().date()
    due = {"project": project, "kind": "refresh", "owner": manager, "by": manager}
    once = add_duty(title="Once", due_on=today, **due)
    late = add_duty(title="Each month", due_on=today - timedelta(days=70), repeats="monthly", **due)

    assert [(row.duty, row.state) for row in upkeep_due(project)] == [(late, "overdue"), (once, "soon")]
    assert finish_duty(duty=once, by=manager) is None
    coming = finish_duty(duty=late, by=manager)

    assert coming.due_on == months_after(late.due_on, 3)
    assert [row.duty for row in upkeep_due(project)] == [coming]
    late.refresh_from_db()
    assert late.done_by == manager
    with pytest.raises(NotAllowed, match="already"):
        finish_duty(duty=late, by=manager)
    with pytest.raises(NotAllowed, match="on record"):
        drop_duty(duty=late, by=manager)


def test_months_end_where_they_end():
    assert months_after(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert months_after(date(2026, 11, 30), 3) == date(2027, 2, 28)


def test_the_usual_plan_is_added_once_and_owned_by_who_sees_it(project):
    manager, rater = make_member(project, Role.MANAGER), make_member(project, Role.ANNOTATOR)
    assert len(add_usual_duties(project=project, owner=manager, by=manager)) == 5
    assert add_usual_duties(project=project, owner=manager, by=manager) == []
    with pytest.raises(Refused, match="manager or an analyst"):
        add_usual_duties(project=make_project(), owner=rater, by=None)
    own = Duty.objects.filter(project=project).first()
    with pytest.raises(NotAllowed):
        finish_duty(duty=own, by=rater)
