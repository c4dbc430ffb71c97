"""Files to train a model with go out on the record with their items, and never from a test split."""

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from typing import IO, Any

from django.db import transaction
from django.db.models import Max

from evaluation.models import ModelTraining, Panel, Review
from evaluation.queries.training_exports import splits_of
from evaluation.queries.training_files import (
    Line,
    answer_lines,
    panel_preferences,
    review_corrections,
    tuning_lines,
    without_tested,
)
from labeling import rules
from labeling.actions.audit import record_event
from labeling.actions.sights import note_sights
from labeling.enums import Role, TrainingKind
from labeling.models import Project, Release, TrainingExport, TrainingItem, User
from reviewapp.common import clock
from reviewapp.common.errors import Refused

BATCH = 1000


def export_training(
    *, project: Project, source: Panel | Review | Release, split: str = "", by: User | None, operator: str = ""
) -> Iterator[dict[str, Any]]:
    """Preference pairs of a closed panel or of a review's corrections, or chats of a release's split.

    The lines are given out once they and their items are on the record; the same lines again are the file there is.
    """
    if by:
        rules.check_role(by, project, Role.MANAGER, Role.ENGINEER)
    file = tempfile.TemporaryFile("w+b")  # noqa: SIM115 -- closed when its last line is given out
    try:
        _record(project=project, source=source, split=split, by=by, operator=operator, file=file)
    except BaseException:
        file.close()
        raise
    return _lines(file)


@transaction.atomic
def _record(
    *, project: Project, source: Panel | Review | Release, split: str, by: User | None, operator: str, file: IO[bytes]
) -> TrainingExport:
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # no release is frozen meanwhile
    found: Iterator[Line]
    if isinstance(source, Release):
        found, what = tuning_lines(source, split), TrainingKind.TUNING
    elif isinstance(source, Panel):
        found, what = panel_preferences(source), TrainingKind.PREFERENCES
    else:
        found, what = review_corrections(source), TrainingKind.CORRECTIONS
    lines, given, digest = 0, set(), sha256()
    for line in without_tested(project, found):
        data = text_of_line(line.content).encode()
        file.write(data)
        digest.update(data)
        given.add((line.item_id, line.text_digest))
        lines += 1
    if not lines:
        raise Refused("Nothing in it may train a model, so there is no file: what is held out for testing is left out.")
    return _put_on_record(
        source=source, what=what, given=given, lines=lines, digest=digest.hexdigest(), split=split, by=by,
        operator=operator,
    )  # fmt: skip


def give_out(
    *, source: Panel | Review, with_names: bool = False, by: User | None, operator: str = ""
) -> list[dict[str, Any]]:
    """What people said in a closed panel or a review, for a file of it: a model can be trained with that as well.

    So its items are on the record as those of a training file. The same rows again are the file that is there.
    """
    project = source.project
    if by:
        rules.check_role(by, project, Role.MANAGER, Role.ENGINEER, Role.ANALYST)
    what = TrainingKind.CORRECTIONS if isinstance(source, Review) else TrainingKind.PREFERENCES
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        lines = list(without_tested(project, answer_lines(source, with_names=with_names)))
        digest = sha256("".join(text_of_line(line.content) for line in lines).encode()).hexdigest()
        if lines:
            _put_on_record(
                source=source, what=what, given={(line.item_id, line.text_digest) for line in lines},
                lines=len(lines), digest=digest, by=by, operator=operator,
            )  # fmt: skip
    return [line.content for line in lines]


def _put_on_record(
    *, source: Panel | Review | Release, what: TrainingKind, given: set[tuple[int, str]], lines: int, digest: str,
    split: str = "", by: User | None, operator: str,
) -> TrainingExport:  # fmt: skip
    project = source.golden_set.project if isinstance(source, Release) else source.project
    items = {item for item, _ in given}
    if by and what != TrainingKind.TUNING:  # the answers of runs are in it
        note_sights(user=by, items=items)
    export = project.training_exports.filter(source_id=source.public_id, what=what, digest=digest).first()
    if export is None:
        number = project.training_exports.aggregate(last=Max("number"))["last"] or 0
        splits = splits_of(project, items)
        export = TrainingExport.objects.create(
            project=project, number=number + 1, what=what, source=str(source)[:300], source_id=source.public_id,
            splits=Counter(splits.get(item, "") for item in items), lines=lines, items=len(items), digest=digest,
            created_at=clock.now(), created_by=by, operator="" if by else operator or "system",
        )  # fmt: skip
        rows = (TrainingItem(export=export, item_id=item, text_digest=text) for item, text in sorted(given))
        TrainingItem.objects.bulk_create(rows, batch_size=BATCH)
    record_event(
        kind="training.exported",
        project=project,
        by=by,
        operator=operator,
        target=f"{source._meta.model_name}:{source.public_id}",
        after={
            "what": what, "source": str(source), "split": split, "file": export.number, "lines": lines,
            "items": len(items), "digest": export.digest,
        },
    )  # fmt: skip
    return export


def text_of_line(content: dict[str, Any]) -> str:
    """A line as the file has it, whose hash is on the record."""
    return json.dumps(content, ensure_ascii=False) + "\n"


def _lines(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    with file:
        file.seek(0)
        for line in file:
            yield json.loads(line)


@transaction.atomic
def declare_training(
    *, export: TrainingExport, model: str, is_trained: bool, by: User | None, operator: str = ""
) -> ModelTraining:
    """Say whether a model was trained with a file: then its items are left out of its evaluations, or count in them."""
    if by:
        rules.check_role(by, export.project, Role.MANAGER, Role.ENGINEER)
    model = model.strip()
    if not 0 < len(model) <= 160:
        raise Refused("Name the model, in at most 160 characters, as prompt versions do; of imported ones, the run.")
    Project.objects.select_for_update(no_key=True).get(pk=export.project_id)
    before = ModelTraining.objects.filter(export=export, model=model).order_by("-pk").first()
    if before and before.is_trained == is_trained:
        return before
    made = ModelTraining.objects.create(
        export=export, model=model, is_trained=is_trained, created_at=clock.now(), created_by=by,
        operator="" if by else operator or "system",
    )  # fmt: skip
    record_event(
        kind="training.declared",
        project=export.project,
        by=by,
        operator=operator,
        target=f"training-file:{export.public_id}",
        before={"is_trained": before.is_trained} if before else None,
        after={"model": model, "file": export.number, "is_trained": is_trained},
    )
    return made
