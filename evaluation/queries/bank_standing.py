"""How the edge-case bank stands, for pages and reports that are about something else."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from evaluation.enums import CaseReason, RunOrigin
from evaluation.models import PromptVersion, Run
from evaluation.queries.edge_cases import BankBoard, board_of, cases_for, sees_open_only
from evaluation.queries.runs import FINISHED
from labeling.models import Project, User


@dataclass(frozen=True)
class BankStanding:
    """The bank on other pages: how many cases there are for this reader, and what the newest run made of them."""

    cases: int
    board: BankBoard | None
    reasons: list[tuple[str, int]]


def bank_standing(viewer: User, project: Project, version: PromptVersion | None = None) -> BankStanding:
    """By the newest finished run over the bank, of a version if one is given; a fixed number of queries."""
    counted = dict(
        cases_for(viewer, project)
        .filter(retired_at__isnull=True)
        .order_by()
        .values_list("reason")
        .annotate(Count("pk"))
    )
    reasons = [(str(one.label), counted[one]) for one in CaseReason if one in counted]
    if not counted:
        return BankStanding(0, None, [])
    runs = Run.objects.filter(project=project, origin=RunOrigin.BANK, state__in=FINISHED)
    runs = runs.filter(prompt_version=version) if version else runs
    run = runs.select_related("project", "prompt_version", "fewshot_release").order_by("-pk").first()
    return BankStanding(sum(counted.values()), board_of(run, viewer=viewer) if run else None, reasons)


def told_of(board: BankBoard, viewer: User | None) -> dict[str, Any]:
    """Its figures with the items of the lost cases, those that the viewer may see; None is the operator."""
    lost = [one.case for one in board.regressions]
    if viewer and sees_open_only(viewer, board.run.project):
        lost = [case for case in lost if case.is_open]
    return {**board.summary, "lost": [case.item.external_id for case in lost]}


def lines_of(board: BankBoard, viewer: User | None) -> list[str]:
    """What a command says of it: nothing where no case is lost."""
    lost = told_of(board, viewer)["lost"]
    return [board.said, *([f"Lost: {', '.join(lost)}."] if lost else [])] if board.said else []
