"""A run beside its repeats: does it say the same again?"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from evaluation.analyses.asked import STANDARD
from evaluation.enums import PredictionState, RunState, Strategy
from evaluation.models import Prediction, Run
from evaluation.queries.held_out import rounded
from evaluation.queries.pairing import pair
from evaluation.queries.plans import plan_for
from evaluation.queries.small_cells import SMALLEST_CELL, hidden_estimate
from evaluation.stats.intervals import Plan
from evaluation.stats.stability import Answer, Stability, stability
from labeling.enums import Split
from labeling.models import Item

UNSET = "not set: the provider's default"
DECODING = {"temperature": "Temperature", "top_p": "Top-p", "seed": "Seed"}
SHOWN = 20


@dataclass(frozen=True)
class Repeated:
    """A run, its repeats, and what those that are finished have in common. `found` None: nothing to compare yet."""

    original: Run
    repeats: list[Run]
    compared: list[Run]  # the original and its finished repeats
    items: list[int]  # that all of these cover
    answers: list[list[Answer]]  # of each, in the order of the items
    found: Stability | None

    @property
    def is_held_out(self) -> bool:
        return self.original.split == Split.TEST

    @property
    def is_simulated(self) -> bool:
        return any(one.is_simulated for one in (self.original, *self.repeats))

    @property
    def going(self) -> list[Run]:
        return [one for one in self.repeats if one.state in (RunState.QUEUED, RunState.RUNNING)]


@dataclass(frozen=True)
class Flipping:
    """An item that did not get the same answer each time."""

    item: Item
    sets: list[tuple[list[str], int]]  # each answer, and how many times it came; the most frequent first


def original_of(run: Run) -> Run:
    return run.repeat_of or run


def repeated(run: Run, *, with_gold: bool = True) -> Repeated:
    """Read a run (or the one that it repeats) beside its finished repeats, over the items that all of them cover.

    On dev the items are those that are scored, and micro F1 of each repeat is held against gold; elsewhere gold is
    not read. `with_gold=False` leaves it out on dev too.
    """
    original = original_of(run)
    repeats = list(original.repeats.select_related("created_by").order_by("repeat"))
    compared = [one for one in (original, *repeats) if one.state == RunState.DONE]
    if len(compared) < 2 or original.state != RunState.DONE:
        return Repeated(original, repeats, compared, [], [], None)
    said = _answers(compared)
    common = set.intersection(*(set(of_run) for of_run in said.values()))
    gold, plan = None, Plan()
    if with_gold and original.release and original.split == Split.DEV:
        scored = [entry for entry in pair(original, original.release, Split.DEV).gold if entry.item_id in common]
        items = [entry.item_id for entry in scored]
        gold, plan = [entry.labels for entry in scored], plan_for(scored, STANDARD)
    else:
        items = sorted(common)
    answers = [[said[one.pk][item] for item in items] for one in compared]
    codes = list(original.taxonomy_version.labels.order_by("position").values_list("code", flat=True))
    unknown = {code for of_run in answers for answer in of_run for code in answer or ()} - set(codes)
    found = stability(answers, codes=[*codes, *sorted(unknown)], gold=gold, plan=plan) if items else None
    return Repeated(original, repeats, compared, items, answers, found)


def _answers(runs: list[Run]) -> dict[int, dict[int, Answer]]:
    """What each run said of each of its items; None where there is no answer."""
    said: dict[int, dict[int, Answer]] = {run.pk: {} for run in runs}
    rows = Prediction.objects.filter(run__in=runs).values_list("run_id", "item_id", "state", "labels")
    for run, item, state, labels in rows.iterator(chunk_size=5000):
        is_answered = state == PredictionState.DONE
        said[run][item] = frozenset(label["code"] for label in labels) if is_answered else None
    return said


def most_flipping(one: Repeated, *, limit: int = SHOWN) -> list[Flipping]:
    """The dev items whose answers differ most; nothing of any other split."""
    if one.original.split != Split.DEV or one.found is None:
        return []
    by_item = dict(zip(one.items, zip(*one.answers, strict=True), strict=True))
    kept = {
        item: Counter(answers) for item, answers in by_item.items() if len(set(answers)) > 1 and None not in answers
    }
    worst = sorted(kept, key=lambda item: (max(kept[item].values()), -len(kept[item]), item))[:limit]
    items = Item.objects.in_bulk(worst)
    return [
        Flipping(items[pk], [(sorted(answer or ()), times) for answer, times in kept[pk].most_common()]) for pk in worst
    ]


def report(one: Repeated) -> dict[str, Any]:
    """The stability of a run as pages and files show it: of a held-out split rounded, without small cells."""
    original = one.original
    content: dict[str, Any] = {
        "run": original.name,
        "prompt": str(original.prompt_version),
        "golden": str(original.release) if original.release else None,
        "split": original.split,
        "simulated": one.is_simulated,
        "decoding": dict(decoding(original)),
        "runs": [run.name for run in one.compared],
        "stability": None if one.found is None else one.found.as_dict(),
    }
    if not one.is_held_out or one.found is None:
        return content
    for found in content["stability"]["labels"].values():
        if found["when_said"]["n"] < SMALLEST_CELL:
            found |= {"rate": hidden_estimate(), "when_said": hidden_estimate(), "flipped": None}
    shown: dict[str, Any] = rounded(content)
    return shown


def table(content: dict[str, Any]) -> list[dict[str, Any]]:
    """One row for all labels together, then one a label."""
    found = content["stability"]
    if found is None:
        return []
    rows = [_row("", found["sets"]) | {"flipped": None}]
    return rows + [
        _row(code, one["rate"])
        | {"flipped": one["flipped"]}
        | {f"when_said_{name}": one["when_said"][name] for name in ("value", "low", "high", "n")}
        for code, one in found["labels"].items()
    ]


def _row(code: str, estimate: dict[str, Any]) -> dict[str, Any]:
    return {"label": code, **{name: estimate[name] for name in ("value", "low", "high", "n")}}


def decoding(run: Run) -> list[tuple[str, str]]:
    """The settings that decide how much an answer is left to chance, in words."""
    version = run.prompt_version
    if version is None:
        return []
    if version.strategy != Strategy.CHAT:
        return [("Decoding", "none: the built-in baseline says the same every time")]
    parameters = {**version.parameters, **run.overrides}
    return [
        (title, UNSET if parameters.get(name) is None else f"{parameters[name]:g}") for name, title in DECODING.items()
    ]
