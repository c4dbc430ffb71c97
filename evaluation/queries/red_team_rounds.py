"""Red-team rounds: who may see what of them, and what each attempt came to.

Managers, engineers and analysts see answers of the model anyhow. Annotators and adjudicators take part where a manager
invites their role: with texts of their own alone, seeing their own attempts alone, and not while they are handed blind
work, since a text they label could be asked here. Engineers see no attempt behind which a held-out text may stand.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from evaluation.enums import AttackKind, PanelState, PredictionState, RunState
from evaluation.models import AttackCase, PanelRater, Prediction, RedTeamAttempt, RedTeamRound
from evaluation.queries.edge_cases import sees_open_only
from evaluation.stats.intervals import wilson
from labeling import rules
from labeling.enums import Purpose, Role, RoundState
from labeling.models import Document, Item, Project, Round, User
from labeling.queries.contents import contents_at
from labeling.textdiff import Line, diff, with_words
from labeling.visibility import may_see_names
from reviewapp.common import clock

SEES_ANSWERS = (Role.MANAGER, Role.ENGINEER, Role.ANALYST)
INVITABLE = (Role.ADJUDICATOR, Role.ANNOTATOR)
NO_ANSWER = ("truncated", "refused", "invalid_output")  # the text did that; other failures are the provider's
WORDS_MOST = 40_000  # characters
WAITING, HELD, BROKE, UNANSWERED = "waiting", "held", "broke", "unanswered"
BLIND = (
    "You are handed blind work in this project, so answers of a model are kept from you. "
    "When its labelling rounds and your panels are closed, the red-team rounds you are invited to are here."
)


def is_guest(user: User, project: Project) -> bool:
    """Whether somebody takes part by invitation alone."""
    return not rules.roles(user, project) & {str(role) for role in SEES_ANSWERS}


def is_blind_now(user: User, project: Project) -> bool:
    """Whether blind work may be handed to a guest: a labelling round is open, or a panel they rate in."""
    if not is_guest(user, project):
        return False
    labelling = Round.objects.filter(project=project, state=RoundState.OPEN).exclude(purpose=Purpose.TRAINING)
    rating = PanelRater.objects.filter(user=user, panel__project=project, panel__state=PanelState.OPEN)
    return labelling.exists() or rating.exists()


def rounds_for(user: User, project: Project) -> list[RedTeamRound]:
    """The rounds a member may see, newest first."""
    rounds = list(
        RedTeamRound.objects.filter(project=project)
        .select_related("project", "prompt_version__prompt", "created_by")
        .order_by("-opens_at", "-pk")[:200]
    )
    if not is_guest(user, project):
        return rounds
    if is_blind_now(user, project):
        return []
    held = rules.roles(user, project) & {str(role) for role in INVITABLE}
    return [one for one in rounds if held & set(one.invited)]


def attempts_for(user: User, project: Project) -> QuerySet[RedTeamAttempt]:
    """The attempts a member may see."""
    found = RedTeamAttempt.objects.filter(round__project=project).select_related(
        "item", "altered_from", "created_by", "run__prompt_version", "banked__case", "round"
    )
    if is_guest(user, project):
        return found.filter(created_by=user)
    return found.filter(is_open=True) if sees_open_only(user, project) else found


@dataclass(frozen=True)
class Result:
    """An attempt and what the model made of it; `said` None: no answer yet, or none that could be used."""

    attempt: RedTeamAttempt
    state: str
    said: list[str] | None = None
    problem: str = ""

    @property
    def missed(self) -> list[str]:
        return [code for code in self.attempt.labels if self.said is not None and code not in self.said]

    @property
    def added(self) -> list[str]:
        return [code for code in self.said or () if code not in self.attempt.labels]

    @property
    def wrong(self) -> int:
        return len(self.missed) + len(self.added)

    @property
    def is_decided(self) -> bool:
        return self.state in (HELD, BROKE)

    @property
    def is_going(self) -> bool:
        return self.state == WAITING and self.attempt.run.state != RunState.PAUSED

    @property
    def case_id(self) -> Any:
        """The public id of the case it became; None if it did not."""
        banked: AttackCase | None = getattr(self.attempt, "banked", None)
        return banked.case.public_id if banked else None


def results_of(attempts: Iterable[RedTeamAttempt]) -> list[Result]:
    """What each came to; one query more."""
    attempts = list(attempts)
    rows = Prediction.objects.filter(run__in=[one.run_id for one in attempts])
    answers = {row[0]: row[1:] for row in rows.values_list("run", "state", "labels", "error_kind", "error")}
    return [_result(one, *answers[one.run_id]) for one in attempts]


def _result(attempt: RedTeamAttempt, state: str, labels: list[dict[str, Any]], kind: str, error: str) -> Result:
    if state == PredictionState.DONE:
        said = sorted({label["code"] for label in labels})
        return Result(attempt, HELD if said == attempt.labels else BROKE, said)
    if state != PredictionState.FAILED:
        return Result(attempt, WAITING)
    return Result(attempt, BROKE if kind in NO_ANSWER else UNANSWERED, None, error or kind)


@dataclass(frozen=True)
class Rate:
    """How many of some attempts broke the model."""

    name: str
    attempts: int
    breaks: int
    share: dict[str, Any]  # of those with an outcome


def rate(name: str, results: Iterable[Result]) -> Rate:
    results = list(results)
    breaks, decided = sum(one.state == BROKE for one in results), sum(one.is_decided for one in results)
    return Rate(name, len(results), breaks, wilson(breaks, decided).as_dict())


@dataclass(frozen=True)
class Board:
    """A round as one member sees it."""

    round: RedTeamRound
    results: list[Result]
    all: Rate
    kinds: list[Rate]
    people: list[Rate]
    is_open: bool
    spent_micro_usd: int
    is_simulated: bool

    @property
    def is_going(self) -> bool:
        return any(one.is_going for one in self.results)

    @property
    def tables(self) -> list[tuple[str, list[Rate]]]:
        return [("By kind", self.kinds), ("By person", self.people)]

    @property
    def unanswered(self) -> int:
        return sum(one.state == UNANSWERED for one in self.results)


def is_open(found: RedTeamRound) -> bool:
    return found.opens_at <= clock.now() < found.closes_at


def board_of(found: RedTeamRound, viewer: User, *, by_worth: bool = False) -> Board:
    """Attempts newest first, or by what they teach: breaks not in the bank yet, the most wrong labels first."""
    results = results_of(attempts_for(viewer, found.project).filter(round=found).order_by("-number"))
    by_kind: dict[str, list[Result]] = defaultdict(list)
    by_person: dict[str, list[Result]] = defaultdict(list)
    sees_names = may_see_names(viewer, found.project)
    for one in results:
        by_kind[one.attempt.kind].append(one)
        by_person[person(one.attempt, viewer, sees_names=sees_names)].append(one)
    ordered = sorted(results, key=_worth) if by_worth else results
    return Board(
        found, ordered, rate("All", results),
        [rate(str(kind.label), by_kind[kind]) for kind in AttackKind if kind in by_kind],
        sorted((rate(name, mine) for name, mine in by_person.items()), key=lambda one: (-one.breaks, one.name)),
        is_open(found), sum(one.attempt.run.spent_micro_usd for one in results),
        any(one.attempt.run.is_simulated for one in results),
    )  # fmt: skip


def _worth(one: Result) -> tuple[bool, bool, int, int]:
    return one.state != BROKE, one.case_id is not None, -one.wrong, -one.attempt.number


def person(attempt: RedTeamAttempt, viewer: User, *, sees_names: bool) -> str:
    """Who wrote it, as the viewer may read it: engineers read no rater's name."""
    if attempt.created_by_id == viewer.pk:
        return "You"
    if not sees_names:
        return "Others"
    return str(attempt.created_by or attempt.operator)


