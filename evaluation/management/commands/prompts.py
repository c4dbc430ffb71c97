"""prompts SLUG [--json -]"""

from argparse import ArgumentParser
from typing import Any

from evaluation.models import Prompt
from evaluation.queries.promptboard import VersionRow, version_rows
from labeling.management.base import AssayCommand


class Command(AssayCommand):
    help = "List prompts: their versions, what each is used for, and how it did on dev."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")

    def work(self, **options: Any) -> None:
        prompts = {}
        for prompt in Prompt.objects.filter(project=self.project(options["slug"])).order_by("name"):
            rows = version_rows(prompt)
            prompts[prompt.name] = [_row(row) for row in rows]
            for row in rows:
                self.say(f"{row.version}  {row.status}  {row.version.model or row.version.strategy}  {_said(row)}")
        self.report({"prompts": prompts})


def _row(row: VersionRow) -> dict[str, Any]:
    found = row.result
    return {
        "version": str(row.version),
        "status": row.status,
        "model": row.version.model,
        "digest": row.version.digest,
        "parameters": row.version.parameters,
        "dev": found
        and {
            "run": found.run.name,
            "micro_f1": found.f1,
            "item_usd": None if found.item_micro_usd is None else found.item_micro_usd / 1e6,
            "is_simulated": found.run.is_simulated,
        },
    }


def _said(row: VersionRow) -> str:
    if row.result is None:
        return "not scored on dev"
    value = row.result.f1["value"]
    said = "undefined" if value is None else f"{value:.3f}"
    return f"micro F1 {said} on dev" + (", simulated" if row.result.run.is_simulated else "")
