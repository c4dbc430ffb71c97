"""Prompts as pages show them: by prompt, what is in use and how it does on dev; and what two versions differ in."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Avg

from evaluation.actions.follow_ups import CHANGED
from evaluation.enums import PromptStatus, Strategy
from evaluation.llm.recipe import read_parameters
from evaluation.models import Evaluation, Prediction, Prompt, PromptVersion, Run
from evaluation.queries.promotions import APART, statuses
from labeling.enums import Split
from labeling.models import AuditEvent, Project
from labeling.textdiff import Line, diff, with_words
from reviewapp.common.errors import Refused

SHOWN = 200
NONE = "–"


@dataclass(frozen=True)
class Result:
    """The newest evaluation of a version on dev."""

    run: Run
    evaluation_id: Any
    f1: Mapping[str, Any]
    item_micro_usd: float | None


@dataclass(frozen=True)
class VersionRow:
    """A version with its status and how it did."""

    version: PromptVersion
    status: str
    result: Result | None = None

    @property
    def status_name(self) -> str:
        return str(PromptStatus(self.status).label)


@dataclass
class PromptRow:
    """A prompt: what is in production, what is proposed, what was written last."""

    prompt: Prompt
    count: int
    rows: list[VersionRow] = field(default_factory=list)

    @property
    def newest(self) -> PromptVersion:
        return max((row.version for row in self.rows), key=lambda one: one.number)


def prompt_rows(project: Project) -> list[PromptRow]:
    """All prompts, the one written last first; the same number of queries however many there are."""
    versions = list(
        PromptVersion.objects.filter(prompt__project=project)
        .select_related("prompt", "created_by")
        .defer("template")
        .order_by("-created_at", "-pk")
    )
    standing = statuses(version.pk for version in versions)
    by_prompt: dict[int, list[PromptVersion]] = defaultdict(list)
    for version in versions:
        by_prompt[version.prompt_id].append(version)
    shown = {
        prompt: [
            version for version in mine
            if version == mine[0] or standing.get(version.pk) in (PromptStatus.PRODUCTION, PromptStatus.CANDIDATE)
        ]
        for prompt, mine in list(by_prompt.items())[:SHOWN]
    }  # fmt: skip
    found = results(version.pk for mine in shown.values() for version in mine)
    order = [PromptStatus.PRODUCTION, PromptStatus.CANDIDATE, PromptStatus.DRAFT, PromptStatus.RETIRED]
    rows = []
    for prompt, mine in shown.items():
        made = [VersionRow(one, standing.get(one.pk, PromptStatus.DRAFT), found.get(one.pk)) for one in mine]
        made.sort(key=lambda row: (order.index(PromptStatus(row.status)), -row.version.number))
        rows.append(PromptRow(mine[0].prompt, len(by_prompt[prompt]), made))
    return rows


def version_rows(prompt: Prompt) -> list[VersionRow]:
    """All versions of one prompt, newest first."""
    versions = list(prompt.versions.select_related("prompt", "created_by").defer("template").order_by("-number"))
    standing, found = statuses(one.pk for one in versions), results(one.pk for one in versions)
    return [VersionRow(one, standing.get(one.pk, PromptStatus.DRAFT), found.get(one.pk)) for one in versions]


def results(versions: Iterable[int]) -> dict[int, Result]:
    """The newest evaluation on dev of each version that has one; three queries."""
    scored = Evaluation.objects.filter(
        run__prompt_version__in=list(versions), split=Split.DEV, run__overrides={}, run__perturbation__isnull=True
    ).exclude(run__origin__in=APART)
    newest: dict[int, Mapping[str, Any]] = {}
    for row in scored.order_by("created_at", "pk").values(
        "run__prompt_version", "run", "public_id", "report__micro__f1"
    ):
        newest[row["run__prompt_version"]] = row
    runs = Run.objects.in_bulk(row["run"] for row in newest.values())
    costs = dict(
        Prediction.objects.filter(run__in=runs, cost_micro_usd__isnull=False)
        .values_list("run")
        .annotate(mean=Avg("cost_micro_usd"))
        .order_by()
    )
    return {
        version: Result(runs[row["run"]], row["public_id"], row["report__micro__f1"], costs.get(row["run"]))
        for version, row in newest.items()
    }


@dataclass(frozen=True)
class Next:
    """The one useful thing to do now."""

    said: str
    version: PromptVersion | None = None


def next_step(rows: list[PromptRow]) -> Next | None:
    """What most asks to be done, over all prompts."""
    every = [row for prompt in rows for row in prompt.rows]
    for row in every:
        if row.status == PromptStatus.CANDIDATE and row.result:
            return Next(f"{row.version} is a candidate, scored on dev: see whether it should go on.", row.version)
    for row in every:
        if row.status == PromptStatus.CANDIDATE:
            return Next(f"{row.version} is a candidate; its run on dev is not scored yet.", row.version)
    scored = [row for row in every if row.status == PromptStatus.DRAFT and row.result]
    if scored:
        best = max(scored, key=lambda row: row.result.f1["value"] or 0.0 if row.result else 0.0)
        return Next(f"{best.version} was scored on dev: make it a candidate if it is what you want.", best.version)
    drafts = [row for row in every if row.status == PromptStatus.DRAFT]
    return Next(f"{drafts[0].version} was not run on dev yet.", drafts[0].version) if drafts else None


def model_notices(prompt: Prompt) -> list[AuditEvent]:
    """When the provider answered a prompt's versions by another model than before, newest first."""
    runs = Run.objects.filter(prompt_version__prompt=prompt).values_list("public_id", flat=True)
    targets = [f"run:{one}" for one in runs]
    return list(AuditEvent.objects.filter(kind=CHANGED, target__in=targets).order_by("-at", "-pk")[:5])


