"""Stress suites: how far each is, and what its runs showed beside the clean one."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count

from evaluation.analyses.asked import STANDARD
from evaluation.enums import AttemptOutcome, PredictionState, RunState
from evaluation.models import Attempt, Prediction, Run, Suite, SuiteReport, SuiteRun
from evaluation.queries.pairing import Paired, pair
from evaluation.queries.plans import plan_for
from evaluation.stats.intervals import Plan
from evaluation.stats.robustness import EDGE, flips, obeyed, robustness
from evaluation.stress.injections import was_obeyed
from evaluation.stress.kinds import COUNTERFACTUAL, GRADED, RED_TEAM
from evaluation.stress.red_team import case_of
from labeling.digest import digest_of
from labeling.enums import Split
from labeling.models import Project
from labeling.queries.golden import Gold
from reviewapp import __version__
from reviewapp.common.errors import Refused

FORMAT = 2
PAGE = 50
OVER = (RunState.DONE, RunState.CANCELLED)
HOLDS, BREAKS, CANNOT_TELL = "holds", "breaks", "cannot_tell"
CLEAN_CANCELLED = "the clean run was cancelled, so there is nothing to hold the others against"
CANCELLED = "its run was cancelled"
NOTHING_FITS = "no text of these items is fit for it"
Answers = dict[int, frozenset[str]]


def digest_of_suite(suite: Suite) -> str | None:
    """The hash of what its report is computed from, since a run that is over never changes; None before that."""
    runs = list(suite.members.order_by("pk").values_list("kind", "strength", "run__public_id", "run__state"))
    if any(state not in OVER for *_, state in runs):
        return None
    rows = [[kind, strength, str(public_id), state] for kind, strength, public_id, state in runs]
    return digest_of(["suite", str(suite.public_id), suite.release.digest, suite.tolerance, rows, FORMAT])


def computed(suite: Suite) -> dict[str, Any]:
    """The report of a suite whose runs are over."""
    members = list(suite.members.select_related("run__project").order_by("pk"))
    clean = next(member for member in members if not member.kind)
    report: dict[str, Any] = {
        "suite": str(suite.public_id),
        "prompt": str(suite.prompt_version),
        "golden": str(suite.release),
        "split": Split.DEV,
        "seed": suite.seed,
        "sample": suite.sample,
        "tolerance": suite.tolerance,
        "is_simulated": any(member.run.is_simulated for member in members),
        "versions": {"format": FORMAT, "code": __version__, "taxonomy": suite.release.taxonomy_version.number},
        "problems": _problems(members),
    }
    if clean.run.state == RunState.CANCELLED:
        return report | {"verdict": CANNOT_TELL, "reason": CLEAN_CANCELLED, "n": 0, "kinds": {}, "left_out": {}}
    told = _Told(suite, members, clean)
    kinds = {kind: told.graded(kind) for kind in suite.kinds if kind in GRADED and told.strengths(kind)}
    beside = {COUNTERFACTUAL: told.counterfactual, RED_TEAM: told.red_team}
    report |= {kind: found() for kind, found in beside.items() if told.strengths(kind)}
    return report | {
        "n": len(told.gold),
        "clean": told.clean_figures(kinds),
        "kinds": kinds,
        "left_out": told.left_out(),
        "verdict": _verdict(kinds, suite.tolerance),
    }


@dataclass
class _Told:
    """What the runs of a suite said, over the items that the clean run was asked about."""

    suite: Suite
    members: list[SuiteRun]
    clean: SuiteRun
    paired: Paired = field(init=False)
    gold: list[Gold] = field(init=False)
    plan: Plan = field(init=False)
    answers: dict[int, Answers] = field(init=False)

    def __post_init__(self) -> None:
        asked = set(self.clean.run.predictions.values_list("item_id", flat=True))
        self.paired = pair(self.clean.run, self.suite.release, Split.DEV)
        self.gold = [entry for entry in self.paired.gold if entry.item_id in asked]
        if not self.gold:
            raise Refused("The run learned from all items of this suite, so they prove nothing.")
        self.plan = plan_for(self.gold, STANDARD)
        self.answers = defaultdict(dict)
        runs = [member.run_id for member in self.members]
        done = Prediction.objects.filter(run__in=runs, state=PredictionState.DONE)
        for run, item, labels in done.values_list("run_id", "item_id", "labels").iterator(chunk_size=5000):
            self.answers[run][item] = frozenset(label["code"] for label in labels)

    def of(self, member: SuiteRun) -> list[frozenset[str] | None]:
        answers = self.answers[member.run_id]
        return [answers.get(entry.item_id) for entry in self.gold]

    def strengths(self, kind: str) -> dict[int, SuiteRun]:
        """The runs of a kind that were finished, by strength."""
        mine = [one for one in self.members if one.kind == kind and one.run.state == RunState.DONE]
        return {member.strength: member for member in sorted(mine, key=lambda one: one.strength)}

    def graded(self, kind: str) -> dict[str, Any]:
        """Micro F1 at each strength beside the clean."""
        members = self.strengths(kind)
        found = robustness(
            gold=[entry.labels for entry in self.gold],
            clean=self.of(self.clean),
            disturbed={strength: self.of(member) for strength, member in members.items()},
            codes=self.paired.codes,
            tolerance=self.suite.tolerance,
            plan=self.plan,
        ).as_dict()
        for one in found["strengths"]:
            one["run"] = members[one["strength"]].run.name
        return found

    def clean_figures(self, kinds: Mapping[str, Any]) -> dict[str, Any]:
        found = (
            next(iter(kinds.values()), None)
            or robustness(
                gold=[entry.labels for entry in self.gold],
                clean=self.of(self.clean),
                disturbed={},
                codes=self.paired.codes,
                plan=self.plan,
            ).as_dict()
        )
        return {"run": self.clean.run.name, "micro_f1": found["clean"], "unanswered": found["unanswered"]}

    def counterfactual(self) -> dict[str, Any]:
        """How many answers changed with the genders."""
        member = self.strengths(COUNTERFACTUAL)[1]
        asked = sorted(member.run.predictions.values_list("item_id", flat=True))
        before, after = self.answers[self.clean.run_id], self.answers[member.run_id]
        found = flips([before.get(pk) for pk in asked], [after.get(pk) for pk in asked]).as_dict()
        return found | {"run": member.run.name, "items": len(asked)}

    def red_team(self) -> dict[str, Any]:
        """How many injected texts had their way, in all, by carrier and by aim."""
        member = self.strengths(RED_TEAM)[1]
        outcomes = attacks(member.run, self.answers[self.clean.run_id])
        results = [one.was_obeyed for one in outcomes]
        by_carrier = obeyed(results, [one.carrier for one in outcomes]).as_dict()
        by_aim = obeyed(results, [one.aim for one in outcomes]).as_dict()
        return {
            "run": member.run.name, "cases": len(outcomes), "rate": by_carrier["rate"], "obeyed": by_carrier["obeyed"],
            "unanswered": by_carrier["unanswered"], "carriers": by_carrier["groups"], "aims": by_aim["groups"],
        }  # fmt: skip

    def left_out(self) -> dict[str, str]:
        """Why a kind, or one strength of it, has no figures."""
        found = {}
        for kind in self.suite.kinds:
            mine = [one for one in self.members if one.kind == kind]
            if not mine:
                found[kind] = NOTHING_FITS
            for one in mine:
                if one.run.state == RunState.CANCELLED:
                    found[str(one)] = CANCELLED
        return found


@dataclass(frozen=True)
class Attack:
    """One item of the red-team run: what its text wanted, and whether it had its way; None: there is no answer."""

    item: int
    carrier: str
    aim: str
    label: str
    text: str
    was_obeyed: bool | None


def attacks(run: Run, before: Mapping[int, frozenset[str]]) -> list[Attack]:
    """The cases of a red-team run in the order of items; `before` is what the clean run said of each."""
    raws: dict[int, str] = {}
    kept = Attempt.objects.filter(
        prediction__run=run, stage="classify", outcome__in=[AttemptOutcome.OK, AttemptOutcome.CACHED]
    )
    rows = kept.order_by("number").values_list("prediction__item_id", "raw", "answered_by__raw")
    for item, raw, earlier in rows.iterator(chunk_size=2000):
        raws.setdefault(item, raw or earlier or "")
    found = []
    dealt = (run.perturbation or {})["cases"]
    predictions = run.predictions.order_by("item__external_id").values_list(
        "item_id", "item__external_id", "state", "labels"
    )
    for item, key, state, labels in predictions:
        case, raw = case_of(dealt[key]), raws.get(item, "")
        after = {label["code"] for label in labels} if state == PredictionState.DONE else set()
        is_known = state == PredictionState.DONE or bool(raw)
        result = was_obeyed(case, before.get(item, frozenset()), after, raw) if is_known else None
        found.append(Attack(item, case.carrier, case.aim, case.label, case.text, result))
    return found


def _problems(members: list[SuiteRun]) -> dict[str, dict[str, int]]:
    """By run (clean, typos 4), in how many answers each kind of problem was."""
    names = {member.run_id: str(member) for member in members}
    counted: dict[str, Counter[str]] = {name: Counter() for name in names.values()}
    rows = Prediction.objects.filter(run__in=list(names)).values_list("run_id", "problems", "error_kind")
    for run, problems, error in rows.iterator(chunk_size=5000):
        counted[names[run]].update({one["kind"] for one in problems} | ({error} if error else set()))
    return {name: dict(sorted(count.items())) for name, count in counted.items()}


def _verdict(kinds: Mapping[str, Any], tolerance: float) -> str:
    """Breaks: some loss is certainly larger than the tolerance. Holds: all are certainly within it."""
    if not kinds:
        return ""
    if any(one["breakdown_certain"]["strength"] is not None for one in kinds.values()):
        return BREAKS
    highs = [at["drop"]["high"] for one in kinds.values() for at in one["strengths"]]
    return HOLDS if all(high is not None and high <= tolerance + EDGE for high in highs) else CANNOT_TELL


@dataclass(frozen=True)
class Listed:
    """A suite in the list: how far it is, and its verdict where it is over."""

    suite: Suite
    total: int
    done: int
    is_over: bool
    is_simulated: bool
    report: dict[str, Any] | None


def suites_of(project: Project, *, before: int | None = None, limit: int = PAGE) -> list[Listed]:
    """The newest first; four queries, however many. `before` is the key of the last one seen."""
    mine = Suite.objects.filter(project=project).select_related(
        "prompt_version__prompt", "release__golden_set", "created_by"
    )
    if before is not None:
        mine = mine.filter(pk__lt=before)
    suites = list(mine.order_by("-pk")[:limit])
    totals: dict[int, int] = defaultdict(int)
    simulated, going = set(), set()
    members = SuiteRun.objects.filter(suite__in=suites)
    for pk, total, state, fake in members.values_list("suite", "run__total", "run__state", "run__is_simulated"):
        totals[pk] += total
        simulated |= {pk} if fake else set()
        going |= set() if state in OVER else {pk}
    closed = Prediction.objects.filter(
        run__suite_member__suite__in=suites, state__in=[PredictionState.DONE, PredictionState.FAILED]
    )
    done = dict(closed.values_list("run__suite_member__suite").annotate(Count("pk")).order_by())
    reports = dict(SuiteReport.objects.filter(suite__in=suites).order_by("pk").values_list("suite", "report"))
    return [
        Listed(one, totals[one.pk], done.get(one.pk, 0), one.pk not in going, one.pk in simulated, reports.get(one.pk))
        for one in suites
    ]
