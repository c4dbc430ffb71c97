"""The limits, played through in simulated time."""

import pytest

from evaluation.llm.limits import Ask, Outcome, Rates, exchange, fresh

ASK = Ask(bytes_in=400, most_out=100)


def play(rates, *, workers=4, seconds=60.0, latency=0.2, tokens=(100, 50), server=None, wants=8):
    """Workers that ask as much as they may; returns when each call went, and the state."""
    state, went, flying, now = fresh(0.0), [], [], 0.0
    while now < seconds:
        for number in range(workers):
            worker = f"w{number}"
            back = [one for one in flying if one[0] == worker and one[1] <= now]
            flying = [one for one in flying if one not in back]
            finished = [Outcome(ASK, taken, kind, *(tokens if kind == "ok" else (None, None)), after)
                        for _, _, taken, kind, after in back]  # fmt: skip
            mine = sum(1 for one in flying if one[0] == worker)
            asked = [ASK] * (wants - mine)
            grant = exchange(state, worker=worker, in_flight=mine, rates=rates, now=now, finished=finished, asked=asked)
            for taken in grant.taken:
                kind, after = server(now) if server else ("ok", None)
                flying.append((worker, now + latency, taken, kind, after))
                went.append((now, kind))
        now = round(now + 0.02, 4)
    return went, state


def test_the_rate_of_requests_is_used_and_not_passed():
    went, _ = play(Rates(requests_per_minute=600))
    assert 0.93 * 600 <= len(went) <= 600
    assert all(sum(1 for at, _ in went if start <= at < start + 1) <= 20 for start in range(60))


def test_the_rate_of_tokens_is_used_and_not_passed_once_the_cost_is_learned():
    went, state = play(Rates(tokens_per_minute=30_000), tokens=(100, 50))
    assert 0.85 * 200 <= len(went) <= 200
    assert state["out"] == pytest.approx(50, abs=5)


def test_what_is_in_flight_grows_while_all_is_well_and_has_a_ceiling():
    went, state = play(Rates(most_in_flight=24), wants=32, seconds=10)
    assert state["ceiling"] == 24
    assert len(went) > 9 * 24 / 0.2 * 0.8


def test_an_answer_429_stops_everybody_for_as_long_as_it_says_and_cuts_the_ceiling_once_an_episode():
    def server(now):
        return ("limited", 2.0) if 5 <= now < 5.3 else ("ok", None)

    went, state = play(Rates(), server=server, seconds=12)
    assert not [at for at, _ in went if 5.55 < at < 7.1]
    assert [at for at, _ in went if at > 7.3]
    assert sum("429" in what for _, what in state["log"]) == 1
    assert state["doubling"] is False


def test_limits_that_only_the_provider_knows_are_believed():
    state = fresh(0.0)
    told = {"x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "0", "x-ratelimit-limit-tokens": "?"}
    exchange(
        state, worker="w", in_flight=0, rates=Rates(), now=0.0, finished=[Outcome(ASK, 1.0, "ok", 1, 1, None, told)]
    )
    grant = exchange(state, worker="w", in_flight=0, rates=Rates(), now=0.1, asked=[ASK] * 5)
    assert len(grant.taken) == 1
    assert 0.5 < grant.wait < 1.1


def test_the_calls_of_a_worker_that_died_do_not_count_for_ever():
    state, rates = fresh(0.0), Rates(most_in_flight=4)
    assert len(exchange(state, worker="dead", in_flight=0, rates=rates, now=0.0, asked=[ASK] * 9).taken) == 4
    assert exchange(state, worker="w", in_flight=0, rates=rates, now=1.0, asked=[ASK]).taken == ()
    assert len(exchange(state, worker="w", in_flight=0, rates=rates, now=16.0, asked=[ASK] * 9).taken) == 4


def test_a_call_larger_than_the_bucket_goes_when_the_bucket_is_full():
    state, rates = fresh(0.0), Rates(tokens_per_minute=60)
    first = exchange(state, worker="w", in_flight=0, rates=rates, now=0.0, asked=[Ask(40_000, 0)] * 2)
    assert len(first.taken) == 1
    assert first.wait > 1000
