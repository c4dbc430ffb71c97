"""On which ground answers go through without a person: a certificate, calibrated confidence, or none."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from evaluation.models import Analysis, Certificate, Run
from evaluation.queries.certificates import standing_of
from evaluation.stats.review_rule import PRECISE
from labeling.enums import Split

LOOKED_AT = 20  # analyses and certificates, the newest


@dataclass(frozen=True)
class Grounds:
    """The rule of a review. Without a threshold everything goes to people."""

    certificate: Certificate | None = None
    calibration: Analysis | None = None
    threshold: float | None = None
    way: dict[str, Any] | None = None

    @property
    def kind(self) -> str:
        return "certificate" if self.certificate else "calibrated" if self.way else "none"


def grounds_of(run: Run, *, now: datetime) -> Grounds:
    """The newest certificate in force for the run's prompt version, else the newest map to calibrated confidence.

    A certificate was tested on stated confidence, so its threshold holds for stated confidence. Imported predictions
    have no prompt version: only what was measured of that very run counts.
    """
    certificates = Certificate.objects.filter(suspended_at__isnull=True, expires_at__gt=now)
    certificates = _of_version(certificates, run).select_related("evaluation__run__prompt_version__prompt",
                                                                 "evaluation__run__taxonomy_version",
                                                                 "evaluation__run__project")  # fmt: skip
    for one in certificates.order_by("-created_at", "-pk")[:LOOKED_AT]:
        if standing_of(one, now=now).state == "valid":
            return Grounds(certificate=one, threshold=one.threshold)
    analyses = _of_version(Analysis.objects.filter(kind="calibration", evaluation__split=Split.DEV), run)
    for found in analyses.order_by("-created_at", "-pk")[:LOOKED_AT]:
        recalibration = found.report.get("recalibration") or {}
        best = recalibration.get("recommended")
        is_whole = not found.parameters.get("label") and not found.parameters.get("slice")
        if best and is_whole and best in recalibration.get("maps", {}):
            way = {"way": best, "parameters": recalibration["maps"][best]}
            return Grounds(calibration=found, threshold=PRECISE, way=way)
    return Grounds()


def _of_version(found: QuerySet[Any], run: Run) -> QuerySet[Any]:
    """What was measured of the run's prompt version on its taxonomy, or of the run itself."""
    same = found.filter(evaluation__run__taxonomy_version=run.taxonomy_version_id)
    if run.prompt_version_id is None:
        return same.filter(evaluation__run=run)
    return same.filter(evaluation__run__prompt_version=run.prompt_version_id)
