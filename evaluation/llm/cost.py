"""What a call costs, from prices that the operator gives in dollars per million tokens."""

import math
from collections.abc import Mapping, Sequence

Prices = Mapping[str, Sequence[float]]  # model -> (in, out)


def cost_micro_usd(prices: Prices, model: str, tokens_in: int | None, tokens_out: int | None) -> int | None:
    """Millionths of a dollar, rounded up; None where the price or the tokens are not known."""
    if model not in prices or tokens_in is None or tokens_out is None:
        return None
    price_in, price_out = prices[model]
    return math.ceil(tokens_in * price_in + tokens_out * price_out)


def most_micro_usd(prices: Prices, model: str, tokens_in: int, tokens_out: int) -> int:
    """What a call of at most so many tokens can cost, for reserving it before the call is made."""
    return cost_micro_usd(prices, model, tokens_in, tokens_out) or 0
