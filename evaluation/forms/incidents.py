"""What is asked for to see what changed, and to work on an incident."""

from typing import Any

from django import forms

from evaluation.actions.incidents import Plan
from evaluation.actions.promotions import BUDGET_USD
from evaluation.actions.quality_drops import MAKERS, REASON_LEAST
from evaluation.enums import RunOrigin, RunState, Severity
from evaluation.forms.drift import DAY, span
from evaluation.forms.runs import dollars
from evaluation.models import Evaluation, Incident, Prompt, PromptVersion, Run
from evaluation.queries.promotions import is_paid
from evaluation.queries.streams import Window
from labeling.enums import Split
from labeling.forms.keys import KeyField
from labeling.models import Project, User
from reviewapp.common.errors import Refused

NOTE = forms.Textarea(attrs={"rows": 2})


class RunsForm(forms.Form):
    """Two runs, the earlier first."""

    reference = forms.ChoiceField(label="When it was good", help_text="A finished run; never one over held-out items.")
    current = forms.ChoiceField(label="Now")
    idempotency_key = KeyField()

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        runs = Run.objects.filter(project=project, state=RunState.DONE).exclude(split=Split.TEST)
        runs = runs.exclude(origin=RunOrigin.JUDGE)
        self.runs = {str(run.public_id): run for run in runs.order_by("-created_at", "-pk")[:200]}
        choices = [(key, f"{run} · {run.total:,} items") for key, run in self.runs.items()]
        for name in ("reference", "current"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    def windows(self) -> tuple[Window, Window]:
        then, now = (Window(run=self.runs[self.cleaned_data[name]]) for name in ("reference", "current"))
        return then, now


class TimesForm(forms.Form):
    """Two times of production, whole days in UTC."""

    prompt = forms.ChoiceField(required=False, label="Predictions of")
    then_from = forms.DateField(widget=DAY, label="When it was good, from")
    then_until = forms.DateField(widget=DAY, label="until", help_text="This day included.")
    now_from = forms.DateField(widget=DAY, label="Now, from")
    now_until = forms.DateField(widget=DAY, label="until ", help_text="This day included.")
    idempotency_key = KeyField()

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = list(Prompt.objects.filter(project=project).order_by("name").values_list("name", flat=True))
        self.fields["prompt"].choices = [("", "any prompt"), *((name, name) for name in names)]  # type: ignore[attr-defined]

    def windows(self) -> tuple[Window, Window]:
        told, found = self.cleaned_data, []
        for when in ("then", "now"):
            start, end = span(told[f"{when}_from"], told[f"{when}_until"])
            found.append(Window(start=start, end=end, prompt=told["prompt"]))
        return found[0], found[1]


class AgainForm(forms.Form):
    """What looking again may cost; a built-in baseline costs nothing."""

    budget = dollars("Budget, dollars", "The run pauses before it would cost more.", initial=BUDGET_USD)

    def __init__(self, *args: Any, version: PromptVersion | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if version is None or not is_paid(version):
            del self.fields["budget"]

    @property
    def budget_usd(self) -> float | None:
        """Of a form that is valid; raise Refused of one that is not."""
        if not self.is_valid():
            raise Refused("Say what asking again may cost: a budget in dollars, above 0.")
        return self.cleaned_data.get("budget")


class RollBackForm(forms.Form):
    """Why the prompt goes back, on the record."""

    reason = forms.CharField(min_length=REASON_LEAST, max_length=2000, widget=NOTE, label="Why")
    expected = forms.CharField(required=False, widget=forms.HiddenInput)


class IncidentForm(forms.Form):
    """What an incident is called, how bad it is, and whose it is."""

    title = forms.CharField(max_length=160)
    severity = forms.ChoiceField(choices=Severity.choices, initial=Severity.MEDIUM)
    owner = forms.ModelChoiceField(
        User.objects.none(), required=False, empty_label="Nobody yet", to_field_name="public_id"
    )
    cause = forms.CharField(
        max_length=2000, required=False, widget=NOTE, label="Cause", help_text="As far as it is known; may change."
    )
    idempotency_key = KeyField()

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        workers = [str(role) for role in MAKERS]
        people = User.objects.filter(memberships__project=project, memberships__role__in=workers, is_active=True)
        self.fields["owner"].queryset = people.distinct().order_by("name")  # type: ignore[attr-defined]

    @classmethod
    def of(cls, incident: Incident) -> "IncidentForm":
        told = {name: getattr(incident, name) for name in Plan.__dataclass_fields__}
        return cls(initial=told | {"owner": incident.owner}, project=incident.project)

    @property
    def plan(self) -> Plan:
        return Plan(**{name: self.cleaned_data[name] for name in Plan.__dataclass_fields__})


class EntryForm(forms.Form):
    """One line of the timeline."""

    kind = forms.ChoiceField(choices=[("action", "Something was done"), ("note", "A note")], label="What it is")
    text = forms.CharField(max_length=2000, widget=NOTE, label="What was seen or done")


class RecoverForm(forms.Form):
    """The evaluation that shows it is over."""

    evaluation = forms.ChoiceField(label="Shown by")

    def __init__(self, *args: Any, offered: list[Evaluation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = {str(one.public_id): one for one in offered}
        choices = [(key, f"{one.run.name} · micro F1 {_f1(one)}") for key, one in self.offered.items()]
        self.fields["evaluation"].choices = choices  # type: ignore[attr-defined]


def _f1(evaluation: Evaluation) -> str:
    value = evaluation.report["micro"]["f1"]["value"]
    return "undefined" if value is None else f"{value:.3f}"
