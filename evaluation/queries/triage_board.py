"""The pages of triage: the list, the clusters with what people said of them, one error, and the counts."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet

from evaluation.models import (
    ErrorCategory,
    ErrorCluster,
    Evaluation,
    Prediction,
    Triage,
    TriageError,
    TriageJudgement,
    TriageProposal,
    TuningTask,
)
from evaluation.queries.traces import TracedText, pieces_of
from evaluation.queries.triage import Standing, newest_proposals, standings, visible
from evaluation.quotes import Texts
from evaluation.stats.category_proposals import hit_rate
from evaluation.stats.coefficients import krippendorff_alpha, percent_agreement
from evaluation.stats.error_clusters import shares
from evaluation.stats.types import Estimate
from labeling.enums import Split
from labeling.models import GoldEntry, Project, User

EXAMPLES, RESAMPLES = 3, 1000


@dataclass(frozen=True)
class TriageRow:
    """A triage in the list."""

    triage: Triage
    errors: int
    judged: int


@dataclass(frozen=True)
class ClusterRow:
    """One cluster: what its errors mostly are, and what people said of them."""

    cluster: ErrorCluster
    kind: str
    gold: str
    predicted: str
    pair_count: int
    first: int  # the place of its first error
    judged: int
    given: list[tuple[ErrorCategory, int]]  # the commonest first
    tasks: list[TuningTask] = field(default_factory=list)


@dataclass(frozen=True)
class Board:
    """All of a triage at one look."""

    rows: list[ClusterRow]
    errors: int
    judged: int
    categories: list[tuple[ErrorCategory, int, Estimate]]  # of the judged errors
    agreement: Estimate  # of errors that two people judged: the share of equal pairs
    alpha: Estimate
    proposals: int
    proposer: str
    sources: list["Source"]
    blind: Estimate  # how often a proposal that nobody saw is what people said
    assisted: Estimate


@dataclass(frozen=True)
class Source:
    """Who proposes, and how often that is what people said: where nobody saw a proposal, and where they saw this."""

    proposer: str
    is_model: bool  # a language model that was asked here
    is_simulated: bool
    proposals: int
    blind: Estimate
    assisted: Estimate

    def as_dict(self) -> dict[str, Any]:
        return {**vars(self), "blind": self.blind.as_dict(), "assisted": self.assisted.as_dict()}


@dataclass(frozen=True)
class Desk:
    """One error to be judged."""

    error: TriageError
    name: str
    attributes: Mapping[str, Any]
    documents: list[TracedText]
    gold: list[str]
    said: list[str] | None
    quotes: list[tuple[str, str, str]]  # (label, "gold" or "run", text)
    mine: TriageJudgement | None
    others: list[TriageJudgement]  # once one's own is given
    proposal: TriageProposal | None
    previous: int | None
    next: int | None
    errors: int
    judged: int  # by whoever asks


def triages_of(project: Project) -> list[TriageRow]:
    """A project's triages, the newest first."""
    found = Triage.objects.filter(run__project=project).select_related("run", "release__golden_set")
    judged = Count("errors", filter=Q(errors__judgements__category__isnull=False), distinct=True)
    rows = found.annotate(all=Count("errors", distinct=True), judged=judged).order_by("-pk")[:50]
    return [TriageRow(one, one.all, one.judged) for one in rows]


def offered(project: Project) -> list[Evaluation]:
    """Evaluations on dev whose errors may be sorted, the newest of each run and release."""
    found = Evaluation.objects.filter(run__project=project, split=Split.DEV).select_related(
        "run", "release__golden_set"
    )
    newest = {(one.run_id, one.release_id): one for one in found.order_by("pk").defer("report")}
    return sorted(newest.values(), key=lambda one: -one.pk)[:50]


