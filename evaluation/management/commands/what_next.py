"""what_next SLUG --json -"""

from argparse import ArgumentParser
from typing import Any

from evaluation.queries.whatnext import Figure, Step, steps_of
from evaluation.queries.whatnext_state import read_state
from labeling.management.base import AssayCommand


class Command(AssayCommand):
    help = "What a project should do next, why, with the numbers, and where it is started. Most pressing first."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")

    def work(self, **options: Any) -> int | None:
        steps = steps_of(read_state(self.project(options["slug"])))
        for place, step in enumerate(steps, 1):
            self.say(f"{place}. {step.title}. {step.why}" + (f" Under way: {step.waits}." if step.waits else ""))
            for figure in step.figures:
                self.say(f"   {_said(figure)}")
        if not steps:
            self.say("Nothing is waiting. The calendar says what comes up by itself.")
        self.report({"steps": [_as_json(step) for step in steps]})
        return None


def _said(figure: Figure) -> str:
    if figure.estimate is None:
        return f"{figure.name}: {figure.count}"
    one = figure.estimate
    if one["value"] is None:
        return f"{figure.name}: undefined ({one.get('reason', '')})"
    interval = "" if one["low"] is None else f" [{one['low']:.3f}, {one['high']:.3f}]"
    return f"{figure.name}: {one['value']:.4f}{interval}, n {one['n']}"


def _as_json(step: Step) -> dict[str, Any]:
    return {
        "code": step.code,
        "stage": step.stage,
        "title": step.title,
        "why": step.why,
        "under_way": step.waits or None,
        "is_simulated": bool(step.run and step.run.is_simulated),
        "figures": {
            one.name: dict(one.estimate) if one.estimate is not None else one.count for one in step.figures
        },
        "start": [{"label": one.label, "url": one.url, "post": one.fields} for one in step.starts],
    }  # fmt: skip
