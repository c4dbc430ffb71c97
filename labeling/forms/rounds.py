"""What a manager's browser sends to make a round."""

from typing import Any

from django import forms

from labeling.actions.rounds import SampleSpec
from labeling.enums import Purpose, Settling
from labeling.forms.keys import KeyField
from labeling.models import Project

ALLOCATIONS = [
    ("proportional", "Proportional: each group as large as in the population"),
    ("equal", "Equal: every group as large as the others, as far as it has items"),
]


class RoundForm(forms.Form):
    """A round by stratified sample. The attributes on offer are those the project's items have."""

    name = forms.CharField(max_length=120, help_text="For example “Pilot” or “Q3 golden set”.")
    size = forms.IntegerField(min_value=1, max_value=100_000, initial=100, label="Items")
    by = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Balance over",
        help_text="Groups are all combinations.",
    )
    allocation = forms.ChoiceField(choices=ALLOCATIONS, initial="proportional", widget=forms.RadioSelect)
    raters = forms.IntegerField(min_value=1, max_value=20, label="Raters an item")
    settling = forms.ChoiceField(choices=Settling.choices, initial=Settling.UNANIMOUS, label="Settling")
    purpose = forms.ChoiceField(choices=[(Purpose.GOLDEN, "Golden set"), (Purpose.TRAINING, "Training")])
    undo_seconds = forms.IntegerField(
        min_value=0,
        max_value=86_400,
        initial=600,
        label="Undo window, seconds",
        help_text="How long a rater can take an answer back. Settling waits for it.",
    )
    seed = forms.IntegerField(
        min_value=0, max_value=2**31 - 1, initial=1, help_text="The same seed draws the same sample."
    )

    idempotency_key = KeyField()

    def __init__(self, *args: Any, project: Project, attributes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["by"].choices = [(name, name) for name in attributes]  # type: ignore[attr-defined]
        self.fields["raters"].initial = project.raters_per_item
        self.fields["by"].initial = [name for name in project.slices if name in attributes][:2]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("settling") == Settling.MAJORITY and (cleaned.get("raters") or 0) < 3:
            self.add_error("raters", "Settling by majority needs at least three raters an item.")
        return cleaned

    def spec(self) -> SampleSpec:
        cleaned = self.cleaned_data
        return SampleSpec(
            size=cleaned["size"], by=tuple(cleaned["by"]), allocation=cleaned["allocation"], seed=cleaned["seed"]
        )
