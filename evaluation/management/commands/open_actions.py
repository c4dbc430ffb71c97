"""open_actions SLUG [--overdue] [--source S] [--close ID --note TEXT [--dropped]] [--open TITLE] --json -"""

from argparse import ArgumentParser
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from evaluation.actions.open_actions import Work, close_action, open_action
from evaluation.enums import ActionState
from evaluation.models import OpenAction
from evaluation.queries.open_actions import EVERYBODY, SOURCES, Asked, board
from labeling.management.base import AssayCommand
from labeling.models import Project, User
from labeling.rules import roles
from reviewapp.common import clock
from reviewapp.common.errors import Refused


class Command(AssayCommand):
    help = "What waits for a person, overdue first; opens one by hand, or closes one with a note."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--overdue", action="store_true")
        parser.add_argument("--source", default="", choices=["", *SOURCES])
        parser.add_argument("--open", metavar="TITLE", dest="title")
        parser.add_argument("--owner", metavar="EMAIL")
        parser.add_argument("--due", type=date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument("--close", metavar="ID", type=UUID, help="one of the calendar's, or opened by hand")
        parser.add_argument("--note", default="")
        parser.add_argument("--dropped", action="store_true", help="it was not done")

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        acts: dict[str, Any] = {"by": self.by, "operator": self.operator}
        if options["close"]:
            found = OpenAction.objects.filter(project=project, public_id=options["close"]).first()
            if found is None:
                raise Refused("There is no such action here. Tuning tasks and requests are closed on their own pages.")
            state = ActionState.DROPPED if options["dropped"] else ActionState.DONE
            close_action(action=found, note=options["note"], state=state, **acts)
        if options["title"]:
            work = Work(f"hand:{uuid4()}", options["title"], owner=_owner(options["owner"]), due_on=options["due"])
            open_action(project=project, work=work, **acts)
        self._list(project, Asked(source=options["source"], overdue=options["overdue"]))
        return None

    def _list(self, project: Project, asked: Asked) -> None:
        held = roles(self.by, project) if self.by else {str(role) for role in EVERYBODY}
        found = board(project, held, today=clock.now().date(), asked=asked)
        rows = []
        for one in found.rows:
            row = one.row
            due = f"due {row.due_on}" if row.due_on else "no day"
            late = "OVERDUE " if one.is_overdue else ""
            self.say(f"{late}{row.title} ({one.source.name}), {due}, {row.owner or 'nobody yet'}, {row.key}")
            rows.append({
                "source": row.source, "id": row.key, "title": row.title, "why": row.why, "url": row.url,
                "owner": row.owner.email if row.owner else None, "is_overdue": one.is_overdue,
                "due_on": row.due_on.isoformat() if row.due_on else None, "opened_at": row.opened_at.isoformat(),
            })  # fmt: skip
        self.say(f"{found.total} open, {found.overdue} overdue.")
        self.report({"total": found.total, "overdue": found.overdue, "actions": rows})


def _owner(email: str | None) -> User | None:
    if not email:
        return None
    found = User.objects.filter(email__iexact=email, is_active=True).first()
    if found is None:
        raise Refused(f"There is no active user {email}.")
    return found
