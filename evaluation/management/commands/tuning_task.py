"""tuning_task SLUG list [--state open|done|dropped|all] --json -
tuning_task SLUG open TITLE --run R --golden G@1 --cluster N [--owner EMAIL] [--due YYYY-MM-DD] [--note TEXT] --json -
tuning_task SLUG close TITLE [--dropped] [--note TEXT] --json -"""

from argparse import ArgumentParser
from dataclasses import replace
from datetime import date
from typing import Any

from evaluation.actions.triage_tuning import Plan, change_tuning_task, make_tuning_task
from evaluation.enums import TuningState
from evaluation.models import ErrorCluster, Prompt, Triage, TuningTask
from labeling.management.base import AssayCommand
from labeling.models import Project, User
from labeling.queries.golden import find_release
from reviewapp.common.errors import Refused

ALL = "all"


class Command(AssayCommand):
    help = "Prompt-tuning tasks: list them, make one of a cluster of errors, close one."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("step", choices=["list", "open", "close"])
        parser.add_argument("title", nargs="?", default="", help="of open and close; close takes its number too")
        parser.add_argument("--state", choices=[*TuningState.values, ALL], default=TuningState.OPEN, help="of list")
        parser.add_argument("--run", default="", help="of open: whose errors were sorted")
        parser.add_argument("--golden", default="", help="of open: G@1; its dev split")
        parser.add_argument("--cluster", type=int, metavar="N", help="of open; 1 is the largest")
        parser.add_argument(
            "--error", type=int, action="append", default=[], metavar="PLACE", help="of open: these alone"
        )
        parser.add_argument("--owner", default="", metavar="EMAIL", help="of open")
        parser.add_argument("--due", default="", metavar="YYYY-MM-DD", help="of open")
        parser.add_argument("--note", default="", help="of close: put beneath the note there is")
        parser.add_argument("--dropped", action="store_true", help="of close: it will not be done")

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        if options["step"] == "list":
            self._list(project, options["state"])
            return None
        if not options["title"].strip():
            raise Refused(f"Say which task: tuning_task {project.slug} {options['step']} TITLE.")
        task = self._open(project, options) if options["step"] == "open" else self._close(project, options)
        self.say(f"{task.pk}  {task.title}: {task.get_state_display().lower()}.")
        self.report(_as_dict(task))
        return None

    def _list(self, project: Project, state: str) -> None:
        found = TuningTask.objects.filter(project=project).select_related("owner", "prompt", "cluster__triage__run")
        rows = list((found if state == ALL else found.filter(state=state)).order_by("due_on", "pk"))
        for one in rows:
            due = f", due {one.due_on.isoformat()}" if one.due_on else ""
            self.say(f"{one.pk}  {one.title}: {one.get_state_display().lower()}, {one.owner or 'nobody'}{due}")
        if not rows:
            self.say("There is no such task.")
        self.report({"tasks": [_as_dict(one) for one in rows]})

    def _open(self, project: Project, options: dict[str, Any]) -> TuningTask:
        if not options["run"] or not options["golden"] or options["cluster"] is None:
            raise Refused("A task is made of a cluster: say --run, --golden and --cluster.")
        release = find_release(project, options["golden"])
        sorted_ones = Triage.objects.filter(run__project=project, run__name=options["run"], release=release)
        triage = sorted_ones.select_related("run__project", "run__prompt_version__prompt").order_by("-pk").first()
        if triage is None:
            raise Refused(f"The errors of “{options['run']}” on {release} are not sorted yet: use the command triage.")
        cluster = ErrorCluster.objects.filter(triage=triage, number=options["cluster"]).first()
        if cluster is None:
            raise Refused(f"There is no cluster {options['cluster']}.")
        prompt: Prompt | None = triage.run.prompt_version.prompt if triage.run.prompt_version else None
        plan = Plan(
            options["title"], note=options["note"], owner=_person(options["owner"]), due_on=_day(options["due"]),
            prompt=prompt,
        )  # fmt: skip
        return make_tuning_task(
            triage=triage, plan=plan, cluster=cluster, errors=options["error"], by=self.by, operator=self.operator
        )

    def _close(self, project: Project, options: dict[str, Any]) -> TuningTask:
        task = self._named(project, options["title"])
        state = TuningState.DROPPED if options["dropped"] else TuningState.DONE
        note = "\n".join(part for part in (task.note, options["note"]) if part)
        plan = Plan(task.title, note, task.owner, task.due_on, task.state, task.prompt)
        return change_tuning_task(task=task, plan=replace(plan, state=state), by=self.by, operator=self.operator)

    def _named(self, project: Project, wanted: str) -> TuningTask:
        mine = TuningTask.objects.filter(project=project).select_related("project", "owner", "prompt")
        rows = list(mine.filter(title=wanted)[:2]) or list(mine.filter(pk=int(wanted)) if wanted.isdecimal() else [])
        if len(rows) == 1:
            return rows[0]
        many = f"Several tasks are called “{wanted}”: name it by its number." if rows else ""
        raise Refused(many or f"There is no tuning task “{wanted}”.")


def _person(email: str) -> User | None:
    if not email:
        return None
    if found := User.objects.filter(email__iexact=email, is_active=True).first():
        return found
    raise Refused(f"There is no active user {email}.")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refused(f"“{text}” is no day like 2026-02-28.") from None


def _as_dict(task: TuningTask) -> dict[str, Any]:
    return {
        "number": task.pk, "title": task.title, "state": str(task.state), "note": task.note,
        "owner": task.owner.email if task.owner else None, "due_on": task.due_on.isoformat() if task.due_on else None,
        "prompt": task.prompt.name if task.prompt else None,
        "run": task.cluster.triage.run.name if task.cluster else None,
        "cluster": task.cluster.number if task.cluster else None,
        "is_simulated": bool(task.cluster and task.cluster.triage.run.is_simulated),
    }  # fmt: skip
