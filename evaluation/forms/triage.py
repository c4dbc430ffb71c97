"""What triage asks of people: categories, proposals, and prompt-tuning tasks."""

from typing import Any

from django import forms

from evaluation.actions.triage_categories import WORKERS, Wording
from evaluation.actions.triage_tuning import Plan
from evaluation.enums import TuningState
from evaluation.models import Prompt, TuningTask
from labeling.models import Project, User


class CategoryForm(forms.Form):
    """One category."""

    code = forms.SlugField(max_length=60)
    name = forms.CharField(max_length=80)
    definition = forms.CharField(max_length=500, required=False)
    key = forms.CharField(max_length=1)
    order = forms.IntegerField(min_value=0, max_value=1000, initial=0)
    is_retired = forms.BooleanField(required=False, label="Retired")

    @property
    def wording(self) -> Wording:
        return Wording(**{name: self.cleaned_data[name] for name in Wording.__dataclass_fields__})


class TuningForm(forms.Form):
    """What is to be done, by whom, until when."""

    title = forms.CharField(max_length=160)
    note = forms.CharField(max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    owner = forms.ModelChoiceField(User.objects.none(), required=False, to_field_name="public_id")
    due_on = forms.DateField(required=False, label="Due", widget=forms.DateInput(attrs={"type": "date"}))
    prompt = forms.ModelChoiceField(Prompt.objects.none(), required=False)
    state = forms.ChoiceField(choices=TuningState.choices, initial=TuningState.OPEN)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        workers = [str(role) for role in WORKERS]
        people = User.objects.filter(memberships__project=project, memberships__role__in=workers, is_active=True)
        self.fields["owner"].queryset = people.distinct().order_by("name")  # type: ignore[attr-defined]
        self.fields["prompt"].queryset = Prompt.objects.filter(project=project).order_by("name")  # type: ignore[attr-defined]

    @classmethod
    def of(cls, task: TuningTask) -> "TuningForm":
        said = {name: getattr(task, name) for name in Plan.__dataclass_fields__}
        return cls(initial=said | {"owner": task.owner, "prompt": task.prompt_id}, project=task.project)

    @property
    def plan(self) -> Plan:
        return Plan(**{name: self.cleaned_data[name] for name in Plan.__dataclass_fields__})
