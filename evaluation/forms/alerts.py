"""What an alert rule is asked for."""

from typing import Any

from django import forms

from evaluation.actions.alerts import RuleSpec
from evaluation.enums import AlertComparison, NoData
from evaluation.models import AlertRule, Destination, Prompt
from evaluation.queries.alert_metrics import METRICS, PROMPT, SLICE, SPLIT, WINDOW, seen_by
from evaluation.queries.alert_words import RELATIVE
from evaluation.queries.alerts import visible_rules
from labeling.enums import Split
from labeling.forms.keys import KeyField
from labeling.models import Project

FIELDS = (
    "name", "metric", "split", "attribute", "value", "days", "comparison", "hold_minutes", "beyond_chance", "no_data",
    "escalate_minutes",
)  # fmt: skip
HUNDREDTHS = 100  # drops and rises are asked for in percent
SNOOZES = [("1", "1 hour"), ("8", "8 hours"), ("24", "1 day"), ("168", "1 week")]


class RuleForm(forms.Form):
    """The figure, when it is worth a message, and who is told."""

    name = forms.CharField(max_length=120, help_text="As the message will say it.")
    metric = forms.ChoiceField(label="Figure")
    prompt = forms.ChoiceField(required=False, label="Of prompt")
    split = forms.ChoiceField(choices=[(Split.DEV, "dev"), (Split.TEST, "test")], required=False, initial=Split.DEV)
    attribute = forms.CharField(
        required=False, max_length=120, label="Only items with attribute", help_text="For Micro F1. Empty: all items."
    )
    value = forms.CharField(required=False, max_length=200, label="equal to")
    days = forms.IntegerField(min_value=1, max_value=90, initial=7, required=False, label="Days in the window")
    comparison = forms.ChoiceField(choices=AlertComparison.choices, label="Fires when it")
    threshold = forms.FloatField(
        label="Threshold", help_text="Shares and F1 from 0 to 1, dollars, minutes, days; for “fell” and “rose” in %."
    )
    hold_minutes = forms.IntegerField(
        min_value=0, max_value=60 * 24 * 30, initial=0, label="For at least, minutes", help_text="0: at once."
    )
    beyond_chance = forms.BooleanField(
        required=False, label="Only if the whole 95% interval is past the threshold",
        help_text="Fewer false alarms; a small change is found later.",
    )  # fmt: skip
    no_data = forms.ChoiceField(choices=NoData.choices, label="If there is no data")
    destinations = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple, label="Tell")
    escalate_to = forms.ChoiceField(required=False, label="If nobody acknowledges, tell also")
    escalate_minutes = forms.IntegerField(
        required=False, min_value=1, max_value=60 * 24 * 7, label="after minutes", initial=None
    )
    silences = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="While it fires, say nothing of",
        help_text="For what only follows from this: a provider that is down explains failures.",
    )  # fmt: skip
    idempotency_key = KeyField()

    def __init__(
        self, *args: Any, project: Project, roles: frozenset[str], rule: AlertRule | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.project, self.roles = project, roles
        self.prompts = {one.name: one for one in Prompt.objects.filter(project=project).order_by("name")}
        self.places = {
            str(one.public_id): one
            for one in Destination.objects.filter(project=project, is_active=True).order_by("name")
        }
        others = visible_rules(project, roles).order_by("name")
        self.others = {str(one.public_id): one for one in others if rule is None or one.pk != rule.pk}
        places = [(key, f"{one.name} ({one.get_kind_display()})") for key, one in self.places.items()]
        self._offer("metric", [(key, METRICS[key].title) for key in seen_by(roles)])
        self._offer("prompt", [("", "any prompt"), *((name, name) for name in self.prompts)])
        self._offer("destinations", places)
        self._offer("escalate_to", [("", "nobody"), *places])
        self._offer("silences", [(key, one.name) for key, one in self.others.items()])

    def _offer(self, field: str, choices: list[tuple[str, str]]) -> None:
        self.fields[field].choices = choices  # type: ignore[attr-defined]

    @staticmethod
    def filled(rule: AlertRule) -> dict[str, Any]:
        """The form's values for a rule that exists."""
        shown = rule.threshold * HUNDREDTHS if rule.comparison in RELATIVE else rule.threshold
        return {name: getattr(rule, name) for name in FIELDS} | {
            "threshold": float(f"{shown:.10g}"),
            "prompt": rule.prompt.name if rule.prompt else "",
            "destinations": [str(one.public_id) for one in rule.destinations.all()],
            "escalate_to": str(rule.escalate_to.public_id) if rule.escalate_to else "",
            "silences": [str(one.public_id) for one in rule.silences.all()],
        }

    def spec(self) -> RuleSpec:
        """What the form says; what its figure does not take is left at its default."""
        told = self.cleaned_data
        takes = METRICS[told["metric"]].takes
        threshold = told["threshold"] / HUNDREDTHS if told["comparison"] in RELATIVE else told["threshold"]
        sliced = SLICE in takes and told["attribute"].strip()
        return RuleSpec(
            name=" ".join(told["name"].split()),
            metric=told["metric"],
            comparison=told["comparison"],
            threshold=threshold,
            prompt=self.prompts.get(told["prompt"]) if PROMPT in takes else None,
            split=(told["split"] or Split.DEV) if SPLIT in takes else Split.DEV,
            attribute=told["attribute"].strip() if sliced else "",
            value=told["value"].strip() if sliced else "",
            days=(told["days"] or 7) if WINDOW in takes else 7,
            hold_minutes=told["hold_minutes"],
            beyond_chance=told["beyond_chance"],
            no_data=told["no_data"],
            destinations=[self.places[key] for key in told["destinations"]],
            escalate_to=self.places.get(told["escalate_to"]),
            escalate_minutes=told["escalate_minutes"],
            silences=[self.others[key] for key in told["silences"]],
        )


class SnoozeForm(forms.Form):
    """For how long nothing is said of a rule."""

    hours = forms.ChoiceField(choices=SNOOZES, label="Snooze for", widget=forms.Select(attrs={"class": "input"}))
