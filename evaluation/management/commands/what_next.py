"""what_next SLUG --json -"""

from argparse import ArgumentParser
from typing import Any

from evaluation.queries.whatnext import Figure, as_json, steps_for
from evaluation.queries.whatnext_state import read_state
from labeling import rules
from labeling.management.base import AssayCommand


class Command(AssayCommand):
    help = "What a project should do next, why, with the numbers, and where it is started. Most pressing first."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        steps = steps_for(read_state(project), rules.roles(self.by, project) if self.by else None)
        for place, (step, _) in enumerate(steps, 1):
            self.say(f"{place}. {step.title}. {step.why}" + (f" Under way: {step.waits}." if step.waits else ""))
            for figure in step.figures:
                self.say(f"   {_said(figure)}")
        if not steps:
            self.say("Nothing is waiting. The calendar says what comes up by itself.")
        self.report({"steps": [as_json(step, starts) for step, starts in steps]})
        return None


def _said(figure: Figure) -> str:
    if figure.estimate is None:
        return f"{figure.name}: {figure.count}"
    one = figure.estimate
    if one["value"] is None:
        return f"{figure.name}: undefined ({one.get('reason', '')})"
    interval = "" if one["low"] is None else f" [{one['low']:.3f}, {one['high']:.3f}]"
    return f"{figure.name}: {one['value']:.4f}{interval}, n {one['n']}"
