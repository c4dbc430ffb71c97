"""What changed between two sides: settings, what was measured, the mix of the input, and where a change lies."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.queries.drop_facts import FACTS, Answered, readable
from evaluation.stats.drift import Signal, decide, numbers, share
from evaluation.stats.quality_drop import FOLLOWS, MIX, SYMPTOM, Part, mix_effect
from evaluation.stats.windows import BLANK, INPUTS, Finding

GREW = 0.05  # of a value's share, from which it counts as more used than before
LEAST_CELL = 10  # items of a value, below which it tells nothing
GATHERED = 0.5  # more of a value's items touched than of the others, from which it is said where a change lies
SHOWN = 5
Sides = tuple[list[Answered], list[Answered]]


@dataclass(frozen=True)
class Changed:
    """A change before it is weighed, with its values on both sides."""

    part: Part
    then: list[tuple[str, int]]
    now: list[tuple[str, int]]
    signal: Signal | None = None


def settings_changed(sides: Sides) -> list[Changed]:
    """The settings that differ between the sides, or between an item's two answers."""
    then, now = sides
    found = []
    for key, title in FACTS.items():
        own = {one.item: one.facts[key] for one in then if one.facts[key]}
        counts = [Counter(one.facts[key] for one in side if one.facts[key]) for side in sides]
        if not counts[0] or not counts[1]:
            continue
        totals = [sum(one.values()) for one in counts]
        grew = {
            value for value in counts[1]
            if value not in counts[0] or counts[1][value] / totals[1] - counts[0][value] / totals[0] >= GREW
        }  # fmt: skip
        touched = [
            bool(one.facts[key]) and (one.facts[key] != own[one.item] if one.item in own else one.facts[key] in grew)
            for one in now
        ]
        if not any(touched):
            continue
        said = readable({**counts[0], **counts[1]}) if key in ("parameters", "retrieval") else {}
        values = [[(said.get(value, value), n) for value, n in one.most_common(SHOWN)] for one in counts]
        whole = all(mark or not one.facts[key] for mark, one in zip(touched, now, strict=True))
        found.append(Changed(Part(title, touched=None if whole else touched), values[0], values[1]))
    return found


def fingerprints_changed(then: Counter[str], now: Counter[str]) -> list[Changed]:
    if not then or not now or set(then) == set(now):
        return []
    return [Changed(Part("System fingerprint"), then.most_common(SHOWN), now.most_common(SHOWN))]


def measured(sides: Sides, signals: Sequence[Finding]) -> list[Changed]:
    """What was measured and moved beyond chance: failures, refusals, passages, latency, cost, and the input mix."""
    then, now = sides
    n = (len(then), len(now))

    def hits(hit: Callable[[Answered], bool]) -> tuple[int, int]:
        return sum(map(hit, then)), sum(map(hit, now))

    def values(name: str) -> list[list[float]]:
        return [[float(getattr(one, name)) for one in side if getattr(one, name) is not None] for side in sides]

    looked = decide(
        [
            share("Refusals", hits(_refused), n),
            share("Errors", hits(_failed), n),
            numbers("Passages retrieved", *values("passages")),
            numbers("Latency, ms", *values("latency_ms")),
            numbers("Cost an item, micro-dollars", *values("cost_micro_usd")),
        ]
    )
    hit: dict[str, Callable[[Answered], bool]] = {"Refusals": _refused, "Errors": _failed}
    found = []
    for one in looked:
        if not one.fired:
            continue
        if one.name in hit:
            part = Part(one.name, FOLLOWS, touched=[hit[one.name](each) for each in now])
        else:
            part = Part(one.name) if one.name.startswith("Passages") else Part(one.name, SYMPTOM)
        found.append(Changed(part, [], [], one))
    return found + [
        _mixed(one.signal, sides) for one in signals if one.kind == INPUTS and one.signal.fired and not one.cohort
    ]


def _mixed(signal: Signal, sides: Sides) -> Changed:
    """An input that moved; of an attribute with the fall that the new mix alone would bring."""
    name = f"Input mix: {signal.name}"
    if not any(signal.name in one.seen.attributes for side in sides for one in side):
        return Changed(Part(name, MIX), [], [], signal)
    known = [[one for one in side if one.seen.f1 is not None] for side in sides]
    values = [[value_of(one, signal.name) for one in side] for side in known]
    right = [[one.seen.f1 or 0.0 for one in side] for side in known]
    counts = [Counter(value_of(one, signal.name) for one in side).most_common(SHOWN) for side in sides]
    effect = mix_effect(values[0], right[0], values[1], right[1])
    return Changed(Part(name, MIX, mix=effect), counts[0], counts[1], signal)


def _failed(one: Answered) -> bool:
    return bool(one.error_kind) and not _refused(one)


def _refused(one: Answered) -> bool:
    return one.error_kind == "refused"


def said_of(one: Changed) -> dict[str, Any]:
    signal = one.signal.as_dict() if one.signal else None
    return {"then": [list(pair) for pair in one.then], "now": [list(pair) for pair in one.now], "signal": signal}


def lies(part: Part, now: Sequence[Answered], slices: Sequence[str]) -> dict[str, Any] | None:
    """The value of an attribute that a change keeps to, if it keeps to one."""
    if part.touched is None or all(part.touched):
        return None
    found: list[tuple[float, str, str, int, int]] = []
    for name in slices:
        for value in values_of(now, name):
            inside = [mark for one, mark in zip(now, part.touched, strict=True) if value_of(one, name) == value]
            outside = [mark for one, mark in zip(now, part.touched, strict=True) if value_of(one, name) != value]
            if len(inside) >= LEAST_CELL and outside:
                apart = sum(inside) / len(inside) - sum(outside) / len(outside)
                found.append((apart, name, value, sum(inside), len(inside)))
    if not found:
        return None
    apart, name, value, hits, n = max(found, key=lambda one: (one[0], one[1], one[2]))
    return {"attribute": name, "value": value, "touched": hits, "n": n} if apart >= GATHERED else None


def values_of(side: Sequence[Answered], attribute: str) -> list[str]:
    return sorted({value_of(one, attribute) for one in side})


def value_of(one: Answered, attribute: str) -> str:
    return one.seen.attributes.get(attribute, "") or BLANK
