"""The hidden key of each rendered form: sent twice, it has one effect (SAFETY C3)."""

from uuid import uuid4

from django import forms


class KeyField(forms.UUIDField):
    """A fresh key for each form that is shown; a form without one (an old page, a script) is accepted once a time."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput, initial=uuid4)
