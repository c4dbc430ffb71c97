"""One item of a run, call by call: its pipeline is played again with what was stored, so nothing is asked.

A call's messages are not stored, only their digest and the nonce of the fence around the text. Played again with the
stored replies the pipeline renders them anew; where the digest is the same they are, to the letter, what was sent.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, pairwise
from typing import Any

from evaluation.actions.desk import reply_of
from evaluation.enums import AttemptOutcome, Strategy
from evaluation.llm.calls import Call, Reply
from evaluation.llm.pipeline import Steps
from evaluation.llm.protocol import ItemText, ModelFailure
from evaluation.models import Attempt, Prediction, Run
from evaluation.queries.lessons import texts_for
from evaluation.queries.recipes import pipeline_for
from labeling.models import TaxonomyVersion
from reviewapp.common.errors import Refused

NONCE = "replayed{:08x}"  # in place of one that was sent, which is put in after
RAW_SHOWN = 20_000
CALLS_MOST = 60  # of one item's, so that a pipeline that changed cannot go on and on
SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class TracedCall:
    """An attempt, and what was sent with it."""

    attempt: Attempt
    messages: tuple[tuple[str, str], ...] = ()
    texts: tuple[str, ...] = ()  # that were embedded
    questions: int = 0
    is_as_sent: bool = False
    is_rendered: bool = False

    @property
    def raw(self) -> str:
        """What the provider said, as far as a page can show it."""
        said: str = (self.attempt.answered_by or self.attempt).raw
        return said if len(said) <= RAW_SHOWN else said[:RAW_SHOWN] + " …"


@dataclass(frozen=True)
class Piece:
    """A stretch of text, and the labels it was quoted for."""

    text: str
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class TracedText:
    """One document of the item with its quotes."""

    kind: str
    pieces: list[Piece]


@dataclass(frozen=True)
class Trace:
    """All that became of one item."""

    prediction: Prediction
    calls: list[TracedCall]
    documents: list[TracedText]
    retrieved: list[tuple[int, str]]  # document number, passage
    labels: list[dict[str, Any]]
    unfound: list[str]  # labels whose quote is not in the texts
    note: str = ""  # why the messages could not be rendered
    summary: str = ""
    samples: list[list[str]] = field(default_factory=list)

    @property
    def micro_usd(self) -> int:
        return sum(call.attempt.cost_micro_usd or 0 for call in self.calls)


def trace(run: Run, prediction: Prediction) -> Trace:
    """The trace of an item that may be seen (queries/run_answers.py says which)."""
    attempts = list(
        prediction.attempts.select_related("answered_by__prediction__run", "answered_by__prediction__item").order_by(
            "number"
        )
    )
    text = texts_for(run, [prediction.item_id]).get(prediction.item_id) or ItemText("", prediction.item.name, ())
    calls, note = [TracedCall(attempt) for attempt in attempts], ""
    if attempts and run.prompt_version and run.prompt_version.strategy == Strategy.CHAT:
        try:
            calls = _played(run, text, attempts)
        except Refused as refusal:
            note = str(refusal)
    stages = prediction.stages or {}
    names = _names(run.taxonomy_version)
    labels = [
        {**one, "name": names.get(str(one.get("code")), ""), "by": one.get("by") or {}} for one in prediction.labels
    ]
    documents, found = marked(text, [(str(one["code"]), str(one.get("evidence") or "")) for one in labels])
    return Trace(
        prediction=prediction,
        calls=calls,
        documents=documents,
        retrieved=[_passage(one, text) for one in stages.get("retrieved") or []],
        labels=labels,
        unfound=[str(one["code"]) for one in labels if one.get("evidence") and one["code"] not in found],
        note=note,
        summary=str(stages.get("summary") or ""),
        samples=[list(one) for one in stages.get("samples") or []],
    )


def _names(version: TaxonomyVersion) -> dict[str, str]:
    return dict(version.labels.values_list("code", "name"))


def _passage(one: Any, text: ItemText) -> tuple[int, str]:
    """A passage that was retrieved: kept as text, or as its place."""
    if not isinstance(one, dict):
        return 0, str(one)
    place = int(one.get("document", 0))
    inside = place < len(text.documents)
    return place + 1, text.documents[place].text[one.get("start", 0) : one.get("end", 0)] if inside else ""


def _played(run: Run, text: ItemText, attempts: Sequence[Attempt]) -> list[TracedCall]:
    """The attempts in order, each with its messages where the pipeline comes to the same call again."""
    found = {attempt.pk: TracedCall(attempt) for attempt in attempts}
    waiting = list(attempts)
    steps = pipeline_for(run).answer(text, _nonces())
    said: Reply | ModelFailure | None = None
    for _ in range(CALLS_MOST):
        call = _next(steps, said)
        if call is None:
            break
        same = [attempt for attempt in waiting if attempt.request_key == call.key]
        if not same and (kept := _elsewhere(run, call)):
            said = reply_of(kept)
            continue
        if not same:  # something has changed since: the call in its place
            first = next((attempt for attempt in waiting if attempt.stage == call.stage), None)
            same = [
                one for one in waiting if first and one.request_key == first.request_key and one.stage == call.stage
            ]
        if not same:
            break
        waiting = [attempt for attempt in waiting if attempt not in same]
        for attempt in same:
            found[attempt.pk] = _rendered(attempt, call)
        said = _said(same[-1])
        if said is None:
            break
    steps.close()
    return list(found.values())


def _next(steps: Steps, said: Reply | ModelFailure | None) -> Call | None:
    try:
        if said is None:
            return next(steps)
        return steps.throw(said) if isinstance(said, ModelFailure) else steps.send(said)
    except (StopIteration, ModelFailure, ValueError, LookupError):  # its end, or a stored reply that was cut
        return None


def _elsewhere(run: Run, call: Call) -> Attempt | None:
    """A call that belongs to no item of its own, such as the vectors of examples: asked once for all."""
    if not call.texts:
        return None
    kept = Attempt.objects.filter(
        prediction__run__project=run.project_id, request_key=call.key, outcome=AttemptOutcome.OK
    )
    return kept.order_by("-pk").first()


def _rendered(attempt: Attempt, call: Call) -> TracedCall:
    nonce = attempt.nonce or call.nonce
    messages = tuple((role, said.replace(call.nonce, nonce) if call.nonce else said) for role, said in call.messages)
    as_sent = replace(call, messages=messages, nonce=nonce)
    return TracedCall(
        attempt, messages, call.texts, len(call.questions), is_as_sent=as_sent.digest == attempt.prompt_digest,
        is_rendered=True,
    )  # fmt: skip


def _said(attempt: Attempt) -> Reply | ModelFailure | None:
    """What the attempt gave back to the pipeline; None: nothing yet."""
    source = attempt.answered_by or attempt
    if source.outcome == AttemptOutcome.OK:
        return reply_of(source)
    if source.outcome == AttemptOutcome.ERROR:
        return ModelFailure(source.error_kind, source.error)
    return None


def _nonces() -> Iterator[str]:
    return (NONCE.format(number) for number in count())


def marked(text: ItemText, quotes: Sequence[tuple[str, str]]) -> tuple[list[TracedText], set[str]]:
    """The documents cut where quotes begin and end, and the labels whose quote was found. White space may differ."""
    found: set[str] = set()
    documents = []
    for document in text.documents:
        places = []
        for code, quote in quotes:
            words = [re.escape(word) for word in SPACE.split(quote.strip()) if word]
            if match := re.search(r"\s+".join(words), document.text, re.IGNORECASE) if words else None:
                places.append((match.start(), match.end(), code))
                found.add(code)
        documents.append(TracedText(document.kind, pieces_of(document.text, places)))
    return documents, found


def pieces_of(text: str, places: Sequence[tuple[int, int, str]]) -> list[Piece]:
    """
    >>> [(one.text, one.codes) for one in pieces_of("a bc d", [(2, 4, "x"), (3, 6, "y")])]
    [('a ', ()), ('b', ('x',)), ('c', ('x', 'y')), (' d', ('y',))]
    """
    edges = sorted({0, len(text), *(edge for start, end, _ in places for edge in (start, end))})
    return [
        Piece(text[start:end], tuple(code for low, high, code in places if low <= start and end <= high))
        for start, end in pairwise(edges)
    ]
