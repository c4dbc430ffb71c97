"""Falls of micro F1: the newest evaluation of each prompt on dev, held against the one it follows on the same gold.

Where a version is in production it alone speaks for its prompt, and it follows whatever was in production before. Where
none is, each version follows itself: a draft that is worse than another version is why drafts are tried. As long as an
incident is not over, what comes after is held against what quality fell from, so that staying low is not recovery.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Q

from evaluation.enums import IncidentState, PromptStatus
from evaluation.models import Evaluation, Incident, Promotion, Prompt, QualityDrop
from evaluation.queries.alert_readings import MOST, Scope
from evaluation.queries.promotions import APART
from evaluation.queries.quality_drops import headline
from evaluation.stats.alerting import Reading
from evaluation.stats.types import Estimate, undefined
from labeling.enums import Split
from labeling.models import Project

WORTH_TELLING = 0.02  # of micro F1, below which a note does not speak of a fall that was not compared
COMPARED = 100  # falls of a past that are looked up


@dataclass(frozen=True)
class Fall:
    """An evaluation and the one it follows. `share` of micro F1 is lost; below 0 it rose, None where undefined."""

    before: Evaluation
    now: Evaluation
    share: float | None
    items: int
    is_known: bool = False  # an incident that is not over tells of it
    drop: QualityDrop | None = None  # the comparison of the two, once it is computed

    @property
    def is_beyond(self) -> bool:
        """Whether it is a fall that the paired comparison found to be beyond chance."""
        return bool(self.share and self.share > 0 and self.drop and headline(self.drop.report or {})["is_beyond"])

    @property
    def estimate(self) -> Estimate:
        """The share lost with its paired interval; 0 where chance explains it or nothing was compared."""
        if not self.is_beyond or self.drop is None:
            return Estimate(0.0, None, None, self.items)
        told = headline(self.drop.report or {})
        then, gap = told["then"], told["difference"]
        if not (self.drop.report or {})["paired"] or not then or gap["low"] is None:
            return Estimate(self.share, None, None, self.items)
        return Estimate(-gap["value"] / then, -gap["high"] / then, -gap["low"] / then, told["n"], method="paired")

    @property
    def said(self) -> str:
        """“tagger@2 is 34% lower than in nightly 3”, and why it does not count, if it does not."""
        version = self.now.run.prompt_version
        if self.share is None:
            return f"{version}: undefined"
        if self.share < WORTH_TELLING:
            return f"{version} did not fall"
        told = f"{version} is {self.share:.0%} lower than in {self.before.run.name}"
        if self.is_beyond:
            return told
        return f"{told}, within chance" if self.drop else f"{told}, not held against chance"


@dataclass(frozen=True)
class _Row:
    pk: int
    run: int
    version: int
    prompt: int
    release: int
    at: datetime


def newest_falls(project: Project, prompt: Prompt | None = None) -> list[Fall]:
    """The newest pair of each prompt; five queries, however many evaluations there are."""
    rows, used, current = _history(project, prompt, None)
    fell = _unrecovered(project)
    pairs: dict[int, tuple[int, int]] = {}
    for now, before in _pairs(rows, used, current):
        if current.get(now.prompt, now.version) == now.version:
            pairs[now.prompt] = (before.pk, now.pk)
    known: set[int] = set()
    newest = {one.prompt: one for one in rows if current.get(one.prompt, one.version) == one.version}
    for prompt_id, (before_pk, release) in fell.items():
        if (one := newest.get(prompt_id)) and one.release == release and one.pk > before_pk:
            pairs[prompt_id] = (before_pk, one.pk)
            known.add(one.pk)
    return _falls(project, list(pairs.values()), known)


def fall(scope: Scope, now: datetime) -> Reading:
    """The largest fall that is beyond chance, over the prompts of a scope; 0 where there is none."""
    return _reading(newest_falls(scope.project, scope.prompt))


def past_falls(scope: Scope, since: datetime, until: datetime) -> list[Reading]:
    """The same after each evaluation. A fall that was never compared, because no rule asked, counts as it is."""
    rows, used, current = _history(scope.project, scope.prompt, since)
    pairs = list(_pairs(rows, used, current))
    found = _falls(scope.project, [(before.pk, now.pk) for now, before in pairs], set())
    standing: dict[int, float] = {}
    readings: list[Reading] = []
    for one, (now, _) in zip(found, pairs, strict=True):
        raw = max(0.0, one.share or 0.0)
        standing[now.prompt] = raw if one.drop is None else (one.estimate.value or 0.0)
        figure = Estimate(max(standing.values()), None, None, one.estimate.n)
        readings.append(Reading(figure, now.at, readings[-1].figure.value if readings else None, one.said))
    return readings


def _reading(falls: Sequence[Fall]) -> Reading:
    told = [one for one in falls if one.share is not None]
    if not told:
        return Reading(undefined(0, "No prompt has two evaluations on dev that can be compared."), None)
    worst = max(told, key=lambda one: (one.estimate.value or 0.0, one.share or 0.0))
    named = [one.said for one in sorted(told, key=lambda one: -(one.share or 0)) if (one.share or 0) >= WORTH_TELLING]
    as_of = max(one.now.created_at for one in told)
    return Reading(worst.estimate, as_of, None, "; ".join(named) or worst.said)


def _history(
    project: Project, prompt: Prompt | None, since: datetime | None
) -> tuple[list[_Row], dict[int, set[int]], dict[int, int]]:
    """Evaluations on dev of versions as they are, oldest first; versions ever in production; those that are now."""
    found = Evaluation.objects.filter(
        run__project=project, split=Split.DEV, run__prompt_version__isnull=False, run__overrides={},
        run__perturbation__isnull=True,
    ).exclude(run__origin__in=APART)  # fmt: skip
    promoted = Promotion.objects.filter(prompt__project=project, status=PromptStatus.PRODUCTION)
    if prompt:
        found, promoted = found.filter(run__prompt_version__prompt=prompt), promoted.filter(prompt=prompt)
    if since:
        found = found.filter(created_at__gte=since)
    told = found.order_by("-created_at", "-pk").values_list(
        "pk", "run", "run__prompt_version", "run__prompt_version__prompt", "release", "created_at"
    )
    used: dict[int, set[int]] = {}
    current: dict[int, int] = {}
    for of, version, is_current in promoted.values_list("prompt", "version", "is_current"):
        used.setdefault(of, set()).add(version)
        if is_current:
            current[of] = version
    return [_Row(*one) for one in told[:MOST]][::-1], used, current


def _pairs(
    rows: Sequence[_Row], used: Mapping[int, set[int]], current: Mapping[int, int]
) -> Iterator[tuple[_Row, _Row]]:
    """Each evaluation with the one it follows, where there is one, in the order of the evaluations."""
    earlier: dict[tuple[int, int], list[_Row]] = {}
    for one in rows:
        is_live = current.get(one.prompt) == one.version
        versions = {one.version} | (used.get(one.prompt, set()) if is_live else set())
        mine = earlier.setdefault((one.prompt, one.release), [])
        before = next((row for row in reversed(mine) if row.version in versions and row.run != one.run), None)
        if before:
            yield one, before
        mine.append(one)


def _unrecovered(project: Project) -> dict[int, tuple[int, int]]:
    """By prompt, the evaluation that quality fell from and its release, of the newest incident that is not over."""
    waiting = [IncidentState.PROPOSED, IncidentState.OPEN]
    rows = Incident.objects.filter(
        project=project, state__in=waiting, before__isnull=False, evaluation__run__prompt_version__isnull=False
    )
    told = rows.order_by("pk").values_list("evaluation__run__prompt_version__prompt", "before", "before__release")
    return {prompt: (before, release) for prompt, before, release in told}


def _falls(project: Project, pairs: Sequence[tuple[int, int]], known: set[int]) -> list[Fall]:
    """Pairs of primary keys, with what each evaluation said and the comparison of the two, if there is one."""
    scored = Evaluation.objects.filter(pk__in={pk for pair in pairs for pk in pair})
    told = dict(scored.values_list("pk", "report__micro__f1"))
    loaded = scored.defer("report").select_related("run__prompt_version__prompt", "run__project", "release")
    by_pk = {one.pk: one for one in loaded}
    found = [
        Fall(by_pk[before], by_pk[now], _share(told[before]["value"], told[now]["value"]), told[now]["n"] or 0,
             now in known)
        for before, now in pairs
    ]  # fmt: skip
    fallen = [one for one in found if one.share is not None and one.share >= WORTH_TELLING]
    drops = _drops(project, sorted(fallen, key=lambda one: -(one.share or 0))[:COMPARED])
    return [replace(one, drop=drops.get((_side(one.before), _side(one.now)))) for one in found]


def _drops(project: Project, fallen: Sequence[Fall]) -> dict[tuple[str, str], QualityDrop]:
    """The computed comparisons of pairs of runs."""
    if not fallen:
        return {}
    asked = (Q(reference={"run": _side(one.before)}, current={"run": _side(one.now)}) for one in fallen)
    rows = QualityDrop.objects.filter(reduce(or_, asked), project=project, report__isnull=False)
    return {(one.reference["run"], one.current["run"]): one for one in rows.order_by("-pk")}


def _side(evaluation: Evaluation) -> str:
    return str(evaluation.run.public_id)


def relative_fall(before: Evaluation, now: Evaluation) -> float | None:
    """By which share micro F1 is lower; None where one of the two is undefined or nothing was there to lose."""
    return _share(*(one.report["micro"]["f1"]["value"] for one in (before, now)))


def _share(before: float | None, now: float | None) -> float | None:
    if before is None or now is None or before <= 0:
        return None
    return (before - now) / before
