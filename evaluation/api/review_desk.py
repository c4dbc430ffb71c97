"""A reviewer's own queue: one task at a time, some of them without the prediction, as on the page."""

from typing import Any, ClassVar

from django.db.models import Count, QuerySet
from django.http import QueryDict
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.review_tasks import (
    NOTE_MAX,
    SECONDS_MAX,
    claim_task,
    for_person,
    last_answer,
    put_off,
    submit_review,
    take_back,
)
from evaluation.api.frame import EvaluationApi, Number
from evaluation.api.panel_desk import Text, texts_of
from evaluation.enums import ReviewState, ReviewTaskState
from evaluation.forms.reviews import ReviewAnswerForm
from evaluation.models import Review, ReviewTask
from evaluation.queries.review_desk import Screen, screen_of
from labeling.api.forms import checked
from labeling.api.views import Access, access
from labeling.enums import Role, Scope
from reviewapp.common.errors import Conflict

WORK = access(Scope.LABEL, Role.ADJUDICATOR)
TAKEN = "This task was answered or taken over meanwhile, on another page or by somebody else."
MOST_LABELS = 2000
MOST = 100


class MyReview(serializers.Serializer[Any]):
    """A review and one's own part in it."""

    id = serializers.UUIDField(source="review.public_id")
    number = serializers.IntegerField(source="review.number")
    state = serializers.ChoiceField(ReviewState.choices, source="review.state")
    done = serializers.IntegerField(help_text="by you")
    waiting = serializers.IntegerField(help_text="for you")


class MyReviews(serializers.Serializer[Any]):
    """The reviews that are open, the newest first."""

    results = MyReview(many=True)


class Predicted(serializers.Serializer[Any]):
    """One predicted label with the words quoted for it."""

    code = serializers.CharField(source="choice.code")
    name = serializers.CharField(source="choice.name")
    quote = serializers.CharField(allow_blank=True)
    is_found = serializers.BooleanField()


class Other(serializers.Serializer[Any]):
    """A label that can be given as well."""

    code = serializers.CharField()
    name = serializers.CharField()


class ReviewTaskOut(serializers.Serializer[Any]):
    """A task you hold. Of one shown without its prediction, `predicted` is empty whatever a model said."""

    id = serializers.UUIDField()
    after = serializers.IntegerField(help_text="send it back with the answer")
    name = serializers.CharField(allow_blank=True)
    attributes = serializers.DictField(child=serializers.CharField(allow_blank=True, allow_null=True))
    texts = Text(many=True)
    is_blind = serializers.BooleanField(help_text="shown without the prediction")
    predicted = Predicted(many=True)
    unknown = serializers.ListField(child=serializers.CharField(), help_text="predicted, and not in the taxonomy")
    is_failed = serializers.BooleanField()
    others = Other(many=True)
    before = serializers.ListField(
        child=serializers.CharField(), allow_null=True, help_text="your answer, where you took one back"
    )


class ReviewAnswerIn(serializers.Serializer[Any]):
    """All labels that apply, predicted or not; or the plain statement that none does."""

    labels = serializers.ListField(
        child=serializers.CharField(max_length=200), max_length=MOST_LABELS, required=False, default=list
    )
    none_applies = serializers.BooleanField(required=False, default=False)
    after = serializers.IntegerField(min_value=0, max_value=32_767)
    note = serializers.CharField(max_length=NOTE_MAX, required=False, default="", allow_blank=True)
    seconds = Number(min_value=0, max_value=SECONDS_MAX, required=False, allow_null=True, default=None)


class ReviewAnswerOut(serializers.Serializer[Any]):
    """An answer that counts, until it is taken back."""

    id = serializers.UUIDField()
    can_take_back = serializers.BooleanField()


class DeskApi(EvaluationApi):
    """A view of one review as its reviewers work on it."""

    review: Review

    def find(self, request: Request, needed: Access, **kwargs: Any) -> None:
        super().find(request, needed, **kwargs)
        mine = Review.objects.filter(project=self.project).select_related("project", "run")
        self.review = get_object_or_404(mine, public_id=kwargs["review_id"])

    def task(self, public_id: object) -> ReviewTask:
        """Of those that one holds or has answered; another's does not exist."""
        mine = ReviewTask.objects.filter(review=self.review, reviewer=self.me).exclude(state=ReviewTaskState.OPEN)
        loaded = mine.select_related("review__project", "review__run__taxonomy_version", "item", "prediction")
        return get_object_or_404(loaded, public_id=public_id)

    def next(self) -> Response:
        claimed = claim_task(review=self.review, by=self.me)
        return Response(status=204) if claimed is None else Response(shown(self.task(claimed.public_id)))


