"""Imports of other tools' ratings in the browser: what is in the file first, then what its names mean, then writing."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.files import File
from django.db import transaction

from labeling import rules, tasks
from labeling.actions.answers import import_annotations
from labeling.actions.audit import record_event
from labeling.actions.importing_ratings import RatingsRead, read_ratings
from labeling.enums import ImportKind, ImportState, Role
from labeling.files import RowProblem
from labeling.files.answer_files import ENDINGS, ending_of
from labeling.files.reading_ratings import Asked
from labeling.models import ImportJob, ImportProblem, Project, Round, User
from reviewapp.common.errors import Refused

BATCH = 1000
NAMES_KEPT = 500  # unknown names that the report lists


@dataclass(frozen=True)
class Reading:
    """How the file is read; an empty format is guessed."""

    format: str = ""
    item: str = ""
    question: str = ""
    rater: str = ""
    empties: str = ""


@transaction.atomic
def start_rating_import(
    *, project: Project, file: "File[Any]", file_name: str, name: str, by: User, encoding: str = "utf-8"
) -> ImportJob:
    """Keep the upload under a random name, and look what it holds. `name` is the round it will become."""
    rules.check_role(by, project, Role.MANAGER)
    rules.check_not_archived(project)
    ending = ending_of(file_name)
    if not ending:
        raise Refused(f"“{file_name[:100]}” is not a file we read. Use {', '.join(ENDINGS)}, texts also as .gz.")
    _check_name(project, name)
    job = ImportJob(
        project=project, kind=ImportKind.ANNOTATIONS, file_name=file_name[:255], encoding=encoding, created_by=by,
        mapping={"round": name, "reading": asdict(Reading()), "labels": {}, "raters": {}},
    )  # fmt: skip
    job.file.save(f"{uuid4().hex}{ending}", file, save=False)
    job.save()
    record_event(
        kind="import.started", project=project, by=by, target=f"import:{job.public_id}", after={"file": job.file_name}
    )
    return look_into(job=job, by=by)


@transaction.atomic
def look_into(
    *,
    job: ImportJob,
    by: User,
    reading: Reading | None = None,
    labels: Mapping[str, str] | None = None,
    raters: Mapping[str, str] | None = None,
) -> ImportJob:
    """Read the file as asked, write nothing of it, and keep the report for the page."""
    rules.check_role(by, job.project, Role.MANAGER)
    job = ImportJob.objects.select_for_update(of=("self",)).select_related("project").get(pk=job.pk)
    if job.state != ImportState.MAPPING:
        raise Refused("This import is under way already.")
    mapping = dict(job.mapping)
    if reading is not None:
        mapping["reading"] = asdict(reading)
    mapping["labels"] = {**mapping["labels"], **(labels or {})}
    mapping["raters"] = {**mapping["raters"], **(raters or {})}
    job.mapping = mapping
    try:
        read = _read(job)
    except Refused as refusal:
        mapping["report"], mapping["error"] = None, str(refusal)
        job.problems.all().delete()
    else:
        mapping["report"], mapping["error"] = _short(read.as_dict()), ""
        job.rows_total, job.refused = len(read.rows) + len(read.problems) + len(read.left_out), len(read.problems)
        _list_problems(job, read)
    job.save(update_fields=["mapping", "rows_total", "refused"])
    return job


def _short(report: dict[str, Any]) -> dict[str, Any]:
    """The report with no more names than a page can show; how many there are is said beside."""
    for name in ("unknown_labels", "unknown_raters"):
        report[f"{name}_in_all"] = len(report[name])
        report[name] = dict(list(report[name].items())[:NAMES_KEPT])
    return report


def _read(job: ImportJob) -> RatingsRead:
    if not job.file:
        raise Refused("The file of this import is gone. Send it again.")
    asked = dict(job.mapping["reading"])
    return read_ratings(
        Path(job.file.path),
        project=job.project,
        format=asked.pop("format"),
        name=job.file_name,
        encoding=job.encoding,
        asked=Asked(**asked),
        labels=job.mapping["labels"],
        raters=job.mapping["raters"],
    )


def _list_problems(job: ImportJob, read: RatingsRead) -> None:
    """Every row that is not taken over, with its reason."""
    job.problems.all().delete()
    left = [RowProblem(one.line, f"left out ({one.kind}): {one.reason}", one.key) for one in read.left_out]
    ImportProblem.objects.bulk_create(
        (ImportProblem(job=job, line=one.line, key=one.key[:255], reason=one.reason) for one in read.problems + left),
        batch_size=BATCH,
    )


def _check_name(project: Project, name: str) -> None:
    if Round.objects.filter(project=project, name=name).exists():
        raise Refused(f"There is a round “{name}” already.")


@transaction.atomic
def apply_rating_import(*, job: ImportJob, skip_bad: bool, by: User) -> ImportJob:
    """Hand the job to the workers."""
    rules.check_role(by, job.project, Role.MANAGER)
    job = ImportJob.objects.select_for_update(of=("self",)).select_related("project").get(pk=job.pk)
    if job.state != ImportState.MAPPING:
        raise Refused("This import is under way already.")
    report = job.mapping.get("report")
    if not report:
        raise Refused(job.mapping.get("error") or "The file was not read yet.")
    if report["refused"] and not skip_bad:
        raise Refused(f"{report['refused']:,} rows cannot be used yet. Mend them, or say that the others be imported.")
    if not report["ratings"]:
        raise Refused("The file has no rating that can be used.")
    _check_name(job.project, job.mapping["round"])
    job.skip_bad, job.state = skip_bad, ImportState.APPLYING
    job.save(update_fields=["skip_bad", "state"])
    transaction.on_commit(partial(tasks.nudge, tasks.advance_import, job.pk))
    return job


@transaction.atomic
def write_ratings(job: ImportJob) -> None:
    """Write the whole round in one transaction: a worker that dies leaves nothing, and the next begins again."""
    held = ImportJob.objects.select_for_update(of=("self",)).get(pk=job.pk)
    if held.state != ImportState.APPLYING:
        raise Refused("Another worker has taken this import over.")
    read = _read(job)
    if read.problems and not job.skip_bad:
        raise Refused(f"{len(read.problems):,} rows cannot be used any more, so nothing was written.")
    import_annotations(
        project=job.project, name=job.mapping["round"], ratings=read.rows, skips=read.skips, by=job.created_by
    )
    _list_problems(job, read)
    total = len(read.rows) + len(read.problems) + len(read.left_out)
    ImportJob.objects.filter(pk=job.pk).update(
        rows_total=total, rows_read=total, added=len(read.rows), refused=len(read.problems)
    )
