"""The work of the sample's people, spread over days: labelling, settling, training and asking, all by the actions."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from evaluation.demo.content import raters as simulated
from evaluation.demo.content.companies import Company
from labeling.actions.adjudication import decide, escalate, open_for_adjudication
from labeling.actions.annotations import Answer, hand_out, submit_annotation
from labeling.actions.requests import raise_request
from labeling.actions.seats import claim_seat, skip_task
from labeling.actions.settling import settle_due_tasks
from labeling.actions.training import qualify_if_passed, seat_for_trainee
from labeling.enums import SkipReason
from labeling.models import Label, Round, Seat, User
from labeling.queries.adjudication import waiting_for

MORNING = 8
SKIPPED = 0.03  # of the items handed to a simulated rater who may skip


class Calendar:
    """The sample's own time. It goes from morning to morning and on with each answer, and never past the present."""

    def __init__(self, *, present: datetime) -> None:
        self.present, self.moment = present, present

    def __call__(self) -> datetime:
        return self.moment

    def go_to(self, days_ago: int) -> None:
        morning = self.present.replace(hour=MORNING, minute=0, second=0, microsecond=0)
        self.moment = min(morning - timedelta(days=days_ago), self.present)

    def go_on(self, seconds: float) -> None:
        self.moment = min(self.moment + timedelta(seconds=seconds), self.present)


@dataclass(frozen=True)
class Crew:
    """Who does the sample's work, what they know, when, and with which dice."""

    raters: Mapping[str, User]
    judge: User
    world: Mapping[str, Company]
    calendar: Calendar
    dice: Random = field(default_factory=lambda: Random(0))  # noqa: S311

    @property
    def chance(self) -> Callable[[], float]:
        return self.dice.random


def label(
    in_round: Round, crew: Crew, *, days: Mapping[int, float], answers: int | None = None, may_skip: bool = False
) -> None:
    """The simulated raters take turns at the queue until it is empty, or until so many answers are in.

    `days` says how long ago each day was and which share of the answers it brought.
    """
    desk = _Desk.at(in_round)
    wanted = answers if answers is not None else in_round.seats.count()
    waiting = list(crew.raters.items())
    given = 0
    for place, (days_ago, share) in enumerate(days.items()):
        crew.calendar.go_to(days_ago)
        left = len(days) - place - 1
        goal = min(wanted, given + round(share * wanted)) if left else wanted
        while waiting and given < goal:
            name, user = waiting.pop(0)
            seat = claim_seat(in_round=in_round, by=user)
            if seat is None:
                continue
            waiting.append((name, user))
            if may_skip and crew.chance() < SKIPPED:
                skip_task(seat=seat, reason=SkipReason.NOT_MY_FIELD, by=user)
                continue
            _answer(seat, name, user, crew, desk)
            given += 1
        crew.calendar.go_on(in_round.undo_seconds + 1)
        settle_due_tasks(chance=crew.chance)


@dataclass(frozen=True)
class _Desk:
    """The labels and texts of a round, read once."""

    labels: Mapping[str, Label]
    texts: Mapping[int, Mapping[int, str]]  # task -> document -> text
    companies: Mapping[int, str]  # task -> the company's own id

    @classmethod
    def at(cls, in_round: Round) -> "_Desk":
        texts: dict[int, dict[int, str]] = defaultdict(dict)
        tasks = in_round.tasks.filter(item__documents__isnull=False)
        for task, position, text in tasks.values_list("pk", "item__documents__position", "item__documents__text"):
            texts[task][position] = text
        companies = dict(in_round.tasks.values_list("pk", "item__external_id"))
        labels = {label.code: label for label in Label.objects.filter(version=in_round.taxonomy_version)}
        return cls(labels, texts, companies)


def _answer(seat: Seat, name: str, user: User, crew: Crew, desk: _Desk) -> None:
    company = crew.world[desk.companies[seat.task_id]]
    rating = simulated.rate(rater=name, company=company)
    texts = desk.texts[seat.task_id]
    answer = Answer(
        labels=[desk.labels[code] for code in sorted(rating.labels)],
        certainty=rating.certainty,
        comment=rating.comment,
        seconds=rating.seconds,
        evidence=simulated.quote(rater=name, company=company, labels=rating.labels, texts=texts),
    )
    crew.calendar.go_on(rating.seconds / len(crew.raters))
    submit_annotation(seat=seat, receipt=hand_out(seat, user), answer=answer, by=user)


def train(in_round: Round, crew: Crew, *, answers: Mapping[str, int | None]) -> None:
    """Each named rater answers so many of the training's items, or all: who finishes has learned the lesson."""
    desk = _Desk.at(in_round)
    for name, most in answers.items():
        user, given = crew.raters[name], 0
        while given != most and (seat := seat_for_trainee(in_round=in_round, by=user)):
            company = crew.world[desk.companies[seat.task_id]]
            rating = simulated.rate(rater=name, company=company)
            codes = sorted(rating.labels if most else company.truth)
            answer = Answer(labels=[desk.labels[code] for code in codes], seconds=rating.seconds)
            crew.calendar.go_on(rating.seconds)
            submit_annotation(seat=seat, receipt=hand_out(seat, user), answer=answer, by=user)
            given += 1
        qualify_if_passed(in_round=in_round, by=user)


def adjudicate(in_round: Round, crew: Crew, *, share: float = 1.0) -> None:
    """The adjudicator settles a share of what waits in the round, with a reason for each label in dispute."""
    waiting = list(waiting_for(crew.judge, in_round.project).filter(round=in_round))
    labels = {label.code: label for label in Label.objects.filter(version=in_round.taxonomy_version)}
    for task in waiting[: round(share * len(waiting))]:
        company = crew.world[task.item.external_id]
        seen = [simulated.rate(rater=name, company=company) for name in crew.raters]
        verdict = simulated.settle(company=company, ratings=seen)
        crew.calendar.go_on(40)
        open_for_adjudication(task=task, by=crew.judge)
        decide(
            task=task,
            labels=[labels[code] for code in sorted(verdict.labels)],
            rationale=verdict.rationale,
            by=crew.judge,
            after_decision=task.decisions_made,
            reasons=verdict.reasons,
            chance=crew.chance,
        )


def ask(in_round: Round, crew: Crew, *, questions: Sequence[tuple[str, str]], escalated: str) -> None:
    """The adjudicator asks what the guidelines leave open, and passes one task on to the manager."""
    waiting = list(waiting_for(crew.judge, in_round.project).filter(round=in_round))
    for task, (code, text) in zip(waiting, questions, strict=False):
        open_for_adjudication(task=task, by=crew.judge)
        raise_request(project=in_round.project, task=task, label_code=code, text=text, by=crew.judge)
    if len(waiting) > len(questions) + 2:
        open_for_adjudication(task=waiting[-1], by=crew.judge)
        escalate(task=waiting[-1], rationale=escalated, by=crew.judge)
