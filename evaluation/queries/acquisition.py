"""What can be labelled next: a run's answers over the items that nobody has labelled, scored and chosen from."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np
from django.db.models import QuerySet
from scipy import sparse

from evaluation.enums import PredictionState
from evaluation.models import Acquisition, AcquisitionReplay, Prediction, Run
from evaluation.queries.held_out import is_held_out
from evaluation.queries.promotions import APART
from evaluation.queries.runs import FINISHED
from evaluation.stats import acquisition as scoring
from evaluation.stats.acquisition import KINDS, Floats
from evaluation.stats.acquisition_choice import MOST_COVERED, Choice, choose
from evaluation.stats.acquisition_texts import LETTERS, vectors_of
from labeling.enums import Purpose, RoundState, Split
from labeling.models import Document, GoldEntry, Item, Project, Round, Task
from reviewapp.common.errors import Refused

CHUNK = 5000
HELD_OUT = "Held out for testing by now."


@dataclass(frozen=True)
class Ask:
    """What is asked for: from which runs, by which strategies, how many, which share by lot."""

    run: Run
    mix: Mapping[str, float]
    size: int = 100
    random_share: float = 0.3
    seed: int = 0
    committee: Sequence[Run] = field(default_factory=list)


@dataclass(frozen=True)
class Planned:
    """What was chosen, with primary keys in place of places, and what the pool held."""

    chosen: list[dict[str, Any]]
    counts: dict[str, int]


def check(ask: Ask) -> None:
    """Refuse what cannot be asked."""
    if unknown := [name for name in ask.mix if name not in KINDS]:
        raise Refused(f"“{unknown[0]}” is no strategy. There are: {', '.join(KINDS)}.")
    if not 1 <= ask.size <= 5000:
        raise Refused("Between 1 and 5,000 items are chosen at a time.")
    if not 0 <= ask.random_share <= 1:
        raise Refused("The random share is between 0 and 1.")
    for run in (ask.run, *ask.committee):
        if run.state not in FINISHED:
            raise Refused(f"The run “{run.name}” is not finished.")
        if run.perturbation:
            raise Refused(f"The run “{run.name}” is of disturbed texts, so it says nothing of the items.")
    others = {run.pk for run in ask.committee} - {ask.run.pk}
    if not others and (wanting := [name for name in ask.mix if KINDS[name].needs == "committee"]):
        raise Refused(f"“{wanting[0]}” holds several runs together. Name at least one other run.")


def taken(project: Project) -> tuple[set[int], set[str]]:
    """Items that are labelled, in a round that was not cancelled, or in any release, and the texts of these."""
    tasks = Task.objects.filter(round__project=project).exclude(round__state=RoundState.CANCELLED)
    gold = GoldEntry.objects.filter(release__golden_set__project=project)
    items = set(tasks.values_list("item_id", flat=True)) | set(gold.values_list("item_id", flat=True))
    texts = set(gold.values_list("text_digest", flat=True))
    rows = Item.objects.filter(project=project).values_list("pk", "text_digest")
    return items, texts | {text for pk, text in rows.iterator(chunk_size=CHUNK) if pk in items}


def plan(ask: Ask) -> Planned:
    """Choose, without writing anything."""
    check(ask)
    project = ask.run.project
    answers, failed = _answers(ask.run)
    members = [answers] + [_answers(run)[0] for run in ask.committee if run.pk != ask.run.pk]
    busy, busy_texts = taken(project)
    rows = Item.objects.filter(project=project).order_by("external_id").values_list("pk", "text_digest")
    digests = dict(rows.iterator(chunk_size=CHUNK))
    free = [pk for pk in digests if pk not in busy and digests[pk] not in busy_texts]
    pool = [pk for pk in free if all(pk in member for member in members)]
    if not pool:
        raise Refused("The run has answered no item that is still unlabelled. Start a run over the project's items.")
    lists = _text_of([*pool, *(labelled := _some(sorted(busy), ask.seed))])
    vectors, covered = vectors_of([lists[pk] for pk in pool], others=[lists[pk] for pk in labelled])
    choice = choose(
        scores=_scores(ask, pool, members), mix=ask.mix, texts=[digests[pk] for pk in pool], vectors=vectors,
        size=ask.size, random_share=ask.random_share, seed=ask.seed, covered=covered,
    )  # fmt: skip
    counts = {
        "items": len(digests), "labelled": len(digests) - len(free), "unanswered": len(free) - len(pool),
        "failed": failed, "pool": len(pool), "texts": choice.texts, "repeated": choice.repeated,
        "near_copies": choice.near_copies, "chosen": len(choice.chosen),
        "random": sum(one.is_random for one in choice.chosen),
    }  # fmt: skip
    return Planned(_rows(choice, pool), counts)


def _rows(choice: Choice, pool: list[int]) -> list[dict[str, Any]]:
    return [
        {
            "item": pool[one.place], "is_random": one.is_random, "weight": one.weight, "total": round(one.total, 4),
            "ranks": {name: round(rank, 4) for name, rank in one.ranks.items()},
        }
        for one in choice.chosen
    ]  # fmt: skip


def _answers(run: Run) -> tuple[dict[int, list[dict[str, Any]]], int]:
    done = Prediction.objects.filter(run=run, state=PredictionState.DONE).values_list("item_id", "labels")
    failed = Prediction.objects.filter(run=run, state=PredictionState.FAILED).count()
    return dict(done.iterator(chunk_size=CHUNK)), failed


def _scores(ask: Ask, pool: list[int], members: list[dict[int, list[dict[str, Any]]]]) -> dict[str, Floats]:
    """The scores that the mix asks for; refuses strategies on confidences that the run did not state."""
    codes = sorted({label["code"] for member in members for pk in pool for label in member[pk]})
    place = {code: number for number, code in enumerate(codes)}
    stated = [label.get("confidence") for pk in pool for label in members[0][pk]]
    unsaid = sum(one is None for one in stated)
    wanting = [name for name in ask.mix if KINDS[name].needs == "confidences"]
    if wanting and (unsaid or not stated):
        what = f"{unsaid} of {len(stated)} labels have none" if stated else "it names no label at all"
        raise Refused(
            f"“{wanting[0]}” needs the confidence of each label, and of “{ask.run.name}” {what}. Choose by rarity, "
            "diversity or several runs instead."
        )
    # without any confidence a named label counts as certain, which rarity alone may see
    sure = _matrix(pool, members[0], place, with_confidence=not unsaid)
    found: dict[str, Floats] = {}
    for name in ask.mix:
        if name in ("votes", "jaccard"):
            sets = [_matrix(pool, member, place, with_confidence=False) for member in members]
            found[name] = scoring.votes(sets) if name == "votes" else scoring.jaccard(sets)
        elif name == "rarity":
            counts = _gold_counts(ask.run.project)
            found[name] = scoring.rarity(sure, np.array([counts[code] for code in codes], dtype=np.float64))
        elif name in ("least", "margin", "entropy"):
            found[name] = getattr(scoring, name)(sure)
    return found


def _matrix(
    pool: list[int], answers: Mapping[int, list[dict[str, Any]]], place: Mapping[str, int], *, with_confidence: bool
) -> sparse.csr_matrix:
    cells: list[float] = []
    columns: list[int] = []
    ends = [0]
    for pk in pool:
        said = {place[label["code"]]: float(label["confidence"]) if with_confidence else 1.0 for label in answers[pk]}
        columns += said.keys()
        cells += said.values()
        ends.append(len(columns))
    shape = (len(pool), max(len(place), 1))
    return sparse.csr_matrix((np.array(cells), np.array(columns, dtype=np.int64), np.array(ends)), shape=shape)


def _gold_counts(project: Project) -> Counter[str]:
    """Items of gold with each label, each item once; held-out gold is not looked at."""
    seen: dict[int, list[str]] = {}
    rows = GoldEntry.objects.filter(release__golden_set__project=project).exclude(split=Split.TEST).order_by("release")
    seen.update(rows.values_list("item_id", "labels"))
    return Counter(code for labels in seen.values() for code in labels)


def _some(items: list[int], seed: int) -> list[int]:
    """At most MOST_COVERED of the labelled items, by lot."""
    return items if len(items) <= MOST_COVERED else sorted(Random(seed).sample(items, MOST_COVERED))  # noqa: S311


def _text_of(items: Iterable[int]) -> dict[int, str]:
    """The beginning of each item's texts."""
    found: dict[int, str] = dict.fromkeys(items, "")
    wanted = list(found)
    for start in range(0, len(wanted), CHUNK):
        rows = Document.objects.filter(item__in=wanted[start : start + CHUNK]).order_by("item_id", "position")
        for item, text in rows.values_list("item_id", "text").iterator(chunk_size=CHUNK):
            if len(found[item]) < LETTERS:
                found[item] = f"{found[item]} {text[:LETTERS]}".strip()
    return found


