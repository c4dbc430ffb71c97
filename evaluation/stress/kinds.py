"""All that a suite may ask for: disturbances in four strengths, the red-team set, and counterfactuals."""

from evaluation.stress.perturbing import KINDS as GRADED
from evaluation.stress.perturbing import STRENGTHS, Kind

__all__ = ["COUNTERFACTUAL", "GRADED", "KINDS", "RED_TEAM", "STRENGTHS", "Kind"]

RED_TEAM, COUNTERFACTUAL = "red_team", "counterfactual"
KINDS = {
    **GRADED,
    RED_TEAM: Kind(RED_TEAM, "Red team", "Each item carries one text that wants one thing: how often is it obeyed?"),
    COUNTERFACTUAL: Kind(
        COUNTERFACTUAL, "Genders swapped", "He is she and Peter is Petra, in English texts: does the answer change?"
    ),
}
