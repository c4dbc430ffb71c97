"""One step of a taxonomy change, as a manager writes it down; and the freezing of the next release."""

from typing import Any
from uuid import UUID

from django import forms

from labeling.files.taxonomies import LabelRow
from labeling.forms.keys import KeyField
from labeling.models import Release, Round

CODE_HELP = "A code is what files and the API call a label. Leave it empty to keep it."


def _choices(rows: list[LabelRow]) -> list[tuple[str, str]]:
    """Labels as a tree, in reading order."""
    depth: dict[str, int] = {}
    found = []
    for row in rows:
        depth[row.code] = depth[row.parent] + 1 if row.parent in depth else 0  # type: ignore[index]
        found.append((row.code, "\u2003" * depth[row.code] + f"{row.name} ({row.code})"))
    return found


class StepForm(forms.Form):
    """The fields that one kind of step needs."""

    FIELDS = {
        "rename": ("code", "name", "to", "definition"),
        "merge": ("codes", "into_code", "name"),
        "split": ("code", "parts"),
        "retire": ("code",),
        "move": ("code", "parent"),
        "add": ("new_code", "name", "parent", "definition"),
    }

    code = forms.ChoiceField(label="Label")
    codes = forms.MultipleChoiceField(
        label="Labels", help_text="Two or more. Hold Ctrl (or Cmd) to choose several.",
        widget=forms.SelectMultiple(attrs={"size": 10}),
    )  # fmt: skip
    new_code = forms.CharField(label="Code", max_length=100)
    into_code = forms.CharField(
        label="Code of what they become", max_length=100, help_text="The code of one of them, or a new one."
    )
    name = forms.CharField(label="Name", max_length=200, required=False)
    to = forms.CharField(label="New code", max_length=100, required=False, help_text=CODE_HELP)
    parts = forms.CharField(
        label="Parts", widget=forms.Textarea(attrs={"rows": 4}), max_length=20_000,
        help_text="One a line, like: payroll-eu = Payroll, Europe | What belongs here. One part may keep the old code.",
    )  # fmt: skip
    parent = forms.ChoiceField(label="Below", required=False)
    definition = forms.CharField(
        label="Definition", required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    idempotency_key = KeyField()

    def __init__(self, *args: Any, kind: str, rows: list[LabelRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        keep = self.FIELDS[kind]
        for name in [one for one in self.fields if one not in keep and one != "idempotency_key"]:
            del self.fields[name]
        self.order_fields([*keep, "idempotency_key"])
        choices = _choices(rows)
        for name, offered in (
            ("code", choices), ("codes", choices), ("parent", [("", "At the top"), *choices]),
        ):  # fmt: skip
            if name in self.fields:
                self.fields[name].choices = offered  # type: ignore[attr-defined]
        if kind == "rename":
            self.fields["name"].help_text = "Leave it empty to keep it."
            self.fields["name"].label = "New name"
        if kind == "add":
            self.fields["name"].required = True

    def clean_parts(self) -> list[dict[str, str]]:
        parts = []
        for line in filter(str.strip, self.cleaned_data["parts"].splitlines()):
            code, equals, rest = line.partition("=")
            name, _, definition = rest.partition("|")
            if not code.strip() or (equals and not name.strip()):
                raise forms.ValidationError(f"“{line.strip()[:60]}” is no part. Write one a line, like: code = Name.")
            parts.append({"code": code.strip(), "name": name.strip(), "definition": definition.strip()})
        return parts

    def step(self) -> dict[str, Any]:
        """As labeling.taxonomy_steps takes it; what was left empty is left out."""
        cleaned = {name: value for name, value in self.cleaned_data.items() if name != "idempotency_key"}
        if self.kind == "merge":
            into = {"code": cleaned["into_code"].strip()} | ({"name": cleaned["name"]} if cleaned["name"] else {})
            return {"kind": "merge", "codes": cleaned["codes"], "into": into}
        if self.kind == "split":
            parts = [{name: value for name, value in part.items() if value} for part in cleaned["parts"]]
            return {"kind": "split", "code": cleaned["code"], "into": parts}
        if "new_code" in cleaned:
            cleaned["code"] = cleaned.pop("new_code")
        if self.kind == "move":
            return {"kind": "move", "code": cleaned["code"], "parent": cleaned["parent"]}
        return {"kind": self.kind, **{name: value for name, value in cleaned.items() if value}}


class RenewForm(forms.Form):
    """Whose answers go into the next release, and why it may be frozen where something is wanting."""

    round = forms.ChoiceField(
        label="With the answers of", required=False,
        help_text="Items it answered take those answers; new ones are added. The round is closed.",
    )  # fmt: skip
    override_reason = forms.CharField(
        label="Reason to freeze anyway", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Only where something is wanting. It is shown with every figure on this release.",
    )  # fmt: skip
    idempotency_key = KeyField()

    def __init__(self, *args: Any, rounds: list[Round], release: Release, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rounds = {str(one.public_id): one for one in rounds}
        none = "No round: only the newer taxonomy"
        self.fields["round"].choices = [  # type: ignore[attr-defined]
            ("", none), *((key, one.name) for key, one in self.rounds.items()),
        ]  # fmt: skip

    def chosen(self, public_id: UUID | str) -> Round | None:
        return self.rounds.get(str(public_id))
