"""Where versions of a prompt stand: their status and its history, and what a promotion still needs."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet

from evaluation.enums import WITHOUT_LABELS, PromptStatus, RunOrigin, RunState, Strategy
from evaluation.models import Comparison, Evaluation, Objective, Promotion, Prompt, PromptVersion, Run
from evaluation.queries.edge_cases import bank_obstacle
from evaluation.queries.objectives import in_use, standing_of
from evaluation.queries.training_exports import GivenOut, given_out
from evaluation.stats.standing import Standing, Verdict
from labeling.enums import Split
from labeling.models import Look, Project, Release
from labeling.queries.held_out import Worth, alike_in_test, worth_of_test

MOST_LOOKS = 10  # at the test split of a release, for all versions of a prompt together
OVERRIDE_LEAST = 20  # characters of a reason to go past the gate
# Runs that are not the version as it is, over all of a split.
APART = (
    RunOrigin.TRIAL,
    RunOrigin.GRID,
    RunOrigin.STRESS,
    RunOrigin.CANARY,
    RunOrigin.REPEAT,
    RunOrigin.BANK,
    *WITHOUT_LABELS,
    RunOrigin.TARGETED,
    RunOrigin.ATTACK,
)


def status_of(version: PromptVersion) -> str:
    found = Promotion.objects.filter(version=version, is_current=True).values_list("status", flat=True).first()
    return found or PromptStatus.DRAFT


def statuses(versions: Iterable[int]) -> dict[int, str]:
    """The statuses of versions by primary key; one that is missing is a draft."""
    return dict(Promotion.objects.filter(version__in=versions, is_current=True).values_list("version", "status"))


def history(prompt: Prompt) -> list[Promotion]:
    """All that happened to a prompt's versions, newest first."""
    rows = Promotion.objects.filter(prompt=prompt).select_related(
        "version__prompt", "evaluation__run", "evaluation__release__golden_set", "objective", "created_by"
    )
    return list(rows.order_by("-pk")[:200])


def in_production(prompt: Prompt) -> Promotion | None:
    rows = Promotion.objects.filter(prompt=prompt, is_current=True, status=PromptStatus.PRODUCTION)
    return rows.select_related("version__prompt", "evaluation").first()


def rolls_back_to(prompt: Prompt) -> Promotion | None:
    """The promotion that a roll-back would bring back. What was rolled back itself is never come back to."""
    in_order: list[Promotion] = []
    rows = Promotion.objects.filter(prompt=prompt, status=PromptStatus.PRODUCTION)
    for row in rows.select_related("version__prompt", "evaluation", "objective").order_by("pk"):
        while row.is_rollback and in_order and in_order[-1].version_id != row.version_id:
            in_order.pop()
        if not row.is_rollback:
            in_order.append(row)
    now = in_production(prompt)
    while now and in_order and in_order[-1].version_id == now.version_id:
        in_order.pop()
    return in_order[-1] if in_order else None


def release_with(project: Project, split: str) -> Release | None:
    """The newest release that has items in a split."""
    releases = Release.objects.filter(golden_set__project=project, frozen_at__isnull=False)
    found = releases.annotate(size=Count("entries", filter=Q(entries__split=split))).filter(size__gt=0)
    return found.select_related("golden_set__project", "taxonomy_version").order_by("-frozen_at", "-pk").first()


def plain_runs(version: PromptVersion) -> QuerySet[Run]:
    """Runs of a version as it is: nothing overridden, no text disturbed."""
    return Run.objects.filter(prompt_version=version, overrides={}, perturbation__isnull=True).exclude(origin__in=APART)


def dev_evaluation(version: PromptVersion) -> Evaluation | None:
    """The newest evaluation of a version on dev."""
    found = Evaluation.objects.filter(run__in=plain_runs(version), split=Split.DEV)
    return found.select_related("run", "release__golden_set").order_by("-created_at", "-pk").first()


def look_run(version: PromptVersion, release: Release) -> Run | None:
    """The newest run of a version over all of a release's test split, finished or still going."""
    size = release.entries.filter(split=Split.TEST).count()
    runs = plain_runs(version).filter(release=release, split=Split.TEST, total=size).exclude(state=RunState.CANCELLED)
    return runs.select_related("project", "prompt_version__prompt").order_by("-created_at", "-pk").first()


