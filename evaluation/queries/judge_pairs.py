"""A judge of pairs beside the people of its panel; while that is open nothing is told of what they say."""

from typing import Any

from evaluation.enums import PanelState
from evaluation.models import OrderedChoice, PanelRater
from evaluation.queries.judged import choices_in, raters_of, sampled_in
from evaluation.stats.pair_judge import judge_of_pairs
from evaluation.stats.panel_report import win_rates
from evaluation.stats.resampling import Plan
from evaluation.stats.win_rate import Chosen

RESAMPLES = 1000
STILL_OPEN = "The people have not finished: how they compare is told when the panel is closed."
NEVER = "Gates ask for scores by a rubric, so a judge of pairs is compared with people and never approved."


def compare_pairs(rater: PanelRater) -> dict[str, Any]:
    """Bias of place, win rates, and agreement with the people's choices."""
    panel = rater.panel
    about = {"judge": str(rater.judge), "panel": panel.name, "rubric": str(panel.rubric_version), "criteria": [],
             "own_runs": 0, "passed": False}  # fmt: skip
    if panel.state != PanelState.CLOSED:
        return about | {"reason": STILL_OPEN, "pairs": None}
    named, sampled, plan = raters_of(panel), sampled_in(panel), Plan(RESAMPLES, panel.seed)
    people, judges = choices_in(panel, named)
    mine = [one for one in judges if one.rater == named.keys[rater.pk]]
    runs = list(panel.runs.order_by("letter").values_list("letter", flat=True))
    found = judge_of_pairs(_asked(rater), people, plan=plan, sampled=sampled).as_dict()
    rates = zip(win_rates(mine, runs, plan, sampled), win_rates(people, runs, plan, sampled), strict=True)
    found["win_rates"] = [
        {"a": judge["a"], "b": judge["b"], "judge": judge["a_wins"], "people": said["a_wins"], "ties": judge["ties"]}
        for judge, said in rates
    ]
    return about | {"reason": NEVER, "pairs": found}


def _asked(rater: PanelRater) -> list[Chosen]:
    rows = OrderedChoice.objects.filter(seat__rater=rater).values_list(
        "seat__pair__a__item__external_id", "seat__pair__a__panel_run__letter", "seat__pair__b__panel_run__letter",
        "better", "b_first",
    )  # fmt: skip
    return [Chosen(str(rater.pk), item, a, b, better, b_first) for item, a, b, better, b_first in rows]
