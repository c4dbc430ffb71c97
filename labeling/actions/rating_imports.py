"""Imports of other tools' ratings in the browser: what is in the file first, then what its names mean, then writing."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.files import File
from django.db import transaction

from labeling import rules, tasks
from labeling.actions.answers import import_annotations
from labeling.actions.audit import record_event
from labeling.actions.import_ends import LEASE, finish
from labeling.actions.importing_ratings import RatingsRead, read_ratings
from labeling.enums import ImportKind, ImportState, Role
from labeling.files import RowProblem
from labeling.files.answer_files import ENDINGS, ending_of
from labeling.files.reading import MB
from labeling.files.reading_ratings import Asked
from labeling.files.sheets import check_size
from labeling.models import ImportJob, ImportProblem, Project, Round, User
from reviewapp.common import clock
from reviewapp.common.errors import Refused

BATCH = 1000
LARGE, LARGE_PACKED = MB, MB // 10  # bytes from which a worker reads the file
PACKED = (".gz", ".zip", ".xlsx", ".parquet")
SLOWEST = 200  # ratings a second that a worker writes at least
UNREADABLE = "The file could not be read from the disk: {}. Tell whoever runs this server."
NAMES_KEPT = 500  # unknown names that the report lists


@dataclass(frozen=True)
class Reading:
    """How the file is read; an empty format is guessed."""

    format: str = ""
    item: str = ""
    question: str = ""
    rater: str = ""
    empties: str = ""


def start_rating_import(
    *, project: Project, file: "File[Any]", file_name: str, name: str, by: User, encoding: str = "utf-8"
) -> ImportJob:
    """Keep the upload under a random name, and look what it holds. `name` is the round it will become."""
    rules.check_role(by, project, Role.MANAGER)
    rules.check_not_archived(project)
    ending = ending_of(file_name)
    if not ending:
        raise Refused(f"“{file_name[:100]}” is not a file we read. Use {', '.join(ENDINGS)}, texts also as .gz.")
    if ending == ".xlsx":
        check_size(file.size)
    _check_name(project, name)
    job = ImportJob(
        project=project, kind=ImportKind.ANNOTATIONS, file_name=file_name[:255], encoding=encoding, created_by=by,
        mapping={"round": name, "reading": asdict(Reading()), "labels": {}, "raters": {}},
    )  # fmt: skip
    with transaction.atomic():
        try:
            job.file.save(f"{uuid4().hex}{ending}", file, save=False)
        except OSError as error:  # the disk is full
            raise Refused(f"The file could not be kept: {error.strerror}. Tell whoever runs this server.") from error
        job.save()
        record_event(
            kind="import.started", project=project, by=by, target=f"import:{job.public_id}",
            after={"file": job.file_name},
        )  # fmt: skip
    return look_into(job=job, by=by)


def look_into(
    *,
    job: ImportJob,
    by: User,
    reading: Reading | None = None,
    labels: Mapping[str, str] | None = None,
    raters: Mapping[str, str] | None = None,
    apply_after: bool = False,
    skip_bad: bool = False,
) -> ImportJob:
    """Read the file as asked, write nothing of it, and keep the report for the page.

    A large file is read by a worker, which also goes on to write it if it is asked to and nothing stands against it.
    """
    rules.check_role(by, job.project, Role.MANAGER)
    with transaction.atomic():
        job = ImportJob.objects.select_for_update(of=("self",)).select_related("project").get(pk=job.pk)
        if job.state != ImportState.MAPPING:
            raise Refused("This import is under way already.")
        mapping = dict(job.mapping)
        if reading is not None:
            mapping["reading"] = asdict(reading)
        mapping["labels"] = {**mapping["labels"], **(labels or {})}
        mapping["raters"] = {**mapping["raters"], **(raters or {})}
        job.mapping = mapping
        if not is_large(job):
            _look(job)
            return job
        job.mapping = mapping | {"apply_after": apply_after}
        job.state, job.skip_bad, job.rows_read, job.lease_until = ImportState.CHECKING, skip_bad, 0, None
        job.save(update_fields=["mapping", "state", "skip_bad", "rows_read", "lease_until"])
        transaction.on_commit(partial(tasks.nudge, tasks.advance_import, job.pk))
    job.refresh_from_db()
    return job


def is_large(job: ImportJob) -> bool:
    """Whether reading it would keep a page waiting."""
    return bool(job.file) and job.file.size > (LARGE_PACKED if job.file_name.lower().endswith(PACKED) else LARGE)


def look(job: ImportJob, tell: Callable[[int], None]) -> bool:
    """A worker's look into a large file; True where it may go on to write. Begun anew if its worker dies."""
    try:
        read, error = _read(job, tell), ""
    except Refused as refusal:
        read, error = None, str(refusal)
    except OSError as fault:  # of the disk, which says nothing of the file
        read, error = None, UNREADABLE.format(fault.strerror)
    with transaction.atomic():
        held = ImportJob.objects.select_for_update(of=("self",)).get(pk=job.pk)
        if held.state != ImportState.CHECKING:
            raise Refused("Another worker has taken this import over.")
        may_write = bool(job.mapping.pop("apply_after", False)) and read is not None
        job.state = ImportState.MAPPING
        _keep_report(job, read, error)
        if may_write:
            try:
                _check_ready(job, skip_bad=job.skip_bad)
            except Refused as refusal:
                job.mapping["error"], may_write = str(refusal), False
            else:
                job.state = ImportState.APPLYING
        job.lease_until = held.lease_until if may_write else None
        job.save(update_fields=["state", "mapping", "lease_until"])
    return may_write


