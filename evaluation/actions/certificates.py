"""Issues certificates for accepting answers without a person, and suspends them."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from django.db import IntegrityError, transaction
from numpy.typing import NDArray

from evaluation.analyses.calibration import of_run
from evaluation.enums import PredictionState
from evaluation.models import Certificate, Evaluation, Prediction
from evaluation.queries.pairing import Paired, pair
from evaluation.stats.certificate import UNITS, Sample, Verdict
from evaluation.stats.certificate import certify as test_thresholds
from evaluation.stats.decisions import is_stated
from labeling import rules
from labeling.actions.audit import record_event
from labeling.actions.golden import record_look
from labeling.digest import digest_of
from labeling.enums import Role, Split
from labeling.models import AuditEvent, User
from reviewapp.common import clock
from reviewapp.common.errors import Conflict, Refused

FORMAT = 1
REFUSED = "certificate.refused"
MOST_DAYS = 366


@dataclass(frozen=True)
class Promise:
    """What a certificate is to promise, and for how long."""

    target: float = 0.95
    risk: float = 0.05
    unit: str = "item"
    days: int = 90

    def __post_init__(self) -> None:
        if not 0.5 <= self.target < 1:
            raise Refused("The precision to be kept is at least 50% and below 100%.")
        if not 0 < self.risk <= 0.5:
            raise Refused("The risk is above 0 and at most 50%.")
        if self.unit not in UNITS:
            raise Refused("The unit of error is item or label.")
        if not 1 <= self.days <= MOST_DAYS:
            raise Refused(f"A certificate lasts from 1 to {MOST_DAYS} days.")


def certify(*, evaluation: Evaluation, promise: Promise, by: User | None, operator: str = "") -> Certificate | None:
    """A certificate, or None where `verdict_of` says what is missing. The same inputs give the stored certificate.

    An attempt on a held-out split is a look, whatever comes of it. Every attempt is on the record, because the risk is
    that of one: whoever tries until something passes has promised less than it says.
    """
    project = evaluation.run.project
    if by:
        rules.check_role(by, project, Role.MANAGER)
    rules.check_not_archived(project)
    wanted = asdict(promise)
    digest = digest_of(["certificate", evaluation.input_digest, FORMAT, wanted])
    if stored := Certificate.objects.filter(input_digest=digest).first():
        return stored
    paired = pair(evaluation.run, evaluation.release, evaluation.split)
    verdict = _verdict(paired, promise)
    now = clock.now()
    with transaction.atomic():
        if evaluation.split == Split.TEST:
            subject = f"certificate for {evaluation.run.name}"
            record_look(release=evaluation.release, kind="evaluation", subject=subject, by=by, operator=operator)
        if verdict.threshold is None or verdict.at is None:
            record_event(
                kind=REFUSED,
                project=project,
                by=by,
                operator=operator,
                target=f"evaluation:{evaluation.public_id}",
                after={"run": evaluation.run.name, **wanted, "reason": verdict.reason},
            )
            return None
        try:
            with transaction.atomic():
                made = Certificate.objects.create(
                    evaluation=evaluation,
                    target=promise.target,
                    risk=promise.risk,
                    unit=promise.unit,
                    threshold=verdict.threshold,
                    accepted=verdict.at.accepted,
                    errors=verdict.at.errors,
                    p_value=verdict.at.p,
                    share=verdict.at.share,
                    model_returned=returned_model(evaluation.run_id),
                    report=_report(evaluation, verdict, wanted, paired, digest),
                    input_digest=digest,
                    created_at=now,
                    created_by=by,
                    operator="" if by else operator or "system",
                    expires_at=now + timedelta(days=promise.days),
                )
        except IntegrityError:  # the same was asked twice at the same time
            return Certificate.objects.get(input_digest=digest)
        record_event(
            kind="certificate.issued",
            project=project,
            by=by,
            operator=operator,
            target=f"certificate:{made.public_id}",
            after={"run": evaluation.run.name, "threshold": made.threshold, "target": made.target, "risk": made.risk},
        )
    return made


def verdict_of(evaluation: Evaluation, promise: Promise) -> Verdict:
    """What the sequence of tests says; writes nothing, so on a held-out split only after `certify` did."""
    return _verdict(pair(evaluation.run, evaluation.release, evaluation.split), promise)


@transaction.atomic
def suspend(*, certificate: Certificate, reason: str, by: User) -> Certificate:
    """Take a certificate out of use, for a written reason."""
    rules.check_role(by, certificate.evaluation.run.project, Role.MANAGER)
    reason = reason.strip()
    if not reason:
        raise Refused("Write why the certificate is suspended.")
    now = clock.now()
    free = Certificate.objects.filter(pk=certificate.pk, suspended_at__isnull=True)
    if not free.update(suspended_at=now, suspended_by=by, suspended_reason=reason[:2000]):
        raise Conflict("This certificate was suspended already.")
    certificate.refresh_from_db()
    record_event(
        kind="certificate.suspended",
        project=certificate.evaluation.run.project,
        by=by,
        target=f"certificate:{certificate.public_id}",
        before={"suspended": False},
        after={"suspended": True, "reason": reason[:2000]},
    )
    return certificate


def attempts(evaluation: Evaluation) -> int:
    """How often a certificate was asked for on these items, whatever came of it."""
    refused = AuditEvent.objects.filter(kind=REFUSED, target=f"evaluation:{evaluation.public_id}").count()
    return refused + Certificate.objects.filter(evaluation=evaluation).count()


def returned_model(run: int) -> str:
    """The model that the provider said it used, if it said one."""
    named = Prediction.objects.filter(run=run).exclude(model_returned="").order_by("pk")
    return named.values_list("model_returned", flat=True).first() or ""


def _verdict(paired: Paired, promise: Promise) -> Verdict:
    labels, wrong = [], []
    for entry, said in zip(paired.gold, paired.said, strict=True):
        codes = sorted(said.labels) if said else []
        found = [said.confidences.get(code) for code in codes] if said else []
        labels.append(np.array([one if one is not None and is_stated(one) else np.nan for one in found]))
        wrong.append(np.array([code not in entry.labels for code in codes], dtype=bool))
    least = np.array([one.min() if len(one) else np.nan for one in labels])  # NaN if any is unstated
    stream, most = _stream(paired.run.pk)
    return test_thresholds(
        sample=Sample(least, labels, wrong),
        stream=stream,
        weights=paired.weights,
        most_labels=most,
        target=promise.target,
        risk=promise.risk,
        unit=promise.unit,
        seed=int(paired.release.digest[:8], 16),  # nobody's choice: other seeds would be other attempts
    )


def _stream(run: int) -> tuple[NDArray[np.float64], int]:
    """Of each item of the run the confidence of its least sure label, and the most labels that any has."""
    least, most = [], 0
    done = Prediction.objects.filter(run=run, state=PredictionState.DONE).order_by("pk")
    for labels in done.values_list("labels", flat=True).iterator(chunk_size=5000):
        found = [label.get("confidence") for label in labels]
        most = max(most, len(found))
        stated = bool(found) and all(one is not None and is_stated(one) for one in found)
        least.append(min(found) if stated else np.nan)
    return np.array(least, dtype=np.float64), most


def _report(
    evaluation: Evaluation, verdict: Verdict, wanted: dict[str, Any], paired: Paired, digest: str
) -> dict[str, Any]:
    calibration_set = digest_of([[entry.external_id, sorted(entry.labels), entry.weight] for entry in paired.gold])
    decisions = of_run(paired)
    return verdict.as_dict() | {
        "run": evaluation.run.name,
        "prompt": str(evaluation.run.prompt_version or ""),
        "golden": str(evaluation.release),
        "split": evaluation.split,
        "promise": wanted,
        "unstated": decisions.unstated,
        "versions": evaluation.report["versions"],
        "inputs": {
            "digest": digest,
            "evaluation": evaluation.input_digest,
            "release": evaluation.release.digest,
            "calibration_set": calibration_set,
        },
    }
