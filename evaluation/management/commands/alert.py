"""manage.py alert SLUG list | check | ack | snooze | on | off | test-destination: alert rules of a project."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from evaluation.actions import alerts as actions
from evaluation.actions.alert_sweep import sweep_alerts
from evaluation.actions.destinations import send_test
from evaluation.enums import AlertComparison, NoData
from evaluation.models import AlertRule, Destination, Prompt
from evaluation.queries.alert_metrics import METRICS
from evaluation.queries.alerts import board
from labeling import rules
from labeling.enums import Role, Split
from labeling.management.base import GATE_FAILED, AssayCommand
from labeling.models import Project
from reviewapp.common import clock
from reviewapp.common.errors import Refused

MOST_HOURS = actions.LONGEST_SNOOZE // timedelta(hours=1)
STEPS = ("list", "check", "make", "ack", "snooze", "wake", "on", "off", "test-destination")


class Command(AssayCommand):
    help = "Alert rules of a project: list them, check them now (exit 1 if one fires), see to them."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("step", choices=STEPS)
        parser.add_argument("name", nargs="?", default="", help="of a rule; for test-destination of a destination")
        parser.add_argument("--hours", type=float, default=1.0, help="to snooze for")
        parser.add_argument("--metric", choices=list(METRICS), default="micro_f1")
        parser.add_argument("--when", choices=AlertComparison.values, default=AlertComparison.BELOW)
        parser.add_argument("--threshold", type=float, help="a share, F1, dollars, minutes; 0.1 for a drop by a tenth")
        parser.add_argument("--prompt", default="", metavar="NAME")
        parser.add_argument("--split", choices=[Split.DEV, Split.TEST], default=Split.DEV)
        parser.add_argument("--slice", default="", metavar="ATTRIBUTE=VALUE")
        parser.add_argument("--days", type=int, default=7, help="of the window")
        parser.add_argument("--hold", type=int, default=0, metavar="MINUTES")
        parser.add_argument("--beyond-chance", action="store_true")
        parser.add_argument("--no-data", choices=NoData.values, default=NoData.OK)
        parser.add_argument("--tell", default="", metavar="NAMES", help="destinations, by comma")

    def work(self, **options: Any) -> int | None:
        project, step, name = self.project(options["slug"]), options["step"], options["name"]
        acts: dict[str, Any] = {"by": self.by, "operator": self.operator}
        if step == "test-destination":
            sent = send_test(destination=self._destination(project, name), **acts)
            self.say(f"A test is on its way to {name}, as {sent.message_id}.")
            self.report({"destination": name, "message": sent.message_id})
            return None
        if step == "check":
            if self.by:
                rules.check_role(self.by, project, *actions.MAKERS)
            sweep_alerts(project=project)
        if step in ("list", "check"):
            is_firing = self._list(project)
            return GATE_FAILED if step == "check" and is_firing else None
        if step == "make":
            made = actions.set_rule(project=project, spec=self._spec(project, options), **acts)
            self.say(f"{made.name} is watched from now on.")
            return None
        rule = self._rule(project, name)
        if step == "ack":
            actions.acknowledge(rule=rule, **acts)
        elif step == "snooze":
            if not 0 < options["hours"] <= MOST_HOURS:
                raise Refused(f"--hours is a number of hours above 0, {MOST_HOURS} (30 days) at most.")
            actions.snooze(rule=rule, until=clock.now() + timedelta(hours=options["hours"]), **acts)
        elif step == "wake":
            actions.snooze(rule=rule, until=None, **acts)
        else:
            actions.switch_rule(rule=rule, on=step == "on", **acts)
        self.say("Done.")
        return None

    def _list(self, project: Project) -> bool:
        held = rules.roles(self.by, project) if self.by else frozenset(str(role) for role in Role)
        rows = board(project, held)
        for one in rows:
            self.say(f"{one.state_said}: {one.rule.name}. {one.said}")
        self.report(
            {
                "rules": [
                    {
                        "name": one.rule.name, "metric": one.rule.metric, "state": one.rule.state,
                        "is_active": one.rule.is_active, "fires": one.fires, "reading": one.rule.reading,
                        "raised_at": one.alert.raised_at.isoformat() if one.alert else None,
                        "is_acknowledged": bool(one.alert and one.alert.acknowledged_at),
                        "is_snoozed": one.is_snoozed,
                    }
                    for one in rows
                ]
            }
        )  # fmt: skip
        return any(one.rule.state == "firing" and one.rule.is_active for one in rows)

    def _spec(self, project: Project, options: dict[str, Any]) -> actions.RuleSpec:
        if options["threshold"] is None:
            raise Refused("Say the threshold: --threshold 0.8.")
        prompt = Prompt.objects.filter(project=project, name=options["prompt"]).first() if options["prompt"] else None
        if options["prompt"] and prompt is None:
            raise Refused(f"There is no prompt “{options['prompt']}” in this project.")
        attribute, equals, value = options["slice"].partition("=")
        if attribute and not equals:
            raise Refused("A slice is ATTRIBUTE=VALUE.")
        told = [one.strip() for one in options["tell"].split(",") if one.strip()]
        return actions.RuleSpec(
            name=options["name"], metric=options["metric"], comparison=options["when"],
            threshold=options["threshold"], prompt=prompt, split=options["split"], attribute=attribute, value=value,
            days=options["days"], hold_minutes=options["hold"], beyond_chance=options["beyond_chance"],
            no_data=options["no_data"], destinations=[self._destination(project, one) for one in told],
        )  # fmt: skip

    def _rule(self, project: Project, name: str) -> AlertRule:
        if found := AlertRule.objects.filter(project=project, name=name).select_related("project").first():
            return found
        raise Refused(f"There is no rule “{name}” in this project.")

    def _destination(self, project: Project, name: str) -> Destination:
        if found := Destination.objects.filter(project=project, name=name).select_related("project").first():
            return found
        raise Refused(f"There is no destination “{name}” in this project.")
