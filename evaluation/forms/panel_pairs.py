"""What a rater sends of a pair."""

from django import forms

from evaluation.actions.panel_pairs import COMMENT_MAX, LEFT, RIGHT, TIE
from labeling.forms.keys import KeyField

SECONDS_MAX = 6 * 60 * 60


class ChoiceForm(forms.Form):
    """Which side is better."""

    better = forms.ChoiceField(
        choices=[(LEFT, "X is better"), (TIE, "Equally good"), (RIGHT, "Y is better")],
        error_messages={"required": "Choose X, Y or a tie.", "invalid_choice": "Choose X, Y or a tie."},
    )
    comment = forms.CharField(max_length=COMMENT_MAX, required=False)
    seconds = forms.FloatField(min_value=0, max_value=SECONDS_MAX, required=False)
    idempotency_key = KeyField()

    def problems(self) -> list[str]:
        return [str(error) for errors in self.errors.values() for error in errors]
