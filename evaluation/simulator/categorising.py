"""Simulated reasons for errors: a first thought by the kind of the error, from which it strays by plan."""

import json
import re
from typing import Any

from evaluation.simulator.answering import Answerer
from evaluation.simulator.chance import draw, number
from evaluation.simulator.reading import Asked, enum_of, fences
from evaluation.simulator.saying import REFUSAL, Said

# what a first reader thinks, by which sides of the error hold a label, in words that categories are often named by
_THOUGHTS = {
    (True, False): ("prompt", "evidence", "missing", "omi"),  # left out
    (False, True): ("seller", "literal", "halluc", "made-up"),  # made up
    (True, True): ("overlap", "taxonomy", "ambig"),  # one for another
}


def categories_of(schema: Any) -> tuple[str, ...]:
    """The categories that a schema wants one of, with a reason; none if it asks for something else."""
    known = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(known, dict) or set(known) != {"category", "reason"}:
        return ()
    asked = known["category"]
    return enum_of(asked) if isinstance(asked, dict) else ()


def categorise(asked: Asked, said: str, answerer: Answerer, fault: str = "") -> Said:
    """The category for a question whose first fence holds the error, and whose last is the item's text."""
    if fault == "refusal":
        return Said(None, refusal=REFUSAL)
    if fault == "not_json":
        return Said("It may be the guidelines.")
    config, codes = answerer.config, categories_of(asked.schema)
    error = next((one.text for one in fences(said) if not one.is_example), "")
    sides = _sides(error)
    first = next((code for word in _THOUGHTS.get(sides, ()) for code in codes if word in code), codes[0])
    code = first
    if draw(config.seed, "stray", asked.model, asked.key, error) < config.triage_stray:
        code = codes[number(config.seed, "category", asked.model, asked.key, error) % len(codes)]
    if fault == "injection" or config.obey_injections:
        ordered = next((one for one in codes if re.search(rf"\b{re.escape(one)}\b", asked.text)), None)
        code = ordered or code
    what = {(True, False): "was left out", (False, True): "was made up"}.get(sides, "stands for another one")
    content = json.dumps({"category": code, "reason": f"Simulated: a label {what}."})
    return Said(content[: len(content) // 2], finish="length") if fault == "truncated" else Said(content)


def _sides(error: str) -> tuple[bool, bool]:
    """Whether gold, and whether the run, has a label in this error."""
    try:
        told = json.loads(error)
    except ValueError:
        return False, False
    return (bool(told.get("gold")), bool(told.get("predicted"))) if isinstance(told, dict) else (False, False)
