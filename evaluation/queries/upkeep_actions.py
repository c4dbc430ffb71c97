"""What the golden set's plan has open, on the list of open actions, if it is due within a month."""

from collections.abc import Iterable
from datetime import timedelta

from django.urls import reverse

from evaluation.queries.open_actions import Row, Source, register
from labeling.enums import Role
from labeling.models import Project
from labeling.queries.upkeep import upkeep_due

AHEAD = timedelta(days=31)


def _rows(project: Project) -> Iterable[Row]:
    where = reverse("labeling:upkeep", args=[project.slug]) + "#plan"
    for one in upkeep_due(project):
        if one.days <= AHEAD.days:
            duty = one.duty
            yield Row(
                "upkeep", str(duty.public_id), duty.title, where, duty.created_at, duty.owner, duty.due_on, duty=duty
            )


register(Source("upkeep", "Golden set", _rows, roles=frozenset({Role.MANAGER, Role.ANALYST}), keeps_plans=True))
