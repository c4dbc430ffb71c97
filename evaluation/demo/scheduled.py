"""The sample's calendar: set up twelve days ago, and ticked since at each time that something was due."""

from datetime import timedelta

from django.db.models import Min

from evaluation.actions.firings import tick
from evaluation.actions.open_actions import Work, close_action, open_action
from evaluation.actions.schedules import offer_defaults
from evaluation.demo.work import Calendar
from evaluation.models import OpenAction, Schedule
from labeling.models import Project, User

DAYS = 12
ZONE = "Europe/Berlin"


def fill_calendar(project: Project, calendar: Calendar, *, manager: User, analyst: User) -> None:
    """The usual times, each firing at its own, one action done and one overdue."""
    calendar.go_to(DAYS)
    offer_defaults(project=project, zone=ZONE, by=manager)
    work = Work(
        key="hand:search", title="Agree with the client which labels Search needs", owner=analyst,
        why="The objective Search asks for recall over all labels; some are never searched for.",
        due_on=(calendar() + timedelta(days=DAYS - 3)).date(),
    )  # fmt: skip
    open_action(project=project, work=work, by=manager)
    due = Schedule.objects.filter(project=project)
    while (moment := due.aggregate(first=Min("next_due"))["first"]) and moment < calendar.present:
        calendar.moment = moment + timedelta(seconds=20)
        tick(project=project)
    calendar.go_to(1)
    validation = OpenAction.objects.filter(project=project, state="open", firing__schedule__job="validation").first()
    if validation:
        close_action(action=validation, note="Raters judge outputs of both baselines blind; see Panels.", by=manager)
    calendar.go_to(0)
