"""manage.py webhook SLUG list | make | test | renew | on | off | log | replay: destinations of a project's messages."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError

from evaluation.actions import destinations as actions
from evaluation.actions.deliveries import replay
from evaluation.enums import DestinationKind, EventKind
from evaluation.models import Delivery, Destination
from evaluation.queries.deliveries import destinations_of, loaded, log_of
from labeling.management.base import AssayCommand
from labeling.models import Project
from reviewapp.common.errors import Refused

STEPS = ("list", "make", "test", "renew", "on", "off", "log", "replay")


class Command(AssayCommand):
    help = "Destinations of a project's messages, and what was sent to them."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("step", choices=STEPS)
        parser.add_argument("name", nargs="?", default="", help="of a destination; for replay the id of a message")
        parser.add_argument("--kind", choices=DestinationKind.values, default=DestinationKind.WEBHOOK)
        parser.add_argument(
            "--to", default="", metavar="ADDRESS",
            help="https address; e-mail addresses; or the variable ASSAY_DESTINATION_... with a Slack address or "
            "PagerDuty key",
        )  # fmt: skip
        parser.add_argument("--events", default="", help=f"by comma: {', '.join(EventKind.values)}")

    def work(self, **options: Any) -> None:
        project, step, name = self.project(options["slug"]), options["step"], options["name"]
        acts: dict[str, Any] = {"by": self.by, "operator": self.operator}
        if step == "list":
            self._list(project)
        elif step == "log":
            self._log(project, name)
        elif step == "replay":
            replay(delivery=self._message(project, name), **acts)
            self.say("It is sent again.")
        elif step == "make":
            events = [one.strip() for one in options["events"].split(",") if one.strip()]
            made = actions.make_destination(
                project=project, name=name, kind=options["kind"], address=options["to"], events=events, **acts
            )
            self._tell(made, with_secret=made.kind == DestinationKind.WEBHOOK)
        else:
            self._steer(self._destination(project, name), step, acts)

    def _steer(self, found: Destination, step: str, acts: dict[str, Any]) -> None:
        if step == "test":
            sent = actions.send_test(destination=found, **acts)
            self.say(f"A test is on its way to {found.name}, as {sent.message_id}.")
            self.report({"destination": found.name, "message": sent.message_id})
        elif step == "renew":
            actions.renew_secret(destination=found, **acts)
            self._tell(found, with_secret=True)
        else:
            actions.switch_destination(destination=found, on=step == "on", **acts)
            self.say(f"{found.name} is {step}.")

    def _list(self, project: Project) -> None:
        rows = destinations_of(project)
        for one in rows:
            state = "" if one.destination.is_active else " (off)"
            self.say(f"{one.destination.name}{state}: {one.destination.kind} to {one.where}, {one.said.lower()}")
        self.report(
            {
                "destinations": [
                    {
                        "name": one.destination.name, "kind": one.destination.kind, "where": one.where,
                        "is_active": one.destination.is_active, "events": one.destination.events,
                        "newest": one.newest or None, "waiting": one.waiting, "dead": one.dead,
                    }
                    for one in rows
                ]
            }
        )  # fmt: skip

    def _log(self, project: Project, name: str) -> None:
        found = log_of(project, destination=self._destination(project, name) if name else None)
        for one in found:
            self.say(f"{one.created_at:%Y-%m-%d %H:%M} {one.message_id} {one.state} {one.destination}: {one.title}")
        self.report(
            {
                "messages": [
                    {
                        "id": one.message_id, "destination": one.destination.name, "kind": one.kind, "state": one.state,
                        "title": one.title, "tries": one.tries, "status": one.status, "reason": one.reason,
                        "created_at": one.created_at.isoformat(),
                    }
                    for one in found
                ]
            }
        )  # fmt: skip

    def _tell(self, made: Destination, *, with_secret: bool) -> None:
        content: dict[str, Any] = {"name": made.name, "kind": made.kind, "events": made.events}
        self.say(f"{made.name}: {made.get_kind_display()}.")
        if with_secret:
            content["secret"] = actions.signing_secret(made)
            self.say(f"Its signing secret, shown this once: {content['secret']}")
        self.report(content)

    def _destination(self, project: Project, name: str) -> Destination:
        if found := Destination.objects.filter(project=project, name=name).select_related("project").first():
            return found
        raise Refused(f"There is no destination “{name}” in this project.")

    def _message(self, project: Project, told: str) -> Delivery:
        try:
            found = loaded().filter(destination__project=project, public_id=told.removeprefix("msg_")).first()
        except ValidationError:
            found = None
        if found is None:
            raise Refused(f"There is no message “{told}”. The log lists them.")
        return found
