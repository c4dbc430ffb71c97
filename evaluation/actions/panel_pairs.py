"""Pairs of outputs: which are shown, to whom, in which order and on which side; and what raters choose."""

import random
from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from django.db import transaction
from django.db.models import Max

from evaluation.actions.panel_seats import order_for
from evaluation.actions.panel_standing import check_is_open
from evaluation.enums import PanelKind, PanelRole
from evaluation.models import Choice, Panel, PanelOutput, PanelPair, PanelSeat
from labeling.models import User
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused

ALL_PAIRS_UP_TO = 4  # runs: 6 pairs an item; of more runs each item shows every run twice
TRIES = 30  # random rounds for an item, of which the one that balances best is taken
COMMENT_MAX = 5000
LEFT, RIGHT, TIE = "left", "right", "tie"
Letters = tuple[str, str]


def seats_of_pairs(panel: Panel) -> None:
    """The panel's pairs and a seat for each rater at each; call inside the transaction that makes the panel."""
    pairs = _draw_pairs(panel)
    seats: list[PanelSeat] = []
    for number, rater in enumerate(panel.raters.filter(role=PanelRole.RATER).order_by("pk")):
        seed = f"{panel.seed}\n{panel.name}\n{number}"
        flipped = sides_for({pair.pk: _letters(pair) for pair in pairs}, seed=seed)
        order = order_for({pair.pk: pair.a.item_id for pair in pairs}, seed=seed)
        seats += [
            PanelSeat(rater=rater, pair_id=pair, place=place, shows_b_first=pair in flipped)
            for place, pair in enumerate(order, 1)
        ]
    PanelSeat.objects.bulk_create(seats, batch_size=1000)


def _draw_pairs(panel: Panel) -> list[PanelPair]:
    """Store the pairs that can be told apart, and note in the panel's sampling how many cannot."""
    of_item: dict[int, dict[str, PanelOutput]] = {}
    for output in panel.outputs.select_related("panel_run").order_by("item_id", "pk"):
        of_item.setdefault(output.item_id, {})[output.panel_run.letter] = output
    letters = sorted(panel.runs.values_list("letter", flat=True))
    drawn = pairs_for(letters, items=len(of_item), seed=f"pairs\n{panel.seed}\n{panel.name}")
    kept: list[PanelPair] = []
    alike: Counter[str] = Counter()
    for outputs, chosen in zip(of_item.values(), drawn, strict=True):
        for first, second in chosen:
            a, b = outputs[first], outputs[second]
            if codes_of(a) == codes_of(b):
                alike[f"{first} {second}"] += 1
            else:
                kept.append(PanelPair(panel=panel, a=a, b=b))
    if not kept:
        raise Refused("The runs chose the same labels on all of these items: there is nothing to choose between.")
    panel.sampling |= {"pairs": {"shown": len(kept), "alike": sum(alike.values()), "alike_by_runs": dict(alike)}}
    panel.save(update_fields=["sampling"])
    return PanelPair.objects.bulk_create(kept, batch_size=1000)


def pairs_for(letters: Sequence[str], *, items: int, seed: str) -> list[list[Letters]]:
    """Which pairs of runs each item shows: all of a few runs, else a ring in which every run meets two others.

    A ring connects all runs, as the Bradley-Terry model needs; of some drawn rings an item gets the one whose pairs
    were shown least so far.

    >>> pairs_for("ABC", items=1, seed="s")
    [[('A', 'B'), ('A', 'C'), ('B', 'C')]]
    """
    if len(letters) <= ALL_PAIRS_UP_TO:
        return [list(combinations(letters, 2)) for _ in range(items)]
    draw = random.Random(seed)  # noqa: S311 -- a draw, no secret
    shown: Counter[Letters] = Counter()
    found = []
    for _ in range(items):
        rings = [_ring(draw.sample(list(letters), len(letters))) for _ in range(TRIES)]
        best = min(rings, key=lambda ring: sum(2 * shown[pair] + 1 for pair in ring))
        shown.update(best)
        found.append(sorted(best))
    return found


def _ring(order: Sequence[str]) -> list[Letters]:
    neighbours = zip(order, [*order[1:], order[0]], strict=True)
    return [(min(pair), max(pair)) for pair in neighbours]


def sides_for(pairs: dict[int, Letters], *, seed: str) -> set[int]:
    """Of which pairs one rater sees b on the left: half of the pairs of any two runs, drawn; an odd one by turns."""
    draw = random.Random(f"sides\n{seed}")  # noqa: S311 -- a draw, no secret
    of_runs: dict[Letters, list[int]] = {}
    for pair, letters in sorted(pairs.items()):
        of_runs.setdefault(letters, []).append(pair)
    flipped: set[int] = set()
    more = draw.random() < 0.5
    for _, group in sorted(of_runs.items()):
        half, odd = divmod(len(group), 2)
        flipped |= set(draw.sample(group, half + (odd if more else 0)))
        more ^= bool(odd)
    return flipped


def codes_of(output: PanelOutput) -> frozenset[str]:
    return frozenset(one["code"] for one in output.labels)


def _letters(pair: PanelPair) -> Letters:
    return pair.a.panel_run.letter, pair.b.panel_run.letter


@transaction.atomic
def submit_choice(*, seat: PanelSeat, better: str, comment: str = "", seconds: float | None = None, by: User) -> Choice:
    """Record which side a rater found better, the first time or anew, until the panel is closed."""
    panel = Panel.objects.select_for_update(of=("self",)).select_related("project").get(pk=seat.rater.panel_id)
    seat = PanelSeat.objects.select_for_update(of=("self",)).select_related("rater").get(pk=seat.pk)
    if seat.rater.user_id != by.pk or panel.kind != PanelKind.PAIRS or seat.pair_id is None:
        raise NotAllowed("This is somebody else's to choose.")
    check_is_open(by, panel)
    if better not in (LEFT, RIGHT, TIE):
        raise Refused("Choose the left or the right one, or a tie.")
    if len(comment) > COMMENT_MAX:
        raise Refused(f"A comment has at most {COMMENT_MAX} characters.")
    number = (seat.choices.aggregate(newest=Max("number"))["newest"] or 0) + 1
    choice = Choice.objects.create(
        seat=seat, number=number, better=stored_side(seat, better), comment=comment.strip(), seconds=seconds,
        created_at=clock.now(),
    )  # fmt: skip
    if not seat.is_done:
        seat.is_done = True
        seat.save(update_fields=["is_done"])
    return choice


def stored_side(seat: PanelSeat, better: str) -> str:
    """A side on the screen as the output of the pair that stood there."""
    if better == TIE:
        return "t"
    return "b" if (better == LEFT) == seat.shows_b_first else "a"


def shown_side(seat: PanelSeat, stored: str) -> str:
    """The other way round."""
    if stored == "t":
        return TIE
    return LEFT if (stored == "b") == seat.shows_b_first else RIGHT
