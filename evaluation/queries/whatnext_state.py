"""What a project's next step depends on, read in a fixed number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, Q

from evaluation.actions.follow_ups import CHANGED
from evaluation.analyses import kind_called
from evaluation.analyses.asked import settled
from evaluation.enums import CaseOutcome, PromptStatus, RunOrigin, RunState
from evaluation.models import (
    AgreementReport,
    Analysis,
    CaseVerdict,
    Certificate,
    Comparison,
    Evaluation,
    Objective,
    PanelRun,
    Promotion,
    PromptVersion,
    Run,
    Triage,
)
from evaluation.queries.labellers import labellers
from evaluation.queries.objectives import Facts
from evaluation.queries.promotions import APART, release_with
from evaluation.queries.refits import Offer, offer_of
from evaluation.stats.types import Estimate
from labeling.enums import Purpose, RoundState, Split, TaskState, VersionStatus
from labeling.models import AuditEvent, Item, Label, Project, Release, Round, TaxonomyVersion
from labeling.queries.taxonomy_changes import mapping_between
from reviewapp.common import clock

MOST = 500  # evaluations that are looked at, the newest


@dataclass(frozen=True)
class State:
    """The project as it stands. What is None or empty is not there."""

    project: Project
    has_items: bool
    taxonomy: TaxonomyVersion | None  # published last
    round: Round | None  # the newest open one for a golden set
    unsettled: int  # its tasks that are not settled
    agreement: AgreementReport | None  # of that round
    release: Release | None  # the newest with a dev split
    versions: list[PromptVersion]  # of each prompt the newest and the one before, newest first
    production: Mapping[int, int]  # prompt -> version
    scored: Mapping[int, Evaluation]  # version -> its newest evaluation on that dev split; without its report
    going: Sequence[Run]  # runs on that dev split that are not done
    unscored: Sequence[Run]  # done, and nobody has scored them
    compared: set[frozenset[int]]  # pairs of runs
    current: Evaluation | None  # of the version in use, with its report
    calibration: Mapping[str, Any] | None
    has_triage: bool
    certificate: Certificate | None  # the newest in force
    model_change: AuditEvent | None  # the newest
    panelled: set[int]  # runs that a panel has judged or is judging
    bank_run: Run | None
    bank: Mapping[str, int]  # outcome -> cases, of that run
    objective: Objective | None
    cost: Estimate | None  # dollars an item of the current evaluation's run
    refit: Offer | None = None  # what a newer release makes stale
    new_labels: list[Label] = field(default_factory=list)  # of the taxonomy, that the one before did not have


def read_state(project: Project) -> State:
    """One query a thing, whatever the project holds."""
    taxonomy = (
        TaxonomyVersion.objects.filter(project=project, status=VersionStatus.PUBLISHED).order_by("-number").first()
    )
    release = release_with(project, Split.DEV)
    in_round = (
        Round.objects.filter(project=project, state=RoundState.OPEN, purpose=Purpose.GOLDEN)
        .annotate(left=Count("tasks", filter=~Q(tasks__state=TaskState.SETTLED)))
        .order_by("-created_at", "-pk")
        .first()
    )
    reports = AgreementReport.objects.filter(round=in_round).order_by("-created_at", "-pk")
    versions = _newest_two(project)
    production = dict(
        Promotion.objects.filter(prompt__project=project, is_current=True, status=PromptStatus.PRODUCTION).values_list(
            "prompt", "version"
        )
    )
    scored = _scored(release)
    current = _current(versions, production, scored)
    runs = list(_dev_runs(project, release))
    known = Comparison.objects.filter(release=release, split=Split.DEV)
    in_force = Certificate.objects.filter(
        evaluation__run__project=project, suspended_at__isnull=True, expires_at__gt=clock.now()
    )
    calibrations = Analysis.objects.filter(
        evaluation=current, kind="calibration", parameters=settled(kind_called("calibration"), None)
    )
    bank_run = (
        Run.objects.filter(project=project, origin=RunOrigin.BANK, state=RunState.DONE)
        .select_related("prompt_version__prompt")
        .order_by("-finished_at", "-pk")
        .first()
    )
    verdicts = CaseVerdict.objects.filter(run=bank_run, case__retired_at__isnull=True).values("outcome")
    changes = AuditEvent.objects.filter(project=project, kind=CHANGED)
    return State(
        project=project,
        has_items=Item.objects.filter(project=project).exists(),
        taxonomy=taxonomy,
        round=in_round,
        unsettled=in_round.left if in_round else 0,
        agreement=reports.first(),
        release=release,
        versions=versions,
        production=production,
        scored=scored,
        going=[run for run in runs if run.state != RunState.DONE],
        unscored=[run for run in runs if run.state == RunState.DONE],
        compared={frozenset(pair) for pair in known.values_list("run_a", "run_b")},
        current=current,
        calibration=calibrations.order_by("-pk").values_list("report", flat=True).first(),
        has_triage=Triage.objects.filter(run=current.run).exists() if current else False,
        certificate=in_force.select_related("evaluation__run").order_by("-created_at", "-pk").first(),
        model_change=changes.order_by("-pk").first(),
        panelled=set(PanelRun.objects.filter(panel__project=project).values_list("run", flat=True)),
        bank_run=bank_run,
        bank={row["outcome"]: row["number"] for row in verdicts.annotate(number=Count("case", distinct=True))},
        objective=Objective.objects.filter(project=project, is_default=True).first(),
        cost=Facts(current).cost if current else None,
        refit=offer_of(project) if release else None,
        new_labels=_new_labels(taxonomy, release),
    )


def failed_cases(bank: Mapping[str, int]) -> int:
    return bank.get(CaseOutcome.FAILED, 0) + bank.get(CaseOutcome.UNANSWERED, 0)


def _newest_two(project: Project) -> list[PromptVersion]:
    rows = labellers(project).order_by("-pk")
    seen: dict[int, int] = {}
    found = []
    for row in rows.defer("template"):
        seen[row.prompt_id] = seen.get(row.prompt_id, 0) + 1
        if seen[row.prompt_id] <= 2:
            found.append(row)
    return found


def _scored(release: Release | None) -> dict[int, Evaluation]:
    """Runs of a version as it is, over all of the split."""
    if release is None:
        return {}
    size = release.counts["splits"][Split.DEV]
    rows = Evaluation.objects.filter(
        release=release, split=Split.DEV, run__prompt_version__isnull=False, run__overrides={},
        run__perturbation__isnull=True, run__total__gte=size,
    ).exclude(run__origin__in=APART)  # fmt: skip
    found: dict[int, Evaluation] = {}
    for row in rows.select_related("run").defer("report").order_by("-created_at", "-pk")[:MOST]:
        if row.run.prompt_version_id:
            found.setdefault(row.run.prompt_version_id, row)
    return found


def _current(
    versions: Sequence[PromptVersion], production: Mapping[int, int], scored: Mapping[int, Evaluation]
) -> Evaluation | None:
    """Of the version in production, else of the version that was scored last."""
    live = [scored[version] for version in production.values() if version in scored]
    mine = [scored[version.pk] for version in versions if version.pk in scored]
    chosen = max(live or mine, key=lambda one: (one.created_at, one.pk), default=None)
    if chosen is None:
        return None
    rows = Evaluation.objects.select_related("run__project", "run__prompt_version__prompt", "release__golden_set")
    return rows.get(pk=chosen.pk)


def _dev_runs(project: Project, release: Release | None) -> Any:
    rows = Run.objects.filter(
        project=project, release=release, release__isnull=False, split=Split.DEV, prompt_version__isnull=False,
        overrides={}, perturbation__isnull=True,
    ).exclude(origin__in=APART).exclude(state=RunState.CANCELLED)  # fmt: skip
    rows = rows.exclude(evaluations__release=F("release"), evaluations__split=Split.DEV)
    return rows.select_related("prompt_version__prompt").order_by("-pk")[:20]


def _new_labels(taxonomy: TaxonomyVersion | None, release: Release | None) -> list[Label]:
    """What the newest taxonomy has and the release's has not; if that is the newest itself, the one before it.

    A label that another became, by a rename or a merge, is not new: its gold goes along.
    """
    if taxonomy is None or release is None:
        return []
    old: TaxonomyVersion | None = release.taxonomy_version
    if release.taxonomy_version_id == taxonomy.pk:
        before = TaxonomyVersion.objects.filter(
            project=release.golden_set.project_id, number__lt=taxonomy.number, status=VersionStatus.PUBLISHED
        )
        old = before.order_by("-number").first()
    if old is None:
        return []
    known = Label.objects.filter(version=old).values("code")
    found = list(Label.objects.filter(version=taxonomy).exclude(code__in=known).order_by("position")[:MOST])
    became = mapping_between(old, taxonomy) if found else None
    return [one for one in found if became is None or one.code in became.apart]
