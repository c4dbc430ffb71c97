"""Several questions about one item, each on its own: one that fails is counted, and the others are asked."""

from collections import Counter
from collections.abc import Callable, Generator, Sequence
from typing import Any

from evaluation.llm.calls import Call, Reply
from evaluation.llm.protocol import ModelFailure

Read = Callable[[str], dict[str, Any]]  # of a raw answer; raises ModelFailure


def ask_each(
    calls: Sequence[tuple[Call, Read]],
) -> Generator[Call, Reply, tuple[list[dict[str, Any]], dict[str, int], str]]:
    """What was read of each answer, how many failed by kind, and the model that answered.

    A failure that another try or another day would mend is not taken for an answer: it goes on up. Where every
    question failed the last failure does too.
    """
    found: list[dict[str, Any]] = []
    failed: Counter[str] = Counter()
    model, last = "", None
    for call, read in calls:
        try:
            reply = yield call
            model = reply.model_returned
            found.append(read(reply.raw))
        except ModelFailure as failure:
            if failure.pauses_run or failure.retryable:
                raise
            failed[failure.kind] += 1
            last = failure
    if last and not found:
        raise last
    return found, dict(sorted(failed.items())), model
