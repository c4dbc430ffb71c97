"""Predictions out of files that other tools wrote."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labeling.actions.answers import Read, read_answers
from labeling.files.values import BadValue, confident_label, count_of, labels_of, number_of, text_of
from labeling.labelnames import AmbiguousLabel, Resolver, UnknownLabel
from labeling.models import Project


def read_predictions(path: Path, *, project: Project, sep: str = ";", encoding: str = "utf-8", name: str = "") -> Read:
    """Predictions: item, labels as codes or {code, confidence} (CSV: code:confidence) [, cost, latency_ms, model]."""

    def interpret(values: Mapping[str, Any], resolver: Resolver) -> dict[str, Any]:
        labels: dict[str, dict[str, Any]] = {}
        for entry in labels_of(values, sep=sep):
            code, confidence = _resolved(entry, resolver)
            evidence = entry.get("evidence") if isinstance(entry, dict) else None
            labels.setdefault(code, {"code": code, "confidence": confidence, "evidence": text_of(evidence)})
        cost = values.get("cost")
        if cost not in (None, "") and number_of(cost, "cost") < 0:
            raise BadValue("“cost” is less than 0")
        return {
            "labels": list(labels.values()),
            "cost": None if cost in (None, "") else number_of(cost, "cost"),
            "latency_ms": count_of(values.get("latency_ms"), "latency_ms", most=2**31 - 1),
            "model": text_of(values.get("model")),
        }

    return read_answers(
        path, project=project, interpret=interpret, identity=lambda key, _: key, encoding=encoding, name=name
    )


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
