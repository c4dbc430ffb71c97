"""What an adjudicator's browser sends."""

from typing import Any

from django import forms

from labeling.enums import ReturnReason, RulingReason
from labeling.models import Label
from labeling.queries.adjudication import Dispute, Stand

RULES = (("yes", "Yes"), ("no", "No"))


class DecisionForm(forms.Form):
    """How an adjudicator settles a task: a rule for each disputed label, and which others apply.

    `rule-<code>` and `reason-<code>` are of the disputed labels; `labels` are the agreed ones kept and the ones added.
    """

    labels = forms.MultipleChoiceField(required=False)
    rationale = forms.CharField(max_length=5000, required=False, strip=True)
    after_decision = forms.IntegerField(min_value=0)
    request_text = forms.CharField(max_length=2000, required=False, strip=True)
    request_label = forms.CharField(max_length=100, required=False)
    idempotency_key = forms.UUIDField(required=False)

    def __init__(self, *args: Any, dispute: Dispute, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        version = dispute.task.round.taxonomy_version
        self.by_code = {label.code: label for label in Label.objects.filter(version=version)}
        self.disputed = {row.choice.code: row.choice.name for row in dispute.disputed}
        free = [(code, label.name) for code, label in self.by_code.items() if code not in self.disputed]
        self.fields["labels"].choices = free  # type: ignore[attr-defined]
        self.fields["labels"].error_messages["invalid_choice"] = "One of the labels is not in this taxonomy."
        for code in self.disputed:
            self.fields[f"rule-{code}"] = forms.ChoiceField(choices=RULES, required=False)
            self.fields[f"reason-{code}"] = forms.ChoiceField(choices=RulingReason.choices, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        still = [name for code, name in self.disputed.items() if not cleaned.get(f"rule-{code}")]
        if still:
            raise forms.ValidationError(f"Still open: {', '.join(still)}. What you decided so far is kept below.")
        return cleaned

    def chosen(self) -> list[Label]:
        kept = [*self.cleaned_data["labels"], *(code for code in self.disputed if self._rule(code) == "yes")]
        return [self.by_code[code] for code in self.by_code if code in set(kept)]

    def reasons(self) -> dict[str, str]:
        return {code: said for code in self.disputed if (said := self.cleaned_data[f"reason-{code}"])}

    def payload(self) -> dict[str, Any]:
        """What makes two of these forms the same one."""
        return {name: said for name, said in self.cleaned_data.items() if name != "idempotency_key"}

    def stand(self) -> Stand:
        """What was sent, for showing it again."""
        sent = {name: str(self.data.get(name, "")) for name in self.fields}
        many = self.data.getlist("labels") if hasattr(self.data, "getlist") else self.data.get("labels", [])
        return Stand(
            rules={code: sent[f"rule-{code}"] for code in self.disputed},
            reasons={code: sent[f"reason-{code}"] for code in self.disputed},
            ticked=frozenset(many) & frozenset(self.by_code),
            rationale=sent["rationale"],
            request_text=sent["request_text"],
            request_label=sent["request_label"],
        )

    def _rule(self, code: str) -> str:
        return str(self.cleaned_data.get(f"rule-{code}", ""))


class EscalationForm(forms.Form):
    """Why a task goes to the manager."""

    rationale = forms.CharField(max_length=5000)


class ReturnForm(forms.Form):
    """Whose answer goes back, and for which of the fixed reasons."""

    who = forms.CharField(max_length=1)
    reason = forms.ChoiceField(choices=ReturnReason.choices)


class AlikeForm(forms.Form):
    """One decision among disputes that are alike."""

    label = forms.CharField(max_length=100)
    task = forms.UUIDField()
    after_decision = forms.IntegerField(min_value=0)
    rule = forms.ChoiceField(choices=RULES)
    idempotency_key = forms.UUIDField(required=False)


class AnswerRequestForm(forms.Form):
    """What the manager says to a guideline request."""

    answer = forms.CharField(max_length=2000, required=False, strip=True, widget=forms.Textarea(attrs={"rows": 2}))


class RaiseRequestForm(forms.Form):
    """What the guidelines should make clear, asked outside a task."""

    label_code = forms.CharField(max_length=100, required=False, label="Label code", help_text="If it is about one.")
    text = forms.CharField(
        max_length=2000, strip=True, label="What should they say?", widget=forms.Textarea(attrs={"rows": 3})
    )
