"""A run's answers beside the gold of one split, in one order: what every figure of an evaluation is computed from."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.enums import PredictionState, RunState
from evaluation.models import Prediction, Run
from evaluation.queries.across_versions import Bridge, bridge
from evaluation.queries.training_exports import learned_by
from labeling.enums import Split
from labeling.models import GoldEntry, Release, TaxonomyVersion
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
    excluded: int  # entries the run had seen as examples, or its model was trained with: they prove nothing
    # Where run and release are of different taxonomy versions: what was read as what, and the codes left out.
    taxonomy_change: dict[str, Any] | None = None
    apart: frozenset[str] = frozenset()

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


def pair(
    run: Run, release: Release, split: str, *, with_texts: bool = False, to: TaxonomyVersion | None = None
) -> Paired:
    """Put a run's predictions beside the gold of a split; what it learned from is left out and counted.

    `with_texts` also reads the items' names, documents, evidence and reference summaries, and the run's stages. A run
    and a release of different taxonomy versions are read in the newer one (or in `to`), where the change was recorded.
    """
    if run.project_id != release.golden_set.project_id:
        raise Refused("The run and the release belong to different projects.")
    if run.state not in (RunState.DONE, RunState.CANCELLED):
        raise Refused(f"The run “{run.name}” is not finished, so it cannot be scored yet.")
    gold = gold_to_score(release, split, with_texts=with_texts)
    seen = _seen_as_examples(run, release) | learned_by(run)
    kept = [entry for entry in gold if entry.item_id not in seen and entry.text_digest not in seen]
    of_gold = GoldEntry.objects.filter(release=release, split=split).values("item")  # a run may cover many more items
    done = Prediction.objects.filter(run=run, state=PredictionState.DONE, item__in=of_gold)
    columns = ("item_id", "labels", *(("stages",) if with_texts else ()))
    answers = {item: rest for item, *rest in done.values_list(*columns).iterator(chunk_size=5000)}
    said = [_said(*answers[entry.item_id]) if entry.item_id in answers else None for entry in kept]
    across = bridge(run, release, to)
    told = None
    if across:
        told = across.told(run, release, kept, [None if one is None else one.labels for one in said])
        kept = [across.of_gold(entry) for entry in kept]
        said = [None if one is None else _read(one, across) for one in said]
    parents = across.parents() if across else codes_and_parents(release)
    unknown = {code for answer in said if answer for code in answer.labels} - set(parents)
    if unknown:  # the run knew another taxonomy version: its labels count as wrong, they are not dropped
        parents |= dict.fromkeys(sorted(unknown))
    return Paired(
        run=run,
        release=release,
        split=split,
        gold=kept,
        said=said,
        parents=parents,
        excluded=len(gold) - len(kept),
        taxonomy_change=told,
        apart=across.apart if across else frozenset(),
    )


def without(paired: Paired, codes: frozenset[str]) -> Paired:
    """The same with more codes left out on both sides."""
    if codes <= paired.apart:
        return paired
    return replace(
        paired,
        gold=[replace(entry, labels=entry.labels - codes) for entry in paired.gold],
        said=[None if one is None else replace(one, labels=one.labels - codes) for one in paired.said],
        parents={
            code: None if parent in codes else parent for code, parent in paired.parents.items() if code not in codes
        },
        apart=paired.apart | codes,
    )


def _read(said: Said, across: Bridge) -> Said:
    """The answer in the codes of the version it is read in; of merged labels the surest counts."""
    confidences: dict[str, float | None] = {}
    quotes: dict[str, str] = {}
    for code in sorted(said.labels):
        if now := across.code_said(code):
            stated = [one for one in (confidences.get(now), said.confidences.get(code)) if one is not None]
            confidences[now] = max(stated, default=None)
            if code in said.quotes:
                quotes.setdefault(now, said.quotes[code])
    return replace(said, labels=frozenset(confidences), confidences=confidences, quotes=quotes)


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
