"""What somebody declares before two runs are compared."""

from typing import Any

from django import forms

from evaluation.actions.comparisons import MARGIN
from evaluation.queries.comparisons import Ground
from labeling.models import Label

SEPARATOR = "="


class ComparisonForm(forms.Form):
    """Which two runs, how large a loss would not matter, and which labels and slices must not get worse."""

    a = forms.ChoiceField(label="A, what there is")
    b = forms.ChoiceField(label="B, what might replace it")
    margin = forms.FloatField(
        min_value=0,
        max_value=1,
        initial=MARGIN,
        label="A loss of F1 that would not matter",
        help_text="Set it before you look: 0.02 means that two points less would be fine.",
        widget=forms.NumberInput(attrs={"step": "0.005"}),
    )
    labels = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    slices = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    confirmed = forms.BooleanField(
        label="I know that this is a look at held-out gold",
        help_text="It is written into the ledger of looks with your name. Each look makes the split worth less.",
        error_messages={"required": "Comparing on test is a look at held-out gold: confirm that you mean it."},
    )

    def __init__(self, *args: Any, ground: Ground, slices: list[tuple[str, str, int]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        runs = [(str(run.public_id), run.name) for run in ground.runs]
        labels = Label.objects.filter(version=ground.release.taxonomy_version).order_by("position")
        offered = [(f"{name}{SEPARATOR}{value}", f"{name}: {value or '(blank)'} ({n})") for name, value, n in slices]
        for name, choices in (("a", runs), ("b", runs), ("labels", list(labels.values_list("code", "name")))):
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        self.fields["slices"].choices = offered  # type: ignore[attr-defined]
        if not ground.is_held_out:
            del self.fields["confirmed"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("a") and cleaned.get("a") == cleaned.get("b"):
            self.add_error("b", "Choose two different runs.")
        return cleaned

    def declared_slices(self) -> list[tuple[str, str]]:
        pairs = (one.partition(SEPARATOR) for one in self.cleaned_data["slices"])
        return [(name, value) for name, _, value in pairs]
