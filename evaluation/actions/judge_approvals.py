"""A manager allows a judge for gates, when the comparison with the people passes the stated rule."""

from django.db import transaction

from evaluation.enums import PanelKind, PanelState, RunState
from evaluation.models import JudgeApproval, PanelRater
from evaluation.queries.judge_pairs import NEVER
from evaluation.queries.judges import comparison, runs_of, standing_of_judge
from labeling import rules
from labeling.actions.audit import record_event
from labeling.enums import Role
from labeling.models import User
from reviewapp.common.errors import NotAllowed, Refused


@transaction.atomic
def approve_judge(*, rater: PanelRater, by: User | None, operator: str = "") -> JudgeApproval:
    """Put the approval on record with its figures; once for each panel and judge."""
    panel, judge = rater.panel, rater.judge
    if by:
        rules.check_role(by, panel.project, Role.MANAGER)
    if judge is None:
        raise NotAllowed("Only a model that judges is approved; people rate anyway.")
    if panel.kind == PanelKind.PAIRS:
        raise NotAllowed(NEVER)
    if panel.state != PanelState.CLOSED:
        raise NotAllowed("The people have not finished: close the panel first.")
    standing = standing_of_judge(rater)
    if any(run.state != RunState.DONE for run in runs_of(rater)):
        raise NotAllowed("The judge has not finished.")
    if standing.is_simulated:
        raise Refused("A simulated judge says nothing about a real one, so it is not approved.")
    found = comparison(rater)
    if not found["passed"]:
        raise Refused(f"{judge} may not be used for a gate. {found['reason']}")
    made, is_new = JudgeApproval.objects.get_or_create(
        judge=judge, panel=panel,
        defaults={"rubric_version": panel.rubric_version, "models_returned": standing.models_returned,
                  "figures": {**found, "standing": standing.as_dict()}, "created_by": by},
    )  # fmt: skip
    if is_new:
        record_event(
            kind="judge.approved", project=panel.project, by=by, operator=operator, target=f"panel:{panel.public_id}",
            after={"judge": str(judge), "rubric": str(panel.rubric_version),
                   "omega": {one["criterion"]: one["test"]["omega"] for one in found["criteria"]}},
        )  # fmt: skip
    return made
