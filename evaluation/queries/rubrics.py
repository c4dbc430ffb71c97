"""Rubrics as their pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Max, QuerySet

from evaluation.models import Criterion, Rubric, RubricVersion
from labeling.models import Project


@dataclass(frozen=True)
class Change:
    """One thing that differs from the version before."""

    what: str
    before: str
    after: str


def rubrics_of(project: Project) -> "QuerySet[Rubric]":
    """A project's rubrics with how many versions each has; one query."""
    counted = Rubric.objects.filter(project=project).annotate(newest=Max("versions__number"))
    return counted.annotate(used=Count("versions__panels", distinct=True)).order_by("name")


def versions_of(project: Project) -> "QuerySet[RubricVersion]":
    return (
        RubricVersion.objects.filter(rubric__project=project)
        .select_related("rubric__project", "created_by")
        .order_by("rubric__name", "-number")
    )


def changes(before: RubricVersion, after: RubricVersion) -> list[Change]:
    """What a version changed: criteria, questions, points and anchors."""
    old = {one.code: one for one in before.criteria.all()}
    new = {one.code: one for one in after.criteria.all()}
    found = [Change("Criterion left out", one.name, "") for code, one in old.items() if code not in new]
    for code, one in new.items():
        if code not in old:
            found.append(Change("New criterion", "", one.name))
            continue
        found += [
            Change(f"{one.name}: {what}", was, now)
            for (what, was), (_, now) in zip(_texts(old[code]), _texts(one), strict=True)
            if was != now
        ]
    anchors = [{anchor.item.name: anchor for anchor in one.anchors.select_related("item")} for one in (before, after)]
    for name in sorted(set(anchors[0]) | set(anchors[1])):
        was, now = (_scores(one[name].scores) if name in one else "" for one in anchors)
        if was != now:
            found.append(Change(f"Anchor {name}", was, now))
    return found


def _texts(one: Criterion) -> Sequence[tuple[str, str]]:
    return [("name", one.name), ("question", one.question), *((f"point {n}", t) for n, t in enumerate(one.points, 1))]


def _scores(scores: dict[str, int]) -> str:
    return ", ".join(f"{code} {score}" for code, score in sorted(scores.items()))
