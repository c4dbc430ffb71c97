from datetime import date

import pytest

from labeling.actions.rounds import RoundOptions, SampleSpec, cancel_round, close_round, draw, sample_round, set_band
from labeling.actions.seats import claim_seat
from labeling.enums import Role, RoundState, SeatState, Settling, TaskState
from labeling.models import Round
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project()
    make_taxonomy(project)
    make_items(project, 6, sector="Finance")
    make_items(project, 4, prefix="it", sector="IT")
    return project


def make(project, name="R", **options):
    spec = options.pop("spec", SampleSpec(5, ("sector",), seed=2))
    return sample_round(project=project, name=name, spec=spec, by=None, **options)


def test_a_round_has_a_task_an_item_and_seats_a_task(project):
    made = make(project, raters=3)
    assert made.tasks.count() == 5
    assert made.seats.count() == 15
    assert {task.stratum: task.weight for task in made.tasks.all()} == {"Finance": 2.0, "IT": 2.0}
    assert made.sampling["seed"] == 2


def test_the_preview_draws_what_the_round_gets(project):
    sample = draw(project=project, spec=SampleSpec(5, ("sector",), seed=2))
    made = make(project)
    assert {pk for (_, pk), _, _ in sample.picked} == set(made.tasks.values_list("item_id", flat=True))


@pytest.mark.parametrize("size", [0, 11])
def test_sizes_that_cannot_be(project, size):
    with pytest.raises(Refused):
        make(project, spec=SampleSpec(size))


def test_names_are_once(project):
    make(project)
    with pytest.raises(Refused, match="already"):
        make(project)


def test_majority_needs_three(project):
    with pytest.raises(Refused, match="three"):
        make(project, settling=Settling.MAJORITY, raters=2)


def test_a_project_without_a_published_taxonomy_has_no_rounds():
    project = make_project()
    make_items(project, 2)
    with pytest.raises(Refused, match="taxonomy"):
        make(project, spec=SampleSpec(1))


def test_closing_frees_what_is_leased_and_keeps_the_rest(project):
    made, rater = make(project), make_member(project, Role.ANNOTATOR)
    seat = claim_seat(in_round=made, by=rater)
    close_round(in_round=made, by=None)
    seat.refresh_from_db()
    assert seat.state == SeatState.OPEN
    with pytest.raises(NotAllowed):
        claim_seat(in_round=Round.objects.get(pk=made.pk), by=rater)
    with pytest.raises(NotAllowed):
        close_round(in_round=made, by=None)


def test_a_cancelled_round_counts_for_nothing(project):
    made = cancel_round(in_round=make(project), by=None)
    assert made.state == RoundState.CANCELLED
    assert set(made.tasks.values_list("state", flat=True)) == {TaskState.CANCELLED}


def test_a_managers_band_goes_before_chance(project):
    made, rater = make(project), make_member(project, Role.ANNOTATOR)
    manager = make_member(project, Role.MANAGER)
    rest = list(made.tasks.order_by("pk"))
    first = rest.pop()
    set_band(in_round=made, tasks=rest, band=1, by=manager)
    assert claim_seat(in_round=made, by=rater).task == first


def test_only_managers(project):
    rater = make_member(project, Role.ANNOTATOR)
    with pytest.raises(NotAllowed):
        sample_round(project=project, name="X", spec=SampleSpec(1), by=rater)


def test_a_round_keeps_what_was_asked_for(project):
    options = RoundOptions(
        due_on=date(2026, 3, 1), quick_labels=("erp", "crm"), asks_summary=True, distinct_groups=True,
        needs_qualification=True, check_bar=0.7, check_least=5, second_share=0.2, audit_share=0.0,
    )  # fmt: skip

    made = Round.objects.get(pk=make(project, options=options).pk)

    assert {name: getattr(made, name) for name in vars(options)} == {**vars(options), "quick_labels": ["erp", "crm"]}


@pytest.mark.parametrize("codes", [("crm", "unknown"), ("crm", "crm"), [f"c{number}" for number in range(10)]])
def test_quick_labels_are_codes_of_the_taxonomy(project, codes):
    with pytest.raises(Refused):
        make(project, options=RoundOptions(quick_labels=codes))
    assert not Round.objects.exists()