def board(triage: Triage) -> Board:
    """A fixed number of queries, however many errors."""
    found = visible(triage)
    errors = list(found.order_by("place"))
    said = standings(found.values("pk"))
    known = {one.pk: one for one in ErrorCategory.objects.filter(project=triage.run.project)}
    tasks: dict[int, list[TuningTask]] = defaultdict(list)
    for task in TuningTask.objects.filter(cluster__triage=triage).order_by("pk"):
        tasks[task.cluster_id or 0].append(task)
    inside: dict[int, list[TriageError]] = defaultdict(list)
    for one in errors:
        inside[one.cluster_id].append(one)
    rows = [
        _row(cluster, inside[cluster.pk], said, known, tasks[cluster.pk])
        for cluster in triage.clusters.order_by("number")
        if inside[cluster.pk]
    ]
    proposals = newest_proposals(found)
    ratings = _ratings(said)
    return Board(
        rows=rows,
        errors=len(errors),
        judged=len(said),
        categories=_categories(errors, said, known),
        agreement=percent_agreement(ratings) if ratings else hit_rate([]),
        alpha=krippendorff_alpha(ratings) if ratings else hit_rate([]),
        proposals=len(proposals),
        proposer=next((one.proposer for one in reversed(proposals.values())), ""),
        sources=_sources(found, said, known),
        blind=hit_rate(_hits(said, proposals, known, shown=False)),
        assisted=hit_rate(_hits(said, proposals, known, shown=True)),
    )


def _row(
    cluster: ErrorCluster, errors: Sequence[TriageError], said: Mapping[int, Standing],
    known: Mapping[int, ErrorCategory], tasks: list[TuningTask],
) -> ClusterRow:  # fmt: skip
    pairs = Counter((one.kind, one.gold, one.predicted) for one in errors)
    (kind, gold, predicted), often = min(pairs.items(), key=lambda pair: (-pair[1], pair[0]))
    given = Counter(said[one.pk].category for one in errors if one.pk in said)
    ranked = sorted(given.items(), key=lambda pair: (-pair[1], known[pair[0]].order))
    return ClusterRow(
        cluster, kind, gold, predicted, often, errors[0].place, sum(given.values()),
        [(known[pk], count) for pk, count in ranked], tasks,
    )  # fmt: skip


def _categories(
    errors: Sequence[TriageError], said: Mapping[int, Standing], known: Mapping[int, ErrorCategory]
) -> list[tuple[ErrorCategory, int, Estimate]]:
    judged = [(one.item_id, said[one.pk].category) for one in errors if one.pk in said]
    if not judged:
        return []
    counts = Counter(pk for _, pk in judged)
    share = shares(judged, resamples=RESAMPLES, seed=0)
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], known[pair[0]].order))
    return [(known[pk], count, share[pk]) for pk, count in ranked]


def _ratings(said: Mapping[int, Standing]) -> list[list[int | None]]:
    """Raters by units: of the errors that several people judged."""
    several = [one for one in said.values() if len(one.given) > 1]
    people = sorted({(one.by_id or 0, one.operator) for unit in several for one in unit.given})
    found: list[list[int | None]] = []
    for person in people:
        by_unit = [{(one.by_id or 0, one.operator): one.category_id for one in unit.given} for unit in several]
        found.append([unit.get(person) for unit in by_unit])
    return found


def _sources(
    errors: QuerySet[TriageError], said: Mapping[int, Standing], known: Mapping[int, ErrorCategory]
) -> list[Source]:
    """Each proposer by its newest proposals, the newest proposer first."""
    rows = TriageProposal.objects.filter(error__in=errors).select_related("asked__asking__run").order_by("pk")
    by_source: dict[str, dict[int, TriageProposal]] = {}
    for one in rows.iterator(chunk_size=2000):
        mine = by_source.pop(one.proposer, {})  # put back as the newest
        mine[one.error_id] = one
        by_source[one.proposer] = mine
    found = []
    for proposer, mine in reversed(by_source.items()):
        asked = [one.asked.asking.run for one in mine.values() if hasattr(one, "asked")]
        found.append(
            Source(
                proposer, bool(asked), any(run.is_simulated for run in asked), len(mine),
                hit_rate(_hits(said, mine, known, shown=False)),
                hit_rate(_hits(said, mine, known, shown=True, by=proposer)),
            )
        )  # fmt: skip
    return found


