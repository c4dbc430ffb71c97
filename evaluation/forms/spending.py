"""What managers send to set limits and prices."""

from django import forms

from evaluation.actions.spending import MOST_USD, Limits, Tariff
from evaluation.queries.recipes import providers


class SpendingForm(forms.Form):
    """The limits of a project, in dollars."""

    day = forms.FloatField(
        min_value=0,
        max_value=MOST_USD,
        required=False,
        label="A day (UTC), at most, dollars",
        help_text="Empty: no limit.",
    )
    item = forms.FloatField(
        min_value=0, max_value=MOST_USD, label="An item, at most, dollars",
        help_text="A call that could bring an item above it is not made. Holds for runs started from now on.",
    )  # fmt: skip
    item_aim = forms.FloatField(
        min_value=0,
        max_value=MOST_USD,
        label="An item, aim, dollars",
        help_text="Run pages say when the mean is above it.",
    )

    @classmethod
    def filled(cls, limits: Limits) -> dict[str, float | None]:
        return {"day": limits.day, "item": limits.item, "item_aim": limits.item_aim}

    def limits(self) -> Limits:
        return Limits(**self.cleaned_data)


class PriceForm(forms.Form):
    """The price of a model from a day on, in dollars for a million tokens."""

    model = forms.CharField(max_length=160, help_text="The id, as prompts name it.")
    provider = forms.ChoiceField(required=False)
    inward = forms.FloatField(min_value=0, max_value=MOST_USD, label="Input, dollars per million tokens")
    outward = forms.FloatField(min_value=0, max_value=MOST_USD, label="Output, dollars per million tokens")
    cached = forms.FloatField(
        min_value=0,
        max_value=MOST_USD,
        required=False,
        label="Input the provider had kept",
        help_text="Empty: as input.",
    )
    valid_from = forms.DateField(
        required=False, label="From", help_text="Today if left out.", widget=forms.DateInput(attrs={"type": "date"})
    )
    note = forms.CharField(max_length=300, required=False, help_text="Where the figure is from.")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        offered = [("", "Whoever offers the model"), *((name, name) for name in sorted(providers()))]
        self.fields["provider"].choices = offered  # type: ignore[attr-defined]

    def tariff(self) -> Tariff:
        return Tariff(**self.cleaned_data)
