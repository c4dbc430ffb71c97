"""The loop as a project stands in it: what each stage holds, which is done, which comes next."""

from dataclasses import dataclass, replace

from django.urls import reverse

from evaluation.models import Evaluation, Run
from evaluation.queries.promotions import APART
from labeling.enums import Role, VersionStatus
from labeling.models import Item, Project, Release
from labeling.queries.progress import rounds_of

SEES_ROUNDS = {Role.MANAGER, Role.ANALYST}


@dataclass(frozen=True)
class Stage:
    """One stage of the loop."""

    name: str
    state: str
    url: str
    is_done: bool
    is_next: bool = False


@dataclass(frozen=True)
class Loop:
    """The stages, and the newest figure that can be believed."""

    stages: list[Stage]
    evaluation: Evaluation | None


def stages(project: Project, roles: frozenset[str]) -> Loop:
    """A fixed number of queries, however large the project."""
    slug = project.slug
    items = Item.objects.filter(project=project).count()
    taxonomy = project.taxonomy_versions.filter(status=VersionStatus.PUBLISHED).order_by("-number").first()
    rounds = [one for one in rounds_of(project) if one.round.state != "cancelled"]
    going = [one for one in rounds if one.round.state == "open"]
    seats, submitted = sum(one.seats for one in going), sum(one.seats_submitted for one in going)
    disputed = sum(one.disputed + one.escalated for one in going)
    settled = sum(one.settled for one in rounds)
    release = (
        Release.objects.filter(golden_set__project=project).select_related("golden_set").order_by("-frozen_at").first()
    )
    run = Run.objects.filter(project=project).exclude(origin__in=APART).order_by("-created_at", "-pk").first()
    newest = (
        Evaluation.objects.filter(run__project=project, split="dev")
        .select_related("run__project", "release__golden_set")
        .order_by("-created_at", "-pk")
        .first()
    )
    f1 = newest.report["micro"]["f1"]["value"] if newest else None
    oversees = bool(roles & SEES_ROUNDS)
    found = [
        Stage("Items", f"{items:,} items" if items else "none yet", _to("labeling:items", slug), items > 0),
        Stage(
            "Taxonomy",
            f"v{taxonomy.number} published" if taxonomy else "none published",
            _to("labeling:taxonomy", slug),
            taxonomy is not None,
        ),
        Stage(
            "Label",
            f"{submitted:,} of {seats:,} answers in" if going else ("no open round" if rounds else "no round yet"),
            _to("labeling:rounds", slug) if oversees else "",
            bool(rounds) and submitted == seats,
        ),
        Stage(
            "Adjudicate",
            f"{disputed:,} to settle" if disputed else f"{settled:,} settled",
            _to("labeling:disputes", slug) if Role.MANAGER in roles else "",
            settled > 0 and not disputed,
        ),
        Stage("Freeze", str(release) if release else "no release yet", _to("evaluation:releases", slug), bool(release)),
        Stage("Run", f"{run.name}: {run.state}" if run else "no run yet", _to("evaluation:runs", slug), bool(run)),
        Stage(
            "Evaluate",
            f"micro F1 {f1:.3f} on dev" if f1 is not None else "nothing scored yet",
            reverse("evaluation:evaluation", args=[slug, newest.public_id]) if newest else _to("evaluation:runs", slug),
            newest is not None,
        ),
    ]
    first = next((place for place, stage in enumerate(found) if not stage.is_done), None)
    if first is not None:
        found[first] = replace(found[first], is_next=True)
    return Loop(stages=found, evaluation=newest)


def _to(name: str, slug: str) -> str:
    return reverse(name, args=[slug])
