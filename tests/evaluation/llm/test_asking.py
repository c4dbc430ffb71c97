"""Several questions about an item: one that fails for good is counted, one that may be mended goes on up."""

import pytest

from evaluation.llm.asking import ask_each
from evaluation.llm.calls import Call, Reply
from evaluation.llm.protocol import ModelFailure

CALLS = [Call("judge", "p", "chat", "m", (("user", str(number)),)) for number in range(3)]


def played(*answers):
    steps = ask_each([(call, lambda raw: {"raw": raw}) for call in CALLS[: len(answers)]])
    next(steps)
    for answer in answers:
        try:
            steps.throw(answer) if isinstance(answer, ModelFailure) else steps.send(Reply(answer, model_returned="m-1"))
        except StopIteration as end:
            return end.value
    return None


def test_what_fails_alone_is_counted_beside_what_was_read():
    assert played("a", ModelFailure("refused", "no"), "b") == ([{"raw": "a"}, {"raw": "b"}], {"refused": 1}, "m-1")


@pytest.mark.parametrize(
    "answers",
    [
        ("a", ModelFailure("server", "down", retryable=True)),
        ("a", ModelFailure("auth", "no key", pauses_run=True)),
        (ModelFailure("refused", "no"), ModelFailure("truncated", "cut")),
    ],
)
def test_what_may_be_mended_or_leaves_nothing_is_raised(answers):
    with pytest.raises(ModelFailure):
        played(*answers)
