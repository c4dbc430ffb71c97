"""How one item is labelled: retrieve, summarise, classify, repair, ask again if unsure, fall back.

A pipeline asks nobody itself. It is a generator that yields each `Call` and is sent the `Reply` (or thrown the
ModelFailure), so a worker can keep the record, the money and the limits, and a stored record can be played again.
"""

import json
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evaluation.llm import confidence, parse, prompts
from evaluation.llm.calls import DECISIONS, EMBEDDINGS, Call, Reply
from evaluation.llm.choosing import Chooser
from evaluation.llm.prompts import Told
from evaluation.llm.protocol import Answer, Example, ItemText, ModelFailure, PredictedLabel, Problem
from evaluation.llm.providers import Provider
from evaluation.llm.recipe import Parameters, Retrieve
from evaluation.llm.retrieval import Hit, retrieve, split
from evaluation.llm.routes import PEOPLE, Route, after, before
from evaluation.stress.signs import looks_injected, quotes_instruction

Steps = Generator[Call, Reply, Answer]
QUESTIONS_MAX = 400  # of one call to the Decisions endpoint
ROUTES_DEEP = 3
REPAIRABLE = ("truncated", "invalid_output")
TOKENS_MAX = 100_000


@dataclass(frozen=True)
class Recipe:
    """A prompt version, read: what its pipeline is made of."""

    name: str  # name@3
    model: str
    template: str
    parameters: Parameters
    provider: Provider


