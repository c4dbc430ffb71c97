"""Reads a model's answer. Nothing is repaired in silence: what is odd becomes a problem, what is unusable a failure."""

import json
import math
import unicodedata
from collections.abc import Collection, Sequence
from typing import Any

from evaluation.llm.protocol import ItemText, ModelFailure, PredictedLabel, Problem

RAW_MAX = 200_000
EVIDENCE_MAX = 2000
LABELS_MAX = 1000


def parse_answer(
    raw: str, *, codes: Collection[str], item: ItemText
) -> tuple[tuple[PredictedLabel, ...], tuple[Problem, ...]]:
    """The labels of an answer and its problems; raises ModelFailure("invalid_output") where it cannot be used."""
    if len(raw) > RAW_MAX:
        raise _invalid(f"the answer has {len(raw):,} characters", raw)
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise _invalid("the answer is not JSON", raw) from error
    entries = content.get("labels") if isinstance(content, dict) else None
    if not isinstance(entries, list) or len(entries) > LABELS_MAX:
        raise _invalid("the answer has no list of labels", raw)
    text = _plain(item.text)
    labels: dict[str, PredictedLabel] = {}
    problems: list[Problem] = []
    for entry in entries:
        label = _label(entry, codes, problems, raw)
        if label is None:
            continue
        if label.code in labels:
            problems.append(Problem("duplicate", label.code))
            continue
        if label.evidence and _plain(label.evidence) not in text:
            problems.append(Problem("evidence_not_found", label.code))
        labels[label.code] = label
    return tuple(labels.values()), tuple(problems)


def _label(entry: Any, codes: Collection[str], problems: list[Problem], raw: str) -> PredictedLabel | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("code"), str):
        raise _invalid("a label of the answer has no code", raw)
    code = unicodedata.normalize("NFC", entry["code"])
    if code not in codes:
        problems.append(Problem("out_of_taxonomy", code[:100]))
        return None
    confidence = _share(entry.get("confidence"))
    if confidence is None and entry.get("confidence") is not None:
        problems.append(Problem("bad_confidence", f"{code}: {str(entry['confidence'])[:50]}"))
    evidence = entry.get("evidence")
    return PredictedLabel(
        code,
        confidence,
        evidence[:EVIDENCE_MAX] if isinstance(evidence, str) else "",
        {} if confidence is None else {"stated": confidence},
    )


def parse_decisions(
    raw: Sequence[str], *, codes: Collection[str]
) -> tuple[tuple[PredictedLabel, ...], tuple[Problem, ...]]:
    """The labels that an endpoint decided to apply with a probability of at least one half, and what it left open."""
    labels: list[PredictedLabel] = []
    problems: list[Problem] = []
    for one in (decision for text in raw for decision in json.loads(text)["decisions"]):
        code, chance = str(one["name"]), _share(one["probability"])
        if code not in codes:
            problems.append(Problem("out_of_taxonomy", code[:100]))
        elif chance is None:
            problems.append(Problem("not_decided", code))
        elif chance >= 0.5:
            labels.append(PredictedLabel(code, chance, "", {"decision": chance}))
    return tuple(labels), tuple(problems)


def _share(value: Any) -> float | None:
    """A number between 0 and 1, or None."""
    usable = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if usable and 0 <= value <= 1 else None


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _invalid(message: str, raw: str) -> ModelFailure:
    return ModelFailure("invalid_output", message, raw=raw[:RAW_MAX])
