"""What went out to train models with, and what of it an evaluation would be about."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import BooleanField, OuterRef, Q, QuerySet, Subquery

from evaluation.enums import WITHOUT_LABELS, Strategy
from evaluation.models import ModelTraining, Run
from labeling.enums import Split
from labeling.models import GoldEntry, Project, Release, TrainingExport, TrainingItem
from reviewapp.common import clock
from reviewapp.common.errors import Refused

SHOWN = 100  # imported runs


def training_exports(project: Project) -> QuerySet[TrainingExport]:
    """All files, newest first."""
    return project.training_exports.select_related("created_by").order_by("-number")


def find_training_export(project: Project, number: int) -> TrainingExport:
    found = project.training_exports.filter(number=number).first()
    if found is None:
        raise Refused(f"There is no training file {number} in this project.")
    return found


def splits_of(project: Project, items: Iterable[int]) -> dict[int, str]:
    """The split of each item in the newest release that has it."""
    entries = GoldEntry.objects.filter(release__golden_set__project=project)
    rows = entries.order_by("release__frozen_at", "release_id").values_list("item_id", "split")
    wanted = set(items)
    return {item: split for item, split in rows.iterator(chunk_size=5000) if item in wanted}


def model_of(run: Run) -> str:
    """What a run's model is called where somebody says what it was trained with; "" for what learns from no file."""
    version = run.prompt_version
    if version is None:
        return run.name  # imported: the predictions stand for the model
    return str(run.overrides.get("model") or version.model) if version.strategy == Strategy.CHAT else ""


def files_before(run: Run) -> QuerySet[TrainingExport]:
    """The training files that its model can have been trained with, each with what was said of that: `is_trained`."""
    model = model_of(run)
    if not model:
        return TrainingExport.objects.none()
    said = ModelTraining.objects.filter(export=OuterRef("pk"), model=model).order_by("-pk").values("is_trained")[:1]
    files = TrainingExport.objects.filter(project=run.project_id, created_at__lt=run.finished_at or clock.now())
    return files.annotate(is_trained=Subquery(said, output_field=BooleanField()))


def learned_by(run: Run) -> set[int | str]:
    """The items and texts that its model was trained with, as somebody has said."""
    files = [one.pk for one in files_before(run) if one.is_trained]  # type: ignore[attr-defined]
    if not files:
        return set()
    rows = TrainingItem.objects.filter(export__in=files).values_list("item_id", "text_digest")
    return {key for row in rows.iterator(chunk_size=5000) for key in row}


@dataclass(frozen=True)
class GivenOut:
    """What of a split went out to train with before a run was over."""

    model: str
    items: int  # in the split
    given: int  # of them in any training file
    learned: int  # in files that the model was trained with: they are left out of its figures
    untold: int  # in files of which nobody has said whether it was
    files: list[TrainingExport]  # of which nobody has said

    def counts(self) -> dict[str, int]:
        return {"items": self.items, "given_out": self.given, "left_out": self.learned, "untold": self.untold}

    @property
    def sentence(self) -> str:
        """What a reader must know; empty where nothing went out."""
        if not self.given:
            return ""
        said = f"{self.given:,} of the {self.items:,} items of this split went out in training files"
        if self.untold:
            named = ", ".join(str(one.number) for one in self.files)
            return (
                f"{said}, {self.untold:,} of them in files of which nobody has said whether “{self.model}” was trained "
                f"with them (file {named}). If it was, these figures prove nothing."
            )
        if self.learned:
            return f"{said}; the {self.learned:,} that “{self.model}” was trained with are left out of its figures."
        return f"{said}, and “{self.model}” was trained with none of them."


def given_out(run: Run, release: Release, split: str) -> GivenOut:
    """What of a split went out to train with; one query where no file ever did."""
    files = list(files_before(run).order_by("number"))
    told = {one.pk: one.is_trained for one in files}  # type: ignore[attr-defined]
    if not files or split == Split.FEWSHOT:
        return GivenOut(model_of(run), 0, 0, 0, 0, [])
    entries = list(GoldEntry.objects.filter(release=release, split=split).values_list("item_id", "text_digest"))
    by_item = {item for item, _ in entries}
    texts = GoldEntry.objects.filter(release=release, split=split).values("text_digest")
    within = Q(item__gold_entries__release=release, item__gold_entries__split=split) | Q(text_digest__in=texts)
    rows = TrainingItem.objects.filter(within, export__in=told).values_list("export_id", "item_id", "text_digest")
    of_key: dict[int | str, set[int]] = {}
    for export, item, text in rows.distinct():
        for key in (item, text) if item in by_item else (text,):
            of_key.setdefault(key, set()).add(export)
    found = [of_key.get(item, set()) | of_key.get(text, set()) for item, text in entries]
    left = [exports for exports in found if not any(told[one] for one in exports)]
    untold = [{one for one in exports if told[one] is None} for exports in left]
    return GivenOut(
        model=model_of(run),
        items=len(entries),
        given=sum(bool(exports) for exports in found),
        learned=len(found) - len(left),
        untold=sum(bool(exports) for exports in untold),
        files=[one for one in files if any(one.pk in exports for exports in untold)],
    )


def said_of_models(export: TrainingExport) -> dict[str, ModelTraining]:
    """What was said last of each model and this file."""
    rows = export.trainings.select_related("created_by").order_by("pk")
    return {one.model: one for one in rows}


def models_to_tell(export: TrainingExport) -> list[str]:
    """Models of runs that were not over when the file went out, and of which nobody has said anything yet."""
    later = Q(finished_at=None) | Q(finished_at__gt=export.created_at)
    runs = Run.objects.filter(later, project=export.project_id).exclude(origin__in=WITHOUT_LABELS)
    asked = runs.filter(prompt_version__strategy=Strategy.CHAT).values_list("prompt_version__model", flat=True)
    imported = runs.filter(prompt_version=None).order_by("-pk").values_list("name", flat=True)[:SHOWN]
    told = said_of_models(export)
    return [name for name in [*sorted(set(asked.distinct())), *imported] if name not in told]