def _hits(
    said: Mapping[int, Standing], proposals: Mapping[int, TriageProposal], known: Mapping[int, ErrorCategory],
    *, shown: bool, by: str = "",
) -> list[tuple[str, str]]:  # fmt: skip
    """(proposed, given) of each error; of what was shown the proposal that was seen, else the newest.

    An error on which anybody saw a proposal counts as unseen for no source.
    """
    pairs = []
    for error, standing in said.items():
        if any(one.was_shown for one in standing.given) != shown:
            continue
        newest = max(standing.given, key=lambda one: one.pk)
        proposal = newest.proposal if shown else proposals.get(error)
        if shown and (not newest.was_shown or (proposal and by and proposal.proposer != by)):
            continue
        if proposal and newest.category_id:
            pairs.append((known[proposal.category_id].code, known[newest.category_id].code))
    return pairs


def desk(triage: Triage, place: int, user: User) -> Desk | None:
    """The error at a place as its judge sees it; None if there is none that may be seen."""
    found = visible(triage)
    error = found.filter(place=place).select_related("item", "cluster").first()
    if error is None:
        return None
    entry = GoldEntry.objects.get(release=triage.release, split=Split.DEV, item=error.item)
    answer = Prediction.objects.filter(run=triage.run, item=error.item, state="done").first()
    mine, others = _judgements(error, user)
    is_given = mine is not None and mine.category_id is not None
    quotes = [(one["code"], "gold", one["text"]) for one in entry.evidence if one.get("code") and one.get("text")]
    if answer:
        quotes += [(one["code"], "run", one["evidence"]) for one in answer.labels if one.get("evidence")]
    about = {error.gold, error.predicted}
    quotes.sort(key=lambda one: one[0] not in about)
    proposal = (
        None
        if error.is_blind
        else error.proposals.select_related("category", "asked__asking__run").order_by("-pk").first()
    )
    around = found.aggregate(all=Count("pk"))
    ahead = found.filter(place__gt=place).order_by("place").values_list("place", flat=True).first()
    behind = found.filter(place__lt=place).order_by("-place").values_list("place", flat=True).first()
    return Desk(
        error=error, name=entry.content["name"], attributes=entry.content["attributes"],
        documents=_documents(entry, quotes), gold=sorted(entry.labels),
        said=None if answer is None else sorted(one["code"] for one in answer.labels), quotes=quotes, mine=mine,
        others=others if is_given else [], proposal=proposal, previous=behind, next=ahead, errors=around["all"],
        judged=len(judged_by(triage, user)),
    )  # fmt: skip


def judged_by(triage: Triage, user: User) -> set[int]:
    """The errors on which a person has a category that counts."""
    rows = TriageJudgement.objects.filter(error__triage=triage, by=user).order_by("pk")
    newest = dict(rows.values_list("error_id", "category_id"))
    return {error for error, category in newest.items() if category}


def first_open(triage: Triage, user: User) -> int | None:
    """The place of the first error that a person has not judged; None if all are."""
    found = visible(triage).exclude(pk__in=judged_by(triage, user))
    return found.order_by("place").values_list("place", flat=True).first()


def _judgements(error: TriageError, user: User) -> tuple[TriageJudgement | None, list[TriageJudgement]]:
    newest: dict[tuple[int | None, str], TriageJudgement] = {}
    for one in error.judgements.select_related("category").order_by("pk"):
        newest[one.by_id, one.operator] = one
    mine = newest.pop((user.pk, ""), None)
    return mine, [one for one in newest.values() if one.category_id]


def _documents(entry: GoldEntry, quotes: Sequence[tuple[str, str, str]]) -> list[TracedText]:
    texts = Texts(entry.content["documents"])
    places: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
    for code, who, quote in quotes:
        if place := texts.find(quote):
            places[place.document].append((place.start, place.end, f"{who}: {code}"))
    return [
        TracedText(one["kind"], pieces_of(one["text"], places[int(one["position"])]))
        for one in entry.content["documents"]
    ]


def members(triage: Triage, cluster: ErrorCluster, *, after: int = 0, limit: int = 50) -> list[TriageError]:
    """Errors of a cluster after a place, with their items."""
    found = visible(triage).filter(cluster=cluster, place__gt=after).select_related("item")
    return list(found.order_by("place")[:limit])
