from datetime import timedelta

import pytest

from labeling.enums import Role, RoundState
from labeling.models import Annotation, Guideline, Revision, Round
from labeling.queries.guidelines import cases_of, newest_after, news_for, showable
from reviewapp.common import clock
from tests.factories import make_items, make_member, make_project, make_round, make_taxonomy
from tests.labeling.actions.test_guidelines import put_in_an_open_round, settle

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project()
    make_taxonomy(project)
    return project


def write(project, number, text="a", examples=()):
    return Guideline.objects.create(project=project, number=number, text=text, examples=list(examples))


def answered(project, rater, guideline, *, days_ago=0):
    task = make_round(project, make_items(project, 1)).tasks.get()
    at = clock.now() - timedelta(days=days_ago)
    annotation = Annotation.objects.create(task=task, rater=rater, is_counted=False, submitted_at=at)
    Revision.objects.create(annotation=annotation, number=1, guideline=guideline, created_at=at)


def test_news_are_what_changed_since_ones_own_last_answer(project):
    first, second, _ = (write(project, number, text) for number, text in ((1, "a\nb"), (2, "a\nB"), (3, "a\nB\nc")))
    ana, ben = (make_member(project, Role.ANNOTATOR) for _ in range(2))
    answered(project, ana, first, days_ago=2)
    answered(project, ana, second, days_ago=1)
    answered(project, ben, first)

    mine, his = news_for(ana, project), news_for(ben, project)

    assert (mine.worked_with, mine.newest) == (2, 3)
    assert [line.text for line in mine.lines if line.kind == "added"] == ["c"]
    assert [line.text for line in his.lines if line.kind == "removed"] == ["b"]


def test_there_is_no_news_for_who_never_answered_or_is_up_to_date(project):
    newest = write(project, 1)
    ana, ben, cleo = (make_member(project, Role.ANNOTATOR) for _ in range(3))
    answered(project, ana, newest)
    answered(project, ben, None)

    assert [news_for(user, project) for user in (ana, ben, cleo)] == [None, None, None]


def test_news_of_another_project_are_not_mine(project):
    ana = make_member(project, Role.ANNOTATOR)
    answered(project, ana, write(project, 1))
    other = make_project()
    write(other, 5)

    assert news_for(ana, other) is None


def test_new_examples_are_counted(project):
    items = make_items(project, 2)
    made = [{"item": item.external_id, "name": item.name, "quote": "", "labels": [], "why": ""} for item in items]
    ana = make_member(project, Role.ANNOTATOR)
    answered(project, ana, write(project, 1, examples=made[:1]))
    write(project, 2, examples=made)

    assert news_for(ana, project).new_examples == 1


def test_newer_guidelines(project):
    assert newest_after(None, project) is None
    first = write(project, 1)

    assert newest_after(None, project) == first
    assert newest_after(first, project) is None


def test_an_example_whose_item_is_to_be_labelled_again_is_not_shown(project):
    item, other = make_items(project, 2)
    made = [{"item": one.external_id, "name": one.name, "quote": "", "labels": [], "why": ""} for one in (item, other)]
    guideline = write(project, 1, examples=made)
    make_round(project, [item])

    assert showable(guideline, project) == made[1:]


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_cases_on_offer_take_a_fixed_number_of_queries(project, item_count, django_assert_num_queries):
    in_round = make_round(project, make_items(project, item_count + 1))
    judge = make_member(project, Role.ADJUDICATOR)
    tasks = list(in_round.tasks.order_by("pk"))
    for task in tasks:
        settle(task, ("erp", "crm"), by=judge)
    Round.objects.filter(pk=in_round.pk).update(state=RoundState.CLOSED, closed_at=clock.now())
    put_in_an_open_round(tasks[0])

    with django_assert_num_queries(4):
        cases = cases_of(project)

    assert {case.task for case in cases} == {task.public_id for task in tasks[1:]}
    assert {(case.labels, case.why) for case in cases} == {(("crm", "erp"), "Sells it.")}
    assert all("sells things" in case.quote for case in cases)
    assert cases_of(project, without=[case.item for case in cases]) == []
