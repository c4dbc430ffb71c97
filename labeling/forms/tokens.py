"""What is said of a new token, or of a new service."""

from typing import Any

from django import forms

from labeling.actions.people import SERVICE_ROLES
from labeling.enums import Role, Scope
from labeling.models import Project, Token

DAYS = [(30, "30 days"), (90, "90 days"), (Token.LONGEST_DAYS, "A year")]


class TokenForm(forms.Form):
    """Its name, what it may, how long."""

    name = forms.CharField(max_length=80, help_text="Where it is used, for example nightly pipeline.")
    scopes = forms.MultipleChoiceField(
        choices=Scope.choices, widget=forms.CheckboxSelectMultiple, initial=[Scope.READ],
        label="It may", help_text="Never more than the person it speaks for.",
    )  # fmt: skip
    days = forms.TypedChoiceField(choices=DAYS, coerce=int, initial=90, label="It lasts")


class OwnTokenForm(TokenForm):
    """A token of one's own, for all one's projects or one of them."""

    project = forms.ChoiceField(required=False, label="In")
    field_order = ("name", "project", "scopes", "days")

    def __init__(self, *args: Any, projects: list[Project], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "All my projects"), *((one.slug, one.name) for one in projects)]
        self.fields["project"].choices = choices  # type: ignore[attr-defined]


class ServiceTokenForm(TokenForm):
    """A token of a service, which is made with it if it is new."""

    service = forms.CharField(
        max_length=80, help_text="A program, for example Airflow. A new name makes a new service."
    )
    role = forms.ChoiceField(
        choices=[(role.value, role.label) for role in SERVICE_ROLES], initial=Role.ENGINEER, label="Its role",
        help_text="Of a new service. Programs never rate.",
    )  # fmt: skip
    scopes = forms.MultipleChoiceField(
        choices=[choice for choice in Scope.choices if choice[0] in (Scope.READ, Scope.PREDICT, Scope.EVALUATE)],
        widget=forms.CheckboxSelectMultiple, initial=[Scope.READ, Scope.PREDICT], label="It may",
    )  # fmt: skip
    field_order = ("service", "role", "name", "scopes", "days")
