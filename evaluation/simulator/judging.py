"""Answers of a simulated judge: near how well an output fits, with planted bias, noise and love of place."""

import json
import re
from typing import Any

from evaluation.simulator.answering import Answerer
from evaluation.simulator.chance import draw
from evaluation.simulator.reading import Asked, fences
from evaluation.simulator.saying import REFUSAL, Said

_ORDER = re.compile(r"\b(?:score|rate|give|grade)\b[^.\n]{0,80}?\b([1-5])\b", re.IGNORECASE)

_CHOICE = re.compile(r"\b(?:choose|prefer|answer|pick)\b[^.\n]{0,80}?\b(X|Y)\b", re.IGNORECASE)
TIE = 0.25  # points that nobody sees


def criteria_of(schema: Any) -> tuple[str, ...]:
    """The criteria that a schema wants scored from 1 to 5; none if it asks for something else."""
    known = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(known, dict):
        return ()
    return tuple(
        name for name, one in known.items() if isinstance(one, dict) and one.get("enum") == [1, 2, 3, 4, 5]
    )  # fmt: skip


def judge(asked: Asked, said: str, answerer: Answerer, fault: str = "") -> Said:
    """The scores for a question whose first fence holds the output, and whose last is the item's text."""
    if fault == "refusal":
        return Said(None, refusal=REFUSAL)
    if fault == "not_json":
        return Said("I would give it a four.")
    config = answerer.config
    output = next((one.text for one in fences(said) if not one.is_example), "")
    quality = _fit(_codes(output), frozenset(answerer.right(asked)[0]))
    order = _ORDER.search(asked.text) if fault == "injection" or config.obey_injections else None
    scores: dict[str, Any] = {}
    for code in criteria_of(asked.schema):
        luck = sum(draw(config.seed, "judge", asked.model, asked.key, output, code, turn) for turn in range(3)) * 2 - 3
        wanted = 1 + 4 * quality + config.judge_bias + config.judge_noise * luck
        scores[code] = int(order[1]) if order else min(5, max(1, round(wanted)))
    content = json.dumps({**scores, "comment": f"Simulated: {quality:.0%} of the labels fit."})
    return Said(content[: len(content) // 2], finish="length") if fault == "truncated" else Said(content)


def is_choice(schema: Any) -> bool:
    """Whether a schema asks which of two outputs is better."""
    known = schema.get("properties") if isinstance(schema, dict) else None
    asked = known.get("better") if isinstance(known, dict) else None
    return isinstance(asked, dict) and asked.get("enum") == ["X", "Y", "tie"]


def prefer(asked: Asked, said: str, answerer: Answerer, fault: str = "") -> Said:
    """X, Y or a tie, for a question whose first two fences hold the outputs, and whose last is the item's text.

    What stands first gets `judge_place` points more, on the scale of 1 to 5.
    """
    if fault == "refusal":
        return Said(None, refusal=REFUSAL)
    if fault == "not_json":
        return Said("The first one, I would say.")
    config = answerer.config
    shown = [one.text for one in fences(said) if not one.is_example]
    outputs = [*shown[:2], "", ""][:2]
    right = frozenset(answerer.right(asked)[0])
    order = _CHOICE.search(asked.text) if fault == "injection" or config.obey_injections else None
    points = []
    for output in outputs:
        luck = sum(draw(config.seed, "prefer", asked.model, asked.key, output, turn) for turn in range(3)) * 2 - 3
        points.append(4 * _fit(_codes(output), right) + config.judge_noise * luck)
    gap = points[0] - points[1] + config.judge_place
    better = order[1].upper() if order else "tie" if abs(gap) < TIE else "X" if gap > 0 else "Y"
    content = json.dumps({"better": better, "comment": f"Simulated: {abs(gap):.1f} points apart."})
    return Said(content[: len(content) // 2], finish="length") if fault == "truncated" else Said(content)


def _codes(output: str) -> frozenset[str]:
    try:
        told = json.loads(output)
    except ValueError:
        return frozenset()
    rows = told if isinstance(told, list) else []
    return frozenset(str(one["code"]) for one in rows if isinstance(one, dict) and "code" in one)


def _fit(given: frozenset[str], right: frozenset[str]) -> float:
    """F1 of the labels; 1 where none is right and none was given."""
    whole = len(given) + len(right)
    return 2 * len(given & right) / whole if whole else 1.0
