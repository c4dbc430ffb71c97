"""What engineers send to run a run again."""

from django import forms

from evaluation.actions.repeats import MOST
from labeling.forms.keys import KeyField


class RepeatForm(forms.Form):
    """How many times, over how many items, for how much."""

    times = forms.IntegerField(min_value=1, max_value=MOST, initial=2, label="Repeats")
    sample = forms.IntegerField(
        min_value=1, required=False, label="Items", help_text="A random sample of so many; all if left out."
    )
    budget = forms.FloatField(
        min_value=0,
        required=False,
        label="Budget, dollars",
        help_text="For all of them together; each pauses at its share.",
    )
    seed = forms.IntegerField(
        min_value=0, initial=0, label="Seed", help_text="Of the sample. Keep it, so that repeats cover the same items."
    )

    idempotency_key = KeyField()
