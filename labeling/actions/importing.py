"""Item imports: a file is checked whole without writing, then applied in batches by a job that can be resumed."""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.files import File
from django.db import models, transaction
from django.db.models import F, Q

from labeling import rules, tasks
from labeling.actions.audit import record_event
from labeling.actions.import_ends import LEASE, finish
from labeling.actions.import_profiles import keep_profile, profiler_of
from labeling.actions.items import write_items
from labeling.actions.rating_imports import UNREADABLE, look, write_ratings
from labeling.actions.tables import analyze
from labeling.enums import ImportKind, ImportState, Role, VersionStatus
from labeling.files import FileRefused, RowProblem, read_rows
from labeling.files.items import ItemRow, check_mapping, guess_mapping, item_of
from labeling.files.reading import READ_HERE
from labeling.files.sheets import check_size
from labeling.files.values import BadValue
from labeling.models import Document, ImportJob, ImportProblem, Item, Label, Project, User
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused

BATCH = 1000
TOLD_EVERY = 2000  # rows of annotations
UNFINISHED = (ImportState.CHECKING, ImportState.APPLYING)
FORMATS = (".csv", ".csv.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".xlsx")


class RowsRefused(Refused):
    """Rows of which some cannot be used, so that none was written; `problems` says which and why."""

    def __init__(self, message: str, problems: list[ImportProblem]) -> None:
        super().__init__(message)
        self.problems = problems


@transaction.atomic
def start_import(
    *, project: Project, file: "File[Any]", file_name: str, by: User | None, encoding: str = "utf-8", operator: str = ""
) -> ImportJob:
    """Keep the upload under a random name and wait for its columns to be mapped; refused if it cannot be read."""
    if by:
        rules.check_role(by, project, Role.MANAGER)
    rules.check_not_archived(project)
    ending = next((ending for ending in FORMATS if file_name.lower().endswith(ending)), None)
    if ending is None:
        raise Refused(f"“{file_name[:100]}” is not a file we read. {READ_HERE}")
    if ending == ".xlsx":
        check_size(file.size)
    job = ImportJob(
        project=project,
        kind=ImportKind.ITEMS,
        file_name=file_name[:255],
        encoding=encoding,
        created_by=by,
    )
    try:
        job.file.save(f"{uuid4().hex}{ending}", file, save=False)
    except OSError as error:  # the disk is full
        raise Refused(f"The file could not be kept: {error.strerror}. Tell whoever runs this server.") from error
    try:
        job.mapping = guess_mapping(columns_of(job))
    except Refused:
        job.file.delete(save=False)
        raise
    except OSError as error:  # of the disk, which says nothing of the file
        raise Refused(UNREADABLE.format(error.strerror)) from error
    job.save()
    record_event(
        kind="import.started",
        project=project,
        by=by,
        operator=operator,
        target=f"import:{job.public_id}",
        after={"file": job.file_name},
    )
    return job


def preview(job: ImportJob, *, limit: int = 20) -> list[dict[str, Any]]:
    """The first rows of the file, as they are."""
    return [row.values for row in islice(_rows(job), limit)]


def columns_of(job: ImportJob) -> list[str]:
    """The columns of the file, from its first rows (rows of JSONL need not have the same)."""
    return list(dict.fromkeys(name for row in islice(_rows(job), 200) for name in row.values))


def _rows(job: ImportJob) -> Iterator[Any]:
    return read_rows(Path(job.file.path), name=job.file.name or "", encoding=job.encoding)


@transaction.atomic
def set_mapping(
    *,
    job: ImportJob,
    mapping: Mapping[str, str],
    skip_bad: bool,
    by: User | None,
    in_background: bool = True,
    operator: str = "",
) -> ImportJob:
    """Fix what each column is, and hand the job to the workers unless the caller carries it on."""
    if by:
        rules.check_role(by, job.project, Role.MANAGER)
    job = ImportJob.objects.select_for_update(of=("self",)).select_related("project").get(pk=job.pk)
    if job.state != ImportState.MAPPING:
        raise Refused("This import is under way already.")
    if wrong := check_mapping(mapping):
        raise Refused(wrong)
    job.mapping, job.skip_bad, job.state = dict(mapping), skip_bad, ImportState.CHECKING
    job.save(update_fields=["mapping", "skip_bad", "state"])
    if in_background:
        transaction.on_commit(partial(tasks.nudge, tasks.advance_import, job.pk))
    return job


def resume_stalled() -> int:
    """Nudge the imports nobody works on: their worker died, or its message was lost; the number nudged."""
    stalled = ImportJob.objects.filter(
        Q(lease_until__isnull=True) | Q(lease_until__lt=clock.now()), state__in=UNFINISHED
    )
    found = list(stalled.values_list("pk", flat=True))
    for pk in found:
        tasks.nudge(tasks.advance_import, pk)
    return len(found)


def advance(*, job_id: int) -> ImportJob | None:
    """Carry a job to its end, from wherever it stands; None if another worker holds it."""
    now = clock.now()
    mine = ImportJob.objects.filter(Q(lease_until__isnull=True) | Q(lease_until__lt=now), pk=job_id)
    if not mine.filter(state__in=UNFINISHED).update(lease_until=now + LEASE):
        return None
    job = ImportJob.objects.select_related("project", "created_by").get(pk=job_id)
    try:
        if job.kind == ImportKind.ANNOTATIONS:
            return _advance_ratings(job)
        if job.state == ImportState.CHECKING:
            _check(job)
        if job.state == ImportState.APPLYING:
            _apply(job)
    except FileRefused as refusal:
        _refuse(job, str(refusal), [])
    except OSError as error:  # the file is gone or the disk is full: say so, keep what was written
        finish(job, ImportState.FAILED, error=f"The file could not be read: {error}")
    except Refused:  # the lease is another worker's by now
        raise
    except Exception:  # above all a database that was busy for too long: the next sweep goes on, not the lease's end
        ImportJob.objects.filter(pk=job.pk, state__in=UNFINISHED).update(lease_until=None)
        raise
    return job


def _advance_ratings(job: ImportJob) -> ImportJob:
    def tell(rows: int) -> None:
        if rows % TOLD_EVERY == 0:
            ImportJob.objects.filter(pk=job.pk).update(rows_read=rows, lease_until=clock.now() + LEASE)

    if job.state == ImportState.CHECKING and not look(job, tell):
        return job
    try:
        write_ratings(job, tell)
    except FileRefused:
        raise
    except (Refused, NotAllowed) as refusal:  # the round's name is taken, a rater is no member, the project archived
        if ImportJob.objects.filter(pk=job.pk, state=ImportState.APPLYING).exists():
            finish(job, ImportState.REFUSED, error=str(refusal))
    return job


def _check(job: ImportJob) -> None:
    """Read everything, write no item: every row's problem, ids that come twice, and what is odd but allowed."""
    problems: list[RowProblem] = []
    lines: dict[str, int] = {}
    texts: Counter[str] = Counter()
    values_of: dict[str, set[str]] = {}
    profiler = profiler_of(job)
    total = addresses = 0
    for row in _rows(job):
        total += 1
        if not row.problem:
            profiler.add(row.values)
        try:
            if row.problem:
                raise row.problem
            item = item_of(row.values, job.mapping)
            if item.external_id in lines:
                raise BadValue(f"the id is already on line {lines[item.external_id]}")
        except (BadValue, RowProblem) as error:
            problems.append(RowProblem(row.line, getattr(error, "reason", str(error)), _key(row.values, job.mapping)))
            continue
        lines[item.external_id] = row.line
        addresses += item.addresses_left_out
        texts["\n".join(document["text"] for document in item.documents)] += 1
        for name, value in item.attributes.items():
            if len(values_of.setdefault(name, set())) < BATCH:
                values_of[name].add(value)
        if total % (10 * BATCH) == 0:
            _renew(job)
    if problems and not job.skip_bad:
        job.rows_total = total
        return _refuse(job, "", problems)
    with transaction.atomic():
        _store(job, problems)
        job.rows_total, job.refused, job.state = total, len(problems), ImportState.APPLYING
        job.warnings = [*_twins(texts), *_addresses(addresses), *_possible_answers(job.project, values_of)]
        job.save(update_fields=["rows_total", "refused", "state", "warnings"])
        keep_profile(job=job, profiler=profiler)
    return None


def _key(values: Mapping[str, Any], mapping: Mapping[str, str]) -> str:
    column = next((column for column, role in mapping.items() if role == "id"), "")
    return str(values.get(column, ""))[:255]


def _twins(texts: Counter[str]) -> list[str]:
    twice = sum(number for number in texts.values() if number > 1)
    if not twice:
        return []
    return [
        f"{twice:,} items share their text with another one ({len(texts):,} different texts). "
        "Splits keep equal texts together."
    ]


def _addresses(left_out: int) -> list[str]:
    if not left_out:
        return []
    return [f"{left_out:,} source addresses were left out: they are not http or https addresses."]


def _possible_answers(project: Project, values_of: Mapping[str, set[str]]) -> list[str]:
    """Attributes that hold labels may be a model's answers, and raters would see them (SAFETY channel 20)."""
    published = Label.objects.filter(version__project=project, version__status=VersionStatus.PUBLISHED)
    known = {text for pair in published.values_list("code", "name") for text in pair}
    return [
        f"The attribute “{name}” holds labels of the taxonomy. If these are somebody's answers, take the import back: "
        "raters must not see them."
        for name, values in values_of.items()
        if values - {""} and len(values & known) >= max(1, len(values - {""}) // 2)
    ]


def _apply(job: ImportJob) -> None:
    rows = (row for row in _rows(job) if not row.problem)
    done = job.rows_read
    seen: set[str] = set()
    batch: list[ItemRow] = []
    read = 0
    for row in rows:
        read += 1
        if read <= done and not job.skip_bad:
            continue
        try:
            item = item_of(row.values, job.mapping)
        except BadValue:
            continue  # listed by the check
        if job.skip_bad:
            if item.external_id in seen:
                continue
            seen.add(item.external_id)
            if read <= done:
                continue
        batch.append(item)
        if len(batch) == BATCH:
            _apply_batch(job, batch, upto=read)
            batch = []
    _apply_batch(job, batch, upto=read)
    analyze(Item, Document)
    finish(job, ImportState.DONE)


@transaction.atomic
def _apply_batch(job: ImportJob, batch: list[ItemRow], *, upto: int) -> None:
    """Write one batch and how far the job has come in one transaction, so that a killed worker loses nothing."""
    before = job.rows_read
    held = ImportJob.objects.select_for_update(of=("self",)).get(pk=job.pk)
    if held.rows_read != before or held.state != ImportState.APPLYING:
        raise Refused("Another worker has taken this import over.")
    written = write_items(project=job.project, rows=batch, job=job)
    counts = {"added": written.added, "updated": written.updated, "unchanged": written.unchanged}
    ImportJob.objects.filter(pk=job.pk).update(
        rows_read=upto,
        lease_until=clock.now() + LEASE,
        **{name: F(name) + number for name, number in counts.items()},
    )
    job.rows_read = upto


def _renew(job: ImportJob) -> None:
    ImportJob.objects.filter(pk=job.pk).update(lease_until=clock.now() + LEASE)


def _store(job: ImportJob, problems: list[RowProblem]) -> None:
    job.problems.all().delete()
    ImportProblem.objects.bulk_create(
        (ImportProblem(job=job, line=one.line, key=one.key, reason=one.reason) for one in problems), batch_size=BATCH
    )


@transaction.atomic
def _refuse(job: ImportJob, error: str, problems: list[RowProblem]) -> None:
    _store(job, problems)
    job.refused = len(problems)
    rows = f"{len(problems):,} row{'' if len(problems) == 1 else 's'}"
    reason = error or f"{rows} cannot be used, so nothing was written."
    ImportJob.objects.filter(pk=job.pk).update(rows_total=job.rows_total, refused=job.refused)
    finish(job, ImportState.REFUSED, error=reason)


@transaction.atomic
def take_back(*, job: ImportJob, by: User | None, operator: str = "") -> ImportJob:
    """Undo an import while nothing uses its items: what it added goes, what it changed is as before."""
    if by:
        rules.check_role(by, job.project, Role.MANAGER)
    job = ImportJob.objects.select_for_update(of=("self",)).select_related("project").get(pk=job.pk)
    if job.state != ImportState.DONE or job.kind != ImportKind.ITEMS:
        raise Refused("Only a finished import of items can be taken back.")
    changed = list(Item.objects.filter(revisions__replaced_by=job).select_for_update(of=("self",)))
    if ImportJob.objects.filter(
        project=job.project, items_updated__item__in=_ids(job, changed), pk__gt=job.pk
    ).exists():
        raise Refused("A later import changed these items again. Take that one back first.")
    if users := _users_of(job, changed):
        raise Refused(f"Its items are in use ({', '.join(users)}), so this import can no longer be taken back.")
    for item in changed:
        _restore(item, job)
    Item.objects.filter(added_by=job).delete()
    job.state = ImportState.UNDONE
    job.save(update_fields=["state"])
    record_event(
        kind="import.taken_back",
        project=job.project,
        by=by,
        operator=operator,
        target=f"import:{job.public_id}",
        before={"added": job.added, "updated": job.updated},
    )
    return job


def _ids(job: ImportJob, changed: list[Item]) -> models.QuerySet[Item]:
    return Item.objects.filter(Q(added_by=job) | Q(pk__in=[item.pk for item in changed]))


def _users_of(job: ImportJob, changed: list[Item]) -> list[str]:
    """What refers to the import's items and would be left hanging: tasks, predictions, gold entries."""
    items = _ids(job, changed)
    return [
        str(relation.related_model._meta.verbose_name_plural)
        for relation in Item._meta.related_objects
        if relation.on_delete is models.PROTECT
        and relation.related_model._default_manager.filter(**{f"{relation.field.name}__in": items}).exists()
    ]


def _restore(item: Item, job: ImportJob) -> None:
    old = item.revisions.get(replaced_by=job)
    item.name, item.attributes = old.content["name"], old.content["attributes"]
    item.revision, item.digest, item.text_digest = old.number, old.digest, old.text_digest
    item.save(update_fields=["name", "attributes", "revision", "digest", "text_digest"])
    item.documents.all().delete()
    Document.objects.bulk_create(Document(item=item, **document) for document in old.content["documents"])
    old.delete()
