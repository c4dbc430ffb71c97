"""What managers send to freeze a round."""

from typing import Any

from django import forms

from labeling.actions.golden import FreezeSpec
from labeling.forms.keys import KeyField


class FreezeForm(forms.Form):
    """How a round's settled tasks become a release."""

    name = forms.CharField(max_length=120, label="Golden set", help_text="The same name again makes the next number.")
    dev = forms.FloatField(min_value=0, max_value=100, initial=50, label="dev %")
    test = forms.FloatField(min_value=0, max_value=100, initial=40, label="test %")
    fewshot = forms.FloatField(min_value=0, max_value=100, initial=10, label="fewshot %")
    stratified_by = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="Alike in each split"
    )
    seed = forms.IntegerField(min_value=0, max_value=2**31 - 1, initial=1)
    override_reason = forms.CharField(
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        label="Reason to freeze all the same",
        help_text="Needed only where something above is wanting. It is kept with the release and shown with it.",
    )

    idempotency_key = KeyField()

    def __init__(self, *args: Any, attributes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stratified_by"].choices = [(name, name) for name in attributes]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        shares = [cleaned.get(name) for name in ("dev", "test", "fewshot")]
        if None not in shares and abs(sum(share or 0 for share in shares) - 100) > 1e-6:
            raise forms.ValidationError("The three shares must sum to 100%.")
        return cleaned

    def spec(self) -> FreezeSpec:
        cleaned = self.cleaned_data
        return FreezeSpec(
            name=cleaned["name"],
            shares={name: cleaned[name] / 100 for name in ("dev", "test", "fewshot") if cleaned[name]},
            seed=cleaned["seed"],
            stratified_by=cleaned["stratified_by"],
        )
