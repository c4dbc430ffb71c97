"""What writes a rubric version: criteria in blocks with five points each, anchors as they were."""

from typing import Any

from django import forms

from evaluation.actions.rubrics import CRITERIA_MAX, POINTS, NewCriterion
from labeling.forms.keys import KeyField


class CriterionForm(forms.Form):
    """One criterion; one without a name is left out."""

    name = forms.CharField(max_length=80, required=False)
    question = forms.CharField(max_length=300, required=False)
    code = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput)
    points = forms.CharField(
        required=False,
        max_length=POINTS * 510,
        label="What 1 to 5 mean",
        help_text="Five lines: the first for 1, the last for 5.",
        widget=forms.Textarea(attrs={"rows": POINTS}),
    )

    def new(self) -> NewCriterion | None:
        cleaned = self.cleaned_data
        if not cleaned.get("name"):
            return None
        lines = tuple(line.strip() for line in cleaned["points"].splitlines() if line.strip())
        return NewCriterion(cleaned["name"], lines, cleaned["question"], cleaned["code"])


CriteriaForms = forms.formset_factory(CriterionForm, extra=1, max_num=CRITERIA_MAX, absolute_max=CRITERIA_MAX)


def initial_of(criteria: list[NewCriterion]) -> list[dict[str, Any]]:
    return [
        {"name": one.name, "question": one.question, "code": one.code, "points": "\n".join(one.points)}
        for one in criteria
    ]


class RubricForm(forms.Form):
    """The rubric's name and, from the second version on, what changed."""

    name = forms.CharField(max_length=120)
    note = forms.CharField(max_length=500, required=False, label="What changed, and why")
    after = forms.IntegerField(widget=forms.HiddenInput, required=False)
    idempotency_key = KeyField()
