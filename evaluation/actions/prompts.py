"""Prompt versions: written once, hashed, never changed."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from evaluation.enums import Strategy
from evaluation.llm.prompts import check_summary, check_template
from evaluation.llm.recipe import read_parameters
from evaluation.llm.routes import PEOPLE
from evaluation.models import Prompt, PromptVersion
from evaluation.queries.recipes import provider_of, version_named
from labeling import rules
from labeling.actions.audit import record_event
from labeling.actions.rounds import check_name
from labeling.enums import Role
from labeling.models import Project, User
from reviewapp.common.errors import Refused

BUILT_IN = {
    "baseline-zero": Strategy.BASELINE_ZERO,
    "baseline-few": Strategy.BASELINE_FEW,
}


@dataclass(frozen=True)
class Recipe:
    """What a prompt version is made of."""

    strategy: str
    model: str = ""
    template: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)

    def digest(self) -> str:
        parts = [self.strategy, self.model, self.template, self.parameters]
        return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@transaction.atomic
def write_version(
    *, project: Project, name: str, recipe: Recipe, by: User | None, notes: str = "", operator: str = ""
) -> PromptVersion:
    """Append a version to a prompt; the same recipe again gives the version there is."""
    if by:
        rules.check_role(by, project, Role.ENGINEER, Role.MANAGER)
    rules.check_not_archived(project)
    name = check_name(name, what="prompt")
    if name in BUILT_IN and recipe.strategy != BUILT_IN[name]:
        raise Refused(f"“{name}” is the name of a built-in prompt. Choose another.")
    if recipe.strategy == Strategy.CHAT:
        if not recipe.model.strip():
            raise Refused("A chat prompt needs the id of the model to ask.")
        check_template(recipe.template)
        _check_parameters(project, recipe)
    prompt, _ = Prompt.objects.select_for_update().get_or_create(project=project, name=name)
    last = prompt.versions.order_by("-number").first()
    digest = recipe.digest()
    if last and last.digest == digest:
        return last
    version = PromptVersion.objects.create(
        prompt=prompt,
        number=last.number + 1 if last else 1,
        strategy=recipe.strategy,
        model=recipe.model.strip(),
        template=recipe.template,
        parameters=recipe.parameters,
        notes=notes,
        digest=digest,
        created_by=by,
    )
    record_event(
        kind="prompt.version_written",
        project=project,
        by=by,
        operator=operator,
        target=f"prompt:{version.public_id}",
        after={"prompt": str(version), "digest": digest},
    )
    return version


def _check_parameters(project: Project, recipe: Recipe) -> None:
    """Raise Refused unless the parameters make sense here: known names, a provider there is, routes that lead on."""
    parameters = read_parameters(recipe.parameters)
    provider_of(parameters)
    if parameters.summarise:
        check_summary(parameters.summarise.template)
    for route in parameters.fallback:
        if route.to != PEOPLE:
            version_named(project, route.to, by_route=True)


def find_version(*, project: Project, reference: str, by: User | None = None, operator: str = "") -> PromptVersion:
    """The version that "name" (the newest) or "name@3" means; a built-in prompt is written on its first use."""
    name, _, number = reference.partition("@")
    versions = PromptVersion.objects.filter(prompt__project=project, prompt__name=name).select_related("prompt")
    if number:
        if not number.isdigit() or not (found := versions.filter(number=int(number)).first()):
            raise Refused(f"There is no prompt version “{reference}”.")
        return found
    if newest := versions.order_by("-number").first():
        return newest
    if name in BUILT_IN:
        return write_version(
            project=project, name=name, recipe=Recipe(strategy=BUILT_IN[name]), by=by, operator=operator
        )
    raise Refused(f"There is no prompt called “{name}”. Built in are: {', '.join(sorted(BUILT_IN))}.")
