"""What is sent to put an item into the bank, to say what is right for it, and to retire it."""

from typing import Any

from django import forms

from evaluation.enums import CaseReason
from evaluation.models import PromptVersion
from labeling.forms.labels import LabelsField
from labeling.models import Project


class CaseForm(forms.Form):
    """An item, why it is an edge case, and what is right for it."""

    item = forms.CharField(max_length=255, label="Item", help_text="Its id.")
    reason = forms.ChoiceField(choices=CaseReason.choices)
    note = forms.CharField(
        required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What makes it hard.",
    )  # fmt: skip
    use_gold = forms.ChoiceField(
        choices=[("gold", "Take them from the newest gold on dev"), ("own", "State them here")],
        initial="gold",
        label="What is right",
        widget=forms.RadioSelect,
    )
    labels = LabelsField(label="Labels, where you state them", help_text="None chosen says that none applies.")

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["labels"].take_from(project)  # type: ignore[attr-defined]


class LabelsForm(forms.Form):
    """Other labels are right, and why."""

    labels = LabelsField(help_text="None chosen says that none applies.")
    why = forms.CharField(max_length=2000, label="Why")

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["labels"].take_from(project)  # type: ignore[attr-defined]


class RetireForm(forms.Form):
    """Why a case is of no more use."""

    why = forms.CharField(max_length=2000, label="Why it is retired")


class BankRunForm(forms.Form):
    """Which prompt version answers the bank, for how much."""

    prompt = forms.ChoiceField(label="Prompt version")
    budget = forms.FloatField(min_value=0, max_value=1e9, required=False, initial=5, label="Budget, dollars")

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        versions = PromptVersion.objects.filter(prompt__project=project).select_related("prompt")
        names = [str(one) for one in versions.order_by("prompt__name", "-number")]
        self.fields["prompt"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]
