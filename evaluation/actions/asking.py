"""Writes the standard question for a model as a prompt version, when somebody starts to ask it."""

from evaluation.actions.prompts import Recipe, write_version
from evaluation.enums import Strategy
from evaluation.llm.categorising import DEFAULT_TEMPLATE as CATEGORISE
from evaluation.llm.judging import DEFAULT_TEMPLATE as JUDGE
from evaluation.models import Prompt, PromptVersion
from evaluation.queries.asking import Standard
from labeling.models import Project, User

ROOM = {"max_tokens": 500}  # of an answer: a few scores or a code, and a comment
TO_JUDGE = Standard("standard judge", JUDGE, ROOM)
TO_CATEGORISE = Standard("standard reasons", CATEGORISE, ROOM)


def written(*, project: Project, version: PromptVersion, by: User | None, operator: str = "") -> PromptVersion:
    """The version that is stored, or this one written as the next of its prompt; one with the same recipe is found."""
    if version.pk:
        return version
    recipe = Recipe(Strategy.CHAT, version.model, version.template, dict(version.parameters))
    name = version.prompt.name
    prompt = Prompt.objects.filter(project=project, name=name).first()
    known = prompt.versions.filter(digest=recipe.digest()).order_by("-number").first() if prompt else None
    return known or write_version(project=project, name=name, recipe=recipe, by=by, operator=operator)
