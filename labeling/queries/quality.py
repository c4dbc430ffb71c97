"""How raters do on known items, by name: for managers and analysts."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Max, Q

from labeling.accuracy import LabelErrors, Measure, Pair, by_month, error_profile, exact_share, mean_likeness
from labeling.enums import Purpose, Role, RoundState, VersionStatus
from labeling.models import (
    Annotation,
    Guideline,
    Label,
    Membership,
    Project,
    Qualification,
    RaterPause,
    Round,
    TaxonomyVersion,
    User,
)
from labeling.rotation import Turn, current_turn
from labeling.visibility import CheckedAnswer, checked_answers
from reviewapp.common import clock
from reviewapp.common.days import UtcDay


@dataclass(frozen=True)
class Standing:
    """What a rater's qualification is worth today."""

    state: str  # valid, expired, outdated (another taxonomy or guideline is in force) or none
    newest: Qualification | None = None

    @property
    def is_valid(self) -> bool:
        return self.state == "valid"


@dataclass(frozen=True)
class RaterRow:
    """One rater as their manager sees them."""

    user: User
    group: str
    answers: int
    likeness: Measure
    exact: Measure
    standing: Standing
    paused_in: list[Round]
    last_active: datetime | None
    turn: Turn | None

    @property
    def checks(self) -> int:
        return self.likeness.n

    @property
    def is_due(self) -> bool:
        return self.turn is not None and self.turn.is_over


def raters_of(project: Project, *, viewer: User) -> list[RaterRow]:
    """Everybody who labels or labelled here, by name; a fixed number of queries."""
    checked: dict[int, list[Pair]] = defaultdict(list)
    for one in checked_answers(project=project, viewer=viewer):
        checked[one.rater_id].append(one.pair)
    groups = _groups(project)
    activity = _activity(project)
    days = _days(project)
    standings = _standings(project)
    pauses: dict[int, list[Round]] = defaultdict(list)
    for pause in _open_pauses(project):
        pauses[pause.rater_id].append(pause.round)
    people = User.objects.filter(Q(pk__in=groups) | Q(pk__in=activity))
    today = clock.now().date()
    found = [
        RaterRow(
            user=user,
            group=groups.get(user.pk, ""),
            answers=activity.get(user.pk, (0, None))[0],
            likeness=mean_likeness(checked[user.pk]),
            exact=exact_share(checked[user.pk]),
            standing=standings.get(user.pk, Standing("none")),
            paused_in=pauses[user.pk],
            last_active=activity.get(user.pk, (0, None))[1],
            turn=current_turn(days=days.get(user.pk, ()), trained=_trained(standings.get(user.pk)), today=today),
        )
        for user in people
    ]
    return sorted(found, key=lambda row: (not row.user.is_active, str(row.user).lower(), row.user.pk))


def _groups(project: Project) -> dict[int, str]:
    """The group of everybody with a role that labels."""
    held = Membership.objects.filter(project=project, role__in=(Role.ANNOTATOR, Role.ADJUDICATOR))
    groups: dict[int, str] = {}
    for user, group in held.order_by("role").values_list("user_id", "group"):
        groups[user] = groups.get(user) or group
    return groups


def _activity(project: Project) -> dict[int, tuple[int, datetime]]:
    """Ordinary answers that count, and the time of the last answer of any kind."""
    ordinary = Q(is_counted=True, taken_back_at__isnull=True, task__gold__isnull=True)
    rows = Annotation.objects.filter(task__round__project=project).values_list("rater")
    counted = rows.annotate(answers=Count("pk", filter=ordinary), last=Max("submitted_at")).order_by()
    return {rater: (answers, last) for rater, answers, last in counted}


def _days(project: Project, rater: User | None = None) -> dict[int, list[date]]:
    answers = Annotation.objects.filter(task__round__project=project)
    if rater is not None:
        answers = answers.filter(rater=rater)
    days: dict[int, list[date]] = defaultdict(list)
    rows = answers.annotate(day=UtcDay("submitted_at")).order_by()
    for pk, day in rows.values_list("rater_id", "day").distinct():
        days[pk].append(day)
    return days