def looks_used(prompt: Prompt, release: Release) -> int:
    """How often versions of a prompt were held against a release's test split, or one that holds half or more of the
    same items; looks asked for count too."""
    alike = alike_in_test(release)
    runs = Run.objects.filter(prompt_version__prompt=prompt)
    names = [name for one in runs.values_list("name", flat=True) for name in (one, f"certificate for {one}")]
    scored = Look.objects.filter(release__in=alike, kind="evaluation", subject__in=names).count()
    both = Q(run_a__prompt_version__prompt=prompt) | Q(run_b__prompt_version__prompt=prompt)
    compared = Comparison.objects.filter(both, release__in=alike, split=Split.TEST).count()
    asked = runs.filter(origin=RunOrigin.PROMOTION, release__in=alike, split=Split.TEST)
    waiting = asked.exclude(state=RunState.CANCELLED).exclude(evaluations__split=Split.TEST)
    return scored + compared + waiting.count()


def looks_by_imports(release: Release) -> int:
    """How often runs made elsewhere were held against a release's test split, or one with half or more of its items."""
    alike = alike_in_test(release)
    made = Run.objects.filter(project=release.golden_set.project_id, prompt_version=None)
    scored = Look.objects.filter(release__in=alike, kind="evaluation", subject__in=made.values("name"))
    both = Comparison.objects.filter(run_a__in=made, run_b__in=made, release__in=alike, split=Split.TEST)
    return scored.count() + both.count()


def look_evaluation(run: Run) -> Evaluation | None:
    found = run.evaluations.filter(split=Split.TEST, release=F("run__release"))
    return found.select_related("run__project", "release__golden_set").order_by("-created_at", "-pk").first()


@dataclass(frozen=True)
class Gate:
    """What a promotion to production rests on, as far as it is there."""

    dev: Evaluation | None
    release: Release | None  # whose test split is looked at
    run: Run | None
    evaluation: Evaluation | None  # the look
    objective: Objective | None
    standing: Standing | None
    looks_used: int
    most_looks: int = MOST_LOOKS
    bank: str = ""  # why the edge cases stand in the way
    training: GivenOut | None = None  # what of the test split went out to train with
    worth: Worth | None = None  # whether the test split is held out still

    @property
    def is_passed(self) -> bool:
        return not self.obstacle

    @property
    def obstacle(self) -> str:
        """Why the gate is not passed, as a sentence; empty if it is."""
        if self.evaluation is None:
            return "The look at test is not done yet."
        if self.objective is None or self.standing is None:
            return "The project has no default objective, so nothing says what is good enough."
        if self.standing.verdict != Verdict.MET:
            return f"“{self.objective.name}” says: {self.standing.verdict}."
        if self.run is not None and self.run.is_simulated:
            return "The answers came from the simulator, which proves nothing of a model."
        if self.training is not None and self.training.untold:
            return self.training.sentence
        if self.worth is not None and self.worth.obstacle:
            return self.worth.obstacle
        return self.bank

    @property
    def notes(self) -> list[str]:
        """What a promotion should be weighed by that stands in no way."""
        said = [self.training.sentence] if self.training and not self.training.untold else []
        return [one for one in (*said, *(self.worth.notes if self.worth else [])) if one]

    @property
    def needs(self) -> str:
        """What is missing before anybody may promote, with or without a reason; empty if nothing is."""
        if self.dev is None:
            return "It needs a finished evaluation on dev first."
        if self.release is None:
            return "It needs a release with a test split."
        if self.run is None:
            return "It needs one look at test: ask for it first."
        if self.run.state != RunState.DONE:
            return f"The look at test is not done yet: its run is {RunState(self.run.state).label.lower()}."
        return ""

    @property
    def may_ask(self) -> bool:
        """Whether a look can be asked for now."""
        ready = self.dev is not None and self.release is not None and self.run is None
        return ready and self.looks_used < self.most_looks


def gate_of(version: PromptVersion) -> Gate:
    """What there is for a promotion of a version, on the newest release with a test split. It never looks itself."""
    project = version.prompt.project
    release = release_with(project, Split.TEST)
    run = look_run(version, release) if release else None
    evaluation = look_evaluation(run) if run else None
    objective = next((one for one in in_use(project) if one.is_default), None)
    standing = standing_of(objective, evaluation) if objective and evaluation else None
    used = looks_used(version.prompt, release) if release else 0
    return Gate(
        dev_evaluation(version), release, run, evaluation, objective, standing, used, bank=bank_obstacle(version),
        training=given_out(run, release, Split.TEST) if run and release else None,
        worth=worth_of_test(release) if release else None,
    )  # fmt: skip


def is_paid(version: PromptVersion) -> bool:
    return version.strategy == Strategy.CHAT