@dataclass(frozen=True)
class Listed:
    """A round in the list."""

    round: RedTeamRound
    rate: Rate
    is_open: bool
    is_over: bool


def list_of(viewer: User, project: Project) -> list[Listed]:
    """The rounds with the viewer's figures; a fixed number of queries."""
    rounds = rounds_for(viewer, project)
    if not rounds:
        return []
    found: dict[int, list[Result]] = defaultdict(list)
    for one in results_of(attempts_for(viewer, project).filter(round__in=rounds)):
        found[one.attempt.round_id].append(one)
    now = clock.now()
    return [Listed(one, rate(one.name, found[one.pk]), is_open(one), one.closes_at <= now) for one in rounds]


def text_of(item: Item, revision: int | None = None) -> tuple[str, str]:
    """The name and all the text of an item, as it is now or was at a revision."""
    content = contents_at([(item, revision or item.revision)])[item.pk]
    return content.name, "\n\n".join(document["text"] for document in content.documents)


@dataclass(frozen=True)
class Page:
    """One attempt: its text, and what was changed in it."""

    result: Result
    text: str
    changes: list[Line]
    altered_name: str


def page_of(attempt: RedTeamAttempt) -> Page:
    (result,) = results_of([attempt])
    text = "\n\n".join(Document.objects.filter(item=attempt.item).order_by("position").values_list("text", flat=True))
    if attempt.altered_from is None:
        return Page(result, text, [], "")
    name, before = text_of(attempt.altered_from, attempt.altered_revision)
    return Page(result, text, changes_in(before, text), name)


def changes_in(before: str, text: str) -> list[Line]:
    """Line by line; word by word where the texts are short enough to be compared so in no time."""
    lines = diff(before, text)
    return with_words(lines) if len(before) + len(text) < WORDS_MOST else lines
