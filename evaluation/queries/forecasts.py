"""What questions to a model would cost, by the size of each, before anything is asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC

from evaluation.llm.calls import Call
from evaluation.llm.cost import Rate, cost_of, most_of
from evaluation.llm.pipeline import Recipe
from evaluation.queries.prices import rate_at
from labeling.models import Project
from reviewapp.common import clock
from reviewapp.common.errors import Refused

BYTES_A_TOKEN = 4
LIKELY_OUT = 120  # tokens of an answer


@dataclass(frozen=True)
class Forecast:
    """A likely sum, and the most that would be reserved. What the cache holds already costs nothing."""

    calls: int
    likely_usd: float
    most_usd: float


def price_of(project: Project, recipe: Recipe) -> Rate:
    """Today's price of a recipe's model; raises Refused if there is none."""
    rate = rate_at(project, recipe.provider.name, recipe.model, clock.now().astimezone(UTC).date())
    if rate is None:
        raise Refused(
            f"There is no price for “{recipe.model}”, so it could cost anything and is not asked. "
            "A manager sets prices on the Spending page, or the operator with set_price."
        )
    return rate


def forecast(calls: Iterable[Call], rate: Rate) -> Forecast:
    """By the bytes of each call: a token for four of them is likely, and each of them at most."""
    number, likely, most = 0, 0, 0
    for call in calls:
        number += 1
        out = min(LIKELY_OUT, call.most_tokens_out)
        likely += cost_of(rate, -(-call.bytes_in // BYTES_A_TOKEN), out) or 0
        most += most_of(rate, call.bytes_in, call.most_tokens_out)
    return Forecast(number, likely / 1e6, most / 1e6)
