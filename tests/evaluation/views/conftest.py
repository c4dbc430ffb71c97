"""The scripted provider, for tests of pages that show what runs did."""

from tests.evaluation.actions.conftest import at_once, provider, world

__all__ = ["at_once", "provider", "world"]