def _standings(project: Project, rater: User | None = None) -> dict[int, Standing]:
    """The newest qualification of each rater that has one, and what it is worth."""
    taxonomy = TaxonomyVersion.objects.filter(project=project, status=VersionStatus.PUBLISHED).order_by("-number")
    guideline = Guideline.objects.filter(project=project).order_by("-number")
    in_force = (taxonomy.values_list("pk", flat=True).first(), guideline.values_list("pk", flat=True).first())
    held = Qualification.objects.filter(project=project).select_related("round", "granted_by")
    if rater is not None:
        held = held.filter(user=rater)
    now = clock.now()
    found: dict[int, Standing] = {}
    for one in held.order_by("expires_at", "pk"):
        if one.expires_at <= now:
            state = "expired"
        else:
            state = "valid" if (one.taxonomy_version_id, one.guideline_id) == in_force else "outdated"
        before = found.get(one.user_id)
        if before is None or not before.is_valid or state == "valid":
            found[one.user_id] = Standing(state, one)
    return found


def _trained(standing: Standing | None) -> list[date]:
    """The day of a passed training; a manager's word is none."""
    passed = standing.newest if standing else None
    return [passed.passed_at.date()] if passed and passed.items else []


def _open_pauses(project: Project, rater: User | None = None) -> list[RaterPause]:
    pauses = RaterPause.objects.filter(round__project=project, lifted_at__isnull=True)
    if rater is not None:
        pauses = pauses.filter(rater=rater)
    return list(pauses.select_related("round").order_by("paused_at"))


@dataclass(frozen=True)
class Profile:
    """One rater's answers to hidden checks, in depth."""

    row: RaterRow
    errors: list[tuple[str, LabelErrors]]  # the label's name with what went wrong
    months: list[tuple[date, Measure]]
    qualifications: list[Qualification]
    pauses: list[RaterPause]


def profile_of(user: User, project: Project, *, viewer: User) -> Profile:
    """What is known of one rater; a fixed number of queries."""
    checked: list[CheckedAnswer] = checked_answers(project=project, viewer=viewer, rater=user)
    pairs = [one.pair for one in checked]
    mine = Annotation.objects.filter(task__round__project=project, rater=user)
    ordinary = Q(is_counted=True, taken_back_at__isnull=True, task__gold__isnull=True)
    activity = mine.aggregate(answers=Count("pk", filter=ordinary), last=Max("submitted_at"))
    standing = _standings(project, user).get(user.pk, Standing("none"))
    pauses = list(
        RaterPause.objects.filter(round__project=project, rater=user)
        .select_related("round", "lifted_by")
        .order_by("-paused_at")
    )
    row = RaterRow(
        user=user,
        group=_groups(project).get(user.pk, ""),
        answers=activity["answers"],
        likeness=mean_likeness(pairs),
        exact=exact_share(pairs),
        standing=standing,
        paused_in=[pause.round for pause in pauses if pause.lifted_at is None],
        last_active=activity["last"],
        turn=current_turn(
            days=_days(project, user).get(user.pk, ()), trained=_trained(standing), today=clock.now().date()
        ),
    )
    profile = error_profile(pairs)
    names = _names(project, [one.code for one in profile])
    held = Qualification.objects.filter(project=project, user=user)
    return Profile(
        row=row,
        errors=[(names.get(one.code, one.code), one) for one in profile],
        months=by_month((one.at.date(), one.pair) for one in checked),
        qualifications=list(
            held.select_related("round", "taxonomy_version", "guideline", "granted_by").order_by("-pk")
        ),
        pauses=pauses,
    )


def _names(project: Project, codes: Iterable[str]) -> dict[str, str]:
    """The newest name of each code."""
    labels = Label.objects.filter(version__project=project, code__in=list(codes)).order_by("version__number")
    return dict(labels.values_list("code", "name"))


def rounds_with_checks(project: Project) -> list[Round]:
    """The open rounds of labelling, each with `checks` and `paused`: how many hidden checks and paused raters."""
    rounds = Round.objects.filter(project=project, state=RoundState.OPEN, purpose=Purpose.GOLDEN)
    counted = rounds.annotate(
        checks=Count("tasks", filter=Q(tasks__gold__isnull=False), distinct=True),
        paused=Count("pauses", filter=Q(pauses__lifted_at__isnull=True), distinct=True),
    )
    return list(counted.order_by("-created_at", "-pk"))


def trainings_of(project: Project) -> list[Round]:
    """The trainings with known answers, each with `items`, `began` and `passed`."""
    rounds = Round.objects.filter(project=project, purpose=Purpose.TRAINING, tasks__gold__isnull=False)
    counted = rounds.annotate(
        items=Count("tasks", distinct=True),
        began=Count("tasks__seats__rater", distinct=True),
        passed=Count("qualifications__user", distinct=True),
    )
    return list(counted.select_related("taxonomy_version", "guideline").order_by("-created_at", "-pk"))
