"""Two sides of a fall as rows: each prediction with what made it (model, prompt, parameters, ...) and what it cost."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evaluation.enums import AttemptOutcome, PredictionState
from evaluation.models import Attempt, Run
from evaluation.queries.streams import CHUNK, Window, predictions_in
from evaluation.stats.alt_test import set_f1
from evaluation.stats.windows import Seen
from labeling.enums import Split
from labeling.models import GoldEntry, Project, Release

FACTS = {
    "model_returned": "Model returned by the provider",
    "prompt": "Prompt version",
    "model_asked": "Model asked for",
    "parameters": "Parameters",
    "examples": "Few-shot examples",
    "retrieval": "Retrieval",
    "taxonomy": "Taxonomy version",
    "provider": "Provider",
    "code": "Version of Assay",
}
RETRIEVAL = ("retrieve", "summarise")  # parameters of the stages before the labels
FINGERPRINTED = 300  # answers of a side whose raw text is read for a system fingerprint
NONE = "(none)"
_FINGERPRINT = re.compile(r'"system_fingerprint"\s*:\s*"([^"\\]{1,120})"')


@dataclass(frozen=True)
class Answered:
    """One prediction, and what it came from."""

    item: int
    seen: Seen
    facts: Mapping[str, str]
    latency_ms: int | None
    cost_micro_usd: int | None
    error_kind: str  # empty: it was answered
    passages: int | None  # retrieved; None: not recorded
    at: datetime | None


def gold_of(release: Release | None) -> dict[int, frozenset[str]]:
    """The labels of the dev split by item, never those of another split."""
    if release is None:
        return {}
    rows = GoldEntry.objects.filter(release=release, split=Split.DEV).values_list("item_id", "labels")
    return {item: frozenset(labels) for item, labels in rows}


def read_side(project: Project, window: Window, gold: Mapping[int, frozenset[str]]) -> list[Answered]:
    """The predictions of a run or window in a fixed order; three queries."""
    rows = predictions_in(project, window).order_by("item__external_id", "pk")
    runs = facts_of_runs(rows.values("run"))
    columns = (
        "item_id", "state", "labels", "item__attributes", "run_id", "model_returned", "latency_ms", "cost_micro_usd",
        "error_kind", "stages", "finished_at",
    )  # fmt: skip
    found = []
    for item, state, labels, attributes, run, model, latency, cost, error, stages, at in rows.values_list(
        *columns
    ).iterator(chunk_size=CHUNK):
        is_done = state == PredictionState.DONE
        said = frozenset(one["code"] for one in labels) if is_done else None
        sure = [one["confidence"] for one in labels if one.get("confidence") is not None]
        seen = Seen(
            attributes={name: "" if value is None else str(value) for name, value in attributes.items()},
            labels=said,
            confidence=min(sure) if sure and is_done else None,
            f1=set_f1(said or frozenset(), gold[item]) if item in gold else None,
        )
        retrieved = (stages or {}).get("retrieved")
        passages = None if retrieved is None else len(retrieved)
        # what failed names no model: it counts for the one that was asked
        facts = {**runs[run], "model_returned": model or (NONE if is_done else "")}
        found.append(Answered(item, seen, facts, latency, cost, "" if is_done else error or "error", passages, at))
    return found


def facts_of_runs(runs: Any) -> dict[int, dict[str, str]]:
    """What each run asked for, by primary key."""
    found = {}
    rows = Run.objects.filter(pk__in=runs).select_related("prompt_version__prompt", "taxonomy_version")
    for run in rows:
        version = run.prompt_version
        asked = {**version.parameters, **run.overrides} if version else {}
        found[run.pk] = {
            "prompt": str(version) if version else "imported",
            "model_asked": (version.model if version else "") or NONE,
            "parameters": _canonical({key: asked[key] for key in asked if key not in RETRIEVAL}),
            "retrieval": _canonical({key: asked[key] for key in asked if key in RETRIEVAL}),
            "examples": run.fewshot_digest[:12] or NONE,
            "taxonomy": f"version {run.taxonomy_version.number}",
            "provider": run.provider or NONE,
            "code": str(run.inputs.get("code", "")) or NONE,
        }
    return found


def fingerprints(project: Project, window: Window) -> Counter[str]:
    """The system fingerprints in the newest raw answers of a side, at most FINGERPRINTED of them."""
    calls = Attempt.objects.filter(
        prediction__in=predictions_in(project, window).values("pk"), outcome=AttemptOutcome.OK, stage="classify"
    )
    found: Counter[str] = Counter()
    for raw in calls.order_by("-pk").values_list("raw", flat=True)[:FINGERPRINTED]:
        if told := _FINGERPRINT.search(raw):
            found[told.group(1)] += 1
    return found


def readable(values: Mapping[str, int]) -> dict[str, str]:
    """Parameters as people read them: of several, only where they differ."""
    read = {value: json.loads(value) for value in values}
    keys = sorted({key for one in read.values() for key in one})
    differ = [key for key in keys if len({_canonical(one.get(key)) for one in read.values()}) > 1]
    return {
        value: ", ".join(f"{key} {_canonical(one[key]) if key in one else 'default'}" for key in differ) or "the same"
        for value, one in read.items()
    }


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
