"""What an adjudicator's browser sends."""

from typing import Any

from django import forms

from labeling.models import Label, TaxonomyVersion


class DecisionForm(forms.Form):
    """How an adjudicator settles a task."""

    labels = forms.MultipleChoiceField(required=False)
    none_applies = forms.BooleanField(required=False)
    rationale = forms.CharField(max_length=5000, required=False, strip=True)
    after_decision = forms.IntegerField(min_value=0)
    idempotency_key = forms.UUIDField(required=False)

    def __init__(self, *args: Any, version: TaxonomyVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_code = {label.code: label for label in Label.objects.filter(version=version)}
        self.fields["labels"].choices = [(code, label.name) for code, label in self.by_code.items()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "labels" not in self.errors and bool(cleaned.get("labels")) == bool(cleaned.get("none_applies")):
            raise forms.ValidationError("Decide on at least one label, or say that none applies.")
        return cleaned

    def chosen(self) -> list[Label]:
        return [self.by_code[code] for code in dict.fromkeys(self.cleaned_data["labels"])]


class EscalationForm(forms.Form):
    """Why a task goes to the manager."""

    rationale = forms.CharField(max_length=5000)
