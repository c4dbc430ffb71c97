"""Predictions out of files that other tools wrote."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evaluation.enums import PredictionState
from labeling.actions.answers import Read, read_answers
from labeling.files.values import BadValue, confident_label, count_of, labels_of, number_of, text_of
from labeling.labelnames import AmbiguousLabel, Resolver, UnknownLabel
from labeling.models import Project, TaxonomyVersion

PASSAGES_MAX = 1000  # retrieved for one item
SUMMARY_MAX = 20_000
MOST_COST = 1_000_000  # of one item, in dollars
FARTHEST = 10**9  # no text is so long
PLACE = ("document", "start", "end")


def read_predictions(
    path: Path,
    *,
    project: Project,
    sep: str = ";",
    encoding: str = "utf-8",
    name: str = "",
    taxonomy: TaxonomyVersion | None = None,
) -> Read:
    """Predictions: item, labels as codes or {code, confidence, evidence} (CSV: code:confidence) [, cost, latency_ms,
    model, retrieved, summary]. Labels are of the taxonomy version given, or of the published one."""

    def interpret(values: Mapping[str, Any], resolver: Resolver) -> dict[str, Any]:
        state = values.get("state")
        if state in PredictionState.values and state != PredictionState.DONE:
            raise BadValue(f"it is “{state}”, which is no answer. Left out, its item counts as unanswered")
        labels: dict[str, dict[str, Any]] = {}
        for entry in labels_of(values, sep=sep):
            code, confidence = _resolved(entry, resolver)
            evidence = entry.get("evidence") if isinstance(entry, dict) else None
            labels.setdefault(code, {"code": code, "confidence": confidence, "evidence": text_of(evidence)})
        cost = values.get("cost")
        if cost not in (None, "") and not 0 <= number_of(cost, "cost") <= MOST_COST:
            raise BadValue(f"“cost” is not between 0 and {MOST_COST:,} dollars")
        return {
            "labels": list(labels.values()),
            "cost": None if cost in (None, "") else number_of(cost, "cost"),
            "latency_ms": count_of(values.get("latency_ms"), "latency_ms", most=2**31 - 1),
            "model": text_of(values.get("model")),
            "retrieved": _passages(values.get("retrieved")),
            "summary": _summary(values.get("summary")),
        }

    return read_answers(
        path, project=project, interpret=interpret, identity=lambda key, _: key, encoding=encoding, name=name,
        taxonomy=taxonomy,
    )  # fmt: skip


def _resolved(entry: Any, resolver: Resolver) -> tuple[str, float | None]:
    """The label of an entry; a text that is itself a label is one, colons and all."""
    if isinstance(entry, str):
        try:
            return resolver.resolve(entry.strip()), None
        except (UnknownLabel, AmbiguousLabel):
            name, confidence = confident_label(entry)
            return resolver.resolve(name), confidence
    name, confidence = confident_label(entry)
    return resolver.resolve(name), confidence


def _passages(value: Any) -> list[Any] | None:
    """The passages that a run retrieved: texts, or places in the item's documents. A CSV cell holds them as JSON.

    An empty cell says that nothing was recorded, an empty list that nothing was retrieved.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise BadValue("“retrieved” is not a list in JSON") from error
    if not isinstance(value, list) or len(value) > PASSAGES_MAX:
        raise BadValue(f"“retrieved” is not a list of at most {PASSAGES_MAX:,} passages")
    return [_passage(one) for one in value]


def _passage(value: Any) -> str | dict[str, int]:
    if isinstance(value, str):
        return value.strip()
    place = {name: _whole(value.get(name)) for name in PLACE} if isinstance(value, dict) else {}
    if not place or place["start"] >= place["end"]:
        raise BadValue("a retrieved passage is neither a text nor {document, start, end} with its end after its start")
    return place


def _whole(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= FARTHEST:
        raise BadValue("a retrieved passage is at a place that is not a whole number")
    return value


def _summary(value: Any) -> str | None:
    summary = text_of(value)
    if len(summary) > SUMMARY_MAX:
        raise BadValue(f"“summary” has more than {SUMMARY_MAX:,} characters")
    return summary or None
