"""The endpoints that answer questions: how each reads a request and what its body looks like."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.simulator.answering import Answerer, Given
from evaluation.simulator.categorising import categories_of, categorise
from evaluation.simulator.chat import chat_body, most_tokens, read_chat
from evaluation.simulator.decisions import decide, decision_body, read_decision, spoiled
from evaluation.simulator.embeddings import embeddings_body, read_embeddings
from evaluation.simulator.judging import criteria_of, is_choice, judge, prefer
from evaluation.simulator.reading import Asked, messages_of, tokens
from evaluation.simulator.responses import read_response, response_body
from evaluation.simulator.saying import Said, fit, ordered_by, say

CACHED_FROM, CACHED_STEP = 1024, 128  # tokens: shorter beginnings are not cached, longer ones in steps


@dataclass(frozen=True)
class Question:
    """A request that was read, and what is around it."""

    body: Mapping[str, Any]
    asked: Asked
    fault: str
    sample: int
    seen: str  # the longest beginning of the prompt that was sent before


@dataclass(frozen=True)
class Answered:
    """A body without its envelope, and what it cost."""

    content: dict[str, Any]
    tokens_in: int
    tokens_cached: int
    tokens_out: int


@dataclass(frozen=True)
class Endpoint:
    """How one path is spoken."""

    read: Callable[[dict[str, Any]], Asked]
    answer: Callable[[Question, Answerer], Answered]


def cached(question: Question) -> int:
    """The tokens of the prompt that a provider would have kept."""
    length = tokens(question.seen)
    return length // CACHED_STEP * CACHED_STEP if length >= CACHED_FROM else 0


def labels_given(question: Question, answerer: Answerer) -> Sequence[Given]:
    """The labels, after what the item's own text may have made of them."""
    given = answerer.answer(question.asked, question.sample)
    if question.fault == "injection" or answerer.config.obey_injections:
        orders = ordered_by(question.asked)
        if orders is not None:
            return [Given(code, 0.5, 0.99, "") for code in orders]
    return given


def _said(question: Question, answerer: Answerer) -> Said:
    asked = question.asked
    knows = {judge: criteria_of, prefer: is_choice, categorise: categories_of}
    if speaks := next((one for one, asks in knows.items() if asks(asked.schema)), None):
        messages = messages_of(question.body.get("messages") or question.body.get("input"))
        told = next((text for role, text in reversed(messages) if role == "user"), "")
        return speaks(asked, told, answerer, question.fault)
    return say(asked, labels_given(question, answerer) if asked.wants_labels else (), question.fault)


def _chat(question: Question, answerer: Answerer) -> Answered:
    asked = question.asked
    said = fit(_said(question, answerer), most_tokens(dict(question.body)))
    out, kept = tokens(said.content or said.refusal or ""), cached(question)
    content = chat_body(dict(question.body), asked, said, (asked.tokens_in, kept, out))
    if question.fault == "empty_choices":
        content["choices"] = []
    return Answered(content, asked.tokens_in, kept, out)


def _responses(question: Question, answerer: Answerer) -> Answered:
    asked = question.asked
    said = fit(_said(question, answerer), most_tokens(dict(question.body)))
    out, kept = tokens(said.content or said.refusal or ""), cached(question)
    content = response_body(dict(question.body), asked, said, (asked.tokens_in, kept, out))
    if question.fault == "empty_choices":
        content["output"] = []
    return Answered(content, asked.tokens_in, kept, out)


def _decisions(question: Question, answerer: Answerer) -> Answered:
    asked = question.asked
    answers = decide(dict(question.body), asked, labels_given(question, answerer), answerer)
    answers = spoiled(answers, question.fault)
    out, kept = tokens(json.dumps(answers)), cached(question)
    return Answered(decision_body(answers, (asked.tokens_in, kept, out)), asked.tokens_in, kept, out)


def _embeddings(question: Question, answerer: Answerer) -> Answered:
    content = embeddings_body(dict(question.body), question.asked)
    if question.fault == "empty_choices":
        content["data"] = []
    return Answered(content, question.asked.tokens_in, 0, 0)


ENDPOINTS = {
    "/v1/chat/completions": Endpoint(read_chat, _chat),
    "/v1/responses": Endpoint(read_response, _responses),
    "/v1/decisions": Endpoint(read_decision, _decisions),
    "/v1/embeddings": Endpoint(read_embeddings, _embeddings),
}