def _look(job: ImportJob) -> None:
    try:
        read, error = _read(job), ""
    except Refused as refusal:
        read, error = None, str(refusal)
    except OSError as fault:  # of the disk, which says nothing of the file
        read, error = None, UNREADABLE.format(fault.strerror)
    _keep_report(job, read, error)


def _keep_report(job: ImportJob, read: RatingsRead | None, error: str) -> None:
    job.mapping["error"] = error
    if read is None:
        job.mapping["report"] = None
        job.problems.all().delete()
    else:
        job.mapping["report"] = _short(read.as_dict())
        job.mapping["counts"] = {"label": dict(read.mapped_labels), "rater": dict(read.mapped_raters)}
        job.rows_total, job.refused = _rows_of(read), len(read.problems)
        _list_problems(job, read)
    job.save(update_fields=["mapping", "rows_total", "refused"])


def _rows_of(read: RatingsRead) -> int:
    return len(read.rows) + len(read.problems) + len(read.left_out)


def _short(report: dict[str, Any]) -> dict[str, Any]:
    """The report with no more names than a page can show; how many there are is said beside."""
    for name in ("unknown_labels", "unknown_raters"):
        report[f"{name}_in_all"] = len(report[name])
        report[name] = dict(list(report[name].items())[:NAMES_KEPT])
    return report


def _read(job: ImportJob, tell: Callable[[int], None] | None = None) -> RatingsRead:
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
        tell=tell,
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
    _check_ready(job, skip_bad=skip_bad)
    job.skip_bad, job.state = skip_bad, ImportState.APPLYING
    job.save(update_fields=["skip_bad", "state"])
    transaction.on_commit(partial(tasks.nudge, tasks.advance_import, job.pk))
    return job


def _check_ready(job: ImportJob, *, skip_bad: bool) -> None:
    """Refuse to write what was not read, or has rows that cannot be used."""
    report = job.mapping.get("report")
    if not report:
        raise Refused(job.mapping.get("error") or "The file was not read yet.")
    if (bad := report["refused"]) and not skip_bad:
        rows = f"{bad:,} row{'' if bad == 1 else 's'}"
        raise Refused(f"{rows} cannot be used yet. Mend what is wrong, or say that the others be imported.")
    if not report["ratings"]:
        raise Refused("The file has no rating that can be used.")
    _check_name(job.project, job.mapping["round"])


def write_ratings(job: ImportJob, tell: Callable[[int], None]) -> None:
    """Write the whole round and that it is done in one transaction: a worker that dies leaves nothing of it, and the
    next begins again; one that comes late finds it done."""
    read = _read(job, tell)
    if read.problems and not job.skip_bad:
        raise Refused(f"{len(read.problems):,} rows cannot be used any more, so nothing was written.")
    lease = LEASE + timedelta(seconds=len(read.rows) / SLOWEST)
    ImportJob.objects.filter(pk=job.pk, state=ImportState.APPLYING).update(lease_until=clock.now() + lease)
    with transaction.atomic():
        held = ImportJob.objects.select_for_update(of=("self",)).get(pk=job.pk)
        if held.state != ImportState.APPLYING:
            raise Refused("Another worker has taken this import over.")
        import_annotations(
            project=job.project, name=job.mapping["round"], ratings=read.rows, skips=read.skips, by=job.created_by
        )
        _list_problems(job, read)
        total = _rows_of(read)
        ImportJob.objects.filter(pk=job.pk).update(
            rows_total=total, rows_read=total, added=len(read.rows), refused=len(read.problems)
        )
        finish(job, ImportState.DONE)
