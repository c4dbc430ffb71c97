"""What a manager asks of a certificate."""

from django import forms

from evaluation.actions.certificates import MOST_DAYS, Promise
from labeling.forms.keys import KeyField


class CertifyForm(forms.Form):
    """The promise; the defaults are 95% with a risk of 5%."""

    target = forms.FloatField(
        min_value=50, max_value=99.99, initial=95, label="Precision to be kept, %",
        help_text="Of what is accepted without a person, at least so much is right.",
    )  # fmt: skip
    risk = forms.FloatField(
        min_value=0.01, max_value=50, initial=5, label="Risk that the promise is wrong, %",
        help_text="One such promise in so many may be broken. A lower risk needs more audited items.",
    )  # fmt: skip
    unit = forms.ChoiceField(
        choices=[("item", "An item with any wrong label"), ("label", "A wrong label")],
        label="What counts as an error",
        help_text="Labels of one item are not independent, so a promise about labels needs many more items.",
    )
    days = forms.IntegerField(min_value=1, max_value=MOST_DAYS, initial=90, label="Days it holds")
    look = forms.BooleanField(required=False, label="I know that this is a look at the held-out split")
    idempotency_key = KeyField()

    def __init__(self, *args: object, held_out: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if held_out:
            self.fields["look"].required = True
        else:
            del self.fields["look"]

    def promise(self) -> Promise:
        cleaned = self.cleaned_data
        return Promise(cleaned["target"] / 100, cleaned["risk"] / 100, cleaned["unit"], cleaned["days"])


class SuspendForm(forms.Form):
    """Why a certificate is taken out of use."""

    reason = forms.CharField(max_length=2000, widget=forms.Textarea(attrs={"rows": 2}), label="Why")
