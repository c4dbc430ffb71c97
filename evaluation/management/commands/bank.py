"""bank SLUG add|import|labels|retire|list|run ... --json -"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.case_files import import_cases
from evaluation.actions.edge_cases import add_case, retire_case, set_labels, start_bank_run
from evaluation.actions.predictions import work_on
from evaluation.actions.prompts import find_version
from evaluation.enums import CaseReason
from evaluation.models import CaseLabels, EdgeCase
from evaluation.queries.edge_cases import bank_of, expected, find_case
from labeling.management.base import AssayCommand
from labeling.models import Item, Project
from reviewapp.common.errors import Refused

STEPS = ("add", "import", "labels", "retire", "list", "run")


class Command(AssayCommand):
    help = "The edge-case bank: put items in, set their labels, retire them, list them, run a prompt version on them."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("step", choices=STEPS)
        parser.add_argument("what", nargs="?", default="", help="an item's id; import: a file; run: name@3")
        parser.add_argument("--reason", default=CaseReason.OTHER, choices=CaseReason.values)
        parser.add_argument("--labels", default=None, metavar="A;B", help="codes; '' is none; default: gold on dev")
        parser.add_argument("--note", default="", help="a note, or why")
        parser.add_argument("--retired", action="store_true", help="list those that are retired")
        parser.add_argument("--encoding", default="utf-8")
        parser.add_argument("--budget", type=float, metavar="USD")
        parser.add_argument("--wait", action="store_true", help="run: do the work here and now")

    def work(self, **options: Any) -> int | None:
        project, step = self.project(options["slug"]), options["step"]
        if step != "list" and not options["what"]:
            raise Refused(f"“{step}” needs to know of what: an item's id, a file, or a prompt version.")
        getattr(self, f"_{step}")(project, options, {"by": self.by, "operator": self.operator})
        return None

    def _add(self, project: Project, options: dict[str, Any], acts: dict[str, Any]) -> None:
        item = Item.objects.filter(project=project, external_id=options["what"]).select_related("project").first()
        if item is None:
            raise Refused(f"There is no item “{options['what']}” in this project.")
        labels = None if options["labels"] is None else _codes(options["labels"])
        case = add_case(item=item, reason=options["reason"], labels=labels, note=options["note"], **acts)
        self.say(f"{item.external_id} is in the bank: {case.get_reason_display()}.")
        self.report(_row(case, expected(case)))

    def _import(self, project: Project, options: dict[str, Any], acts: dict[str, Any]) -> None:
        made = import_cases(project=project, path=options["what"], encoding=options["encoding"], **acts)
        self.say(f"{len(made)} items are in the bank.")
        self.report({"cases": len(made)})

    def _labels(self, project: Project, options: dict[str, Any], acts: dict[str, Any]) -> None:
        if options["labels"] is None:
            raise Refused("Say with --labels what is right.")
        case = find_case(project, options["what"])
        made = set_labels(case=case, labels=_codes(options["labels"]), why=options["note"], **acts)
        self.say(f"{options['what']}: {', '.join(made.labels) or 'none applies'}")
        self.report(_row(case, made))

    def _retire(self, project: Project, options: dict[str, Any], acts: dict[str, Any]) -> None:
        retire_case(case=find_case(project, options["what"]), why=options["note"], **acts)
        self.say(f"{options['what']} is retired.")

    def _list(self, project: Project, options: dict[str, Any], acts: dict[str, Any]) -> None:
        cases = EdgeCase.objects.filter(project=project, retired_at__isnull=not options["retired"])
        if self.by:
            rows = [(one.case, one.labels) for one in bank_of(self.by, project, retired=options["retired"])]
        else:
            rows = [(one, expected(one).labels) for one in cases.select_related("item").order_by("-pk")]
        for case, labels in rows:
            said = "not shown to you" if labels is None else ", ".join(labels) or "none applies"
            self.say(f"{case.item.external_id}  {case.get_reason_display()}  {said}")
        self.report(
            {"cases": [{"item": one.item.external_id, "reason": one.reason, "labels": codes} for one, codes in rows]}
        )

    def _run(self, project: Project, options: dict[str, Any], acts: dict[str, Any]) -> None:
        version = find_version(project=project, reference=options["what"], **acts)
        run = start_bank_run(version=version, budget_usd=options["budget"], **acts)
        if options["wait"]:
            work_on(run_id=run.pk)
            run.refresh_from_db()
        self.say(f"{run.name}: {run.total} cases, {run.state}")
        self.report({"run": run.name, "cases": run.total, "state": run.state})


def _codes(said: str) -> list[str]:
    return [code.strip() for code in said.split(";") if code.strip()]


def _row(case: EdgeCase, labels: CaseLabels) -> dict[str, Any]:
    return {"item": case.item.external_id, "reason": case.reason, "labels": labels.labels, "source": labels.source}
