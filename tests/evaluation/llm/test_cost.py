from evaluation.llm.cost import FREE, Rate, cost_of, most_of

RATE = Rate(micro_in=400_000, micro_out=1_600_000)


def test_a_million_tokens_cost_their_price():
    assert cost_of(RATE, 1_000_000, 0) == 400_000
    assert cost_of(RATE, 1, 1) == 2


def test_what_the_provider_kept_is_cheaper_only_if_its_price_says_so():
    assert cost_of(RATE, 1000, 0, cached=1000) == 400
    assert cost_of(Rate(400_000, 0, micro_cached=100_000), 1000, 0, cached=600) == 220
    assert cost_of(Rate(400_000, 0, micro_cached=0), 10, 0, cached=600) == 0


def test_what_is_not_known_is_not_free():
    assert cost_of(None, 1, 1) is None
    assert cost_of(RATE, None, 1) is None
    assert cost_of(FREE, 10, 10) == 0


def test_the_most_a_call_can_cost_takes_every_byte_for_a_token():
    assert most_of(RATE, 10, 10) == 20
    assert most_of(Rate(1, 0, micro_cached=3_000_000), 10, 0) == 30