class Pipeline:
    """Labels items by one recipe; `others` are those that its routes lead to, by name."""

    def __init__(
        self,
        recipe: Recipe,
        *,
        told: Told,
        examples: Sequence[Example] = (),
        others: Mapping[str, "Pipeline"] | None = None,
        repeat: int = 0,
    ) -> None:
        self.recipe, self.told, self.repeat = recipe, told, repeat
        self.others = others if others is not None else {}
        self.routes = recipe.parameters.fallback
        self.codes = frozenset(label.code for label in told.labels)
        self.schema = prompts.output_schema([label.code for label in told.labels])
        self.questions = prompts.questions(told.labels, told.guidelines)
        self.examples = list(examples)
        self.choosers: dict[bool, Chooser] = {}
        self.example_vectors: list[list[float]] = []

    def answer(self, item: ItemText, nonces: Iterator[str], *, depth: int = 0) -> Steps:
        """The steps to an answer; raises ModelFailure where there is none."""
        if route := before(item, self.routes, looks_injected=looks_injected):
            return (yield from self._take(route, item, nonces, depth, None))
        try:
            answer = yield from self._label(item, nonces)
        except ModelFailure as failure:
            if failure.retryable or not (route := after(failure, self.routes)):
                raise
            return (yield from self._take(route, item, nonces, depth, None, failure))
        if route := after(answer, self.routes):
            return (yield from self._take(route, item, nonces, depth, answer))
        if sign := looks_injected(item.text):
            answer = replace(answer, review=answer.review or f"The text seems to instruct the model: {sign}.")
        return answer

    def _take(
        self,
        route: Route,
        item: ItemText,
        nonces: Iterator[str],
        depth: int,
        answer: Answer | None,
        failure: ModelFailure | None = None,
    ) -> Steps:
        """Follow a route: to people, with what there is, or to another prompt version."""
        if route.to == PEOPLE:
            if answer is None:
                raise ModelFailure("to_people", failure.message if failure else route.said, routes=(route.said,))
            return replace(answer, review=route.said, routes=(*answer.routes, route.said))
        if depth >= ROUTES_DEEP:
            raise ModelFailure("to_people", f"The routes lead on more than {ROUTES_DEEP} times.", routes=(route.said,))
        try:
            found = yield from self.others[route.to].answer(item, nonces, depth=depth + 1)
        except ModelFailure as error:
            error.routes = (route.said, *error.routes)
            raise
        return replace(found, routes=(route.said, *found.routes))

    def _label(self, item: ItemText, nonces: Iterator[str]) -> Steps:
        stages: dict[str, Any] = {}
        text = yield from self._reading(item, nonces, stages)
        examples = yield from self._examples(item)

        def render(nonce: str) -> tuple[tuple[str, str], ...]:
            return prompts.render(
                self.recipe.template, told=self.told, examples=examples, text=text, nonce=nonce
            )  # fmt: skip

        if self.recipe.provider.api == DECISIONS:
            return (yield from self._decide(render, nonces, stages))
        answer = yield from self._classify(item, render, nonces)
        asked = self.recipe.parameters
        unsure = confidence.is_uncertain(answer.labels, low=asked.uncertain_from, high=asked.uncertain_to)
        if asked.confidence == "share" and unsure:
            answer = yield from self._ask_again(item, answer, render, nonces, stages)
        return replace(answer, stages=stages)

    def _reading(self, item: ItemText, nonces: Iterator[str], stages: dict[str, Any]) -> Generator[Call, Reply, str]:
        """What the model is given to read: whole texts, the passages that matter, or a summary."""
        text = item.text
        if wanted := self.recipe.parameters.retrieve:
            text = yield from self._retrieve(item, wanted, stages)
        if wanted_summary := self.recipe.parameters.summarise:
            nonce = next(nonces)
            messages = prompts.render(
                wanted_summary.template, told=self.told, text=text, nonce=nonce, rules=prompts.SUMMARY_RULES
            )
            call = self._call("summarise", messages, nonce, max_tokens=wanted_summary.max_tokens)
            reply = yield replace(call, schema=None, logprobs=False)
            text = stages["summary"] = reply.raw.strip()[:20_000]
            text = f"{item.name}\n\n{text}"
        return text

    def _retrieve(self, item: ItemText, wanted: Retrieve, stages: dict[str, Any]) -> Generator[Call, Reply, str]:
        chunks = split(item.documents, size=wanted.size, overlap=wanted.overlap)
        query = wanted.query or " ".join(label.name for label in self.told.labels)
        embed: Callable[[Sequence[str]], Sequence[Sequence[float]]] | None = None
        if wanted.method == "embeddings" and chunks:
            asked = [query, *(chunk.text for chunk in chunks)]
            vectors = yield from self._vectors("retrieve", asked)
            place = dict(zip(asked, vectors, strict=True))
            embed = lambda texts: [place[text] for text in texts]  # noqa: E731
        found: list[Hit] = []
        if chunks:
            found = retrieve(chunks, query, k=wanted.k, method=wanted.method, embed=embed, in_order=True)
        stages["retrieved"] = [
            {"document": hit.chunk.document, "start": hit.chunk.start, "end": hit.chunk.end} for hit in found
        ]
        return "\n\n".join([item.name, *(hit.chunk.text for hit in found)])

    def _vectors(self, stage: str, texts: Sequence[str]) -> Generator[Call, Reply, list[list[float]]]:
        model = self.recipe.provider.embedding_model
        if not model:
            raise ModelFailure("bad_request", "this provider has no embedding_model in LLM_PROVIDERS", pauses_run=True)
        call = Call(
            stage, self.recipe.provider.name, EMBEDDINGS, model, (), self.recipe.provider.base_url,
            texts=tuple(texts), max_tokens=0,
        )  # fmt: skip
        reply = yield call
        vectors: list[list[float]] = json.loads(reply.raw)["vectors"]
        if len(vectors) != len(texts):
            raise ModelFailure("invalid_output", "there are not as many vectors as texts")
        return vectors

    def _examples(self, item: ItemText) -> Generator[Call, Reply, Sequence[Example]]:
        asked = self.recipe.parameters
        if not asked.few_shot or not self.examples:
            return ()
        embeds = asked.few_shot_how == "nearest_embeddings"
        if embeds and not self.example_vectors:
            self.example_vectors = yield from self._vectors("choose", [one.item.text for one in self.examples])
        if not self.choosers:
            self.choosers[embeds] = Chooser(
                self.examples, k=asked.few_shot, how=asked.few_shot_how, seed=asked.few_shot_seed,
                vectors=self.example_vectors or None,
            )  # fmt: skip
        vector = (yield from self._vectors("choose", [item.text]))[0] if embeds else None
        return self.choosers[embeds].choose(item, vector=vector)

    def _call(self, stage: str, messages: tuple[tuple[str, str], ...], nonce: str, **changes: Any) -> Call:
        asked = self.recipe.parameters
        call = Call(
            stage=stage,
            provider=self.recipe.provider.name,
            api=self.recipe.provider.api,
            model=self.recipe.model,
            messages=messages,
            address=self.recipe.provider.base_url,
            nonce=nonce,
            schema=self.schema,
            max_tokens=asked.max_tokens,
            timeout=asked.timeout,
            temperature=asked.temperature,
            top_p=asked.top_p,
            seed=asked.seed,
            logprobs=asked.confidence == "logprob",
            sample_index=self.repeat * 1000,
            cache_key=self.recipe.name.replace("@", "-")[:60],
        )
        return replace(call, **changes)

    def _classify(self, item: ItemText, render: Callable[[str], Any], nonces: Iterator[str]) -> Steps:
        nonce = next(nonces)
        call = self._call("classify", render(nonce), nonce)
        try:
            reply = yield call
            return self._read(item, reply)
        except ModelFailure as failure:
            if not self.recipe.parameters.repair or failure.kind not in REPAIRABLE or failure.pauses_run:
                raise
            again = f"Your last answer could not be used: {failure.message}. Answer again, with the JSON only."
            room = min(call.max_tokens * 2, TOKENS_MAX) if failure.kind == "truncated" else call.max_tokens
        messages = (*call.messages, ("user", again))
        reply = yield replace(call, stage="repair", messages=messages, max_tokens=room)
        return self._read(item, reply)

    def _read(self, item: ItemText, reply: Reply) -> Answer:
        labels, problems = parse.parse_answer(reply.raw, codes=self.codes, item=item)
        if any(quotes_instruction(label.evidence) for label in labels):
            problems = (*problems, Problem("quotes_instruction", "the evidence quotes an instruction to the model"))
        if reply.tokens:
            chances = confidence.from_logprobs(reply.raw, reply.tokens, self.codes)
            labels = tuple(self._with(label, "logprob", chances.get(label.code)) for label in labels)
        return Answer(labels=labels, problems=problems, model_returned=reply.model_returned)

    def _with(self, label: PredictedLabel, source: str, value: float | None) -> PredictedLabel:
        """The label with one more confidence, which counts if it is the one that was asked for."""
        if value is None:
            return label
        by = {**label.by, source: value}
        wanted = value if self.recipe.parameters.confidence == source else label.confidence
        return replace(label, by=by, confidence=wanted)

    def _ask_again(
        self,
        item: ItemText,
        first: Answer,
        render: Callable[[str], Any],
        nonces: Iterator[str],
        stages: dict[str, Any],
    ) -> Steps:
        """Self-consistency: several samples of an answer that was unsure; the share of them is the confidence."""
        samples: list[Answer] = []
        for number in range(1, self.recipe.parameters.samples + 1):
            nonce = next(nonces)
            reply = yield self._call(
                "sample", render(nonce), nonce, temperature=self.recipe.parameters.sample_temperature,
                sample_index=self.repeat * 1000 + number,
            )  # fmt: skip
            samples.append(self._read(item, reply))
        order = [label.code for label in self.told.labels]
        labels = confidence.agreed([one.labels for one in samples], codes_order=order)
        stated = {label.code: label.by for label in first.labels}
        stages["samples"] = [[label.code for label in one.labels] for one in samples]
        kept = tuple(
            replace(label, by={**stated.get(label.code, {}), "share": label.confidence})
            for label in labels
            if label.confidence is not None
        )
        return replace(first, labels=kept, problems=(*first.problems, *(p for one in samples for p in one.problems)))

    def _decide(self, render: Callable[[str], Any], nonces: Iterator[str], stages: dict[str, Any]) -> Steps:
        raw, model = [], ""
        for start in range(0, len(self.questions), QUESTIONS_MAX):
            nonce = next(nonces)
            asked = self.questions[start : start + QUESTIONS_MAX]
            call = self._call("classify", render(nonce), nonce, schema=None, questions=asked, logprobs=False)
            reply = yield call
            raw.append(reply.raw)
            model = reply.model_returned
        labels, problems = parse.parse_decisions(raw, codes=self.codes)
        return Answer(labels=labels, problems=problems, model_returned=model, stages=stages)
