"""What a simulator is told before it starts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from evaluation.simulator.faults import Fault


@dataclass(frozen=True)
class Rates:
    """How often it errs on purpose. Omission and wrong labels: of the right labels. Hallucination: of the answers."""

    omit: float = 0.10
    hallucinate: float = 0.05
    wrong: float = 0.05
    misquote: float = 0.03

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
                raise ValueError(f"the rate “{one.name}” is {value!r}, and must be between 0 and 1")
        if self.omit + self.wrong > 1:
            raise ValueError("omit and wrong are more than 1 together: a label cannot be both")

    def but(self, changes: Mapping[str, Any]) -> "Rates":
        """These rates with some of them changed."""
        known = {one.name for one in fields(self)}
        if unknown := sorted(set(changes) - known):
            raise ValueError(f"“{unknown[0]}” is no rate; known are {', '.join(sorted(known))}")
        return replace(self, **changes)


NO_ERRORS = Rates(omit=0.0, hallucinate=0.0, wrong=0.0, misquote=0.0)


@dataclass(frozen=True)
class AnswerRow:
    """What is right for one item, known by its text, its name or its id."""

    labels: tuple[str, ...]
    text: str = ""
    name: str = ""
    external_id: str = ""
    slice: str = ""


@dataclass(frozen=True)
class Config:
    """Everything; the defaults err a little, are unlimited and answer at once."""

    port: int = 0
    seed: int = 0
    answers: tuple[AnswerRow, ...] = ()
    rates: Rates = Rates()
    model_rates: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    slice_rates: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    overconfidence: float = 2.0  # stated = 1 - (1 - chance) ** overconfidence; 1 is honest
    waver: float = 0.2  # at temperature 1 each decision is taken anew with this chance
    judge_bias: float = 0.3  # points a judge scores above what it saw
    judge_noise: float = 0.4  # and how far it strays, about a standard deviation
    judge_place: float = 0.3  # points that it gives, of two, to what stands first
    triage_stray: float = 0.25  # share of errors for which a category is drawn instead of thought of
    latency_ms: float = 0.0
    latency_spread: float = 0.0  # 0.5: between half and one and a half of it, by the item
    rpm: int | None = None
    tpm: int | None = None
    second_is: float = 1.0  # how long a second of the limits lasts
    burst: float = 1.0  # how much of a minute may be used at once
    log: Path | None = None
    faults: tuple[Fault, ...] = ()
    obey_injections: bool = False
    batch_polls: int = 2  # how often a batch is looked at before it is done
    batch_seconds: float = 0.0  # and how long it takes at least
    batch_expired: float = 0.0  # the share of a batch's lines that expire

    def __post_init__(self) -> None:
        for told in (*self.model_rates.values(), *self.slice_rates.values()):
            self.rates.but(told)
        if self.second_is <= 0 or self.burst <= 0 or self.overconfidence <= 0:
            raise ValueError("second_is, burst and overconfidence must be more than 0")
        if (self.rpm is not None and self.rpm < 1) or (self.tpm is not None and self.tpm < 1):
            raise ValueError("rpm and tpm must be at least 1, or left out")

    def rates_for(self, model: str, part: str) -> Rates:
        """The rates of a model in a slice; what the slice says wins."""
        found = self.rates
        if model in self.model_rates:
            found = found.but(self.model_rates[model])
        return found.but(self.slice_rates[part]) if part in self.slice_rates else found


def read_answers(path: Path) -> tuple[AnswerRow, ...]:
    """The rows of a JSON lines file; raises ValueError with the number of a line that cannot be used."""
    rows = []
    with path.open(encoding="utf-8-sig") as stream:
        for number, line in enumerate(stream, start=1):
            if line.strip():
                try:
                    rows.append(_row(json.loads(line)))
                except ValueError as error:
                    raise ValueError(f"{path.name}, line {number}: {error}") from error
    return tuple(rows)


def _row(told: Any) -> AnswerRow:
    if not isinstance(told, dict) or not isinstance(told.get("labels"), list):
        raise ValueError("a row is an object with a list “labels”")
    known = {key: str(told.get(key) or "") for key in ("text", "name", "external_id", "slice")}
    if not any(known[key].strip() for key in ("text", "name", "external_id")):
        raise ValueError("a row needs a text, a name or an external_id to be known by")
    return AnswerRow(labels=tuple(map(str, told["labels"])), **known)
