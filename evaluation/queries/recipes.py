"""Prompt versions and runs, read into the pipelines that label by them."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac

from evaluation.enums import RunOrigin, Strategy
from evaluation.llm.calls import EMBEDDINGS
from evaluation.llm.pipeline import Pipeline, Recipe
from evaluation.llm.prompts import Told
from evaluation.llm.providers import Provider, read_providers
from evaluation.llm.recipe import Parameters, read_parameters
from evaluation.llm.routes import PEOPLE
from evaluation.models import PromptVersion, Run
from evaluation.queries.judge_tasks import judge_pipeline, told_for_judge
from evaluation.queries.lessons import examples, label_specs
from evaluation.queries.triage_tasks import category_pipeline
from labeling.models import Guideline, Project
from reviewapp.common.errors import Refused
from reviewapp.env import env


def providers() -> dict[str, Provider]:
    """All that the operator set up, by name."""
    default: dict[str, Any] = {"base_url": settings.LLM_BASE_URL, "api": settings.LLM_API}
    return read_providers(settings.LLM_PROVIDERS, default=default)


def key_of(provider: Provider) -> str:
    """The provider's key, out of the environment, where it stays."""
    return str(env.str(provider.key_env, default="") if provider.key_env else settings.LLM_API_KEY)


def read_recipe(version: PromptVersion, overrides: Mapping[str, Any] | None = None) -> Recipe:
    """What a version says, with a run's overrides; raises Refused if it cannot be run here."""
    parameters = read_parameters({**version.parameters, **(overrides or {})})
    return Recipe(str(version), version.model, version.template, parameters, provider_of(parameters))


def provider_of(parameters: Parameters) -> Provider:
    known = providers()
    if parameters.provider not in known:
        names = ", ".join(sorted(known))
        raise Refused(f"There is no provider called “{parameters.provider}”. Set up (LLM_PROVIDERS) are: {names}.")
    return known[parameters.provider]


def versions_of(version: PromptVersion) -> dict[str, PromptVersion]:
    """A version and all that its routes lead to, by name."""
    found: dict[str, PromptVersion] = {}
    waiting = [version]
    while waiting:
        one = waiting.pop()
        found[str(one)] = one
        leads_to = {route.to for route in read_parameters(one.parameters).fallback} - {PEOPLE, *found}
        waiting += [version_named(version.prompt.project, name, by_route=True) for name in sorted(leads_to)]
    return found


def version_named(project: Project, reference: str, *, by_route: bool = False) -> PromptVersion:
    """The chat version that “name@3” means, perhaps in a route of another; raises Refused."""
    name, _, number = reference.partition("@")
    versions = PromptVersion.objects.filter(prompt__project=project, prompt__name=name, strategy=Strategy.CHAT)
    found = versions.filter(number=int(number)).select_related("prompt__project").first() if number.isdigit() else None
    if found is None:
        said = f"A route leads to “{reference}”, but there" if by_route else f"“{reference}”: there"
        raise Refused(f"{said} is no such prompt version of the strategy chat. Write it like name@3.")
    return found


def asked_models(version: PromptVersion, overrides: Mapping[str, Any] | None = None) -> list[tuple[str, str]]:
    """Every (provider, model) that a run of this version may call."""
    found: dict[tuple[str, str], None] = {}
    for one in versions_of(version).values():
        recipe = read_recipe(one, overrides if one.pk == version.pk else None)
        found[recipe.provider.name, recipe.model] = None
        retrieve = recipe.parameters.retrieve
        embeds = (retrieve and retrieve.method == EMBEDDINGS) or recipe.parameters.few_shot_how == "nearest_embeddings"
        if embeds:
            found[recipe.provider.name, recipe.provider.embedding_model] = None
    return list(found)


def pipeline_for(run: Run) -> Pipeline:
    """The pipeline of a run's prompt version, with those that its routes lead to."""
    version = run.prompt_version
    assert version is not None
    if run.origin == RunOrigin.JUDGE:
        asked = told_for_judge(run.project, version, label_specs(run.taxonomy_version))
        return judge_pipeline(run.judging.panel_run, read_recipe(version, run.overrides), asked)
    if run.origin == RunOrigin.TRIAGE:
        asking = run.triage_asking
        return category_pipeline(asking.triage, asking.offered, read_recipe(version, run.overrides))
    labels, taught, guidelines = label_specs(run.taxonomy_version), examples(run.fewshot_release), guidelines_of(run)
    made: dict[str, Pipeline] = {}
    for name, one in versions_of(version).items():
        fence = salted_hmac("evaluation.examples", one.digest).hexdigest()[:16]
        told = Told(labels, guidelines, fence)
        recipe = read_recipe(one, run.overrides if one.pk == version.pk else None)
        made[name] = Pipeline(recipe, told=told, examples=taught, others=made, repeat=run.repeat)
    return made[str(version)]


def guidelines_of(run: Run) -> str:
    """The guidelines the gold was made by, or else the project's newest."""
    if run.release and run.release.guideline:
        return run.release.guideline.text
    newest = Guideline.objects.filter(project=run.project).order_by("-number").first()
    return newest.text if newest else ""
