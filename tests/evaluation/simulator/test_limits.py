import openai
import pytest

from evaluation.simulator.limits import Limits, duration
from tests.evaluation.simulator.conftest import request


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def limits(**told):
    clock = Clock()
    return Limits(**{"rpm": 60, "tpm": None, "clock": clock, **told}), clock


def test_a_minute_may_be_used_at_once_and_then_it_trickles():
    limiter, clock = limits()

    admitted = [limiter.admit("m", 10).wait for _ in range(61)]

    assert admitted == [None] * 60 + [1.0]
    clock.now += 0.5
    assert limiter.admit("m", 10).wait == pytest.approx(0.5)
    clock.now += 0.5
    assert limiter.admit("m", 10).wait is None


def test_tokens_of_an_answer_may_overdraw_and_a_refused_call_takes_nothing():
    limiter, _clock = limits(tpm=600)

    assert limiter.admit("m", 500).wait is None
    headers = limiter.charge("m", 200)
    assert headers["x-ratelimit-remaining-tokens"] == "0"
    verdict = limiter.admit("m", 100)
    assert (verdict.wait, verdict.over) == (20.0, "tokens")
    assert verdict.headers["x-ratelimit-remaining-requests"] == "59"


def test_models_have_buckets_of_their_own():
    limiter, _ = limits(rpm=1)

    assert [limiter.admit(model, 1).wait for model in ("a", "b")] == [None, None]
    assert limiter.admit("a", 1).wait == 60.0


def test_a_scaled_second_makes_everything_faster():
    limiter, clock = limits(second_is=0.01, burst=1 / 60)

    assert limiter.admit("m", 1).wait is None
    verdict = limiter.admit("m", 1)
    assert verdict.wait == pytest.approx(0.01)
    assert limiter.wait_headers(verdict.wait) == {"retry-after": "0.010", "retry-after-ms": "10"}
    assert limits()[0].wait_headers(0.2) == {"retry-after": "1", "retry-after-ms": "200"}
    clock.now += 0.01
    assert limiter.admit("m", 1).wait is None


def test_without_limits_there_are_no_headers():
    limiter, _ = limits(rpm=None)

    assert (limiter.admit("m", 10**9).headers, limiter.charge("m", 5)) == ({}, {})


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0ms"), (0.0201, "21ms"), (1, "1s"), (59.25, "59.25s"), (90, "1m30s")]
)
def test_durations_read_as_providers_write_them(seconds, shown):
    assert duration(seconds) == shown


def test_a_client_sees_the_headers_and_the_refusal(start):
    sim, client = start(rpm=2, tpm=100_000, second_is=1e6)

    said = client.chat.completions.with_raw_response.create(**request()).headers
    client.chat.completions.create(**request())
    with pytest.raises(openai.RateLimitError) as caught:
        client.chat.completions.create(**request())

    call = sim.calls[0]
    assert (said["x-ratelimit-limit-requests"], said["x-ratelimit-remaining-requests"]) == ("2", "1")
    assert int(said["x-ratelimit-remaining-tokens"]) == 100_000 - call.tokens_in - call.tokens_out
    assert said["x-simulated"] == "1"
    refused = caught.value
    assert (refused.code, refused.response.headers["x-ratelimit-remaining-requests"]) == ("rate_limit_exceeded", "0")
    assert 29e6 < float(refused.response.headers["retry-after"]) <= 30e6
    assert [(call.status, call.fault, call.billed) for call in sim.calls] == [
        (200, "", True), (200, "", True), (429, "limits", False),
    ]  # fmt: skip
