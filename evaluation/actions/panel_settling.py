"""Settling what raters scored: by themselves where they agree, by another rater, or by an adjudicator."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from statistics import median

from django.db import transaction

from evaluation.actions.panel_seats import ask_reserve
from evaluation.actions.panel_standing import check_can_rule
from evaluation.actions.rubrics import is_score
from evaluation.enums import OutputState, PanelRole, PanelSettling, SettledBy
from evaluation.models import Criterion, Panel, PanelOutput, Rating, SettledScore
from labeling.actions.audit import record_event
from labeling.models import Item, User
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused

REASON_MAX = 500
Settled = tuple[float, SettledBy]


def settle(first: Sequence[int], later: Sequence[int] = (), *, rule: str) -> Settled | None:
    """What scores of one criterion settle on, or None where they do not.

    Majority: the score that more than half gave. Median: the median, if no two scores are more than one point apart.
    A later rating is looked at only where the first ratings do not settle by themselves. It then settles by majority of
    all, or at the median of all if more than half of the scores are within one point of that.

    >>> settle([3, 4], rule="median")
    (3.5, SettledBy.MEDIAN)
    >>> settle([3, 4], rule="majority") is None
    True
    >>> settle([2, 5], [4], rule="median")
    (4.0, SettledBy.THIRD)
    >>> settle([1, 5], [3], rule="median") is None
    True
    """
    if not first:
        return None
    if rule == PanelSettling.MAJORITY:
        if found := _majority(first):
            return found, SettledBy.MAJORITY
        found = _majority([*first, *later]) if later else None
        return (found, SettledBy.THIRD) if found else None
    if max(first) - min(first) <= 1:
        return float(median(first)), SettledBy.MEDIAN
    everything = [*first, *later]
    middle = float(median(everything))
    near = sum(abs(score - middle) <= 1 for score in everything)
    return (middle, SettledBy.THIRD) if later and 2 * near > len(everything) else None


def _majority(scores: Sequence[int]) -> float | None:
    score, votes = Counter(scores).most_common(1)[0]
    return float(score) if 2 * votes > len(scores) else None


def settle_item(*, panel: Panel, item: Item) -> None:
    """Settle an item's outputs once every rater has rated all of them. The caller holds the panel's lock."""
    outputs = list(PanelOutput.objects.filter(panel=panel, item=item).order_by("pk").select_for_update(of=("self",)))
    first = panel.raters.filter(role=PanelRole.RATER, seats__output__in=outputs, seats__is_done=False)
    if not first.exists():
        for output in outputs:
            settle_output(output=output)


@transaction.atomic
def settle_output(*, output: PanelOutput, may_ask: bool = True) -> str:
    """Settle an output whose seats are all done, ask a reserve, or pass it on to an adjudicator; its state then.

    Called again, or by two at once, it settles once.
    """
    output = PanelOutput.objects.select_for_update(of=("self",)).select_related("panel").get(pk=output.pk)
    seats = list(output.seats.exclude(rater__role=PanelRole.JUDGE).select_related("rater"))
    if output.state != OutputState.OPEN or not seats or not all(seat.is_done for seat in seats):
        return output.state
    is_later = {seat.pk: seat.rater.role == PanelRole.RESERVE for seat in seats}
    scores: dict[bool, list[Mapping[str, int]]] = defaultdict(list)
    for seat, said in newest_scores(list(is_later)).items():
        scores[is_later[seat]].append(said)
    found = {
        one: settle([said[one.code] for said in scores[False]], [said[one.code] for said in scores[True]],
                    rule=output.panel.settling)
        for one in Criterion.objects.filter(version=output.panel.rubric_version_id)
    }  # fmt: skip
    is_open = any(one is None for one in found.values())
    if is_open and may_ask and not scores[True] and ask_reserve(output):
        return output.state
    now = clock.now()
    SettledScore.objects.bulk_create(
        SettledScore(output=output, criterion=criterion, score=one[0], how=one[1], created_at=now)
        for criterion, one in found.items()
        if one
    )
    output.state = OutputState.ESCALATED if is_open else OutputState.SETTLED
    output.save(update_fields=["state"])
    return output.state


def newest_scores(seats: Sequence[int]) -> dict[int, Mapping[str, int]]:
    """The scores that count, by seat."""
    rows = Rating.objects.filter(seat__in=seats).order_by("number").values_list("seat_id", "scores")
    return dict(rows)


@transaction.atomic
def rule_on_output(*, output: PanelOutput, scores: Mapping[str, int], reason: str, by: User) -> PanelOutput:
    """An adjudicator's scores for what the raters left open, with the reason."""
    panel = Panel.objects.select_for_update(of=("self",)).select_related("project").get(pk=output.panel_id)
    output = PanelOutput.objects.select_for_update(of=("self",)).get(pk=output.pk)
    check_can_rule(by, panel)
    if output.state != OutputState.ESCALATED:
        raise NotAllowed("This output does not wait for an adjudicator.")
    reason = reason.strip()
    if not reason or len(reason) > REASON_MAX:
        raise Refused(f"Say why, in at most {REASON_MAX} characters.")
    left = list(open_criteria(output))
    if set(scores) != {one.code for one in left} or not all(is_score(score) for score in scores.values()):
        raise Refused("Give each criterion that is still open a score from 1 to 5.")
    now = clock.now()
    SettledScore.objects.bulk_create(
        SettledScore(output=output, criterion=one, score=scores[one.code], how=SettledBy.ADJUDICATOR, reason=reason,
                     by=by, created_at=now)
        for one in left
    )  # fmt: skip
    output.state = OutputState.SETTLED
    output.save(update_fields=["state"])
    record_event(
        kind="panel.ruled", project=panel.project, by=by, target=f"output:{output.public_id}",
        after={"scores": dict(scores)},
    )  # fmt: skip
    return output


def open_criteria(output: PanelOutput) -> list[Criterion]:
    """The criteria of an output that are not settled."""
    all_of_them = Criterion.objects.filter(version=output.panel.rubric_version_id)
    return list(all_of_them.exclude(pk__in=output.settled.values("criterion")))
