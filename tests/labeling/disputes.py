"""A dispute to judge, for the tests of the adjudication room."""

from dataclasses import dataclass

from labeling.actions.adjudication import open_for_adjudication
from labeling.actions.annotations import Answer, hand_out, submit_annotation
from labeling.actions.seats import claim_seat
from labeling.actions.settling import settle_due_tasks
from labeling.enums import Role
from labeling.models import Label, Project, Round, Task, User
from tests.factories import make_items, make_member, make_project, make_round


@dataclass
class Room:
    """A project with its raters, a judge, and tasks that are settled as far as answers can settle them."""

    project: Project
    round: Round
    raters: list[User]
    judge: User
    tasks: list[Task]

    @property
    def task(self) -> Task:
        return self.tasks[0]

    def labels(self, *codes) -> list[Label]:
        return list(Label.objects.filter(version=self.round.taxonomy_version, code__in=codes))

    def opened(self, by=None, task=None) -> Task:
        open_for_adjudication(task=task or self.task, by=by or self.judge)
        return task or self.task


def answer(in_round, rater, codes, **how):
    seat = claim_seat(in_round=in_round, by=rater)
    labels = list(Label.objects.filter(version=in_round.taxonomy_version, code__in=codes))
    return submit_annotation(seat=seat, receipt=hand_out(seat, rater), answer=Answer(labels=labels, **how), by=rater)


def make_room(*said, items=1, evidence=None, chance=lambda: 1.0, **fields) -> Room:
    """Each of `said` is one rater's codes, the same for every item; by default two raters who differ on two labels."""
    said = said or (["crm"], ["erp"])
    project = make_project()
    made = make_round(project, make_items(project, items), raters=len(said), **fields)
    raters = [make_member(project, Role.ANNOTATOR) for _ in said]
    for rater, codes in zip(raters, said, strict=True):
        for _ in range(items):
            answer(made, rater, codes, evidence=evidence or {})
    settle_due_tasks(chance=chance)
    return Room(project, made, raters, make_member(project, Role.ADJUDICATOR), list(made.tasks.order_by("pk")))
