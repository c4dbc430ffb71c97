"""Starts a run of one chat prompt, for tests of what runs do."""

from evaluation.actions.prompts import Recipe, write_version
from evaluation.actions.runs import Scope, start_run
from evaluation.enums import Strategy


def start(world, *, setup=None, scope=None, budget=None, template="{item}", model="fake-1", **parameters):
    project, by = world
    recipe = Recipe(Strategy.CHAT, model, template, {"max_tokens": 50} | parameters)
    version = write_version(project=project, name="ask", recipe=recipe, by=by)
    more = {"setup": setup} if setup else {}
    return start_run(version=version, scope=scope or Scope(), by=by, budget_usd=budget, **more)
