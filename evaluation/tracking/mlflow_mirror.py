"""Runs and their evaluations as runs of MLflow: one experiment a project, one run a run, found again by its tag."""

import os
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from evaluation.models import Evaluation, Run
from evaluation.queries.held_out import scores
from evaluation.queries.runs import progress_of
from reviewapp import __version__

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # read when mlflow is imported
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")

from mlflow.entities import Metric, Param, RunTag
from mlflow.tracking import MlflowClient

AVERAGES = ("micro", "macro", "weighted", "samples")
MOST_LABELS = 200
AT_ONCE = 1000
NOT_A_KEY = re.compile(r"[^\w.\- ]")
OVER = {"done": "FINISHED", "cancelled": "KILLED"}


def mirror(run: Run) -> None:
    """Write a run with its evaluations. Twice is once: the run is found by its tag, parameters never change, and an
    evaluation that is there, as its tag says, is left."""
    client = MlflowClient(tracking_uri=settings.MLFLOW_TRACKING_URI)
    experiment = client.get_experiment_by_name(f"assay/{run.project.slug}")
    where = experiment.experiment_id if experiment else client.create_experiment(f"assay/{run.project.slug}")
    known = client.search_runs([where], filter_string=f"tags.`assay.run` = '{run.public_id}'", max_results=1)
    if known:
        mirrored, there = known[0].info.run_id, known[0].data.tags
    else:
        begun = _milliseconds(run.started_at or run.created_at)
        made = client.create_run(where, start_time=begun, tags=run_tags(run), run_name=run.name)
        mirrored, there = made.info.run_id, {}
    # again also where it is there: a worker may have been killed between the two
    client.log_batch(mirrored, params=[Param(key, value[:500]) for key, value in run_params(run).items()])
    ended = _milliseconds(run.finished_at or run.created_at)
    _log(client, mirrored, run_metrics(run), ended)
    for evaluation in _newest_evaluations(run):
        tags = evaluation_tags(evaluation)
        if tags.items() <= there.items():
            continue
        _log(client, mirrored, evaluation_metrics(evaluation), _milliseconds(evaluation.created_at))
        client.log_batch(mirrored, tags=[RunTag(key, value) for key, value in tags.items()])
    if run.state in OVER:
        client.set_terminated(mirrored, status=OVER[run.state], end_time=ended)


def _log(client: MlflowClient, mirrored: str, metrics: Mapping[str, float], at: int) -> None:
    rows = [Metric(key, value, at, 0) for key, value in metrics.items()]
    for start in range(0, len(rows), AT_ONCE):
        client.log_batch(mirrored, metrics=rows[start : start + AT_ONCE])


def _newest_evaluations(run: Run) -> list[Evaluation]:
    """One a release and split."""
    rows = run.evaluations.select_related(
        "run__project", "release__golden_set__project", "release__taxonomy_version"
    ).order_by("pk")  # fmt: skip
    return list({(one.release_id, one.split): one for one in rows}.values())


def run_tags(run: Run) -> dict[str, str]:
    """Which versions and hashes it rests on."""
    version = run.prompt_version
    return {
        "assay.run": str(run.public_id),
        "assay.project": run.project.slug,
        "assay.origin": run.origin,
        "assay.simulated": str(run.is_simulated).lower(),
        "assay.version": __version__,
        "assay.taxonomy": str(run.taxonomy_version.number),
        "assay.taxonomy_digest": run.taxonomy_version.digest,
        **({"assay.prompt_digest": version.digest} if version else {}),
        **({"assay.release_digest": run.release.digest} if run.release else {}),
        **{f"assay.inputs.{name}": str(value) for name, value in run.inputs.items() if value},
    }


def run_params(run: Run) -> dict[str, str]:
    """What was chosen: prompt, model, parameters; the template goes by its hash alone."""
    version = run.prompt_version
    found: dict[str, Any] = {"on": f"{run.release}:{run.split}" if run.release else "items", "provider": run.provider}
    if version:
        found |= {"prompt": str(version), "strategy": version.strategy, "model": version.model}
        chosen = {**version.parameters, **run.overrides}
        found |= {f"parameters.{_key(name)}": value for name, value in chosen.items() if _is_plain(value)}
    return {name: str(value) for name, value in found.items() if value not in ("", None)}


def run_metrics(run: Run) -> dict[str, float]:
    progress = progress_of(run)
    found = {"items": run.total, "answered": progress.done, "failed": progress.failed}
    money = {"spent_usd": run.spent_micro_usd / 1e6}
    took = {"seconds": (run.finished_at - run.started_at).total_seconds()} if run.finished_at and run.started_at else {}
    return {name: float(value) for name, value in (found | money | took).items()}


def evaluation_metrics(evaluation: Evaluation) -> dict[str, float]:
    """Figures with low, high and n beside them as metrics of their own; of held-out gold what pages show."""
    report, base = scores(evaluation), _base(evaluation)
    found: dict[str, float] = {}
    for average in AVERAGES:
        for measure in ("precision", "recall", "f1"):
            _put(found, f"{base}/{average}_{measure}", report[average][measure])
    _put(found, f"{base}/exact_match", report["exact_match"])
    found[f"{base}/unanswered"] = float(report["unanswered"])
    largest = sorted(report["labels"].items(), key=lambda pair: (-pair[1]["support"], pair[0]))[:MOST_LABELS]
    for code, one in largest:
        _put(found, f"{base}/label.{_key(code)}/f1", one["f1"])
    return found


def evaluation_tags(evaluation: Evaluation) -> dict[str, str]:
    base = _base(evaluation).replace("/", ".")
    return {
        f"assay.{base}.evaluation": str(evaluation.public_id),
        f"assay.{base}.digest": evaluation.input_digest,
        f"assay.{base}.release_digest": evaluation.release.digest,
    }


def _base(evaluation: Evaluation) -> str:
    return f"{_key(str(evaluation.release).replace('@', '.'))}/{evaluation.split}"


def _put(found: dict[str, float], key: str, one: Mapping[str, Any]) -> None:
    """A figure that is undefined or hidden is left out, never 0."""
    if one["value"] is None:
        return
    found[key] = float(one["value"])
    found |= {f"{key}_{name}": float(one[name]) for name in ("low", "high", "n") if one.get(name) is not None}


def _key(text: str) -> str:
    return NOT_A_KEY.sub("_", text)[:100]


def _is_plain(value: Any) -> bool:
    """Numbers and words; nothing that could hold a text."""
    return isinstance(value, (bool, int, float)) or (isinstance(value, str) and len(value) <= 60)


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
