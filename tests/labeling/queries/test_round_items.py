import pytest

from labeling.actions.annotations import Answer, hand_out, submit_annotation
from labeling.actions.rounds import set_band
from labeling.actions.seats import claim_seat
from labeling.enums import Role, TaskState
from labeling.queries import round_items
from labeling.queries.round_items import items_of
from tests.factories import make_items, make_member, make_project, make_round, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project()


def names(page):
    return [row.task.item.name for row in page.rows]


@pytest.mark.parametrize("item_count", [1, 3])
def test_a_page_takes_two_queries(project, item_count, django_assert_num_queries):
    in_round = make_round(project, make_items(project, item_count))
    claim_seat(in_round=in_round, by=make_member(project, Role.ANNOTATOR))

    with django_assert_num_queries(2):
        assert len(items_of(in_round).rows) == item_count


@pytest.mark.parametrize("sort", list(round_items.SORTS))
def test_pages_follow_one_another_without_gap_or_repeat(project, sort, monkeypatch):
    monkeypatch.setattr(round_items, "PAGE", 2)
    items = make_items(project, 7)
    type(items[0]).objects.filter(pk__in=[item.pk for item in items[2:5]]).update(name="The: same")
    in_round = make_round(project, items)
    in_round.tasks.filter(item__in=items[3:6]).update(state=TaskState.DISPUTED)
    in_round.seats.filter(task__item__in=items[1:4]).update(place=5)

    seen, after = [], ""
    for _ in range(4):
        page = items_of(in_round, sort=sort, after=after)
        seen += [row.task.item_id for row in page.rows]
        after = page.next or ""

    assert page.next is None
    assert sorted(seen) == sorted(item.pk for item in items)
    assert seen == [row.task.item_id for row in _whole(in_round, sort, monkeypatch)]


def _whole(in_round, sort, monkeypatch):
    monkeypatch.setattr(round_items, "PAGE", 50)
    return items_of(in_round, sort=sort).rows


def test_only_the_state_that_was_asked_for(project):
    in_round = make_round(project, make_items(project, 3))
    disputed = in_round.tasks.first()
    in_round.tasks.filter(pk=disputed.pk).update(state=TaskState.DISPUTED)

    page = items_of(in_round, state="disputed")

    assert page.wanted == TaskState.DISPUTED
    assert names(page) == [disputed.item.name]


@pytest.mark.parametrize("word", ["pk__gt", "item__project__members", "-state", "'", "password", "\x00", "9" * 400])
def test_no_word_of_a_request_becomes_a_lookup(project, word):
    in_round = make_round(project, make_items(project, 2))

    for asked in ({"state": word}, {"sort": word}, {"after": word}, {"after": f"1:{word}"}, {"after": f"{word}:1"}):
        page = items_of(in_round, **asked)
        assert page.sort == "queue"
        assert page.wanted is None


def test_rows_say_whose_answers_are_in(project):
    in_round = make_round(project, make_items(project, 1))
    ana, ben = (make_member(project, Role.ANNOTATOR, user=make_user(name=name)) for name in ("Ana", "Ben"))
    seat = claim_seat(in_round=in_round, by=ana)
    submit_annotation(seat=seat, receipt=hand_out(seat, ana), answer=Answer(labels=[]), by=ana)
    claim_seat(in_round=in_round, by=ben)

    [row] = items_of(in_round).rows

    assert (row.answered, row.seats, row.people) == (1, 2, (("Ana", "submitted"), ("Ben", "leased")))


def test_a_band_shows_and_orders_the_queue(project):
    in_round = make_round(project, make_items(project, 3))
    first = in_round.tasks.order_by("pk").first()
    set_band(in_round=in_round, tasks=[first], band=4, by=make_member(project, Role.MANAGER))

    rows = items_of(in_round).rows

    assert (rows[-1].task, rows[-1].band) == (first, 4)
    assert [row.band for row in rows] == [0, 0, 4]
