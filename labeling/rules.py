"""Who may do what, when. Each check raises NotAllowed with a sentence for the person; its twin answers yes or no.

A refusal to a rater never says what others did (SAFETY channel 6).
"""

from labeling.enums import Purpose, Role, RoundState, TaskState
from labeling.models import (
    Annotation,
    Membership,
    Opening,
    Project,
    Qualification,
    RaterPause,
    Round,
    Task,
    User,
)
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed

SEES_ANSWERS = (Role.MANAGER, Role.ANALYST, Role.ENGINEER)


def roles(user: User, project: Project) -> frozenset[str]:
    """The roles that the user holds in the project; none once deactivated."""
    if not user.is_active:
        return frozenset()
    known: dict[int, frozenset[str]] = getattr(user, "roles_in", {})  # of this request, read by the guard of its page
    if project.pk in known:
        return known[project.pk]
    return frozenset(Membership.objects.filter(project=project, user=user).values_list("role", flat=True))


def check_role(user: User, project: Project, *allowed: Role) -> None:
    if not roles(user, project) & {str(role) for role in allowed}:
        raise NotAllowed("Your role in this project does not include this.")


def check_not_archived(project: Project) -> None:
    if project.archived_at:
        raise NotAllowed("This project is archived. A manager can bring it back in its settings.")


def check_may_rate(user: User, in_round: Round) -> None:
    """Annotators and adjudicators take seats; who may see answers or predictions takes none (DECISIONS 6)."""
    held = roles(user, in_round.project)
    if not held & {Role.ANNOTATOR, Role.ADJUDICATOR}:
        raise NotAllowed("Your role in this project does not include labelling.")
    if in_round.purpose != Purpose.TRAINING and held & set(SEES_ANSWERS):
        raise NotAllowed(
            "You also hold a role that can see answers and predictions, so a blind round cannot use your labels. "
            "A manager can change your roles."
        )


def check_can_label(user: User, in_round: Round) -> None:
    """Whoever may rate in the round, while it is open."""
    check_may_rate(user, in_round)
    check_not_archived(in_round.project)
    if in_round.state != RoundState.OPEN:
        raise NotAllowed("This round is closed.")
    check_is_handed_work(user, in_round)


def can_label(user: User, in_round: Round) -> bool:
    try:
        check_can_label(user, in_round)
    except NotAllowed:
        return False
    return True


def check_can_take_back(user: User, annotation: Annotation) -> None:
    """Only the author, only within the round's fixed window, whatever others did (DECISIONS 3).

    Also an answer that came too late to count: a refusal would tell that somebody else has the seat.
    """
    gone = NotAllowed("The time for taking this answer back is over. It stays as you submitted it.")
    if annotation.rater_id != user.pk or annotation.taken_back_at:
        raise gone
    in_round = annotation.task.round
    elapsed = (clock.now() - annotation.submitted_at).total_seconds()
    if in_round.state != RoundState.OPEN or elapsed >= in_round.undo_seconds:
        raise gone


def can_take_back(user: User, annotation: Annotation) -> bool:
    try:
        check_can_take_back(user, annotation)
    except NotAllowed:
        return False
    return True


def check_can_adjudicate(user: User, task: Task) -> None:
    """An independent judge: an adjudicator or manager who did not label this task, in a task that is in dispute."""
    held = roles(user, task.round.project)
    if not held & {Role.ADJUDICATOR, Role.MANAGER}:
        raise NotAllowed("Your role in this project does not include adjudicating.")
    if task.state == TaskState.ESCALATED and Role.MANAGER not in held:
        raise NotAllowed("This task was passed to the manager.")
    if task.round.state != RoundState.OPEN:
        raise NotAllowed("This round is closed: its answers no longer change.")
    if Annotation.objects.filter(task=task, rater=user).exists() or task.skips.filter(rater=user).exists():
        raise NotAllowed("You worked on this item as a rater, so somebody else has to settle it.")


def has_opened(user: User, task: Task) -> bool:
    return Opening.objects.filter(task=task, user=user).exists()


def check_is_handed_work(user: User, in_round: Round) -> None:
    """Whether anything new is handed out to the rater. What was handed out before may always be submitted.

    Somebody paused by hidden checks reads neutral words: a reason would tell what the checks are (SAFETY S4).
    """
    if in_round.paused_at or in_round.project.paused_at:
        raise NotAllowed("This round is paused. What you did is kept.")
    if in_round.needs_qualification and not has_valid_qualification(user, in_round):
        raise NotAllowed("This round needs a passed training. Your manager can tell you which one.")
    if in_round.distinct_groups and not group_in(in_round, user):
        raise NotAllowed("This round needs raters of different groups, and you are in none. Ask your manager.")
    if RaterPause.objects.filter(round=in_round, rater=user, lifted_at__isnull=True).exists():
        raise NotAllowed("You have no items in this round at the moment. Ask your manager.")


def has_valid_qualification(user: User, in_round: Round) -> bool:
    """Whether the rater passed a training on the round's own taxonomy and guidelines that has not expired."""
    passed = Qualification.objects.filter(
        user=user,
        project=in_round.project_id,
        taxonomy_version=in_round.taxonomy_version_id,
        guideline=in_round.guideline_id,
        expires_at__gt=clock.now(),
    )
    return passed.exists()


def group_in(in_round: Round, user: User) -> str:
    """The group that the rater stands for in a round whose raters differ by group; empty elsewhere."""
    if not in_round.distinct_groups:
        return ""
    held = Membership.objects.filter(
        project=in_round.project_id, user=user, role__in=(Role.ANNOTATOR, Role.ADJUDICATOR)
    )
    named = held.exclude(group="").order_by("role").values_list("group", flat=True)
    return named.first() or ""


def check_can_recheck(user: User, task: Task) -> None:
    """A second, blind judge: an adjudicator who has no other way to see the answers, and neither rated nor decided."""
    check_can_adjudicate(user, task)
    held = roles(user, task.round.project)
    if Role.ADJUDICATOR not in held or held & {Role.MANAGER, Role.ANALYST}:
        raise NotAllowed("A second opinion is blind: it needs an adjudicator who is not manager or analyst as well.")
    if task.decisions.filter(decided_by=user).exists():
        raise NotAllowed("You decided this item, so somebody else has to look at it again.")


def is_kept_blind(user: User, task: Task) -> bool:
    """Whether a settled task waits for a second opinion, so that nobody but who decided it may see how."""
    if task.state != TaskState.SETTLED or not task.rechecks.filter(done_at__isnull=True).exists():
        return False
    return not task.decisions.filter(decided_by=user).exists()
