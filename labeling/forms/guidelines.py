"""A new version of the guidelines, with the examples it shows."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms

from labeling.actions.guidelines import QUOTE_MOST, WHY_MOST, Example
from labeling.queries.guidelines import Case


class PreviewForm(forms.Form):
    """A text on its way."""

    text = forms.CharField(max_length=100_000, required=False, strip=False)


class GuidelineForm(forms.Form):
    """The text, which of the examples there are stay, and which adjudicated cases are added with which words."""

    text = forms.CharField(max_length=100_000, widget=forms.Textarea(attrs={"rows": 24}), label="Guidelines")
    keep = forms.MultipleChoiceField(required=False)
    cases = forms.MultipleChoiceField(required=False)

    def __init__(self, *args: Any, examples: Sequence[dict[str, Any]], offered: Sequence[Case], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples, self.offered = examples, offered
        self.fields["keep"].choices = [(one["item"], one["name"]) for one in examples]  # type: ignore[attr-defined]
        self.fields["cases"].choices = [(str(case.task), case.name) for case in offered]  # type: ignore[attr-defined]
        for case in offered:
            self.fields[f"quote-{case.task}"] = forms.CharField(required=False, max_length=QUOTE_MOST)
            self.fields[f"why-{case.task}"] = forms.CharField(required=False, max_length=WHY_MOST)

    def kept(self) -> list[tuple[dict[str, Any], bool]]:
        """The examples there are, each with whether it stays."""
        ticked = self.data.getlist("keep") if self.is_bound else [one["item"] for one in self.examples]  # type: ignore[attr-defined]
        return [(one, one["item"] in ticked) for one in self.examples]

    def choices(self) -> list[tuple[Case, bool, str, str]]:
        """The cases on offer, each with whether it is ticked, and the quote and reason as they stand."""
        if not self.is_bound:
            return [(case, False, case.quote, case.why) for case in self.offered]
        ticked = self.data.getlist("cases")  # type: ignore[attr-defined]
        return [
            (
                case,
                str(case.task) in ticked,
                self.data.get(f"quote-{case.task}", ""),
                self.data.get(f"why-{case.task}", ""),
            )
            for case in self.offered
        ]

    def added(self) -> list[Example]:
        cleaned = self.cleaned_data
        return [Example(UUID(task), cleaned[f"quote-{task}"], cleaned[f"why-{task}"]) for task in cleaned["cases"]]
