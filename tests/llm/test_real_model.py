"""A real small language model behind the real client and the whole path of a run. Opt-in: make test-llm.

Nothing here asks how good the model is: it is small and answers badly. What is tested must hold with any model.
"""

import json
import time
from collections import Counter

import openai
import pytest

from evaluation.actions.predictions import work_on
from evaluation.actions.prompts import Recipe, find_version, write_version
from evaluation.actions.reports import evaluate_run
from evaluation.actions.runs import Scope, Setup, start_run
from evaluation.enums import AttemptOutcome, PredictionState, RunState, Strategy
from evaluation.llm.prompts import output_schema
from evaluation.models import Attempt
from labeling.enums import Split
from tests.llm.served import NAME, served_model
from tests.llm.thirty import CODES, template, thirty

pytestmark = [pytest.mark.llm, pytest.mark.django_db]

PRICE_IN, PRICE_OUT = 1.0, 2.0  # dollars per million tokens: made up, so that there is money to keep
TOKENS_MOST = 30  # about as long as one label: some answers are cut, and repaired with twice the room or given up
PARAMETERS = {"temperature": 0, "seed": 7, "max_tokens": TOKENS_MOST, "timeout": 300, "confidence": "logprob"}
FAILURES = {"truncated", "invalid_output", "refused", "timeout", "server", "bad_request", "item_budget"}


@pytest.fixture(scope="module")
def address():
    began = time.monotonic()
    with served_model() as address:
        print(f"\nmodel loaded in {time.monotonic() - began:.1f} s")
        yield address


@pytest.fixture
def model(address, settings):
    settings.LLM_BASE_URL = address
    settings.LLM_ALLOWED_HOSTS = [address.removesuffix("/v1")]
    settings.LLM_API_KEY = ""
    settings.LLM_PRICES = {NAME: [PRICE_IN, PRICE_OUT]}
    settings.RUN_IN_FLIGHT = 2  # it answers one at a time
    return openai.OpenAI(base_url=address, api_key="none", max_retries=0, timeout=300)


def ask(client, **changes):
    schema = {"name": "labels", "strict": True, "schema": output_schema(CODES)}
    asked = {
        "model": NAME,
        "messages": [
            {"role": "user", "content": template().replace("{taxonomy}", "").replace("{item}", "A bank lends.")}
        ],
        "max_completion_tokens": 25,
        "temperature": 0,
        "response_format": {"type": "json_schema", "json_schema": schema},
        **changes,
    }
    return client.chat.completions.create(**asked)


def work_to_the_end(run):
    while run.state in (RunState.QUEUED, RunState.RUNNING):
        work_on(run_id=run.pk)
        run.refresh_from_db()
    return run


def start(project, engineer, release, **money):
    recipe = Recipe(Strategy.CHAT, NAME, template(), PARAMETERS)
    version = write_version(project=project, name="small", recipe=recipe, by=engineer)
    return start_run(version=version, scope=Scope(release, Split.DEV), by=engineer, **money)


def test_the_server_speaks_as_a_provider_does(model):
    assert [one.id for one in model.models.list()] == [NAME]
    answer = ask(model, logprobs=True)
    choice, tokens = answer.choices[0], answer.choices[0].logprobs.content
    assert "".join(one.token for one in tokens) == choice.message.content
    assert all(one.logprob <= 0 for one in tokens)
    assert any(one.logprob < -0.01 for one in tokens)
    assert answer.usage.completion_tokens == len(tokens) <= 25
    assert answer.usage.prompt_tokens > 100
    again = ask(model)
    assert (again.choices[0].message.content, again.choices[0].logprobs) == (choice.message.content, None)
    assert again.usage.prompt_tokens_details.cached_tokens == answer.usage.prompt_tokens - 1
    with pytest.raises(openai.NotFoundError):
        ask(model, model="another")
    with pytest.raises(openai.BadRequestError, match="of the context"):
        ask(model, max_completion_tokens=100_000)


def test_chance_follows_the_seed(model):
    ask(model, max_completion_tokens=1)  # from here on each call finds the same kept from before
    said = [ask(model, temperature=1, seed=seed, response_format=None).choices[0].message.content for seed in (1, 1, 2)]
    assert said[0] == said[1] != said[2]


def test_a_budget_holds_with_real_tokens(model):
    project, engineer, release = thirty()
    run = work_to_the_end(start(project, engineer, release, budget_usd=0.006))
    attempts = Attempt.objects.all()
    assert run.state == RunState.PAUSED
    assert 0 < len(attempts) < 30
    assert run.spent_micro_usd == sum(one.cost_micro_usd for one in attempts) <= run.budget_micro_usd
    assert run.reserved_micro_usd == 0