@dataclass(frozen=True)
class Shown:
    """One chosen item on the page of why."""

    item: Item
    is_random: bool
    weight: float
    ranks: list[float | None]  # in the order of the mix
    total: float | None
    why: str


def shown(acquisition: Acquisition, *, start: int = 0, limit: int = 50) -> list[Shown]:
    """The chosen items from a place on, with why, in words; two queries.

    Of an item that a release holds out by now, how sure the model was of it is not shown any more.
    """
    rows = acquisition.chosen[start : start + limit]
    items = Item.objects.in_bulk([row["item"] for row in rows])
    kept = set(Item.objects.filter(is_held_out(acquisition.project), pk__in=items).values_list("pk", flat=True))
    return [
        Shown(
            items[row["item"]], row["is_random"], row["weight"],
            [None if row["item"] in kept else row["ranks"].get(name) for name in acquisition.mix],
            None if row["item"] in kept else row["total"],
            HELD_OUT if row["item"] in kept and not row["is_random"] else why(row, acquisition.mix),
        )
        for row in rows
    ]  # fmt: skip


def why(row: Mapping[str, Any], mix: Mapping[str, float]) -> str:
    """Why an item was chosen, in words: by lot, or the strategies that spoke for it most."""
    if row["is_random"]:
        return f"Drawn by lot; it stands for {row['weight']:.4g} items of the pool."
    strength = {name: mix[name] * row["ranks"][name] for name in mix}
    best = sorted(mix, key=lambda name: -strength[name])[:2]
    said = [f"{KINDS[name].says} ({_said_rank(row['ranks'][name])})" for name in best if strength[name] > 0.1]
    text = ", and ".join(said) or "what was left had no higher score"
    return text[0].upper() + text[1:] + "."


def _said_rank(rank: float) -> str:
    return "among the highest of the pool" if rank > 0.995 else f"above {rank:.0%} of the pool"


def loaded() -> QuerySet[Acquisition]:
    return Acquisition.objects.select_related("project", "run", "round")


def acquisitions_of(project: Project) -> list[Acquisition]:
    """The newest ones, without their items."""
    return list(loaded().filter(project=project).defer("chosen").order_by("-pk")[:30])


def replays_of(project: Project) -> list[AcquisitionReplay]:
    rows = AcquisitionReplay.objects.filter(project=project).select_related("release__golden_set")
    return list(rows.defer("report").order_by("-pk")[:30])


def rounds_to_top_up(project: Project) -> list[Round]:
    return list(Round.objects.filter(project=project, state=RoundState.OPEN, purpose=Purpose.GOLDEN).order_by("-pk"))


def runs_to_choose_from(project: Project) -> list[Run]:
    """Finished runs over the project's items."""
    runs = Run.objects.filter(project=project, state__in=FINISHED, perturbation__isnull=True).exclude(origin__in=APART)
    return list(runs.order_by("-pk")[:100])
