"""The bodies of /v1/decisions: each question of a request with a probability."""

from collections.abc import Sequence
from typing import Any

from evaluation.simulator.answering import Answerer, Given
from evaluation.simulator.chance import draw
from evaluation.simulator.reading import Asked, BadRequest, messages_of, read, spoken

QUESTIONS_MAX = 400


def read_decision(body: dict[str, Any]) -> Asked:
    """The questions of a request; raises BadRequest."""
    told = body.get("questions")
    if not isinstance(told, list) or not 1 <= len(told) <= QUESTIONS_MAX:
        raise BadRequest(f"ask between 1 and {QUESTIONS_MAX} questions")
    if not all(isinstance(one, dict) and one.get("type") in ("predicate", "choice", "score") for one in told):
        raise BadRequest("the type of a question is predicate, choice or score")
    if any(one["type"] == "choice" and len(one.get("choices") or ()) < 2 for one in told):
        raise BadRequest("a choice needs at least 2 choices")
    if any(one["type"] == "score" and not one.get("levels") for one in told):
        raise BadRequest("a score needs levels")
    questions = {_code(one): spoken(one.get("instructions")) for one in told if one["type"] == "predicate"}
    return read(body, messages_of(body.get("input")), questions=questions)


def decide(body: dict[str, Any], asked: Asked, given: Sequence[Given], answerer: Answerer) -> list[dict[str, Any]]:
    """One answer a question, in their order.

    Labels that are given lie above one half, others below: 0.5 + stated / 2, and half the chance that they apply
    all the same. So the labels above one half are those that the other endpoints give.
    """
    stated = {one.code: one.stated for one in given}
    return [_answer(question, asked, stated, answerer) for question in body["questions"]]


def spoiled(answers: list[dict[str, Any]], fault: str) -> list[dict[str, Any]]:
    """The answers as a fault of the content leaves them."""
    if fault == "refusal":  # of every second question
        return [
            {"type": "refusal", "name": one["name"]} if place % 2 == 0 else one for place, one in enumerate(answers)
        ]
    if fault == "filtered":
        return [{"type": "refusal", "name": one["name"]} for one in answers]
    if fault == "truncated":
        return answers[: len(answers) // 2]
    if fault == "unknown_labels":
        return [*answers, {"type": "predicate", "name": "made-up-label", "probability": 0.9}]
    if fault == "duplicate_labels":
        return [one for one in answers for _ in range(2)]
    return [] if fault in ("empty_choices", "not_json") else answers


def decision_body(answers: list[dict[str, Any]], usage: tuple[int, int, int]) -> dict[str, Any]:
    """What is particular to this endpoint; `usage` is tokens in, of these cached, tokens out."""
    tokens_in, cached, tokens_out = usage
    return {
        "answers": answers,
        "usage": {
            "input_tokens": tokens_in,
            "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": 0},
            "output_tokens": tokens_out,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": tokens_in + tokens_out,
        },
    }


def _code(question: dict[str, Any]) -> str:
    return str(question.get("name") or spoken(question.get("instructions")))


def _answer(question: dict[str, Any], asked: Asked, stated: dict[str, float], answerer: Answerer) -> dict[str, Any]:
    name, code = question.get("name"), _code(question)
    if question["type"] == "predicate":
        chance = 0.5 + stated[code] / 2 if code in stated else answerer.absent(asked, code) / 2
        return {"type": "predicate", "name": name, "probability": round(chance, 6)}
    if question["type"] == "choice":
        values = [one["value"] for one in question["choices"]]
        shares = _shares(len(values), answerer.config.seed, asked.key, code)
        best = max(range(len(values)), key=lambda place: shares[place])
        return {
            "type": "choice",
            "name": name,
            "choice": values[best],
            "confidence": shares[best],
            "probabilities": [{"value": one, "probability": share} for one, share in zip(values, shares, strict=True)],
        }
    levels = [str(one["label"]) for one in question["levels"]]
    shares = _shares(len(levels), answerer.config.seed, asked.key, code)
    return {
        "type": "score",
        "name": name,
        "score": round(sum(place * share for place, share in enumerate(shares)), 6),
        "confidence": max(shares),
        "probabilities": [
            {"value": place, "label": label, "probability": share}
            for place, (label, share) in enumerate(zip(levels, shares, strict=True))
        ],
    }


def _shares(number: int, *parts: object) -> list[float]:
    """Probabilities by the item alone: choices and scores have no planted truth."""
    weights = [draw(*parts, place) ** 4 + 1e-6 for place in range(number)]
    return [round(weight / sum(weights), 6) for weight in weights]
