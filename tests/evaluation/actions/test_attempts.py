"""Money: reserved before a call, settled after it, never over a limit."""

from datetime import timedelta

import pytest

from evaluation.actions.attempts import DAY_SHORT, RUN_SHORT, Ledger, Opened, Short, close_lost_attempts
from evaluation.llm.calls import Call, Reply
from evaluation.llm.protocol import ModelFailure
from evaluation.models import Attempt, Spending, SpentDay
from tests.evaluation.actions.asked import start

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]
CALL = Call("classify", "default", "chat", "fake-1", (("user", "x" * 80),), max_tokens=100)  # 100 bytes: 300 at most
REPLY = Reply('{"labels": []}', tokens_in=50, tokens_out=10)


def money(run):
    run.refresh_from_db()
    day = SpentDay.objects.get(project=run.project)
    assert (day.reserved_micro_usd, day.spent_micro_usd) == (run.reserved_micro_usd, run.spent_micro_usd)
    return run.reserved_micro_usd, run.spent_micro_usd


def opened(run, *, calls=1, call=CALL):
    predictions = list(run.predictions.order_by("pk"))
    return Ledger(run, worker="w").open([(predictions[number], call) for number in range(calls)])


def test_a_call_is_reserved_at_its_most_and_settled_at_its_cost(world, provider):
    run = start(world)
    ledger = Ledger(run, worker="w")
    attempt = opened(run)[0].attempt
    assert money(run) == (300, 0)
    ledger.close([(attempt, CALL, REPLY)])
    assert money(run) == (0, 70)
    attempt.refresh_from_db()
    assert (attempt.outcome, attempt.cost_micro_usd, attempt.raw) == ("ok", 70, '{"labels": []}')
    ledger.close([(attempt, CALL, REPLY)])
    assert money(run) == (0, 70)  # twice is once


@pytest.mark.parametrize(
    ("said", "spent"),
    [
        (ModelFailure("timeout", ""), 300), (ModelFailure("connection", ""), 300), (ModelFailure("server", ""), 0),
        (ModelFailure("unreachable", ""), 0),
        (ModelFailure("truncated", "", tokens_in=10, tokens_out=100), 210), (Reply("x"), 300),
    ],
)  # fmt: skip
def test_what_may_have_been_billed_unseen_counts_in_full(world, provider, said, spent):
    run = start(world)
    Ledger(run, worker="w").close([(opened(run)[0].attempt, CALL, said)])
    assert money(run) == (0, spent)


def test_only_as_many_calls_go_as_the_budget_covers(world, provider):
    run = start(world, budget=0.0007)
    first, second, third = opened(run, calls=3)
    assert isinstance(first, Opened)
    assert isinstance(second, Opened)
    assert third == Short(RUN_SHORT, waits=True)
    assert money(run) == (600, 0)
    Ledger(run, worker="w").close([(first.attempt, CALL, REPLY), (second.attempt, CALL, REPLY)])
    assert isinstance(opened(run)[0], Opened)  # what was not used is there again


def test_a_day_has_a_limit_of_its_own(world, provider):
    Spending.objects.create(project=world[0], day_micro_usd=500)
    run = start(world)
    answers = opened(run, calls=2)
    assert isinstance(answers[0], Opened)
    assert answers[1] == Short(DAY_SHORT, waits=True)


def test_an_item_has_a_limit_of_its_own(world, provider):
    Spending.objects.create(project=world[0], item_micro_usd=400)
    run = start(world)
    Ledger(run, worker="w").close([(opened(run)[0].attempt, CALL, ModelFailure("timeout", ""))])
    answer = opened(run)[0]
    assert isinstance(answer, ModelFailure)
    assert (answer.kind, answer.pauses_run) == ("item_budget", False)


def test_a_model_without_a_price_is_not_asked(world, provider, settings):
    run = start(world)
    settings.LLM_PRICES = {}
    answer = opened(run)[0]
    assert (answer.kind, answer.pauses_run) == ("unpriced", True)
    assert not Attempt.objects.exists()


def test_the_calls_of_a_dead_worker_count_in_full(world, provider):
    run = start(world)
    attempt = opened(run)[0].attempt
    close_lost_attempts([attempt.prediction_id])
    assert money(run) == (0, 300)
    Ledger(run, worker="w").close([(attempt, CALL, REPLY)])
    assert money(run) == (0, 300)


def test_a_call_is_settled_on_the_day_it_was_reserved_on(world, provider):
    run = start(world)
    attempt = opened(run)[0].attempt
    yesterday = attempt.started_at - timedelta(days=1)
    Attempt.objects.filter(pk=attempt.pk).update(started_at=yesterday)
    SpentDay.objects.update(day=yesterday.date())
    attempt.started_at = yesterday
    Ledger(run, worker="w").close([(attempt, CALL, REPLY)])
    assert money(run) == (0, 70)
