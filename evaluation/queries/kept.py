"""Counts of what never changes any more, kept for an hour where counting takes long: a large run that is done."""

from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache

from evaluation.enums import RunState
from evaluation.models import Run
from reviewapp import __version__

LARGE = 10_000  # rows from which on it is worth it
KEPT = 3600  # seconds
Found = TypeVar("Found")


def is_kept(run: Run) -> bool:
    return run.state == RunState.DONE and run.total >= LARGE


def key_of(run: Run, name: str) -> str:
    return f"counts:{__version__}:run:{run.public_id}:{name}"


def kept(run: Run, name: str, count: Callable[[], Found]) -> Found:
    """What `count` finds, which is not None; asked for again only after an hour if the run is large and done."""
    if not is_kept(run):
        return count()
    key = key_of(run, name)
    found: Found | None = cache.get(key)
    if found is None:
        found = count()
        cache.set(key, found, KEPT)
    return found
