"""What a manager's browser sends to make a round."""

from typing import Any

from django import forms

from labeling.actions.rounds import (
    MOST_CHECKS,
    MOST_RATERS,
    RoundOptions,
    SampleSpec,
    check_quick_labels,
    published_taxonomy,
)
from labeling.enums import Purpose, Settling
from labeling.forms.keys import KeyField
from labeling.models import Project
from reviewapp.common.errors import Refused

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
    where = forms.CharField(
        required=False,
        max_length=2000,
        label="Only items where",
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text="An attribute and its value, one a line: sector=Health. Empty: all items.",
    )
    raters = forms.IntegerField(min_value=1, max_value=MOST_RATERS, label="Raters an item")
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

    due_on = forms.DateField(
        required=False,
        label="Planned to be done by",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="The forecast is held against it.",
    )
    quick_labels = forms.CharField(
        required=False,
        max_length=1000,
        label="Labels on the keys 1 to 9",
        help_text="Codes in their order, separated by ;. Empty: each rater's own most recent labels.",
    )
    asks_summary = forms.BooleanField(required=False, label="Raters also write a reference summary")
    distinct_groups = forms.BooleanField(
        required=False,
        label="An item's raters come from different groups",
        help_text="Whoever is in no group gets no items.",
    )
    needs_qualification = forms.BooleanField(
        required=False,
        label="Only for raters with a passed training",
        help_text="On the taxonomy and guidelines of this round, not older than 90 days.",
    )
    check_bar = forms.FloatField(
        required=False,
        min_value=0,
        max_value=1,
        label="Pause a rater below",
        help_text="Mean likeness on hidden checks, 0 to 1. Empty: nobody is paused.",
    )
    check_least = forms.IntegerField(
        required=False, min_value=1, max_value=MOST_CHECKS, initial=10, label="... after so many hidden checks"
    )
    second_share = forms.FloatField(
        required=False,
        min_value=0,
        max_value=100,
        initial=10,
        label="Settled twice, %",
        help_text="Of adjudicated items: a second adjudicator settles them blind.",
    )
    audit_share = forms.FloatField(
        required=False,
        min_value=0,
        max_value=100,
        initial=5,
        label="Agreements looked at, %",
        help_text="Of items on which all agree: an adjudicator looks, since two can be wrong together.",
    )

    idempotency_key = KeyField()

    MORE = (
        "due_on", "quick_labels", "asks_summary", "distinct_groups", "needs_qualification", "check_bar", "check_least",
        "second_share", "audit_share",
    )  # fmt: skip

    def __init__(self, *args: Any, project: Project, attributes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project
        self.attributes = attributes
        self.fields["by"].choices = [(name, name) for name in attributes]  # type: ignore[attr-defined]
        self.fields["raters"].initial = project.raters_per_item
        self.fields["by"].initial = [name for name in project.slices if name in attributes][:2]

    def main_fields(self) -> list[forms.BoundField]:
        """What everybody fills in."""
        return [field for field in self if field.name not in self.MORE]

    def more_fields(self) -> list[forms.BoundField]:
        """What is folded away."""
        return [self[name] for name in self.MORE]

    def has_more(self) -> bool:
        """Whether anything folded away was changed or refused, so that it has to be seen."""
        return self.is_bound and any(name in self.errors or name in self.changed_data for name in self.MORE)

    def clean_where(self) -> list[tuple[str, str]]:
        pairs = []
        for line in filter(str.strip, self.cleaned_data["where"].splitlines()):
            name, equals, value = line.partition("=")
            if not equals or name.strip() not in self.attributes:
                raise forms.ValidationError(
                    f"“{line.strip()}” names no attribute. Write one a line, like sector=Health."
                )
            pairs.append((name.strip(), value.strip()))
        return pairs

    def clean_quick_labels(self) -> list[str]:
        codes = [code.strip() for code in self.cleaned_data["quick_labels"].split(";") if code.strip()]
        if codes:
            try:
                check_quick_labels(published_taxonomy(self.project), codes)
            except Refused as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return codes

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("settling") == Settling.MAJORITY and (cleaned.get("raters") or 0) < 3:
            self.add_error("raters", "Settling by majority needs at least three raters an item.")
        return cleaned

    def spec(self) -> SampleSpec:
        cleaned = self.cleaned_data
        return SampleSpec(
            size=cleaned["size"],
            by=tuple(cleaned["by"]),
            allocation=cleaned["allocation"],
            seed=cleaned["seed"],
            where=tuple(cleaned["where"]),
        )

    def options(self) -> RoundOptions:
        """What was asked for beyond the sample; what was left empty stays as it is by default."""
        cleaned, default = self.cleaned_data, RoundOptions()
        shares = {
            name: getattr(default, name) if cleaned[name] is None else cleaned[name] / 100
            for name in ("second_share", "audit_share")
        }
        return RoundOptions(
            due_on=cleaned["due_on"],
            quick_labels=cleaned["quick_labels"],
            asks_summary=cleaned["asks_summary"],
            distinct_groups=cleaned["distinct_groups"],
            needs_qualification=cleaned["needs_qualification"],
            check_bar=cleaned["check_bar"],
            check_least=cleaned["check_least"] or default.check_least,
            **shares,
        )
