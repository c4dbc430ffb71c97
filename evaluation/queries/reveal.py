"""The model's newest answer to one item, for a judge who asked to see it."""

from dataclasses import dataclass

from evaluation.enums import PredictionState, RunState
from evaluation.models import Prediction, Run
from labeling.models import Label, Task


@dataclass(frozen=True)
class ModelAnswer:
    """What a run said of an item: labels by name with the confidence given, None where none was."""

    run: Run
    labels: tuple[tuple[str, float | None], ...]


def newest_answer(task: Task) -> ModelAnswer | None:
    """From the newest finished run that answered the item; two queries."""
    answered = Prediction.objects.filter(
        item=task.item_id, run__project=task.round.project_id, run__state=RunState.DONE, state=PredictionState.DONE
    )
    found = answered.select_related("run").order_by("-run__finished_at", "-run_id").first()
    if found is None:
        return None
    codes = [one["code"] for one in found.labels]
    version = found.run.taxonomy_version_id
    names = dict(Label.objects.filter(version=version, code__in=codes).values_list("code", "name"))
    labels = tuple((names.get(one["code"], one["code"]), one.get("confidence")) for one in found.labels)
    return ModelAnswer(run=found.run, labels=labels)
