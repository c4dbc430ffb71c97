"""Sends one thing to one tracker; what a tracker does not take is an error with a reason, and changes nothing here."""

from typing import Any
from uuid import UUID

from django.conf import settings

from evaluation.enums import RunOrigin, Tracker
from evaluation.models import Evaluation, Run
from labeling.models import ImportJob, Release

KNOWN = {  # what each hears of; MLflow has an evaluation beside its run
    Tracker.MLFLOW: ("run",),
    Tracker.OPENLINEAGE: ("run", "evaluation", "release", "import"),
}
OF_A_RUN = (
    "project",
    "prompt_version__prompt",
    "taxonomy_version",
    "release__golden_set",
    "fewshot_release__golden_set",
)
OF_AN_EVALUATION = (
    "run__project", "run__prompt_version__prompt", "run__taxonomy_version", "run__release__golden_set",
    "release__golden_set__project", "release__taxonomy_version",
)  # fmt: skip


class NotTaken(Exception):
    """A tracker did not take it, and why."""


def trackers() -> list[Tracker]:
    """Those that the operator names."""
    named = {Tracker.MLFLOW: settings.MLFLOW_TRACKING_URI, Tracker.OPENLINEAGE: settings.OPENLINEAGE_URL}
    return [tracker for tracker, address in named.items() if address]


def is_known(tracker: Tracker, noun: str) -> bool:
    return noun in KNOWN[tracker]


def send(tracker: Tracker, noun: str, public_id: UUID) -> bool:
    """Tell a tracker of a run, an evaluation, a release or an import; False for one of a red-team round, which is no
    business of theirs. Raises NotTaken."""
    found = _find(noun, public_id)
    if found is None:
        return False
    try:  # a library is imported here and not before
        if tracker == Tracker.MLFLOW:
            from evaluation.tracking import mlflow_mirror  # noqa: PLC0415 -- optional

            mlflow_mirror.mirror(found)
        else:
            from evaluation.tracking import lineage  # noqa: PLC0415 -- optional

            lineage.emit(noun, found)
    except ImportError as error:
        raise NotTaken(f"It is named, but its library is not installed (docs/tracking.md): {error}") from error
    except Exception as error:
        raise NotTaken(str(error) or type(error).__name__) from error
    return True


def _find(noun: str, public_id: UUID) -> Any:
    rows: dict[str, Any] = {
        "run": Run.objects.exclude(origin=RunOrigin.ATTACK).select_related(*OF_A_RUN),
        "evaluation": Evaluation.objects.exclude(run__origin=RunOrigin.ATTACK).select_related(*OF_AN_EVALUATION),
        "release": Release.objects.select_related("golden_set__project", "taxonomy_version", "guideline", "round"),
        "import": ImportJob.objects.select_related("project"),
    }
    return rows[noun].filter(public_id=public_id).first()
