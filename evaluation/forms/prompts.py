"""What engineers send: prompt versions, and what they are used for."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from pydantic import ValidationError

from evaluation.actions.prompts import Recipe
from evaluation.enums import Strategy
from evaluation.llm.prompts import DEFAULT_TEMPLATE, check_summary, check_template
from evaluation.llm.recipe import Parameters, Retrieve, Summarise
from evaluation.llm.routes import MOST, WHENS, read_routes
from evaluation.models import PromptVersion
from evaluation.queries.recipes import providers
from reviewapp.common.errors import Refused

WIDE = {"rows": 18, "spellcheck": "false"}
SAID = {  # what choices are called
    "first": "The first ones of the split",
    "random": "At random, by the seed",
    "stratified": "The rarest labels first, by the seed",
    "nearest_tfidf": "Nearest to the item, by words",
    "nearest_embeddings": "Nearest to the item, by embeddings",
    "bm25": "By words (BM25)",
    "tfidf": "By words (TF-IDF)",
    "embeddings": "By embeddings",
    "stated": "The number the model states",
    "logprob": "The likelihood of its tokens",
    "share": "The share of repeated answers",
    "language_not_in": "the language is none of",
    "shorter_than": "the text is shorter than (characters)",
    "longer_than": "the text is longer than (characters)",
    "empty": "there is no text",
    "looks_injected": "the text seems to instruct the model",
    "confidence_below": "a label's confidence is below",
    "no_label": "no label was given",
    "more_labels_than": "more labels were given than",
    "failed": "there was no usable answer (kind, or any)",
}
GROUPS = (
    ("The prompt", "Which model is asked, and what it is told.", ("name", "model", "provider", "template")),
    (
        "Examples",
        "Shown with their answers, from the fewshot split of a release and from nowhere else.",
        ("few_shot", "few_shot_how", "few_shot_seed"),
    ),
    (
        "What it reads",
        "The whole text, unless passages are picked first or a summary is written first.",
        (
            "retrieve_method", "retrieve_k", "retrieve_size", "retrieve_overlap", "retrieve_query",
            "summarise_template", "summarise_max_tokens",
        ),
    ),
    (
        "Confidence",
        "Where the number beside each label comes from. None of them is a probability before it was calibrated.",
        ("confidence", "uncertain_from", "uncertain_to", "samples", "sample_temperature"),
    ),
    ("Decoding", "How the answer is drawn.", ("temperature", "top_p", "seed", "max_tokens", "timeout", "repair")),
)  # fmt: skip


def _default(name: str, of: Any = Parameters) -> Any:
    return of.model_fields[name].default


def _number(name: str, label: str, help_text: str = "", *, of: Any = Parameters, whole: bool = True) -> forms.Field:
    """A number that may be left empty, which means what the recipe takes by itself; the recipe checks its bounds."""
    kind = forms.IntegerField if whole else forms.FloatField
    widget = forms.NumberInput(attrs={"step": "1" if whole else "any"})
    return kind(required=False, label=label, help_text=help_text, initial=_default(name, of), widget=widget)


def _choice(name: str, label: str, help_text: str = "", *, of: Any = Parameters, empty: str = "") -> forms.ChoiceField:
    values = of.model_fields[name].annotation.__args__
    choices = [("", empty)] if empty else []
    choices += [(value, SAID[value]) for value in values]
    initial = "" if empty else _default(name, of)
    return forms.ChoiceField(choices=choices, required=False, label=label, help_text=help_text, initial=initial)


class PromptForm(forms.Form):
    """A prompt version: everything that a recipe can say."""

    name = forms.CharField(max_length=120, help_text="The same name again writes its next version.")
    model = forms.CharField(max_length=120, help_text="The provider's id of the model, for example gpt-4.1-mini.")
    provider = forms.ChoiceField(help_text="As set up by the operator.")
    template = forms.CharField(
        max_length=100_000, strip=False, initial=DEFAULT_TEMPLATE, widget=forms.Textarea(attrs=WIDE)
    )
    few_shot = _number("few_shot", "How many", "0: none, the prompt is zero-shot.")
    few_shot_how = _choice("few_shot_how", "Which ones", "The nearest differ for each item, so nothing is cached.")
    few_shot_seed = _number("few_shot_seed", "Seed of the draw")
    retrieve_method = _choice("method", "Pick passages", of=Retrieve, empty="No, show the whole text")
    retrieve_k = _number("k", "How many passages", of=Retrieve)
    retrieve_size = _number("size", "Characters of a passage", of=Retrieve)
    retrieve_overlap = _number("overlap", "Characters that overlap", of=Retrieve)
    retrieve_query = forms.CharField(
        required=False, max_length=5000, label="What to look for", help_text="Empty: the names of all labels."
    )
    summarise_template = forms.CharField(
        required=False, max_length=20_000, strip=False, label="Summarise first, by this prompt",
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text="It names {item} once. Empty: no summary; else it is a call of its own, and costs.",
    )  # fmt: skip
    summarise_max_tokens = _number("max_tokens", "Most tokens of a summary", of=Summarise)
    confidence = _choice("confidence", "Source")
    uncertain_from = _number("uncertain_from", "Uncertain from", whole=False)
    uncertain_to = _number("uncertain_to", "Uncertain to", "Only such items are asked again.", whole=False)
    samples = _number("samples", "Repeated answers", "Of an uncertain item, if the source is their share.")
    sample_temperature = _number("sample_temperature", "Their temperature", whole=False)
    temperature = forms.FloatField(
        required=False, initial=0, help_text="Empty: left to the provider.", widget=forms.NumberInput({"step": "any"})
    )
    top_p = _number("top_p", "Top-p", "Empty: left to the provider.", whole=False)
    seed = _number("seed", "Seed", "Empty: none is sent.")
    max_tokens = _number("max_tokens", "Most tokens of an answer")
    timeout = _number("timeout", "Seconds until a call counts as lost", whole=False)
    repair = forms.BooleanField(
        required=False, initial=True, label="Ask once more where an answer was cut or malformed"
    )
    notes = forms.CharField(
        max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Why this version, and what is expected of it.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = sorted(providers())
        given = self.initial.get("provider")
        names = [*known, given] if given and given not in known else known
        self.fields["provider"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]
        self.recipe_read: Recipe | None = None

    @classmethod
    def filled(cls, version: PromptVersion) -> dict[str, Any]:
        """The form's values for a version that exists, to start the next from."""
        found: dict[str, Any] = {"temperature": None} | {
            name: value for name, value in version.parameters.items() if name not in ("retrieve", "summarise", "routes")
        }
        for stage in ("retrieve", "summarise"):
            for name, value in (version.parameters.get(stage) or {}).items():
                found[f"{stage}_{name}"] = value
        for number, route in enumerate(version.parameters.get("routes", [])):
            found |= {f"route_{number}_{name}": value for name, value in route.items()}
        return {"name": version.prompt.name, "model": version.model, "template": version.template, **found}

    @property
    def groups(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        return [(title, said, [self[name] for name in names]) for title, said, names in GROUPS]

    @property
    def route_rows(self) -> list[dict[str, Any]]:
        """The rows of the routes: those that are filled, and two more."""
        rows = list(self._routes())
        last = max((row["number"] for row in rows if row["when"] or row["to"]), default=-1)
        return rows[: min(last + 3, MOST)]

    @property
    def whens(self) -> list[tuple[str, str]]:
        return [(when, SAID[when]) for when in WHENS]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            self.recipe_read = self._read(cleaned)
        return cleaned

    def recipe(self) -> Recipe:
        assert self.recipe_read is not None
        return self.recipe_read

    def _routes(self) -> Iterator[dict[str, Any]]:
        source: Mapping[str, Any] = self.data if self.is_bound else self.initial
        for number in range(MOST):
            row = {name: source.get(f"route_{number}_{name}") for name in ("when", "value", "to")}
            yield {"number": number, **{name: "" if one is None else str(one).strip() for name, one in row.items()}}

    def _read(self, cleaned: Mapping[str, Any]) -> Recipe | None:
        """The recipe; what does not fit is put beside its field."""
        plain = set(Parameters.model_fields) - {"retrieve", "summarise", "routes"}
        raw: dict[str, Any] = {name: cleaned[name] for name in sorted(plain) if cleaned[name] not in (None, "")}
        if cleaned["retrieve_method"]:
            raw["retrieve"] = _stage("retrieve", Retrieve, cleaned)
        if cleaned["summarise_template"].strip():
            raw["summarise"] = _stage("summarise", Summarise, cleaned)
        template = _lines(cleaned["template"])
        for name, check, text in (
            ("template", check_template, template),
            ("summarise_template", check_summary, raw.get("summarise", {}).get("template")),
        ):
            try:
                if text is not None:
                    check(text)
            except Refused as refusal:
                self.add_error(name, str(refusal))
        try:
            routes = read_routes([_without_empty(row) for row in self._routes() if row["when"] or row["to"]])
            raw["routes"] = [_plain(route.when, route.value, route.to) for route in routes]
            parameters = Parameters.model_validate(raw)
        except Refused as refusal:
            self.add_error(None, str(refusal))
        except ValidationError as error:
            for one in error.errors(include_url=False, include_input=False):
                self.add_error(_field_of(one["loc"], self.fields), one["msg"].removeprefix("Value error, ") + ".")
        if self.errors:
            return None
        content = parameters.model_dump(exclude_none=True)
        return Recipe(Strategy.CHAT, model=cleaned["model"].strip(), template=template, parameters=content)


def _stage(stage: str, of: Any, cleaned: Mapping[str, Any]) -> dict[str, Any]:
    raw = {name: cleaned[f"{stage}_{name}"] for name in of.model_fields}
    return {
        name: _lines(value) if isinstance(value, str) else value
        for name, value in raw.items() if value not in (None, "")
    }  # fmt: skip


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def _without_empty(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("when", "value", "to") if row[name] != ""}


def _plain(when: str, value: float | str | None, to: str) -> dict[str, Any]:
    said = int(value) if isinstance(value, float) and value.is_integer() else value
    return {"when": when, "to": to} if said is None else {"when": when, "value": said, "to": to}


def _field_of(place: tuple[int | str, ...], fields: Mapping[str, Any]) -> str | None:
    """The form's field for a place in the parameters: ("retrieve", "k") is retrieve_k."""
    name = "_".join(str(part) for part in place)
    if name == "retrieve":
        return "retrieve_overlap"
    return name if name in fields else None


class StatusForm(forms.Form):
    """What a version shall be used for from now on."""

    STEPS = ("candidate", "look", "promote", "retire", "roll_back")

    step = forms.ChoiceField(choices=[(step, step) for step in STEPS])
    reason = forms.CharField(max_length=2000, required=False)
    override = forms.BooleanField(required=False)
    budget = forms.FloatField(min_value=0, max_value=100_000, required=False)
