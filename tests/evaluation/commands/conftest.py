"""The scripted provider, for tests of commands that run prompts."""

from tests.evaluation.actions.conftest import at_once, provider, world

__all__ = ["at_once", "provider", "world"]
