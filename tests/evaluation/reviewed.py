"""A production run of imported predictions and its review, for tests."""

from evaluation.actions.reviews import ReviewSpec, fill_review, open_review
from evaluation.enums import PredictionState, RunState
from evaluation.models import Analysis, Evaluation, Prediction, Run
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.actions.rounds import published_taxonomy
from reviewapp.common import clock


def said(*labels):
    """Labels as (code, confidence) or (code, confidence, evidence)."""
    return {"labels": [{"code": one[0], "confidence": one[1], "evidence": "".join(one[2:])} for one in labels]}


def production_run(project, items, predictions, *, name="production"):
    """None is an item without an answer."""
    now = clock.now()
    run = Run.objects.create(
        project=project, name=name, taxonomy_version=published_taxonomy(project), state=RunState.RUNNING,
        total=len(items), started_at=now,
    )  # fmt: skip
    failed = {"state": PredictionState.FAILED, "error_kind": "timeout"}
    Prediction.objects.bulk_create(
        Prediction(
            run=run, item=item, finished_at=now, **({"state": PredictionState.DONE} | answer if answer else failed)
        )
        for item, answer in zip(items, predictions, strict=True)
    )
    run.state, run.finished_at, run.spent_micro_usd = RunState.DONE, now, 1000 * len(items)
    run.save()
    return run


def calibrate(run, item):
    """A map that leaves confidences as they are, measured on dev of a release."""
    gold = {item.external_id: {"labels": ["crm"]}}
    release = import_golden(project=run.project, spec=FreezeSpec(f"g{run.pk}", {"dev": 1.0}), gold=gold, by=None)
    made = Evaluation.objects.create(run=run, release=release, split="dev", input_digest=f"{run.pk:064x}", report={})
    found = {"recommended": "temperature", "maps": {"temperature": {"t": 1.0}}}
    return Analysis.objects.create(
        evaluation=made, kind="calibration", parameters={"bins": 10, "label": "", "slice": ""},
        input_digest=f"a{run.pk:063x}", report={"recalibration": found},
    )  # fmt: skip


def opened(run, *, other_run=None, by=None, **spec):
    made = open_review(run=run, spec=ReviewSpec(**spec), other_run=other_run, by=by)
    return fill_review(review_id=made.pk)
