"""A run's answers beside the gold of one split, in one order: what every figure of an evaluation is computed from."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.enums import PredictionState, RunState
from evaluation.models import Prediction, Run
from labeling.enums import Split
from labeling.models import Release
from labeling.queries.golden import Gold, codes_and_parents, gold_to_score
from reviewapp.common.errors import Refused


@dataclass(frozen=True)
class Said:
    """What a run said of one item. Confidences are as the model states them, not calibrated."""

    labels: frozenset[str]
    confidences: dict[str, float | None] = field(default_factory=dict)
    quotes: dict[str, str] = field(default_factory=dict)
    retrieved: list[Any] | None = None  # passages as texts or {document, start, end}; None: not recorded
    summary: str | None = None


@dataclass(frozen=True)
class Paired:
    """A run's answers beside the gold of one split, place by place."""

    run: Run
    release: Release
    split: str
    gold: list[Gold]
    said: list[Said | None]  # None: no answer, which counts against the run
    parents: dict[str, str | None]  # every code in taxonomy order, with its parent
    excluded: int  # entries the run had seen as examples, which prove nothing

    @property
    def predicted(self) -> list[frozenset[str] | None]:
        return [None if one is None else one.labels for one in self.said]

    @property
    def codes(self) -> list[str]:
        return list(self.parents)

    @property
    def weights(self) -> NDArray[np.float64]:
        """How many items of the population each stands for."""
        return np.array([entry.weight for entry in self.gold], dtype=np.float64)


def pair(run: Run, release: Release, split: str, *, with_texts: bool = False) -> Paired:
    """Put a run's predictions beside the gold of a split; what it learned from is left out and counted.

    `with_texts` also reads the items' names, documents, evidence and reference summaries, and the run's stages.
    """
    if run.project_id != release.golden_set.project_id:
        raise Refused("The run and the release belong to different projects.")
    if run.state not in (RunState.DONE, RunState.CANCELLED):
        raise Refused(f"The run “{run.name}” is not finished, so it cannot be scored yet.")
    gold = gold_to_score(release, split, with_texts=with_texts)
    seen = _seen_as_examples(run, release)
    kept = [entry for entry in gold if entry.item_id not in seen and entry.text_digest not in seen]
    done = Prediction.objects.filter(run=run, state=PredictionState.DONE)
    columns = ("item_id", "labels", *(("stages",) if with_texts else ()))
    answers = {item: rest for item, *rest in done.values_list(*columns).iterator(chunk_size=5000)}
    said = [_said(*answers[entry.item_id]) if entry.item_id in answers else None for entry in kept]
    parents = codes_and_parents(release)
    unknown = {code for answer in said if answer for code in answer.labels} - set(parents)
    if unknown:  # the run knew another taxonomy version: its labels count as wrong, they are not dropped
        parents |= dict.fromkeys(sorted(unknown))
    return Paired(
        run=run, release=release, split=split, gold=kept, said=said, parents=parents, excluded=len(gold) - len(kept)
    )


def _said(labels: list[dict[str, Any]], stages: dict[str, Any] | None = None) -> Said:
    return Said(
        labels=frozenset(label["code"] for label in labels),
        confidences={label["code"]: label.get("confidence") for label in labels},
        quotes={label["code"]: label["evidence"] for label in labels if label.get("evidence")},
        retrieved=(stages or {}).get("retrieved"),
        summary=(stages or {}).get("summary"),
    )


def _seen_as_examples(run: Run, release: Release) -> set[int | str]:
    if run.fewshot_release_id is None or run.fewshot_release_id == release.pk:
        return set()  # within one release equal texts share a split, so fewshot and dev cannot overlap
    examples = run.fewshot_release.entries.filter(split=Split.FEWSHOT) if run.fewshot_release else []
    return {key for entry in examples for key in (entry.item_id, entry.text_digest)}
