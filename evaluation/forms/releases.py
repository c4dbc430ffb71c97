"""What managers send to freeze a round."""

from typing import Any

from django import forms

from labeling.actions.dealing import FreezeSpec
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
    retire_test = forms.CharField(
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        label="Retire the test split that holds these items out",
        help_text="Only where it is used up. Write why: its items are then dealt anew, their gold may be read, and the "
        "older releases say for good that they are no longer held out.",
    )
    override_reason = forms.CharField(
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        label="Reason to freeze all the same",
        help_text="Needed only where something above is wanting. It is kept with the release and shown with it.",
    )

    idempotency_key = KeyField()
    MORE = ("stratified_by", "seed", "retire_test")

    def __init__(self, *args: Any, attributes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stratified_by"].choices = [(name, name) for name in attributes]  # type: ignore[attr-defined]

    def main_fields(self) -> list[forms.BoundField]:
        """What everybody fills in."""
        return [field for field in self if field.name not in self.MORE]

    def more_fields(self) -> list[forms.BoundField]:
        """What is folded away."""
        return [self[name] for name in self.MORE]

    def has_more(self) -> bool:
        """Whether anything folded away was changed or refused, so that it has to be seen."""
        return self.is_bound and any(name in self.errors or name in self.changed_data for name in self.MORE)

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
            retire_test=cleaned["retire_test"],
        )

    def spec_to_show(self) -> FreezeSpec | None:
        """What to preview: as it is filled in, at first as it is offered; None where it cannot be read."""
        if self.is_bound:
            return self.spec() if self.is_valid() else None
        offered = {name: self.get_initial_for_field(field, name) for name, field in self.fields.items()}
        return FreezeSpec(
            name=offered["name"],
            shares={name: offered[name] / 100 for name in ("dev", "test", "fewshot") if offered[name]},
            seed=offered["seed"],
            stratified_by=offered["stratified_by"],
        )
