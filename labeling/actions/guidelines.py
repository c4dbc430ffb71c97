"""Guidelines: each change is a new numbered version; rounds keep the one they began with until they adopt another."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from labeling import rules
from labeling.actions.audit import record_event
from labeling.enums import Role
from labeling.models import Guideline, Project, User
from labeling.queries.guidelines import Case, cases_named, showable, text_of
from reviewapp.common.errors import Refused

MOST_EXAMPLES = 30
QUOTE_MOST, WHY_MOST = 500, 1000


@dataclass(frozen=True)
class Example:
    """An adjudicated task to show in the guidelines: which words of it, and why it was decided so."""

    task: UUID
    quote: str
    why: str


@transaction.atomic
def write_guideline(
    *,
    project: Project,
    text: str,
    by: User | None,
    examples: Sequence[Example] = (),
    keep: Collection[str] | None = None,
    operator: str = "",
) -> Guideline:
    """Append a version; the same text with the same examples again gives the version there is.

    `keep` names the items of the last version's examples that stay (all, if it is None); those that have since come
    into an open round or a test split are left out. `examples` are added: their labels and name come from the decision
    itself, the quote has to be in the item's text.
    """
    if by:
        rules.check_role(by, project, Role.MANAGER)
    rules.check_not_archived(project)
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise Refused("A guideline needs a text.")
    last = Guideline.objects.select_for_update().filter(project=project).order_by("-number").first()
    shown = [
        *[one for one in (showable(last, project) if last else []) if keep is None or one["item"] in keep],
        *_made(project, examples),
    ]
    if len(shown) > MOST_EXAMPLES:
        raise Refused(f"Guidelines hold at most {MOST_EXAMPLES} examples. Take some out.")
    if last and last.text == text and last.examples == shown:
        return last
    number = last.number + 1 if last else 1
    written = Guideline.objects.create(project=project, number=number, text=text, examples=shown, created_by=by)
    record_event(
        kind="guideline.written",
        project=project,
        by=by,
        operator=operator,
        target=f"guideline:{written.number}",
        after={"number": number, "characters": len(text), "examples": [example["item"] for example in shown]},
    )
    return written


def _made(project: Project, examples: Sequence[Example]) -> list[dict[str, Any]]:
    cases = {case.task: case for case in cases_named(project, [example.task for example in examples])}
    return [_example(project, example, cases.get(example.task)) for example in examples]


def _example(project: Project, example: Example, case: Case | None) -> dict[str, Any]:
    """The example as it is stored, or why it cannot be one."""
    if case is None:
        raise Refused(
            "One of the chosen items cannot be an example: it is in an open round or held out for testing, or it was "
            "not adjudicated. Nothing was kept; take it out and send the form again."
        )
    quote, why = _one_line(example.quote), _one_line(example.why)
    if len(quote) > QUOTE_MOST or len(why) > WHY_MOST:
        raise Refused(f"“{case.name}”: a quote has at most {QUOTE_MOST} characters, a reason {WHY_MOST}.")
    if quote and quote not in _one_line(text_of(case.task, project)):
        raise Refused(f"“{case.name}”: the quote is not in the item's text. Copy it from there.")
    return {"item": case.item, "name": case.name, "quote": quote, "labels": list(case.labels), "why": why}


def _one_line(text: str) -> str:
    return " ".join(text.split())
