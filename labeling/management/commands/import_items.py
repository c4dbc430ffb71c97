"""import_items SLUG FILE [--attributes a,b] [--slices a,b]"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.files import File

from labeling.actions.importing import advance, set_mapping, start_import
from labeling.actions.projects import set_up_project
from labeling.enums import ImportState
from labeling.management.base import BAD_INPUT, AssayCommand
from labeling.queries.attributes import attribute_names
from labeling.queries.import_profiles import unusual_import
from reviewapp.common.errors import Refused

SHOWN = 50


class Command(AssayCommand):
    help = "Import items; columns that are nothing else become attributes."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("file")
        parser.add_argument("--attributes", default="", help="keep only these columns as attributes")
        parser.add_argument("--slices", default="", help="the attributes that metrics are sliced by")
        parser.add_argument("--encoding", default="utf-8")
        parser.add_argument("--skip-bad", action="store_true", help="list rows that cannot be used, import the rest")

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        acts: dict[str, Any] = {"by": self.by, "operator": self.operator}
        path = Path(options["file"])
        with path.open("rb") as stream:
            job = start_import(
                project=project,
                file=File(stream),
                file_name=path.name,
                encoding=options["encoding"],
                **acts,
            )
        mapping = job.mapping
        if kept := _names(options["attributes"]):
            if missing := [name for name in kept if name not in mapping]:
                raise Refused(f"The file has no column “{missing[0]}”.")
            mapping = {
                name: "ignore" if role == "attribute" and name not in kept else role for name, role in mapping.items()
            } | {name: "attribute" for name in kept if mapping[name] == "attribute"}
        job = set_mapping(job=job, mapping=mapping, skip_bad=options["skip_bad"], in_background=False, **acts)
        advance(job_id=job.pk)
        job.refresh_from_db()
        for problem in job.problems.all()[:SHOWN]:
            self.stderr.write(f"Line {problem.line}: {problem.reason}")
        if job.refused > SHOWN:
            self.stderr.write(f"... and {job.refused - SHOWN} more")
        counts = {name: getattr(job, name) for name in ("rows_total", "added", "updated", "unchanged", "refused")}
        compared = unusual_import(job)
        self.report({"state": job.state, **counts, "warnings": job.warnings, **compared.as_dict()})
        if job.state != ImportState.DONE:
            self.stderr.write(job.error)
            return BAD_INPUT
        self._set_slices(project, _names(options["slices"]), acts)
        self.say(
            f"{job.rows_total:,} rows read: {job.added:,} added, {job.updated:,} updated, {job.unchanged:,} unchanged, "
            f"{job.refused:,} refused."
        )
        for warning in job.warnings:
            self.say(f"Note: {warning}")
        for one in compared.findings:
            self.say(f"Not as in the last import: {f'{one.column}: ' if one.column else ''}{one.says}")
        return None

    def _set_slices(self, project: Any, slices: list[str], acts: dict[str, Any]) -> None:
        if not slices:
            return
        if missing := set(slices) - set(attribute_names(project)):
            raise Refused(f"The items are imported, but have no attribute “{min(missing)}” to slice by.")
        set_up_project(
            project=project,
            name=project.name,
            description=project.description,
            raters=project.raters_per_item,
            objective=project.agreement_objective,
            slices=slices,
            **acts,
        )


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
