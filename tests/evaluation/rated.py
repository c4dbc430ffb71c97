"""A round with two raters' answers, for the tests of agreement."""

from types import SimpleNamespace

from labeling.actions.annotations import Answer, hand_out, submit_annotation
from labeling.actions.seats import claim_seat
from labeling.enums import Role
from labeling.models import Label, Project, Seat, Task
from tests.factories import make_items, make_member, make_project, make_round, make_taxonomy, make_user

ANSWERS = ((("crm",), ("crm", "erp")), (("erp",), ("erp",)), (("crm", "erp"), ("crm",)), ((), ()))
QUOTE = {"crm": [{"document": 0, "start": 0, "end": 7}]}


def rated_round(*, items=3, evidence=False):
    """Ann and Ben, of two groups, rate items; a manager, a judge and an engineer look on."""
    project = make_project()
    Project.objects.filter(pk=project.pk).update(slices=["sector"])
    project.refresh_from_db()
    make_taxonomy(project, ("software", "crm", "erp"), parents={"crm": "software"})
    raters = [
        make_member(project, Role.ANNOTATOR, user=make_user(f"{name.lower()}@x.example", name=name), group=group)
        for name, group in (("Ann", "legal"), ("Ben", "sales"))
    ]
    world = SimpleNamespace(
        project=project,
        round=make_round(project, []),
        raters=raters,
        rater=raters[0],
        manager=make_member(project, Role.MANAGER),
        judge=make_member(project, Role.ADJUDICATOR),
        engineer=make_member(project, Role.ENGINEER),
    )
    rate(world, items=items, evidence=evidence)
    return world


def rate(world, *, items, evidence=False):
    """Both raters answer some more items."""
    before = world.round.tasks.count()
    for place, item in enumerate(make_items(world.project, items), start=before):
        task = Task.objects.create(round=world.round, item=item, item_revision=item.revision)
        Seat.objects.bulk_create(Seat(task=task, round=world.round, number=number, place=place) for number in (1, 2))
        for rater, codes in zip(world.raters, ANSWERS[place % len(ANSWERS)], strict=True):
            seat = claim_seat(in_round=world.round, by=rater)
            labels = list(Label.objects.filter(version=world.round.taxonomy_version, code__in=codes))
            answer = Answer(labels=labels, evidence=QUOTE if evidence else {})
            submit_annotation(seat=seat, receipt=hand_out(seat, rater), answer=answer, by=rater)
