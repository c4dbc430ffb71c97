"""What a manager sends to steer a round."""

from typing import Any
from uuid import UUID

from django import forms

MOST_TICKED = 200


class HolderForm(forms.Form):
    """A lease as the page showed it: whoever held the seat then. If somebody else holds it now, nothing is done."""

    holder = forms.UUIDField()


class ReassignForm(HolderForm):
    """... and who takes the seat over, of those the page offered."""

    to = forms.UUIDField()


class DueForm(forms.Form):
    """The day a round is meant to be done; empty takes it away."""

    due_on = forms.DateField(required=False, label="Due", widget=forms.DateInput(attrs={"type": "date"}))


class TickedItems(forms.Field):
    """The public ids of the ticked items."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> list[UUID]:
        if not value:
            raise forms.ValidationError("Tick at least one item.")
        if len(value) > MOST_TICKED:
            raise forms.ValidationError(f"Tick at most {MOST_TICKED} items at a time.")
        try:
            return [UUID(str(one)) for one in value]
        except ValueError:
            raise forms.ValidationError("One of the ticked items is not known. Load the page again.") from None


class TickedForm(forms.Form):
    """Items ticked in the round's table."""

    tasks = TickedItems()


class BandForm(TickedForm):
    """... and the band of the queue they go to."""

    band = forms.IntegerField(min_value=0, max_value=9)
