"""Projects: created, set up, archived and brought back."""

from collections.abc import Sequence

from django.core.validators import validate_slug
from django.db import transaction

from labeling import rules
from labeling.actions.audit import record_event
from labeling.actions.people import add_role
from labeling.enums import Role
from labeling.models import Membership, Project, User
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused

RESERVED = frozenset({"new"})


def may_create_projects(user: User) -> bool:
    """Whoever manages a project may begin another; the first is made by the operator."""
    return Membership.objects.filter(user=user, role=Role.MANAGER).exists()


@transaction.atomic
def create_project(
    *,
    slug: str,
    name: str,
    by: User | None,
    description: str = "",
    raters: int = 2,
    manager: User | None = None,
    operator: str = "",
) -> Project:
    """A new project with its first manager: the one named, or else whoever makes it."""
    if by and not may_create_projects(by):
        raise NotAllowed("Only managers begin projects. Ask the operator of this server.")
    slug, name = slug.strip().lower(), name.strip()
    validate_slug(slug)
    if slug in RESERVED or len(slug) > 60:
        raise Refused(f"“{slug[:60]}” cannot be a project's short name.")
    if not name or len(name) > 120:
        raise Refused("A project's name has 1 to 120 characters.")
    if Project.objects.filter(slug=slug).exists():
        raise Refused(f"There is already a project “{slug}”.")
    if not 1 <= raters <= 20:
        raise Refused("Raters an item are between 1 and 20.")
    project = Project.objects.create(slug=slug, name=name, description=description, raters_per_item=raters)
    record_event(
        kind="project.created", project=project, by=by, operator=operator, target=f"project:{project.slug}",
        after={"slug": slug, "name": name, "raters": raters},
    )  # fmt: skip
    if first := manager or by:
        add_role(project=project, user=first, role=Role.MANAGER, by=None, operator=operator or str(by))
    return project


@transaction.atomic
def set_up_project(
    *,
    project: Project,
    name: str,
    description: str,
    raters: int,
    objective: float,
    slices: Sequence[str],
    by: User | None,
    operator: str = "",
) -> Project:
    """Change what new rounds and reports begin with; what exists already keeps what it began with."""
    if by:
        rules.check_role(by, project, Role.MANAGER)
    rules.check_not_archived(project)
    before = {"name": project.name, "raters": project.raters_per_item, "objective": project.agreement_objective,
              "slices": project.slices}  # fmt: skip
    project.name, project.description, project.raters_per_item = name.strip(), description.strip(), raters
    project.agreement_objective, project.slices = objective, list(slices)
    project.save(update_fields=["name", "description", "raters_per_item", "agreement_objective", "slices"])
    record_event(
        kind="project.set_up", project=project, by=by, operator=operator, target=f"project:{project.slug}",
        before=before,
        after={"name": project.name, "raters": raters, "objective": objective, "slices": project.slices},
    )  # fmt: skip
    return project


@transaction.atomic
def archive_project(*, project: Project, by: User | None, operator: str = "") -> Project:
    """Put a project away: it can be read, and nothing in it changes until it is brought back."""
    return _archive(project, archived=True, by=by, operator=operator)


@transaction.atomic
def unarchive_project(*, project: Project, by: User | None, operator: str = "") -> Project:
    return _archive(project, archived=False, by=by, operator=operator)


def _archive(project: Project, *, archived: bool, by: User | None, operator: str) -> Project:
    if by:
        rules.check_role(by, project, Role.MANAGER)
    if bool(project.archived_at) != archived:
        project.archived_at = clock.now() if archived else None
        project.save(update_fields=["archived_at"])
        kind = "project.archived" if archived else "project.unarchived"
        record_event(kind=kind, project=project, by=by, operator=operator, target=f"project:{project.slug}")
    return project
