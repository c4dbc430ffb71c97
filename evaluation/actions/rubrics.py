"""Rubric versions: written whole, with their criteria and anchors, and never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from evaluation.models import Anchor, Criterion, Rubric, RubricVersion
from evaluation.queries.held_out import is_held_out
from labeling import rules
from labeling.actions.audit import record_event
from labeling.actions.rounds import check_name, published_taxonomy
from labeling.digest import digest_of
from labeling.enums import Role
from labeling.models import Item, Label, Project, User
from reviewapp.common.errors import Conflict, Refused

POINTS = 5
WRITERS = (Role.MANAGER, Role.ADJUDICATOR)
CRITERIA_MAX, ANCHORS_MAX, TEXT_MAX = 12, 50, 500


@dataclass(frozen=True)
class NewCriterion:
    """One question and what each of its five points means."""

    name: str
    points: Sequence[str]
    question: str = ""
    code: str = ""  # empty: made from the name

    @property
    def key(self) -> str:
        return self.code or slugify(self.name)[:60]


@dataclass(frozen=True)
class NewAnchor:
    """An output with the scores on which experts agreed."""

    item: str  # external id
    labels: Sequence[Mapping[str, Any]]  # [{"code", "evidence"}]
    scores: Mapping[str, int]
    why: str = ""


def ready_made() -> list[NewCriterion]:
    """The criteria that come with Assay."""
    return [
        NewCriterion(
            "Relevance",
            ("None of the labels fits the text.", "One label fits, most do not.", "About half of the labels fit.",
             "All labels but one fit.", "Every label fits the text."),
            "Do the labels belong to what the text says?",
        ),
        NewCriterion(
            "Specificity",
            ("Labels are so broad that they tell nothing.", "Most labels are broader than the text.",
             "Some labels are as narrow as the text allows.", "Nearly all are as narrow as the text allows.",
             "Each is the narrowest that the text supports."),
            "Are the labels as narrow as the text allows, and no narrower?",
        ),
        NewCriterion(
            "Completeness",
            ("The main thing is missing.", "The main thing is there, most else is missing.",
             "Several lesser things are missing.", "One lesser thing is missing.", "Nothing is missing."),
            "Is everything there that the text supports?",
        ),
        NewCriterion(
            "Correctness",
            ("The labels say what the text denies.", "More is wrong than right.", "Right and wrong in equal parts.",
             "Right, but for a detail.", "All of it is right, and the evidence shows it."),
            "Is what the labels claim true by the text?",
        ),
        NewCriterion(
            "Consistency",
            ("Labels contradict each other.", "Labels and evidence mostly do not match.",
             "Some evidence speaks for another label.", "A detail does not match.",
             "Labels and evidence say the same thing."),
            "Do labels and evidence agree with each other?",
        ),
    ]  # fmt: skip


@transaction.atomic
def write_rubric(
    *,
    project: Project,
    name: str,
    criteria: Sequence[NewCriterion],
    anchors: Sequence[NewAnchor] = (),
    note: str = "",
    after: int | None = None,
    by: User | None,
    operator: str = "",
) -> RubricVersion:
    """Write the next version of a rubric, or its first. `after` is the version that the writer saw, if they saw one."""
    if by:
        rules.check_role(by, project, *WRITERS)
    rules.check_not_archived(project)
    name = check_name(name, what="rubric")
    _check_criteria(criteria)
    if len(note) > TEXT_MAX:
        raise Refused(f"The note has at most {TEXT_MAX} characters.")
    rubric, _ = Rubric.objects.get_or_create(project=project, name=name)
    Rubric.objects.select_for_update().get(pk=rubric.pk)
    newest = rubric.versions.order_by("-number").first()
    if after is not None and after != (newest.number if newest else 0):
        raise Conflict("Somebody wrote a version of this rubric meanwhile. Open it, and make your change there.")
    criteria = [_stripped(one) for one in criteria]
    items = _anchor_items(project, criteria, anchors)
    content = {
        "criteria": [asdict(one) for one in criteria],
        "anchors": [
            {**asdict(one), "labels": pinned(one.labels), "revision": items[one.item].revision} for one in anchors
        ],
    }
    digest = digest_of(content)
    if newest and newest.digest == digest:
        raise Refused(f"Nothing changed since {newest}.")
    if newest and not note.strip():
        raise Refused("Say what changed since the version before, and why.")
    version = RubricVersion.objects.create(
        rubric=rubric, number=newest.number + 1 if newest else 1, note=note.strip(), digest=digest, created_by=by
    )
    Criterion.objects.bulk_create(
        Criterion(version=version, order=order, **asdict(one))
        for order, one in enumerate(criteria, 1)
    )  # fmt: skip
    Anchor.objects.bulk_create(
        Anchor(version=version, item=items[one.item], item_revision=items[one.item].revision, scores=dict(one.scores),
               labels=pinned(one.labels), why=one.why.strip(), order=order)
        for order, one in enumerate(anchors, 1)
    )  # fmt: skip
    record_event(
        kind="rubric.written", project=project, by=by, operator=operator, target=f"rubric:{rubric.public_id}",
        after={"version": version.number, "criteria": [one.key for one in criteria], "anchors": len(anchors)},
    )  # fmt: skip
    return version


def pinned(labels: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Labels as raters see them: sorted, and without anything that would tell who wrote them."""
    kept = [{"code": str(one["code"]), "evidence": str(one.get("evidence") or "")} for one in labels]
    return sorted(kept, key=lambda one: one["code"])


