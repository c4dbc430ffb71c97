"""Who may rate, or rule, in a panel now."""

from evaluation.enums import PanelState
from evaluation.models import Panel, RubricTraining, RubricVersion
from labeling import rules
from labeling.enums import Role
from labeling.models import Project, User
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed


def check_is_blind(user: User, project: Project) -> None:
    """Annotators and adjudicators rate; who can see runs rates none, as in blind rounds."""
    held = rules.roles(user, project)
    if not held & {Role.ANNOTATOR, Role.ADJUDICATOR}:
        raise NotAllowed("Rating is for annotators and adjudicators.")
    if held & set(rules.SEES_ANSWERS):
        raise NotAllowed("A role that can see runs and their answers cannot rate blind. A manager can change roles.")


def check_is_open(user: User, panel: Panel) -> None:
    """Whoever rates or rules does so blind, while the panel is open."""
    check_is_blind(user, panel.project)
    rules.check_not_archived(panel.project)
    if panel.state != PanelState.OPEN:
        raise NotAllowed("This panel is closed.")


def is_trained(user: User, version: RubricVersion) -> bool:
    """Whether the user passed the anchors of this version, or it has none."""
    if not version.anchors.exists():
        return True
    return RubricTraining.objects.filter(version=version, user=user, expires_at__gt=clock.now()).exists()


def check_can_rule(user: User, panel: Panel) -> None:
    """An adjudicator who sees no runs and has no part in the panel."""
    check_is_open(user, panel)
    if Role.ADJUDICATOR not in rules.roles(user, panel.project):
        raise NotAllowed("Your role in this project does not include adjudicating.")
    if panel.raters.filter(user=user, seats__isnull=False).exists():
        raise NotAllowed("You rate in this panel, so somebody else has to settle what its raters left open.")


def can_rule(user: User, panel: Panel) -> bool:
    try:
        check_can_rule(user, panel)
    except NotAllowed:
        return False
    return True
