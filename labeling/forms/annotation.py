"""What a rater's browser sends: an answer, a draft or a skip."""

from typing import Any
from uuid import uuid4

from django import forms

from labeling.actions.annotations import Answer
from labeling.enums import Certainty, SkipReason
from labeling.models import Label, TaxonomyVersion

SECONDS_MAX = 6 * 60 * 60


class AnswerForm(forms.Form):
    """An answer: labels, or the plain statement that none applies. Neither is no answer."""

    labels = forms.MultipleChoiceField(required=False)
    none_applies = forms.BooleanField(required=False)
    certainty = forms.ChoiceField(choices=Certainty.choices, required=False)
    comment = forms.CharField(max_length=5000, required=False, strip=True)
    seconds = forms.IntegerField(min_value=0, max_value=SECONDS_MAX, required=False)
    receipt = forms.CharField(max_length=300, required=False)
    idempotency_key = forms.UUIDField(required=False)

    def __init__(self, *args: Any, version: TaxonomyVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_code = {label.code: label for label in Label.objects.filter(version=version)}
        self.fields["labels"].choices = [(code, label.name) for code, label in self.by_code.items()]  # type: ignore[attr-defined]
        self.fields["labels"].error_messages["invalid_choice"] = "One of the labels is not in this taxonomy."

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        chosen, none = cleaned.get("labels"), cleaned.get("none_applies")
        if "labels" not in self.errors:
            if chosen and none:
                raise forms.ValidationError("You chose labels and also that none applies. Take one of the two back.")
            if not chosen and not none:
                raise forms.ValidationError("Choose at least one label, or say that none applies.")
        return cleaned

    def answer(self) -> Answer:
        cleaned = self.cleaned_data
        return Answer(
            labels=[self.by_code[code] for code in dict.fromkeys(cleaned["labels"])],
            certainty=cleaned["certainty"] or Certainty.SURE,
            comment=cleaned["comment"],
            seconds=cleaned["seconds"],
        )

    def payload(self) -> dict[str, Any]:
        """What makes two submissions the same one."""
        cleaned = self.cleaned_data
        return {key: cleaned[key] for key in ("labels", "none_applies", "certainty", "comment")}


class DraftForm(forms.Form):
    """A draft is whatever is on the page: it is checked for size, not for sense."""

    none_applies = forms.BooleanField(required=False)
    certainty = forms.ChoiceField(choices=Certainty.choices, required=False)
    comment = forms.CharField(max_length=5000, required=False, strip=False)

    def content(self) -> dict[str, Any]:
        labels = self.data.getlist("labels") if hasattr(self.data, "getlist") else []
        return {
            "labels": [str(code)[:100] for code in labels[:500]],
            "none_applies": self.cleaned_data["none_applies"],
            "certainty": self.cleaned_data["certainty"] or Certainty.SURE,
            "comment": self.cleaned_data["comment"],
        }


class SkipForm(forms.Form):
    """Why a rater passes on an item."""

    reason = forms.ChoiceField(choices=SkipReason.choices)


def new_key() -> str:
    """The idempotency key of a freshly rendered form."""
    return str(uuid4())