class MyReviewList(EvaluationApi):
    """The reviews in which there may be something for you."""

    access: ClassVar = {"GET": WORK}
    serializer_class = MyReviews
    pagination_class = None

    @extend_schema(operation_id="my_reviews", responses=MyReviews)
    def get(self, request: Request, project: str) -> Response:
        found = list(Review.objects.filter(project=self.project, state=ReviewState.OPEN).order_by("-number")[:MOST])
        if not found:
            return Response(MyReviews({"results": []}).data)
        tasks = ReviewTask.objects.filter(review__in=found)
        done = counted(tasks.filter(state=ReviewTaskState.DONE, reviewer=self.me))
        for_me = counted(for_person(tasks.filter(state=ReviewTaskState.OPEN), found[0], self.me))
        rows = [{"review": one, "done": done.get(one.pk, 0), "waiting": for_me.get(one.pk, 0)} for one in found]
        return Response(MyReviews({"results": rows}).data)


class NextReviewTask(DeskApi):
    """The queue of a review."""

    access: ClassVar = {"POST": WORK}
    serializer_class = ReviewTaskOut

    @extend_schema(operation_id="next_review_task", request=None, responses={200: ReviewTaskOut, 204: None})
    def post(self, request: Request, project: str, review_id: object) -> Response:
        """The task you hold, or the next one; 204 if there is none for you. That you see it is written down first."""
        return self.next()


class AnswerReviewTask(DeskApi):
    """Your answer."""

    access: ClassVar = {"POST": WORK}
    serializer_class = ReviewAnswerOut

    @extend_schema(operation_id="answer_review_task", request=ReviewAnswerIn, responses={201: ReviewAnswerOut})
    def post(self, request: Request, project: str, review_id: object, review_task_id: object) -> Response:
        """A predicted label that you leave out you reject. 409 if the task was answered since `after`."""
        task, told = self.task(review_task_id), self.read(ReviewAnswerIn)
        screen = screen_of(task)
        form = ReviewAnswerForm(as_form(told, screen), screen=screen)
        if not form.is_valid() and task.state != ReviewTaskState.LEASED:
            raise Conflict(TAKEN)
        said = checked(form).cleaned_data

        def submit() -> str:
            made = submit_review(
                task=task, labels=said["labels"], note=said["note"], seconds=said["seconds"], after=said["after"],
                by=self.me,
            )  # fmt: skip
            return str(made.public_id)

        made = self.once(f"review:{task.public_id}", told, submit)
        last = last_answer(self.review, self.me)
        can = last is not None and last.pk == task.pk
        return Response(ReviewAnswerOut({"id": made, "can_take_back": can}).data, status=201)


class PutOffReviewTask(DeskApi):
    """Puts the task behind all others."""

    access: ClassVar = {"POST": WORK}
    serializer_class = ReviewTaskOut

    @extend_schema(operation_id="put_off_review_task", request=None, responses={204: None})
    def post(self, request: Request, project: str, review_id: object, review_task_id: object) -> Response:
        put_off(task=self.task(review_task_id), by=self.me)
        return Response(status=204)


class TakeBackReview(DeskApi):
    """Takes an answer back, inside the fixed window."""

    access: ClassVar = {"POST": WORK}
    serializer_class = ReviewTaskOut

    @extend_schema(operation_id="take_back_review", request=None, responses={200: ReviewTaskOut, 204: None})
    def post(self, request: Request, project: str, review_id: object, review_task_id: object) -> Response:
        """You hold the task again; 204 if it is not for you any more."""
        take_back(task=self.task(review_task_id), by=self.me)
        return self.next()


def counted(tasks: QuerySet[ReviewTask]) -> dict[int, int]:
    """How many, by review."""
    return dict(tasks.order_by().values_list("review").annotate(Count("pk")))


def as_form(told: dict[str, Any], screen: Screen) -> QueryDict:
    """The same as the page's form sends it: a yes or no for each predicted label, and the others that apply."""
    data = QueryDict(mutable=True)
    for name in ("after", "note", "seconds"):
        data[name] = "" if told[name] is None else str(told[name])
    if told["none_applies"]:
        data["none_applies"] = "on"
    data.setlist("labels", [code for code in told["labels"] if code not in screen.codes])
    if told["labels"] or told["none_applies"]:  # an empty body is no answer
        for code in screen.codes:
            data[f"rule-{code}"] = "yes" if code in told["labels"] else "no"
    return data


def shown(task: ReviewTask) -> Any:
    screen = screen_of(task)
    before = task.revisions.filter(number=task.revision).values_list("labels", flat=True).first()
    found = {
        "id": task.public_id, "after": task.revision, "name": screen.name, "attributes": screen.attributes,
        "texts": texts_of(task.item, task.item_revision), "is_blind": task.is_blind, "predicted": screen.rows,
        "unknown": screen.unknown, "is_failed": screen.is_failed, "others": screen.others, "before": before,
    }  # fmt: skip
    return ReviewTaskOut(found).data