@dataclass(frozen=True)
class Setting:
    """One parameter in two versions."""

    name: str
    old: str
    new: str

    @property
    def is_changed(self) -> bool:
        return self.old != self.new


@dataclass(frozen=True)
class Difference:
    """What two versions differ in; the lines are those of the template around its changes."""

    old: PromptVersion
    new: PromptVersion
    settings: list[Setting]
    template: list[Line]
    summary: list[Line]

    @property
    def changed(self) -> int:
        return sum(one.is_changed for one in self.settings)

    @property
    def is_same(self) -> bool:
        return not self.changed and not self.template and not self.summary


def difference(old: PromptVersion, new: PromptVersion) -> Difference:
    """Model and parameters as they work, whether written or left out, and the texts word by word."""
    one, other = settings_of(old), settings_of(new)
    summaries = [settings.pop(SUMMARY, "") for settings in (one, other)]
    names = list(dict.fromkeys([*one, *other]))
    settings = [Setting(name, one.get(name, NONE), other.get(name, NONE)) for name in names]
    return Difference(old, new, settings, with_words(diff(old.template, new.template)), with_words(diff(*summaries)))


SUMMARY = "summarise: template"


def settings_of(version: PromptVersion) -> dict[str, str]:
    """All that a version says beside its template, by name, as text."""
    parameters: Mapping[str, Any] = version.parameters
    if version.strategy == Strategy.CHAT:
        try:
            parameters = read_parameters(version.parameters).model_dump()
        except Refused:  # written by an older release of this program
            parameters = version.parameters
    found = {"strategy": version.get_strategy_display(), "model": version.model or NONE}
    for name, value in parameters.items():
        if isinstance(value, Mapping):
            found |= {f"{name}: {key}": _said(one) for key, one in value.items()}
        elif name == "routes":
            for number, route in enumerate(value, 1):
                when = f"{route.get('when')} {route.get('value', '')}".strip().replace("_", " ")
                found[f"route {number}"] = f"{when} → {route.get('to')}"
        else:
            found[name] = _said(value)
    return found


def _said(value: Any) -> str:
    if value is None or value == "":
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