def anchors_of(version: RubricVersion) -> list[NewAnchor]:
    """A version's anchors as those of the next one."""
    rows = version.anchors.select_related("item")
    return [NewAnchor(one.item.external_id, one.labels, one.scores, one.why) for one in rows]


def criteria_of(version: RubricVersion) -> list[NewCriterion]:
    """A version's criteria as those of the next one."""
    return [NewCriterion(one.name, one.points, one.question, one.code) for one in version.criteria.all()]


def _stripped(one: NewCriterion) -> NewCriterion:
    points = [point.strip() for point in one.points]
    return NewCriterion(one.name.strip(), points, one.question.strip(), one.key)


def _check_criteria(criteria: Sequence[NewCriterion]) -> None:
    if not 1 <= len(criteria) <= CRITERIA_MAX:
        raise Refused(f"A rubric has 1 to {CRITERIA_MAX} criteria.")
    keys = [one.key for one in criteria]
    for one in criteria:
        if not one.name.strip() or len(one.name) > 80 or not one.key or len(one.question) > 300:
            raise Refused(f"The criterion “{one.name[:40]}” needs a name of 1 to 80 characters with a letter in it.")
        if len(one.points) != POINTS or not all(point.strip() for point in one.points):
            raise Refused(f"“{one.name}” must say what each of its {POINTS} points means.")
        if any(len(point) > TEXT_MAX for point in one.points):
            raise Refused(f"A point of “{one.name}” is longer than {TEXT_MAX} characters.")
        if keys.count(one.key) > 1:
            raise Refused(f"Two criteria are called “{one.key}”.")


def _anchor_items(
    project: Project, criteria: Sequence[NewCriterion], anchors: Sequence[NewAnchor]
) -> Mapping[str, Item]:
    """The items of the anchors, once everything about them is sound."""
    if len(anchors) > ANCHORS_MAX:
        raise Refused(f"A rubric has at most {ANCHORS_MAX} anchors.")
    if not anchors:
        return {}
    keys = {one.key for one in criteria}
    found = Item.objects.filter(project=project, external_id__in=[one.item for one in anchors])
    items = {item.external_id: item for item in found}
    known = set(Label.objects.filter(version=published_taxonomy(project)).values_list("code", flat=True))
    held_out = set(found.filter(is_held_out(project)).values_list("external_id", flat=True))
    for one in anchors:
        if one.item not in items:
            raise Refused(f"There is no item “{one.item}”, so it cannot be an anchor.")
        if one.item in held_out:
            raise Refused(f"The item “{one.item}” is held out for testing. Whoever rates it would see it.")
        if unknown := {str(label.get("code")) for label in one.labels} - known:
            raise Refused(f"The anchor “{one.item}” has the label “{min(unknown)}”, which the taxonomy does not have.")
        if set(one.scores) != keys:
            raise Refused(f"The anchor “{one.item}” needs a score for each criterion, and for no other.")
        if not all(is_score(score) for score in one.scores.values()):
            raise Refused(f"The scores of the anchor “{one.item}” are whole numbers from 1 to {POINTS}.")
    return items


def is_score(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= POINTS
