"""What a manager's browser sends to plan the upkeep of gold."""

from typing import Any

from django import forms

from labeling.actions.upkeep import SEES_PLAN
from labeling.enums import DutyKind, Repeats
from labeling.forms.keys import KeyField
from labeling.models import Project, User


class DutyForm(forms.Form):
    """One thing to do, whose it is and when."""

    title = forms.CharField(label="What is to do", max_length=200)
    kind = forms.ChoiceField(choices=DutyKind.choices, initial=DutyKind.REFRESH)
    owner = forms.ChoiceField()
    due_on = forms.DateField(label="Due", widget=forms.DateInput(attrs={"type": "date"}))
    repeats = forms.ChoiceField(choices=Repeats.choices, initial=Repeats.QUARTERLY, label="Comes again")
    idempotency_key = KeyField()

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(memberships__project=project, memberships__role__in=SEES_PLAN, is_active=True)
        self.people = {str(one.public_id): one for one in people.distinct().order_by("email")}
        self.fields["owner"].choices = [(key, str(one)) for key, one in self.people.items()]  # type: ignore[attr-defined]

    def clean_owner(self) -> User:
        return self.people[self.cleaned_data["owner"]]


class ExpansionForm(forms.Form):
    """How many fresh items, over which attributes, and which share because gold has nothing like them."""

    size = forms.IntegerField(min_value=1, max_value=5000, initial=100, label="Items")
    by = forms.MultipleChoiceField(
        required=False, label="Balance over", widget=forms.CheckboxSelectMultiple,
        help_text="The part that is drawn by lot has each group in its share of the fresh items.",
    )  # fmt: skip
    novelty_share = forms.IntegerField(
        min_value=0, max_value=100, initial=30, label="Unlike gold, in percent",
        help_text="Texts far from all that gold has (TF-IDF), each with the words that say why. They are never held "
        "out: no weight speaks for them.",
    )  # fmt: skip
    seed = forms.IntegerField(min_value=0, max_value=2**31 - 1, initial=0, help_text="Another one draws other items.")
    idempotency_key = KeyField()

    def __init__(self, *args: Any, project: Project, attributes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["by"].choices = [(name, name) for name in attributes]  # type: ignore[attr-defined]
        self.fields["by"].initial = [name for name in project.slices if name in attributes][:2]


class NameForm(forms.Form):
    """The name of a round that is made by one click."""

    name = forms.CharField(
        required=False, max_length=120, label="Name of the round",
        help_text="Raters see it. Leave it empty for a neutral one.",
    )  # fmt: skip
    idempotency_key = KeyField()
