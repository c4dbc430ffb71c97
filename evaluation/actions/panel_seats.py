"""Who rates which output in which order: drawn once for each rater, from the panel's seed."""

import random
from collections import defaultdict

from evaluation.enums import PanelRole
from evaluation.models import Panel, PanelOutput, PanelRater, PanelSeat


def seats_of_scores(panel: Panel) -> None:
    """A seat for each rater at each output; call inside the transaction that makes the panel."""
    outputs = {output.pk: output.item_id for output in panel.outputs.order_by("pk")}
    seats = [
        PanelSeat(rater=rater, output_id=output, place=place)
        for number, rater in enumerate(panel.raters.filter(role=PanelRole.RATER).order_by("pk"))
        for place, output in enumerate(order_for(outputs, seed=f"{panel.seed}\n{panel.name}\n{number}"), 1)
    ]
    PanelSeat.objects.bulk_create(seats, batch_size=1000)


def order_for(outputs: dict[int, int], *, seed: str) -> list[int]:
    """An order of outputs, given as {output: item}, in which no two of one item are side by side.

    The items are gone through once for each run. In each pass the items stand in a fresh order and each shows one of
    its outputs, drawn; so the outputs of an item are about a pass apart.

    >>> order_for({1: 10, 2: 10, 3: 20, 4: 20}, seed="s") in ([1, 3, 2, 4], [3, 1, 4, 2], [1, 4, 2, 3], [4, 1, 3, 2],
    ...     [2, 3, 1, 4], [3, 2, 4, 1], [2, 4, 1, 3], [4, 2, 3, 1])
    True
    """
    draw = random.Random(seed)  # noqa: S311 -- a draw, no secret
    of_item: dict[int, list[int]] = defaultdict(list)
    for output, item in sorted(outputs.items()):
        of_item[item].append(output)
    for drawn in of_item.values():
        draw.shuffle(drawn)
    order: list[int] = []
    while left := [item for item in sorted(of_item) if of_item[item]]:
        draw.shuffle(left)
        if order and outputs[order[-1]] == left[0] and len(left) > 1:
            other = draw.randrange(1, len(left))
            left[0], left[other] = left[other], left[0]
        order += [of_item[item].pop() for item in left]
    return order


def ask_reserve(output: PanelOutput) -> PanelSeat | None:
    """A seat at the output for the reserve who has the fewest, or None where nobody is left to ask."""
    reserves = output.panel.raters.filter(role=PanelRole.RESERVE).exclude(seats__output=output)
    seats = {rater: list(rater.seats.values_list("place", flat=True)) for rater in reserves.order_by("pk")}
    free = sorted(seats, key=lambda rater: (len(seats[rater]), rater.pk))
    if not free:
        return None
    rater: PanelRater = free[0]
    return PanelSeat.objects.create(rater=rater, output=output, place=max(seats[rater], default=0) + 1)
