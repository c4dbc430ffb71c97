"""The answers of a run one by one, for those who may see them: filtered, fifty a page. Never of a held-out split."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from evaluation.enums import PredictionState
from evaluation.models import Prediction, Run
from evaluation.queries.json_counts import having
from labeling.enums import Split
from labeling.queries.held_out import held_out_entries

PAGE = 50
STATES = {"done": "Answered", "failed": "Failed", "pending": "Not yet asked", "leased": "In work"}


@dataclass(frozen=True)
class Wanted:
    """Which answers; an empty filter takes all."""

    state: str = ""
    kind: str = ""  # of failure
    problem: str = ""
    route: str = ""
    review: str = ""  # any: those that a person should look at

    @property
    def is_any(self) -> bool:
        return any((self.state, self.kind, self.problem, self.route, self.review))


@dataclass(frozen=True)
class Page:
    """Some answers, and the key after which the next page begins."""

    rows: list[Prediction]
    next: int | None


def shows_items(run: Run) -> bool:
    """Whether the run's single answers may be seen at all: never those on a held-out split."""
    return run.split != Split.TEST


def visible(run: Run) -> QuerySet[Prediction]:
    """The answers that may be seen one by one; a run over all items leaves out what some release holds out."""
    found = Prediction.objects.filter(run=run)
    if not shows_items(run):
        return found.none()
    if run.release_id is None:
        held_out = held_out_entries(run.project_id)
        found = found.filter(~Exists(held_out.filter(item=OuterRef("item"))))
        found = found.exclude(item__text_digest__in=held_out.values("text_digest"))  # what says the same
    return found


def answers(run: Run, wanted: Wanted, *, after: int = 0) -> Page:
    """A page of answers by key; one query."""
    found = visible(run).filter(pk__gt=after)
    if wanted.state in PredictionState.values:
        found = found.filter(state=wanted.state)
    if wanted.kind:
        found = found.filter(state=PredictionState.FAILED, error_kind=wanted.kind)
    if wanted.problem:
        found = having(found, run, "problems", wanted.problem)
    if wanted.route:
        found = having(found, run, "routes", wanted.route)
    if wanted.review:
        found = found.exclude(review="")
    rows = list(found.select_related("item").order_by("pk")[: PAGE + 1])
    return Page(rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else None)


def find_answer(run: Run, item_public_id: UUID) -> Prediction | None:
    """The run's answer for an item, if it may be seen."""
    return visible(run).select_related("item").filter(item__public_id=item_public_id).first()
