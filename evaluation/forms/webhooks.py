"""What a destination is asked for."""

from typing import Any

from django import forms
from django.conf import settings

from evaluation.enums import DestinationKind, EventKind
from labeling.forms.keys import KeyField


class EventsForm(forms.Form):
    """Which messages a destination gets."""

    events = forms.MultipleChoiceField(
        choices=EventKind.choices, required=False, widget=forms.CheckboxSelectMultiple, label="Tell it when",
        help_text="Alert rules can name it as well, whatever is ticked here.",
    )  # fmt: skip


class DestinationForm(EventsForm):
    """Where to; each kind has its own field."""

    name = forms.CharField(max_length=60, help_text="As people call it: “On call”, “Data team”.")
    kind = forms.ChoiceField(choices=DestinationKind.choices, label="Kind")
    mails = forms.CharField(required=False, max_length=2000, label="E-mail addresses", help_text="With commas between.")
    url = forms.CharField(
        required=False, max_length=2000, label="Webhook address",
        help_text="https://… It gets JSON, signed as Standard Webhooks asks. The secret is shown once, after this.",
    )  # fmt: skip
    variable = forms.ChoiceField(
        required=False, label="Slack address or PagerDuty key",
        help_text="It is a secret, so it stays in the server's environment. The operator sets a variable whose name "
        "begins with ASSAY_DESTINATION_, and it can be chosen here.",
    )  # fmt: skip
    idempotency_key = KeyField()
    field_order = ("name", "kind", "mails", "url", "variable", "events")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = list(settings.DELIVERY_SECRETS)
        self.fields["variable"].choices = [  # type: ignore[attr-defined]
            ("", "choose one" if names else "none is set yet"),
            *((name, name) for name in names),
        ]

    def address(self) -> str:
        kind = self.cleaned_data["kind"]
        field = {DestinationKind.EMAIL: "mails", DestinationKind.WEBHOOK: "url"}.get(kind, "variable")
        return str(self.cleaned_data[field])
