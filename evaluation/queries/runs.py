"""Runs: found by name, listed, and how far each is."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import Count

from evaluation.enums import PredictionState, RunOrigin, RunState
from evaluation.models import Prediction, Run
from evaluation.queries.kept import KEPT, is_kept, kept, key_of
from labeling.models import Project
from reviewapp.common.errors import Refused

FINISHED = (RunState.DONE, RunState.CANCELLED)


def find_run(project: Project, name: str) -> Run:
    run = Run.objects.filter(project=project, name=name).select_related("project", "prompt_version__prompt").first()
    if run is None:
        raise Refused(f"There is no run “{name}” in this project.")
    return run


@dataclass(frozen=True)
class RunProgress:
    """A run and how many of its items are answered."""

    run: Run
    done: int
    failed: int

    @property
    def waiting(self) -> int:
        return self.run.total - self.done - self.failed

    @property
    def ended(self) -> int:
        return self.done + self.failed

    @property
    def is_going(self) -> bool:
        return self.run.state in (RunState.QUEUED, RunState.RUNNING)


def runs_of(project: Project, *, limit: int = 100) -> list[RunProgress]:
    """The newest runs with their progress, but for those of single texts of red-team rounds; two queries."""
    runs = list(
        Run.objects.filter(project=project)
        .exclude(origin=RunOrigin.ATTACK)
        .select_related("prompt_version__prompt", "release__golden_set", "created_by")
        .order_by("-created_at", "-pk")[:limit]
    )
    return with_progress(runs)


def with_progress(runs: Sequence[Run]) -> list[RunProgress]:
    """Each run with how far it is; one query, over those that are not kept."""
    keys = {key_of(run, "states"): run for run in runs if is_kept(run)}
    known = {keys[key].pk: found for key, found in cache.get_many(keys).items()} if keys else {}
    counts: dict[int, dict[str, int]] = defaultdict(dict, known)
    rest = [run for run in runs if run.pk not in known]
    grouped = Prediction.objects.filter(run__in=rest).values_list("run", "state").annotate(Count("pk")).order_by()
    for pk, state, number in grouped:
        counts[pk][state] = number
    if new := {key: counts[run.pk] for key, run in keys.items() if run.pk not in known}:
        cache.set_many(new, KEPT)
    return [_progress(run, counts[run.pk]) for run in runs]


def progress_of(run: Run) -> RunProgress:
    rows = run.predictions.values_list("state").annotate(Count("pk")).order_by()
    return _progress(run, kept(run, "states", lambda: dict(rows)))


def _progress(run: Run, counts: dict[str, int]) -> RunProgress:
    return RunProgress(run, counts.get(PredictionState.DONE, 0), counts.get(PredictionState.FAILED, 0))
