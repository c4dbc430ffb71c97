"""Prompts that ask a model one question about what others said: as a judge, or for the category of an error."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from evaluation.enums import Strategy
from evaluation.llm.calls import DECISIONS
from evaluation.models import Price, Prompt, PromptVersion
from evaluation.queries.recipes import providers, read_recipe
from labeling.models import Project
from reviewapp.common.errors import Refused

NEWEST = 50


def check_one_question(version: PromptVersion) -> None:
    """Raise Refused where a prompt is more than one question to a model, or none."""
    if version.strategy != Strategy.CHAT:
        raise Refused(f"“{version}” is built in: it asks no model, so it cannot judge.")
    recipe = read_recipe(version)
    asked = recipe.parameters
    if recipe.provider.api == DECISIONS or asked.few_shot or asked.retrieve or asked.summarise or asked.fallback:
        raise Refused("This prompt must be one question: no examples, retrieval, summary, routes or decisions.")


def askers(project: Project) -> list[PromptVersion]:
    """The newest prompt versions that are one question; two queries, however many."""
    rows = PromptVersion.objects.filter(prompt__project=project, strategy=Strategy.CHAT).select_related("prompt")
    found = []
    for version in rows.order_by("-pk")[:NEWEST]:
        try:
            check_one_question(version)
        except Refused:
            continue
        found.append(version)
    return found


def known_models(project: Project) -> list[str]:
    """Models that have a price, so that they can be asked; one query."""
    rows = Price.objects.filter(project=project) | Price.objects.filter(project__isnull=True)
    return sorted({*rows.values_list("model", flat=True), *settings.LLM_PRICES})


def provider_names() -> list[str]:
    """The providers that the operator set up."""
    return list(providers())


@dataclass(frozen=True)
class Standard:
    """A question that Assay words itself: the name its prompt gets, its template and its parameters."""

    name: str
    template: str
    parameters: Mapping[str, Any]

    def unwritten(self, project: Project, model: str, provider: str) -> PromptVersion:
        """What would be written for a model, to say what it costs before anything is."""
        return PromptVersion(
            prompt=Prompt(project=project, name=self.name), number=1, strategy=Strategy.CHAT, model=model,
            template=self.template, parameters=self.parameters_for(provider), digest="0" * 64,
        )  # fmt: skip

    def parameters_for(self, provider: str) -> dict[str, Any]:
        named = provider and provider != next(iter(provider_names()), "")
        return {**self.parameters, **({"provider": provider} if named else {})}
