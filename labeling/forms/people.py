"""What managers and members send about people."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.password_validation import validate_password

from labeling.enums import Role


class InviteForm(forms.Form):
    """One person, one role."""

    email = forms.EmailField(max_length=254, label="E-mail")
    role = forms.ChoiceField(choices=Role.choices)
    group = forms.CharField(max_length=60, required=False, help_text="For example product, marketing, legal.")


class RoleForm(forms.Form):
    """A change of one member's role."""

    role = forms.ChoiceField(choices=Role.choices)
    how = forms.ChoiceField(choices=[("add", "Add"), ("remove", "Remove")])


class JoinForm(forms.Form):
    """A new person's name and password."""

    name = forms.CharField(max_length=120, label="Your name")
    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), strip=False, max_length=200
    )

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password)
        return password


class ProfileForm(forms.Form):
    """A person's own name and time zone."""

    name = forms.CharField(max_length=120, required=False)
    time_zone = forms.ChoiceField(label="Time zone", help_text="Dates are shown in it.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
        self.fields["time_zone"].choices = [(zone, zone.replace("_", " ")) for zone in zones]  # type: ignore[attr-defined]
