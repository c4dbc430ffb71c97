"""What raters score: outputs in their seats, and anchors before that."""

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.db.models import Max

from evaluation.actions.panel_settling import settle_item
from evaluation.actions.panel_standing import check_is_open, is_trained
from evaluation.actions.rubrics import is_score
from evaluation.enums import PanelKind
from evaluation.models import Anchor, AnchorRating, Panel, PanelSeat, Rating, RubricTraining, RubricVersion
from labeling.actions.audit import record_event
from labeling.models import User
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused

PASS = 0.8  # of the scores within one point of the agreed ones
TRAINED_DAYS = 90  # as qualifications for rounds
COMMENT_MAX = 5000


@transaction.atomic
def submit_rating(
    *, seat: PanelSeat, scores: Mapping[str, int], comment: str = "", seconds: float | None = None, by: User
) -> Rating:
    """Record a rater's scores, the first or newer ones, and settle the item when it was the last that was due.

    Newer ones are taken until the panel is closed, also of an item that is settled: a refusal would tell that the
    others have rated it, and that they agree. What has settled stays.
    """
    panel = (
        Panel.objects.select_for_update(of=("self",))
        .select_related("project", "rubric_version")
        .get(pk=seat.rater.panel_id)
    )  # the lock under which the last two ratings of an item come one after the other
    seat = PanelSeat.objects.select_for_update(of=("self",)).select_related("rater", "output__item").get(pk=seat.pk)
    if seat.rater.user_id != by.pk or panel.kind != PanelKind.SCORES or seat.output is None:
        raise NotAllowed("This is somebody else's to rate.")
    check_is_open(by, panel)
    if not is_trained(by, panel.rubric_version):
        raise NotAllowed("The training on this rubric comes first, or has expired.")
    check_scores(panel.rubric_version, scores)
    if len(comment) > COMMENT_MAX:
        raise Refused(f"A comment has at most {COMMENT_MAX} characters.")
    number = (seat.ratings.aggregate(newest=Max("number"))["newest"] or 0) + 1
    rating = Rating.objects.create(
        seat=seat, number=number, scores=dict(scores), comment=comment.strip(), seconds=seconds, created_at=clock.now()
    )
    if not seat.is_done:
        seat.is_done = True
        seat.save(update_fields=["is_done"])
    settle_item(panel=panel, item=seat.output.item)
    return rating


def check_scores(version: RubricVersion, scores: Mapping[str, int]) -> None:
    """A whole number from 1 to 5 for each criterion, and for no other."""
    codes = set(version.criteria.values_list("code", flat=True))
    if set(scores) != codes or not all(is_score(score) for score in scores.values()):
        raise Refused("Give every criterion a score from 1 to 5.")


@transaction.atomic
def rate_anchor(*, panel: Panel, anchor: Anchor, scores: Mapping[str, int], by: User) -> AnchorRating:
    """Record what a rater scored an anchor; the last one of an attempt says whether the training is passed."""
    check_is_open(by, panel)
    version = anchor.version
    if version.pk != panel.rubric_version_id or not panel.raters.filter(user=by).exists():
        raise NotAllowed("This training is not yours.")
    User.objects.select_for_update().get(pk=by.pk)  # one form at a time
    check_scores(version, scores)
    attempt = attempt_of(version, by)
    made, _ = AnchorRating.objects.get_or_create(
        anchor=anchor, rater=by, attempt=attempt, defaults={"scores": dict(scores), "created_at": clock.now()}
    )
    rated = AnchorRating.objects.filter(anchor__version=version, rater=by, attempt=attempt).select_related("anchor")
    if rated.count() == version.anchors.count() and not is_trained(by, version):
        share = within_one(list(rated))
        if share >= PASS:
            _pass(panel, version, share, by)
    return made


def _pass(panel: Panel, version: RubricVersion, share: float, by: User) -> None:
    now = clock.now()
    expires = now + timedelta(days=TRAINED_DAYS)
    RubricTraining.objects.create(version=version, user=by, within_one=share, passed_at=now, expires_at=expires)
    record_event(
        kind="rubric.trained", project=panel.project, by=by, target=f"rubric:{version.rubric.public_id}",
        after={"version": version.number, "within_one": share},
    )  # fmt: skip


def within_one(rated: list[AnchorRating]) -> float:
    """The share of scores at most one point from the agreed ones."""
    hits = [abs(one.scores[code] - agreed) <= 1 for one in rated for code, agreed in one.anchor.scores.items()]
    return sum(hits) / len(hits) if hits else 0.0


def attempt_of(version: RubricVersion, user: User) -> int:
    """The attempt that a rater is in: a new one begins when the last was finished and did not count, or no more."""
    mine = AnchorRating.objects.filter(anchor__version=version, rater=user)
    newest = int(mine.aggregate(newest=Max("attempt"))["newest"] or 1)
    is_over = mine.filter(attempt=newest).count() >= version.anchors.count()
    return newest + 1 if is_over and not is_trained(user, version) else newest
