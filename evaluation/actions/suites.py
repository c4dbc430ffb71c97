"""Starts stress suites, steers their runs together, and keeps what they showed. Always on dev, never on test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from django.db import transaction

from evaluation.actions.runs import MICRO, Scope, Setup, cancel_run, micro_of, pause_run, resume_run, start_run
from evaluation.enums import RunOrigin, RunState
from evaluation.llm.protocol import ItemText
from evaluation.models import PromptVersion, Run, Suite, SuiteReport, SuiteRun
from evaluation.queries import suites as queries
from evaluation.queries.lessons import frozen_texts
from evaluation.stress.counterfactuals import counterfactual
from evaluation.stress.kinds import COUNTERFACTUAL, GRADED, KINDS, RED_TEAM, STRENGTHS
from evaluation.stress.perturbing import perturb
from evaluation.stress.red_team import deal
from labeling import rules
from labeling.actions.audit import record_event
from labeling.enums import Role, Split
from labeling.models import GoldEntry, Label, Release, User
from reviewapp.common.errors import Refused

PRIORITY = -1  # what people started themselves goes first
SAMPLE = 100
MOST_SEED = 2**31 - 1
AROUND = 2000  # letters that a prompt adds to a text, about
SUITE = ("project", "prompt_version__prompt", "release__golden_set", "release__taxonomy_version")
MEASURED = 10  # so many texts tell how much longer a disturbance makes them


@dataclass(frozen=True)
class Part:
    """A run to be started: what is done to which texts."""

    kind: str
    strength: int
    items: list[int]
    perturbation: dict[str, Any] | None


@transaction.atomic
def start_suite(
    *,
    version: PromptVersion,
    release: Release,
    by: User | None,
    kinds: Sequence[str] = tuple(KINDS),
    strengths: Sequence[int] = STRENGTHS,
    sample: int | None = SAMPLE,
    seed: int = 0,
    budget_usd: float | None = None,
    tolerance: float = 0.05,
    operator: str = "",
) -> Suite:
    """Start the clean run and one for each kind and strength, all over the same items of the release's dev split.

    `sample` None is all items of it. The budget is of all runs together; each gets the share that its texts ask for.
    """
    project = version.prompt.project
    if by:
        rules.check_role(by, project, Role.ENGINEER, Role.MANAGER)
    rules.check_not_archived(project)
    if release.golden_set.project_id != project.pk:
        raise Refused("The prompt and the release belong to different projects.")
    chosen, graded = _checked(kinds, strengths, sample=sample, seed=seed, tolerance=tolerance)
    budget = micro_of(budget_usd)
    suite = Suite.objects.create(
        project=project,
        prompt_version=version,
        release=release,
        kinds=chosen,
        strengths=graded,
        seed=seed,
        tolerance=tolerance,
        sample=sample,
        budget_micro_usd=budget,
        created_by=by,
    )
    items = _drawn(release, sample, seed)
    texts = frozen_texts(release.pk, items)
    parts = _parts(suite, items, texts)
    if len(parts) == 1:
        raise Refused("No text of these items names a gender in English, so there is nothing to swap.")
    shares = _shares(parts, texts, budget)
    for part, share in zip(parts, shares, strict=True):
        title = KINDS[part.kind].title.lower() if part.kind else "clean"
        title += f" {part.strength}" if part.kind in GRADED else ""
        run = start_run(
            version=version,
            scope=Scope(release, Split.DEV),
            by=by,
            name=f"stress {title}, {version} on {release}".replace("@", " v"),
            budget_usd=None if share is None else share / MICRO,
            setup=Setup(
                origin=RunOrigin.STRESS, priority=PRIORITY, perturbation=part.perturbation, items=part.items, seed=seed
            ),
            operator=operator,
        )
        SuiteRun.objects.create(suite=suite, run=run, kind=part.kind, strength=part.strength)
    record_event(
        kind="suite.started",
        project=project,
        by=by,
        operator=operator,
        target=f"suite:{suite.public_id}",
        after={
            "prompt": str(version), "on": str(release), "kinds": chosen, "strengths": graded, "items": len(items),
            "runs": len(parts), "budget_usd": budget_usd,
        },
    )  # fmt: skip
    return suite


def _checked(
    kinds: Sequence[str], strengths: Sequence[int], *, sample: int | None, seed: int, tolerance: float
) -> tuple[list[str], list[int]]:
    """Kinds and strengths once each in their own order; raises Refused for what cannot be asked."""
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise Refused(f"There is no kind “{unknown[0]}”. There are: {', '.join(KINDS)}.")
    if wrong := [one for one in strengths if one not in STRENGTHS]:
        raise Refused(f"A strength is one of {', '.join(map(str, STRENGTHS))}, not {wrong[0]}.")
    chosen = [kind for kind in KINDS if kind in kinds]
    if not chosen:
        raise Refused("Choose at least one kind of disturbance.")
    if not strengths and any(kind in GRADED for kind in chosen):
        raise Refused("Choose at least one strength.")
    if sample is not None and sample < 1:
        raise Refused("A sample has at least one item.")
    if not 0 <= seed <= MOST_SEED:
        raise Refused(f"A seed is a whole number from 0 to {MOST_SEED:,}.")
    if not 0 <= tolerance <= 1:
        raise Refused("The tolerance is a loss of F1 between 0 and 1, for example 0.05.")
    return chosen, [one for one in STRENGTHS if one in strengths]


def _drawn(release: Release, sample: int | None, seed: int) -> list[int]:
    """The items of the dev split, or a sample of them that only the release and the seed decide."""
    entries = GoldEntry.objects.filter(release=release, split=Split.DEV).order_by("external_id")
    items = list(entries.values_list("item_id", flat=True))
    if not items:
        raise Refused(f"The dev split of {release} has no items.")
    if sample is None or sample >= len(items):
        return items
    places = Random(f"{seed}/suite").sample(range(len(items)), sample)  # noqa: S311 -- seeded on purpose
    return [items[place] for place in sorted(places)]


def _parts(suite: Suite, items: list[int], texts: Mapping[int, ItemText]) -> list[Part]:
    """The clean run, then each kind at each strength; a kind that no item is fit for is left out."""
    parts = [Part("", 0, items, None)]
    for kind in suite.kinds:
        told: dict[str, Any] = {"kind": kind, "strength": 1, "seed": suite.seed}
        if kind == COUNTERFACTUAL:
            fit = [pk for pk in items if counterfactual(texts[pk]) is not None]
            parts += [Part(kind, 1, fit, told)] if fit else []
        elif kind == RED_TEAM:
            fit = [pk for pk in items if any(document.text.strip() for document in texts[pk].documents)]
            cases = _dealt(suite, [texts[pk].external_id for pk in fit])
            parts += [Part(kind, 1, fit, told | {"cases": cases})] if fit else []
        else:
            parts += [Part(kind, strength, items, told | {"strength": strength}) for strength in suite.strengths]
    return parts


def _dealt(suite: Suite, items: list[str]) -> dict[str, list[str]]:
    """Which injected text each item carries: decided now and kept with the run. Labels in gold are not demanded."""
    entries = GoldEntry.objects.filter(release=suite.release, split=Split.DEV, external_id__in=items)
    own = dict(entries.values_list("external_id", "labels"))
    labels = Label.objects.filter(version=suite.release.taxonomy_version).order_by("position")
    return deal(items, list(labels.values_list("code", flat=True)), suite.seed, own=own)


def _shares(parts: Sequence[Part], texts: Mapping[int, ItemText], budget: int | None) -> list[int | None]:
    """The budget of each run, by how long its texts are; together never more than the budget."""
    if budget is None:
        return [None for _ in parts]
    measured = list(texts.values())[:MEASURED]
    weights = []
    for part in parts:
        longer = measured
        if part.kind in GRADED:
            longer = [perturb(item, kind=part.kind, strength=part.strength, seed=0, labels=["x"]) for item in measured]
        weights.append(len(part.items) * (AROUND + sum(len(item.text) for item in longer) / len(longer)))
    return [int(budget * weight / sum(weights)) for weight in weights]


@transaction.atomic
def steer_suite(*, suite: Suite, step: str, by: User | None, operator: str = "") -> int:
    """Pause, resume or cancel all its runs that this is possible for; how many those were."""
    going, paused = (RunState.QUEUED, RunState.RUNNING), (RunState.PAUSED,)
    if by:
        rules.check_role(by, suite.project, Role.ENGINEER, Role.MANAGER)
    if step not in ("pause", "resume", "cancel"):
        raise Refused("A suite can be paused, resumed or cancelled.")
    states = {"pause": going, "resume": paused, "cancel": (*going, *paused)}[step]
    runs = [member.run for member in suite.members.filter(run__state__in=states).select_related("run__project")]
    for run in runs:
        if step == "pause":
            pause_run(run=run, reason="paused with its suite", by=by, operator=operator)
        elif step == "resume":
            resume_run(run=run, by=by, operator=operator)
        else:
            cancel_run(run=run, by=by, operator=operator)
    return len(runs)


def report_on(suite: Suite) -> SuiteReport | None:
    """What the suite showed, stored or computed now; None while some run of it is not over."""
    digest = queries.digest_of_suite(suite)
    if digest is None:
        return None
    if stored := SuiteReport.objects.filter(input_digest=digest).first():
        return stored
    report = queries.computed(suite) | {"inputs": {"digest": digest, "release": suite.release.digest}}
    SuiteReport.objects.get_or_create(input_digest=digest, defaults={"suite": suite, "report": report})
    # read again, since PostgreSQL orders the keys of JSON in its own way: the first reader sees what all others see
    return SuiteReport.objects.get(input_digest=digest)


def settle_suite_of(run: Run) -> None:
    """Compute what a suite showed when its last run is done."""
    member = SuiteRun.objects.filter(run=run).select_related(*(f"suite__{one}" for one in SUITE)).first()
    if member:
        report_on(member.suite)
