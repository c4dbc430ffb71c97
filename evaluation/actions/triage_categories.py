"""A project's categories of errors: added, changed and retired, each change on the record."""

import re
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction

from evaluation.models import ErrorCategory
from labeling import rules
from labeling.actions.audit import record_event
from labeling.enums import Role
from labeling.models import Project, User
from reviewapp.common.errors import Refused

WORKERS = (Role.ANALYST, Role.MANAGER, Role.ENGINEER)
RESERVED = "nujk"  # note, undo, next and back on the triage screen
MOST = 30


@dataclass(frozen=True)
class Wording:
    """What a category is called, what it means, and where it stands."""

    name: str
    definition: str
    key: str
    order: int = 0
    is_retired: bool = False


DEFAULTS = {
    "guideline-gap": ("Guideline gap", "The guidelines do not say what is right here."),
    "ambiguous-text": ("Ambiguous text", "Two people could read the text differently, and both be right."),
    "taxonomy-overlap": ("Taxonomy overlap", "Two labels mean nearly the same, so either would do."),
    "missing-evidence": ("Missing evidence", "The text does not hold what one must know to say it."),
    "prompt-wording": ("Prompt wording", "The prompt asks for something else than the guidelines do."),
    "too-literal": ("Taken at its word", "A word of the text was followed where its sense is another one."),
    "not-the-seller": ("Somebody else's", "The text names it, but says that somebody else has or does it."),
    "gold-is-wrong": ("Gold is wrong", "The run is right and gold is not."),
}


def offer_defaults(*, project: Project, by: User | None, operator: str = "") -> list[ErrorCategory]:
    """Sensible categories to begin with; those whose code is there already stay as they are."""
    there = set(ErrorCategory.objects.filter(project=project).values_list("code", flat=True))
    used = set(ErrorCategory.objects.filter(project=project, is_retired=False).values_list("key", flat=True))
    keys = (key for key in "123456789abcdefghi" if key not in used)
    return [
        set_category(project=project, code=code, wording=Wording(name, definition, next(keys), order), by=by,
                     operator=operator)
        for order, (code, (name, definition)) in enumerate(DEFAULTS.items(), start=1)
        if code not in there
    ]  # fmt: skip


@transaction.atomic
def set_category(
    *, project: Project, code: str, wording: Wording, by: User | None, operator: str = ""
) -> ErrorCategory:
    """Add a category, or change the one with this code."""
    if by:
        rules.check_role(by, project, *WORKERS)
    rules.check_not_archived(project)
    Project.objects.select_for_update().get(pk=project.pk)
    mine = ErrorCategory.objects.filter(project=project)
    _check(code, wording)
    if not wording.is_retired and (same := mine.filter(key=wording.key, is_retired=False).exclude(code=code).first()):
        raise Refused(f"The key {wording.key} chooses “{same}” already.")
    found = mine.filter(code=code).first()
    if found is None and mine.count() >= MOST:
        raise Refused(f"A project has at most {MOST} categories: more cannot be told apart at one look.")
    before = _said(found) if found else {}
    found = found or ErrorCategory(project=project, code=code)
    after = asdict(wording)
    if before == after:
        return found
    for name, value in after.items():
        setattr(found, name, value)
    found.save()
    record_event(
        kind="error_category.set", project=project, by=by, operator=operator, target=f"error_category:{code}",
        before={name: value for name, value in before.items() if after[name] != value},
        after={name: value for name, value in after.items() if before.get(name) != value},
    )  # fmt: skip
    return found


def _said(category: ErrorCategory) -> dict[str, Any]:
    return {name: getattr(category, name) for name in Wording.__dataclass_fields__}


def _check(code: str, wording: Wording) -> None:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code) or len(code) > 60:
        raise Refused(f"“{code}” is no code of a category: small letters, digits and hyphens.")
    if not wording.name.strip():
        raise Refused("A category has a name.")
    if not re.fullmatch(r"[a-z0-9]", wording.key):
        raise Refused("The key is one small letter or digit.")
    if wording.key in RESERVED:
        raise Refused(f"The key {wording.key} means something else on the triage screen ({', '.join(RESERVED)} do).")
