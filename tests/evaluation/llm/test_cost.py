from evaluation.llm.cost import cost_micro_usd, most_micro_usd

PRICES = {"m": [0.4, 1.6]}


def test_dollars_per_million_tokens_are_micro_dollars_per_token():
    assert cost_micro_usd(PRICES, "m", 1_000_000, 0) == 400_000
    assert cost_micro_usd(PRICES, "m", 1, 1) == 2


def test_what_is_not_known_is_not_free():
    assert cost_micro_usd(PRICES, "other", 1, 1) is None
    assert cost_micro_usd(PRICES, "m", None, 1) is None
    assert most_micro_usd(PRICES, "m", 10, 10) == 20
