"""The disturbed texts that a run of a stress suite reads."""

from collections.abc import Mapping

from evaluation.llm.protocol import ItemText
from evaluation.models import Run
from evaluation.stress.counterfactuals import counterfactual
from evaluation.stress.kinds import COUNTERFACTUAL, RED_TEAM
from evaluation.stress.perturbing import INJECTIONS, perturb
from evaluation.stress.red_team import attacked
from labeling.models import Label


def disturbed(texts: Mapping[int, ItemText], run: Run) -> dict[int, ItemText]:
    """The texts as the run's perturbation says, by the same keys."""
    told = run.perturbation or {}
    kind, strength, seed = told["kind"], told.get("strength", 1), told.get("seed", 0)
    if kind == COUNTERFACTUAL:
        return {key: counterfactual(item) or item for key, item in texts.items()}
    if kind == RED_TEAM:
        cases = told["cases"]
        return {
            key: attacked(item, cases[item.external_id], seed) if item.external_id in cases else item
            for key, item in texts.items()
        }
    labels: list[str] = []
    if kind == INJECTIONS:
        known = Label.objects.filter(version=run.taxonomy_version_id).order_by("position")
        labels = list(known.values_list("code", flat=True))
    return {key: perturb(item, kind=kind, strength=strength, seed=seed, labels=labels) for key, item in texts.items()}
