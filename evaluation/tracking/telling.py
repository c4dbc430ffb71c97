"""Tells each tracker that is named of one thing; what a tracker cannot take is logged and changes nothing here."""

import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings

from evaluation.enums import RunOrigin
from evaluation.models import Evaluation, Run
from labeling.models import ImportJob, Release

logger = logging.getLogger(__name__)

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


def tell(noun: str, public_id: str) -> list[str]:
    """Tell of a run, an evaluation, a release or an import; the trackers that took it."""
    found = _find(noun, UUID(public_id))
    if found is None:
        return []
    return [name for name, send in _trackers() if _sent(name, send, noun, found)]


def _find(noun: str, public_id: UUID) -> Any:
    rows: dict[str, Any] = {
        "run": Run.objects.exclude(origin=RunOrigin.ATTACK).select_related(*OF_A_RUN),
        "evaluation": Evaluation.objects.exclude(run__origin=RunOrigin.ATTACK).select_related(*OF_AN_EVALUATION),
        "release": Release.objects.select_related("golden_set__project", "taxonomy_version", "guideline", "round"),
        "import": ImportJob.objects.select_related("project"),
    }
    return rows[noun].filter(public_id=public_id).first()


def _trackers() -> list[tuple[str, Callable[[str, Any], bool]]]:
    """Those that are named; a library is imported here and not before."""
    found: list[tuple[str, Callable[[str, Any], bool]]] = []
    if settings.MLFLOW_TRACKING_URI:
        found.append(("MLflow", _mlflow))
    if settings.OPENLINEAGE_URL:
        found.append(("OpenLineage", _openlineage))
    return found


def _mlflow(noun: str, found: Any) -> bool:
    from evaluation.tracking import mlflow_mirror  # noqa: PLC0415 -- optional

    return mlflow_mirror.mirror(noun, found)


def _openlineage(noun: str, found: Any) -> bool:
    from evaluation.tracking import lineage  # noqa: PLC0415 -- optional

    return lineage.emit(noun, found)


def _sent(name: str, send: Callable[[str, Any], bool], noun: str, found: Any) -> bool:
    try:
        return send(noun, found)
    except ImportError as error:
        logger.warning("%s is named, but its library is not installed (docs/tracking.md): %s", name, error)
    except Exception as error:  # noqa: BLE001 -- whatever a tracker does, our work stands
        logger.warning("%s did not take %s %s: %s", name, noun, found.public_id, str(error)[:300])
    return False
