"""The least that is valid of each thing, for tests. Plain functions, no surprises."""

from itertools import count

from labeling.enums import Purpose, Role, VersionStatus
from labeling.models import (
    Document,
    Item,
    Label,
    Membership,
    Project,
    Round,
    Seat,
    Task,
    TaxonomyVersion,
    User,
)
from reviewapp.common import clock

_numbers = count(100_001)  # all of one width: in their order as texts too


def make_user(email: str = "", *, name: str = "", password: str = "") -> User:
    user = User(email=email or f"user{next(_numbers)}@example.org", name=name)
    if password:
        user.set_password(password)
    else:
        user.set_unusable_password()
    user.save()
    return user


def make_project(slug: str = "", **fields) -> Project:
    slug = slug or f"project-{next(_numbers)}"
    return Project.objects.create(slug=slug, name=fields.pop("name", slug.title()), **fields)


def make_member(project: Project, *roles: Role | str, user: User | None = None, group: str = "") -> User:
    user = user or make_user()
    for role in roles:
        Membership.objects.create(project=project, user=user, role=role, group=group)
    return user


def make_taxonomy(
    project: Project, codes=("crm", "erp", "payroll"), *, parents=None, published=True
) -> TaxonomyVersion:
    """`parents` maps a code to its parent's code; parents must come before their children in `codes`."""
    number = project.taxonomy_versions.count() + 1
    version = TaxonomyVersion.objects.create(project=project, number=number)
    made: dict[str, Label] = {}
    for position, code in enumerate(codes):
        made[code] = Label.objects.create(
            version=version,
            code=code,
            name=code.replace("-", " ").title(),
            definition=f"Sells {code}.",
            parent=made.get((parents or {}).get(code, "")),
            position=position,
        )
    if published:
        TaxonomyVersion.objects.filter(pk=version.pk).update(
            status=VersionStatus.PUBLISHED, published_at=clock.now(), digest=f"{number:064x}"
        )
        version.refresh_from_db()
    return version


def make_items(project: Project, how_many: int = 3, *, prefix: str = "co", **attributes) -> list[Item]:
    items = []
    for _ in range(how_many):
        number = next(_numbers)
        item = Item.objects.create(
            project=project,
            external_id=f"{prefix}-{number}",
            name=f"Company {number}",
            attributes={"sector": "Finance", "region": "Europe", **attributes},
            digest=f"{number:064x}",
            text_digest=f"{number:064x}",
        )
        Document.objects.create(item=item, position=0, kind="text", text=f"Company {number} sells things to firms.")
        items.append(item)
    return items


def make_round(
    project: Project, items=None, *, raters: int = 2, taxonomy: TaxonomyVersion | None = None, **fields
) -> Round:
    """A round with one task an item and its seats, in the order of `items`, written without the actions."""
    taxonomy = taxonomy or project.taxonomy_versions.last() or make_taxonomy(project)
    items = make_items(project) if items is None else items
    fields.setdefault("purpose", Purpose.GOLDEN)
    fields.setdefault("undo_seconds", 0)
    fields.setdefault("agreement_objective", -1)
    fields.setdefault("second_share", 0)
    fields.setdefault("audit_share", 0)
    made = Round.objects.create(
        project=project,
        name=fields.pop("name", f"Round {next(_numbers)}"),
        taxonomy_version=taxonomy,
        raters=raters,
        max_raters=max(raters, 5),
        **fields,
    )
    for place, item in enumerate(items):
        task = Task.objects.create(round=made, item=item, item_revision=item.revision)
        Seat.objects.bulk_create(
            Seat(task=task, round=made, number=number, place=place) for number in range(1, raters + 1)
        )
    return made
