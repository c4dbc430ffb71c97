"""What managers send to say what is good enough."""

from typing import Any

from django import forms

from evaluation.actions.objectives import MOST_COST, Wanted
from evaluation.enums import Aim, Counted
from evaluation.models import Objective

NUMBERS = ("target_f1", "min_precision", "min_recall", "max_gap", "max_cost", "max_flips")


def _share(label: str, help_text: str, initial: float | None = None) -> forms.FloatField:
    return forms.FloatField(required=False, min_value=0, max_value=1, label=label, help_text=help_text, initial=initial)


class ObjectiveForm(forms.Form):
    """A use case and its numbers; a number left empty is not asked for."""

    name = forms.CharField(max_length=60, help_text="Who uses the answers: Sales, Search, Analysts.")
    purpose = forms.ChoiceField(choices=Aim.choices, help_text="What matters most comes first.")
    counted = forms.ChoiceField(choices=Counted.choices, label="What is counted")
    target_f1 = _share("F1, at least", "Precision and recall in one number. Empty: not asked for, as below.")
    min_precision = _share("Precision, at least", "Of what the model says, so much is right.", 0.95)
    min_recall = _share("Recall, at least", "Of what is there, so much is found.")
    recall_of = forms.CharField(
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        label="Recall of single labels, at least",
        help_text="One a line: the label's code, =, the number; such as erp=0.8",
    )
    max_gap = _share("Gap of a slice, at most", "Between a kind of item and all others, in F1.")
    max_cost = forms.FloatField(required=False, min_value=0, max_value=MOST_COST, label="Cost an item in USD, at most")
    max_flips = _share("Flip rate, at most", "Share of answers that change in a repeated run.")

    @classmethod
    def filled(cls, objective: Objective) -> dict[str, Any]:
        """The form's values for an objective that exists."""
        content = {name: getattr(objective, name) for name in ("name", "purpose", "counted", *NUMBERS)}
        return content | {"recall_of": "\n".join(f"{code}={least:g}" for code, least in objective.recall_of.items())}

    def clean_recall_of(self) -> dict[str, float]:
        return recalls(self.cleaned_data["recall_of"].splitlines())

    def wanted(self) -> Wanted:
        return Wanted(**{name: value for name, value in self.cleaned_data.items() if name != "name"})


def recalls(lines: list[str]) -> dict[str, float]:
    """`code=.8`, one a line."""
    found: dict[str, float] = {}
    for line in filter(None, (line.strip() for line in lines)):
        code, _, number = line.rpartition("=")
        try:
            found[code.strip()] = float(number)
        except ValueError:
            code = ""
        if not code.strip():
            raise forms.ValidationError(f"“{line[:60]}” does not fit. Write a code, =, a number; such as erp=0.8.")
    return found