def test_thirty_items_from_prompt_to_score(model, address):
    project, engineer, release = thirty()
    began = time.monotonic()
    run = work_to_the_end(start(project, engineer, release, budget_usd=0.5))
    seconds = time.monotonic() - began
    predictions = list(run.predictions.all())
    attempts = list(Attempt.objects.filter(prediction__run=run).select_related("prediction"))
    assert run.state == RunState.DONE, run.state_reason

    assert len(predictions) == len({one.item_id for one in predictions}) == 30
    for one in predictions:
        assert one.state in (PredictionState.DONE, PredictionState.FAILED)
        assert {label["code"] for label in one.labels} <= set(CODES)
        if one.state == PredictionState.FAILED:
            assert one.error_kind in FAILURES
            assert not one.labels

    assert {one.prediction_id for one in attempts} == {one.pk for one in predictions}
    for one in attempts:
        assert one.outcome in (AttemptOutcome.OK, AttemptOutcome.ERROR)
        assert one.tokens_in > 100
        assert 0 < one.tokens_out <= TOKENS_MOST * 2  # a repair may be twice as long
        assert one.cost_micro_usd == one.tokens_in * PRICE_IN + one.tokens_out * PRICE_OUT
        assert one.raw
        if one.outcome == AttemptOutcome.OK:
            assert "".join(token for token, _ in one.token_logprobs) == one.raw
            assert len(one.token_logprobs) == one.tokens_out
    assert run.spent_micro_usd == sum(one.cost_micro_usd for one in attempts) <= run.budget_micro_usd
    assert run.reserved_micro_usd == 0
    for one in predictions:
        assert one.cost_micro_usd == sum(call.cost_micro_usd for call in attempts if call.prediction_id == one.pk)
        for label in one.labels:
            assert 0 <= label["by"]["logprob"] <= 1
            assert label["confidence"] == label["by"]["logprob"]

    evaluation = evaluate_run(run=run, release=release, split=Split.DEV, by=engineer)
    report = evaluation.report
    assert report["items"] == report["micro"]["f1"]["n"] == 30
    assert report["unanswered"] == sum(one.state == PredictionState.FAILED for one in predictions)
    version = find_version(project=project, reference="baseline-zero", by=engineer)
    baseline = work_to_the_end(start_run(version=version, scope=Scope(release, Split.DEV), by=engineer))
    floor = evaluate_run(run=baseline, release=release, split=Split.DEV, by=engineer).report
    tell(run, seconds, predictions, attempts, {NAME: report, "baseline-zero": floor})

    # what was answered at once is never bought again
    answered = {one.prediction.item_id for one in attempts if one.stage == "classify" and one.outcome == "ok"}
    again = work_to_the_end(start(project, engineer, release, budget_usd=0.5, setup=Setup(items=sorted(answered))))
    said = {one.item_id: one.labels for one in predictions if one.item_id in answered}
    assert {one.item_id: one.labels for one in again.predictions.all()} == said
    assert {one.outcome for one in Attempt.objects.filter(prediction__run=again)} <= {AttemptOutcome.CACHED}
    assert again.spent_micro_usd == 0


def tell(run, seconds, predictions, attempts, reports):
    failed = Counter(one.error_kind for one in predictions if one.state == PredictionState.FAILED)
    problems = Counter(problem["kind"] for one in predictions for problem in one.problems)
    tokens_in, tokens_out = (sum(getattr(one, name) for one in attempts) for name in ("tokens_in", "tokens_out"))
    cached = sum(one.cached_tokens or 0 for one in attempts)
    calls = dict(Counter(one.stage for one in attempts))
    pace = seconds / len(predictions)
    print(f"\n{len(predictions)} items in {seconds:.0f} s, {pace:.1f} s an item; calls {calls}")
    print(f"tokens: {tokens_in:,} in ({cached:,} kept from before), {tokens_out:,} out")
    print(f"cost at made-up prices: ${run.spent_micro_usd / 1e6:.4f}")
    print(f"failed {dict(failed) or 0}, odd {dict(problems) or 0}")
    chances = sorted(label["confidence"] for one in predictions for label in one.labels)
    if chances:
        print(f"{len(chances)} labels given; token probability {chances[0]:.2f} to {chances[-1]:.2f}")
    for name, report in reports.items():
        f1 = report["micro"]["f1"]
        said = "undefined" if f1["value"] is None else f"{f1['value']:.3f} ({f1['low']:.3f} to {f1['high']:.3f})"
        print(f"micro F1 {name:<22} {said}")
    print("first answer:", json.dumps(attempts[0].raw)[:300])
