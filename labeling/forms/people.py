"""What managers and members send about people."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password

from labeling import keymap
from labeling.enums import Role
from reviewapp.common.zones import zones


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
        names = [zone for zone in zones() if "/" in zone or zone == "UTC"]
        self.fields["time_zone"].choices = [(zone, zone.replace("_", " ")) for zone in names]  # type: ignore[attr-defined]


class KeysForm(forms.Form):
    """The keys of the labelling screen, one field a command."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for command in keymap.COMMANDS:
            self.fields[command.name] = forms.CharField(
                label=command.does, max_length=30, required=False, help_text=f"Without a choice: {command.key}"
            )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for command in keymap.COMMANDS:
            key = (cleaned.get(command.name) or "").strip().lower() or command.key
            cleaned[command.name] = key
            if problem := keymap.problem_with(key):
                self.add_error(command.name, problem)
        if doubles := keymap.twice(cleaned):
            raise forms.ValidationError(f"More than one command asks for {', '.join(doubles)}.")
        return cleaned

    def chosen(self) -> dict[str, str]:
        """Only what differs from the defaults is kept, so that a better default reaches whoever chose nothing."""
        defaults = {command.name: command.key for command in keymap.COMMANDS}
        return {name: key for name, key in self.cleaned_data.items() if defaults[name] != key}
