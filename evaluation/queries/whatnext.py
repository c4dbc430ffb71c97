"""What next? The project's own decision tree, answered from its state: what, why with the numbers, and how to start."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from evaluation.enums import CaseOutcome
from evaluation.models import Evaluation, PromptVersion, Run
from evaluation.queries.whatnext_state import State, failed_cases
from evaluation.stats.intervals import wilson
from labeling.enums import Role, Split

LEAST_SUPPORT = 10  # gold items with a label, below which its recall tells next to nothing
SETUP, LOOP = "setup", "loop"
MAKERS = (Role.MANAGER, Role.ENGINEER)
READERS = (Role.MANAGER, Role.ENGINEER, Role.ANALYST)


@dataclass(frozen=True)
class Start:
    """How a step is started: a post of a form that exists, filled in, or a page that is prefilled."""

    label: str
    url: str
    fields: Mapping[str, Any] | None = None  # None: it is a link
    roles: tuple[Role, ...] = MAKERS


@dataclass(frozen=True)
class Figure:
    """A number that says why, with its n and, where it is an estimate, its interval."""

    name: str
    estimate: Mapping[str, Any] | None = None
    count: int | None = None
    is_money: bool = False


@dataclass(frozen=True)
class Step:
    """One thing to do next."""

    code: str
    stage: str
    title: str
    why: str
    figures: list[Figure] = field(default_factory=list)
    starts: list[Start] = field(default_factory=list)
    run: Run | None = None  # whose figures these are, so that simulated ones are marked
    waits: str = ""  # what is going on already, so that nothing has to be started
    readers: tuple[Role, ...] = READERS


def steps_of(state: State) -> list[Step]:
    """All that applies, most pressing first: what is missing before what has changed."""
    return [step for rule in RULES if (step := rule(state))]


def steps_for(state: State, roles: Iterable[str] | None) -> list[tuple[Step, list[Start]]]:
    """The steps that somebody with these roles may read, each with the starts they may use; None is the operator."""
    if roles is None:
        return [(step, step.starts) for step in steps_of(state)]
    held = {str(role) for role in roles}
    return [
        (step, [one for one in step.starts if held & {str(role) for role in one.roles}])
        for step in steps_of(state)
        if held & {str(role) for role in step.readers}
    ]


def as_json(step: Step, starts: Sequence[Start]) -> dict[str, Any]:
    """A step as the command and the API tell it."""
    return {
        "code": step.code,
        "stage": step.stage,
        "title": step.title,
        "why": step.why,
        "under_way": step.waits or None,
        "is_simulated": bool(step.run and step.run.is_simulated),
        "figures": {
            one.name: dict(one.estimate) if one.estimate is not None else one.count for one in step.figures
        },
        "start": [{"label": one.label, "url": one.url, "post": one.fields} for one in starts],
    }  # fmt: skip


def _to(state: State, name: str, *more: Any, **asked: Any) -> str:
    url = reverse(name, args=[state.project.slug, *more])
    return f"{url}?{urlencode(asked, doseq=True)}" if asked else url


def _link(state: State, label: str, name: str, *more: Any, roles: tuple[Role, ...] = MAKERS, **asked: Any) -> Start:
    return Start(label, _to(state, name, *more, **asked), roles=roles)


def _run_on_dev(state: State, version: str, label: str, *, uses_cache: bool = True) -> Start:
    cached = {"uses_cache": "on"} if uses_cache else {}
    fields = {"prompt": version, "on": f"{state.release}:{Split.DEV}", "priority": "0", "seed": "0", **cached}
    return Start(label, _to(state, "evaluation:new-run"), fields)


def _items(state: State) -> Step | None:
    if state.has_items:
        return None
    start = _link(state, "Import items", "labeling:items", roles=(Role.MANAGER,))
    return Step("items", SETUP, "Import items", "There is nothing to label yet.", starts=[start])


def _taxonomy(state: State) -> Step | None:
    if state.taxonomy:
        return None
    start = _link(state, "Taxonomy", "labeling:taxonomy", roles=(Role.MANAGER,))
    why = "No version of the taxonomy is published, so nobody knows which labels there are."
    return Step("taxonomy", SETUP, "Publish a taxonomy", why, starts=[start])


def _gold(state: State) -> Step | None:
    """No release to score against: draw a round, finish it, or freeze it."""
    if state.release or not (state.has_items and state.taxonomy):
        return None
    if state.round is None:
        start = _link(state, "Draw a round", "labeling:new-round", size=200, roles=(Role.MANAGER,))
        why = "Nothing is known to be right yet, so no model can be measured. People label a sample blind, twice."
        return Step("gold", SETUP, "Make a golden set", why, starts=[start])
    if state.unsettled:
        start = _link(state, "The round", "labeling:round", state.round.public_id, roles=(Role.MANAGER, Role.ANALYST))
        why = f"{state.unsettled:,} items of “{state.round.name}” are not settled yet."
        return Step("settle", SETUP, "Finish the round", why, [Figure("Not settled", count=state.unsettled)], [start])
    start = _link(state, "Freeze it", "evaluation:freeze", state.round.public_id, roles=(Role.MANAGER,))
    why = f"Every item of “{state.round.name}” is settled. A frozen release is what models are scored against."
    return Step("freeze", SETUP, "Freeze a release", why, starts=[start])


def _agreement(state: State) -> Step | None:
    """Gold cannot be better than those who make it agree. Engineers do not see agreement (DECISIONS 6)."""
    if state.agreement is None or state.round is None:
        return None
    alpha = state.agreement.report["alpha"]["masi"]
    wanted = state.project.agreement_objective
    if alpha["value"] is None or alpha["high"] is None or alpha["value"] >= wanted:
        return None
    sure = "and the interval lies below it" if alpha["high"] < wanted else "though the interval holds it"
    why = f"Raters of “{state.round.name}” agree less than the {wanted:.3f} that this project asks for, {sure}."
    starts = [
        _link(state, "Where they differ", "evaluation:agreement", roles=(Role.MANAGER, Role.ANALYST)),
        _link(state, "Write it into the guidelines", "labeling:guidelines", roles=(Role.MANAGER,)),
    ]
    figures = [Figure("Alpha, MASI", alpha)]
    return Step("agreement", SETUP, "Agreement is too low", why, figures, starts, readers=(Role.MANAGER, Role.ANALYST))


def _baseline(state: State) -> Step | None:
    if state.release is None or state.scored or state.going or state.unscored or state.refit:
        return None
    learns = state.release.counts["splits"].get(Split.FEWSHOT, 0) > 0
    prompt = "baseline-few" if learns else "baseline-zero"
    why = (
        f"No run is scored on the dev split of {state.release}. The built-in baseline costs nothing and says what any "
        "model has to beat."
    )
    size = state.release.counts["splits"][Split.DEV]
    return Step(
        "baseline", SETUP, "Measure a baseline", why, [Figure("Items on dev", count=size)],
        [_run_on_dev(state, prompt, "Run the baseline")],
    )  # fmt: skip


def _unscored(state: State) -> Step | None:
    if not state.unscored or state.release is None:
        return None
    run = state.unscored[0]
    others = f", and {len(state.unscored) - 1} more" if len(state.unscored) > 1 else ""
    fields = {"on": f"{state.release.public_id}:{Split.DEV}"}
    start = Start("Score it", _to(state, "evaluation:score", run.public_id), fields, READERS)
    why = f"“{run.name}” is done on {state.release}, dev, and nobody has scored it{others}."
    return Step("score", LOOP, "Score a finished run", why, [Figure("Items", count=run.total)], [start], run)


def _refit(state: State) -> Step | None:
    """A newer release than what was measured: baselines and production prompts are run on it and compared."""
    if state.refit is None:
        return None
    offer = state.refit
    why = f"{offer.names}: scored and calibrated on {offer.before}, and {offer.release} is newer."
    figures = [
        Figure("Prompts", count=len(offer.stale)),
        Figure("Certificates on older gold", count=offer.certificates),
    ]
    start = Start(f"Measure on {offer.release}", _to(state, "evaluation:measure-release", offer.release.public_id), {})
    return Step("refit", LOOP, f"Measure on {offer.release}", why, figures, [start], offer.stale[0].run)


def _prompt(state: State) -> Step | None:
    """A newer version of a prompt that nothing says anything of: A/B on the golden set."""
    if state.release is None or not state.scored:
        return None
    for version in state.versions:
        against = _against(state, version)
        if against is None:
            continue
        new, old = state.scored.get(version.pk), state.scored[against.pk]
        waits = next((run.name for run in state.going if run.prompt_version_id == version.pk), "")
        if new is None:
            if any(run.prompt_version_id == version.pk for run in state.unscored):
                continue
            why = f"{version} is newer than {against} and has not been run on {state.release}, dev."
            starts = [] if waits else [_run_on_dev(state, str(version), f"Run {version} on dev")]
            return Step("prompt", LOOP, f"A/B: {version} against {against}", why, starts=starts, waits=waits)
        if frozenset({new.run_id, old.run_id}) in state.compared:
            continue
        fields = {
            "on": f"{state.release}:{Split.DEV}", "a": str(old.run.public_id), "b": str(new.run.public_id),
            "margin": "0.02",
        }  # fmt: skip
        start = Start("Compare them", _to(state, "evaluation:new-comparison"), fields, READERS)
        why = f"Both are scored on {state.release}, dev, on the same items, and nobody has compared them pair by pair."
        figures = [Figure("Items", count=new.run.total)]
        return Step("prompt", LOOP, f"A/B: {version} against {against}", why, figures, [start], new.run)
    return None


def _against(state: State, version: PromptVersion) -> PromptVersion | None:
    """What a newest version stands against: the one in production, else the one before it, if that is scored."""
    mine = [one for one in state.versions if one.prompt_id == version.prompt_id]
    if version != mine[0]:
        return None
    live = next((one for one in mine if one.pk == state.production.get(version.prompt_id)), None)
    other = live if live and live != version else (mine[1] if len(mine) > 1 else None)
    return other if other and other.pk in state.scored and other != version else None


def _model(state: State) -> Step | None:
    """Another model answers, asked for or not: everything is measured anew, by machine and by people."""
    found = _model_changed(state)
    if found is None:
        return None
    version, why = found
    scored = state.scored.get(version.pk)
    since = state.model_change.at if state.model_change else version.created_at
    is_measured = scored is not None and scored.created_at >= since
    is_judged = scored is not None and is_measured and scored.run_id in state.panelled
    if is_measured and is_judged:
        return None
    starts, waits = [], next((run.name for run in state.going if run.prompt_version_id == version.pk), "")
    if not is_measured and not waits:
        starts.append(_run_on_dev(state, str(version), "Run and score it on dev", uses_cache=False))
    if scored and is_measured:
        why += " It is scored on dev since; people have not judged its outputs."
        starts.append(
            _link(
                state, "Have people judge it", "evaluation:new-panel", runs=scored.run.public_id, roles=(Role.MANAGER,)
            )
        )
    return Step(
        "model",
        LOOP,
        f"Evaluate {version} in full",
        why,
        starts=starts,
        waits=waits,
        run=scored.run if scored else None,
    )


def _model_changed(state: State) -> tuple[PromptVersion, str] | None:
    if state.release is None:
        return None
    if (event := state.model_change) and (named := event.after.get("prompt")):
        version = next((one for one in state.versions if str(one) == named), None)
        if version:
            models = ", ".join(event.after.get("models", [])) or "another model"
            before = ", ".join(event.before.get("models", [])) or "another"
            return version, f"The provider answers {version} with {models} since {event.at:%-d %b %Y}; it was {before}."
    for version in state.versions:
        mine = [one for one in state.versions if one.prompt_id == version.prompt_id]
        if version == mine[0] and len(mine) > 1 and version.model and mine[1].model and version.model != mine[1].model:
            return version, f"{version} asks {version.model}; {mine[1]} asked {mine[1].model}."
    return None


def _labels(state: State) -> Step | None:
    """Labels that the gold does not know, or of which it holds too few to measure recall."""
    if not state.new_labels or state.release is None or state.taxonomy is None:
        return None
    named = ", ".join(one.name for one in state.new_labels[:3]) + (" and others" if len(state.new_labels) > 3 else "")
    count = Figure("New labels", count=len(state.new_labels))
    draw = _link(state, "Draw a round", "labeling:new-round", size=100, roles=(Role.MANAGER,))
    if state.release.taxonomy_version_id != state.taxonomy.pk:
        why = (
            f"Taxonomy v{state.taxonomy.number} has labels that {state.release} does not know: {named}. "
            "No gold item holds one."
        )
        return Step(
            "labels", LOOP, "Expand for new labels", why, [count, Figure("Gold items with one", count=0)], [draw]
        )
    if state.current is None or state.current.release_id != state.release.pk:
        return None
    rows = state.current.report["labels"]
    thin = [one for one in state.new_labels if rows.get(one.code, {}).get("support", 0) < LEAST_SUPPORT]
    if not thin:
        return None
    recalls = [Figure(f"Recall of {one.name}", rows[one.code]["recall"]) for one in thin[:5] if one.code in rows]
    why = (
        f"{len(thin)} of the {len(state.new_labels)} labels that came with taxonomy v{state.taxonomy.number} have "
        f"fewer than {LEAST_SUPPORT} gold items on dev, so their recall cannot be told."
    )
    cover = _link(state, "Coverage", "evaluation:coverage", roles=READERS)
    return Step("labels", LOOP, "Test recall on new labels", why, [count, *recalls], [draw, cover], state.current.run)


def _edge_cases(state: State) -> Step | None:
    failing, total = failed_cases(state.bank), sum(state.bank.values())
    if not failing or state.bank_run is None:
        return None
    version = state.bank_run.prompt_version
    why = (
        f"{version} fails {failing} of {total} edge cases ({state.bank.get(CaseOutcome.UNANSWERED, 0)} unanswered). "
        "Errors that are alike are mended together."
    )
    starts = [_link(state, "The cases", "evaluation:bank-run", state.bank_run.public_id, roles=READERS)]
    if state.current and not state.has_triage:
        fields = {"evaluation": str(state.current.public_id)}
        starts.insert(0, Start("Cluster the errors", _to(state, "evaluation:triages"), fields, READERS))
    elif state.current:
        starts.insert(0, _link(state, "The clusters", "evaluation:triages", roles=READERS))
    passed = wilson(total - failing, total).as_dict()
    return Step("cases", LOOP, "Edge cases fail", why, [Figure("Passed", passed)], starts, state.bank_run)


def _money(state: State) -> Step | None:
    most = state.objective.max_cost if state.objective else None
    if most is None or state.cost is None or state.cost.value is None or state.cost.value <= most:
        return None
    assert state.current is not None
    version = state.current.run.prompt_version
    why = (
        f"{version} costs more an item than the ${most:,.4f} of “{state.objective}”. "
        "Fewer examples, or none, may be as good."
    )
    starts = [
        _link(state, "Few-shot against zero-shot", "evaluation:new-grid", prompt=version),
        _link(state, "Cost against accuracy", "evaluation:cost-accuracy", roles=READERS),
    ]
    figures = [Figure("Cost an item", state.cost.as_dict(), is_money=True), Figure("Micro F1", _f1(state.current))]
    return Step("cost", LOOP, "Cost is over the target", why, figures, starts, state.current.run)


def _calibration(state: State) -> Step | None:
    if state.current is None or state.calibration:
        return None
    start = _link(state, "Calibrate", "evaluation:calibration", state.current.public_id, roles=READERS)
    why = (
        f"Nobody has looked whether the confidences of “{state.current.run.name}” hold, so none of them may "
        "decide anything."
    )
    return Step(
        "calibration",
        LOOP,
        "Calibrate its confidences",
        why,
        [Figure("Micro F1", _f1(state.current))],
        [start],
        state.current.run,
    )


def _certificate(state: State) -> Step | None:
    if state.current is None or state.certificate or not state.calibration:
        return None
    start = _link(state, "Ask for one", "evaluation:certify", state.current.public_id, roles=(Role.MANAGER,))
    why = "No certificate is in force, so every answer has to be looked at by a person."
    precision = Figure("Precision", state.current.report["micro"]["precision"])
    return Step("certificate", LOOP, "Certify what may pass", why, [precision], [start], state.current.run)


def _f1(evaluation: Evaluation) -> Mapping[str, Any]:
    found: Mapping[str, Any] = evaluation.report["micro"]["f1"]
    return found


RULES: list[Callable[[State], Step | None]] = [
    _items, _taxonomy, _gold, _agreement, _baseline, _refit, _unscored, _model, _prompt, _labels, _edge_cases, _money,
    _calibration, _certificate,
]  # fmt: skip
