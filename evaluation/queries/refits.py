"""What a new release makes stale, and what came of measuring it anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from evaluation.enums import PromptStatus, RunState, Strategy
from evaluation.models import Certificate, Evaluation, Promotion, Refit, RefitRun
from evaluation.queries.calibration import WAYS
from evaluation.queries.promotions import APART, is_paid, release_with
from evaluation.stats.alike import EXACT
from labeling.enums import Split
from labeling.models import Project, Release
from reviewapp.common import clock
from reviewapp.common.charts.drawing import Chart
from reviewapp.common.charts.forest import Gap, forest

MOST = 200  # evaluations that are looked at, the newest
GOING = (RunState.QUEUED, RunState.RUNNING)
NAMES = {"micro_f1": "Micro F1", "macro_f1": "Macro F1", "exact_match": "Exact match", "ece": "Calibration error, ECE"}


@dataclass(frozen=True)
class Offer:
    """A release that is newer than what was measured: the versions to measure on it, each with its last evaluation."""

    release: Release
    stale: list[Evaluation]  # of the release before, one a version; the production prompts first
    certificates: int  # in force, that rest on an older release of this golden set

    @property
    def before(self) -> Release:
        return self.stale[0].release

    @property
    def names(self) -> str:
        return ", ".join(str(one.run.prompt_version) for one in self.stale)

    @property
    def is_paid(self) -> bool:
        return any(is_paid(one.run.prompt_version) for one in self.stale if one.run.prompt_version)


def offer_of(project: Project) -> Offer | None:
    """What to measure on the newest release of a golden set; None where nothing is stale or it was asked for already.

    Four queries, however many runs there are.
    """
    release = release_with(project, Split.DEV)
    if release is None or Refit.objects.filter(release=release).exists():
        return None
    live = Q(
        run__prompt_version__in=Promotion.objects.filter(
            prompt__project=project, is_current=True, status=PromptStatus.PRODUCTION
        ).values("version")
    )
    built_in = Q(run__prompt_version__strategy__in=[Strategy.BASELINE_ZERO, Strategy.BASELINE_FEW])
    rows = Evaluation.objects.filter(
        live | built_in, run__project=project, split=Split.DEV, release__golden_set=release.golden_set_id,
        run__overrides={}, run__perturbation__isnull=True,
    ).exclude(run__origin__in=APART)  # fmt: skip
    newest: dict[int, Evaluation] = {}
    measured: set[int] = set()
    for row in rows.select_related(
        "run__prompt_version__prompt", "release__golden_set", "release__taxonomy_version"
    ).defer("report").order_by("-release__number", "-created_at", "-pk")[:MOST]:  # fmt: skip
        version = row.run.prompt_version_id
        assert version is not None
        if row.release_id == release.pk:
            measured.add(version)
        elif row.release.number < release.number:
            newest.setdefault(version, row)
    stale = [row for version, row in newest.items() if version not in measured]
    if not stale:
        return None
    resting = Certificate.objects.filter(
        evaluation__release__golden_set=release.golden_set_id, evaluation__release__number__lt=release.number,
        suspended_at__isnull=True, expires_at__gt=clock.now(),
    )  # fmt: skip
    return Offer(release, stale, resting.count())


def refit_of(release: Release) -> Refit | None:
    return Refit.objects.filter(release=release).select_related("release__golden_set", "created_by").first()


@dataclass(frozen=True)
class Measure:
    """One measure on both releases, and on the items of both."""

    name: str
    before: Mapping[str, Any]
    now: Mapping[str, Any]
    paired: Mapping[str, Any] | None
    why: str  # it is not compared


@dataclass(frozen=True)
class Held:
    """One version on the new release beside the one before."""

    row: RefitRun
    measures: list[Measure]

    @property
    def state(self) -> str:
        if self.row.report:
            return "Compared"
        if self.row.run is None:
            return "Not started"
        return {RunState.DONE: "Waits to be compared"}.get(
            RunState(self.row.run.state), RunState(self.row.run.state).label
        )

    @property
    def verdict(self) -> str:
        """Micro F1 on the items of both: better or worse where the whole interval is on one side of 0."""
        found = (self.row.report or {"common": {"diff": {}}})["common"]["diff"].get("micro_f1")
        return "" if found is None else _side(found)

    @property
    def calibrators(self) -> tuple[str, str]:
        """The map that mends stated confidence, on the release before and on this one."""
        both = (self.row.report or {}).get("calibrator", {})
        before, now = (both.get(side, {}).get("recommended") for side in ("before", "now"))
        return WAYS.get(before, "none"), WAYS.get(now, "none")

    @property
    def waits(self) -> bool:
        """Somebody has to do something before it goes on."""
        return not self.row.report and (self.row.run is None or self.row.run.state not in GOING)

    @property
    def is_going(self) -> bool:
        return not self.row.report and not self.waits


def held_of(refit: Refit) -> list[Held]:
    """Every version of a refit; one query."""
    rows = RefitRun.objects.filter(refit=refit).select_related(
        "version__prompt", "run", "evaluation", "before__run", "before__release__golden_set",
        "before__release__taxonomy_version",
    ).defer("evaluation__report", "before__report")  # fmt: skip
    return [Held(row, _measures(row.report)) for row in rows]


def picture_of(rows: Sequence[Held]) -> Chart | None:
    """How far the answers of each version moved on the items of both releases; None where nothing was compared."""
    gaps = [
        Gap(
            f"{held.row.version}, {one.name}", one.paired["value"], one.paired["low"], one.paired["high"],
            note=f"n {one.paired['n']:,}", stands_out=_side(one.paired) in ("better", "worse"),
        )
        for held in rows
        for one in held.measures
        if one.paired and one.paired["value"] is not None
    ]  # fmt: skip
    if not gaps:
        return None
    title = "How the answers moved on the items of both releases"
    return forest(gaps, title=title, measure="change", worse="worse than before", better="better than before")


def _side(found: Mapping[str, Any]) -> str:
    low, high = found.get("low"), found.get("high")
    if low is None or high is None:
        return "cannot tell"
    if found["value"] == 0 and (found.get("method") == EXACT or low == high):  # no item tells the two apart
        return "same"
    return "better" if low > 0 else "worse" if high < 0 else "cannot tell"


def _measures(report: Mapping[str, Any] | None) -> list[Measure]:
    if not report:
        return []
    common = report["common"]
    return [
        Measure(
            NAMES[one["code"]], one["before"], one["now"], common["diff"].get(one["code"]),
            common["reason"] or "" if one["code"] != "ece" else "not tested pair by pair",
        )
        for one in report["measures"]
    ]  # fmt: skip
