"""Lines to train a model with go out on the record, and never from a test split."""

from collections.abc import Iterator
from typing import Any

from evaluation.models import Panel, Review
from evaluation.queries.training_files import panel_preferences, review_corrections, tuning_lines
from labeling import rules
from labeling.actions.audit import record_event
from labeling.enums import Role
from labeling.models import Project, Release, User


def export_training(
    *, project: Project, source: Panel | Review | Release, split: str = "", by: User | None, operator: str = ""
) -> Iterator[dict[str, Any]]:
    """Preference pairs of a closed panel or of a review's corrections, or chats of a release's split."""
    if by:
        rules.check_role(by, project, Role.MANAGER, Role.ENGINEER)
    if isinstance(source, Release):
        lines, what = tuning_lines(source, split), "fine-tuning"
    elif isinstance(source, Panel):
        lines, what = panel_preferences(source), "preferences"
    else:
        lines, what = review_corrections(source), "corrections"
    first = next(lines, None)  # refusals come before anything is on the record
    record_event(
        kind="training.exported",
        project=project,
        by=by,
        operator=operator,
        target=f"{source._meta.model_name}:{source.public_id}",
        after={"what": what, "source": str(source), "split": split},
    )
    return _with(first, lines)


def _with(first: dict[str, Any] | None, rest: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    if first is not None:
        yield first
        yield from rest
