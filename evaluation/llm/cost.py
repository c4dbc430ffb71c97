"""What a call costs, by a price in millionths of a dollar for a million tokens."""

from dataclasses import dataclass

MILLION = 1_000_000


@dataclass(frozen=True)
class Rate:
    """A price; input that the provider had kept from before may be cheaper."""

    micro_in: int
    micro_out: int
    micro_cached: int | None = None
    batch_share: float = 0.5

    @property
    def in_batches(self) -> "Rate":
        """The price in the Batch API."""
        cached = self.micro_in if self.micro_cached is None else self.micro_cached
        one, two, three = (round(price * self.batch_share) for price in (self.micro_in, self.micro_out, cached))
        return Rate(one, two, three, batch_share=1.0)


FREE = Rate(0, 0)


def cost_of(rate: Rate | None, tokens_in: int | None, tokens_out: int | None, cached: int | None = 0) -> int | None:
    """Millionths of a dollar, rounded up; None where the price or the tokens are not known.

    >>> cost_of(Rate(400_000, 1_600_000), 1000, 100)
    560
    >>> cost_of(Rate(400_000, 1_600_000, micro_cached=100_000), 1000, 100, cached=800)
    320
    """
    if rate is None or tokens_in is None or tokens_out is None:
        return None
    kept = min(cached or 0, tokens_in)
    cheap = rate.micro_in if rate.micro_cached is None else rate.micro_cached
    total = (tokens_in - kept) * rate.micro_in + kept * cheap + tokens_out * rate.micro_out
    return -(-total // MILLION)


def most_of(rate: Rate, bytes_in: int, most_out: int) -> int:
    """What a call of this size can cost at most, for reserving it: a token is at least one byte."""
    dearest = max(rate.micro_in, rate.micro_cached or 0)
    return -(-(bytes_in * dearest + most_out * rate.micro_out) // MILLION)
