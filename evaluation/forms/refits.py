"""How much measuring a new release may cost."""

from django import forms


class RefitForm(forms.Form):
    budget_usd = forms.FloatField(min_value=0, max_value=100_000, required=False)
