"""Canaries: started on a share of new items, drawn for blind labelling, read when people have settled them."""

from django.db import transaction

from evaluation.actions.runs import Scope, Setup, start_run
from evaluation.enums import RunOrigin
from evaluation.models import Canary, PromptVersion
from evaluation.queries.canaries import drawn, judged, loaded, new_items, split_by_agreement, standing_of
from evaluation.queries.promotions import in_production
from evaluation.stats.canary import AGREE, DISAGREE, draw
from evaluation.stats.canary import canary as weigh
from labeling import rules
from labeling.actions.audit import record_event
from labeling.actions.rounds import round_of
from labeling.enums import Role
from labeling.models import Round, User
from reviewapp.common.errors import NotAllowed, Refused

LEAST_ITEMS = 20
MARGIN = 0.02


@transaction.atomic
def start_canary(
    *,
    candidate: PromptVersion,
    share: float = 0.1,
    seed: int = 0,
    budget_usd: float | None = None,
    by: User | None,
    operator: str = "",
) -> Canary:
    """Have a share of the new items answered by the candidate and by the version in production."""
    project = candidate.prompt.project
    if by:
        rules.check_role(by, project, Role.ENGINEER, Role.MANAGER)
    if not 0 < share <= 1:
        raise Refused("The share of new items is above 0 and at most 1.")
    production = in_production(candidate.prompt)
    if production is None:
        raise Refused(f"No version of “{candidate.prompt}” is in production, so there is nothing to stand beside.")
    if production.version_id == candidate.pk:
        raise Refused(f"{candidate} is in production itself.")
    items = drawn(new_items(production.version), share=share, seed=seed)
    if len(items) < LEAST_ITEMS:
        raise Refused(
            f"Only {len(items)} new items fall to the canary, and {LEAST_ITEMS} are the least. Items are new if no "
            "release holds them and production was not run on them: import some, or take a larger share."
        )
    setup = Setup(origin=RunOrigin.CANARY, items=items)
    half = None if budget_usd is None else budget_usd / 2
    runs = [
        start_run(version=version, scope=Scope(), setup=setup, budget_usd=half, by=by, operator=operator,
                  name=f"canary of {candidate} {what}".replace("@", " v"))
        for version, what in ((candidate, "candidate"), (production.version, "production"))
    ]  # fmt: skip
    made = Canary.objects.create(
        project=project, candidate=candidate, production=production.version, candidate_run=runs[0],
        production_run=runs[1], share=share, seed=seed, created_by=by,
    )  # fmt: skip
    _record(made, "canary.started", {"share": share, "items": len(items)}, by, operator)
    return made


@transaction.atomic
def draw_canary(
    *, canary: Canary, size: int = 100, share_of_disagreements: float = 0.5, by: User | None, operator: str = ""
) -> Canary:
    """Make a blind round of a random sample and of more of the items on which the two disagree, with their weights."""
    if by:
        rules.check_role(by, canary.project, Role.MANAGER)
    canary = _locked(canary, "to draw", "Its runs must both be done, and its sample is drawn once.")
    split = split_by_agreement(canary)
    if not split[DISAGREE]:
        raise Refused("The two versions said the same of every item, so people can tell nothing between them.")
    ids = {name: [str(pk) for pk in pks] for name, pks in split.items()}
    try:
        sample = draw(
            ids[AGREE], ids[DISAGREE], size=size, share_of_disagreements=share_of_disagreements, seed=canary.seed
        )
    except ValueError as error:
        raise Refused(f"This sample cannot be drawn: {error}.") from error
    number = Round.objects.filter(project=canary.project).count() + 1
    name = f"Sample {number}"  # raters see it, and it tells them nothing
    canary.round = round_of(
        project=canary.project, name=name, weights={int(one.item): 1 / one.inclusion for one in sample},
        reason="canary", sampling={"size": len(sample), "seed": canary.seed}, by=by, operator=operator,
    )  # fmt: skip
    canary.population = {name: len(pks) for name, pks in split.items()}
    canary.save(update_fields=["round", "population"])
    _record(canary, "canary.drawn", {"round": name, "items": len(sample), **canary.population}, by, operator)
    return canary


@transaction.atomic
def read_canary(*, canary: Canary, margin: float = MARGIN, by: User | None, operator: str = "") -> Canary:
    """Compare the two by what people settled, weighted so that figures are those of all items; written once."""
    if by:
        rules.check_role(by, canary.project, Role.MANAGER, Role.ENGINEER, Role.ANALYST)
    canary = _locked(canary, "to read", "All its items must be settled, or its round closed, and it is read once.")
    settled = judged(canary)
    there = {one.stratum for one in settled}
    population = (
        canary.population if all(name in there or not canary.population[name] for name in canary.population) else None
    )
    canary.report = weigh(settled, margin=margin, population=population, seed=canary.seed).as_dict()
    canary.save(update_fields=["report"])
    _record(canary, "canary.read", {"verdict": canary.report["verdict"]}, by, operator)
    return canary


def _locked(canary: Canary, step: str, otherwise: str) -> Canary:
    Canary.objects.select_for_update(of=("self",)).get(pk=canary.pk)
    found = loaded().get(pk=canary.pk)
    if standing_of(found).step != step:
        raise NotAllowed(otherwise)
    return found


def _record(canary: Canary, kind: str, after: dict[str, object], by: User | None, operator: str) -> None:
    record_event(
        kind=kind, project=canary.project, by=by, operator=operator, target=f"canary:{canary.public_id}",
        after={"candidate": str(canary.candidate), "production": str(canary.production), **after},
    )  # fmt: skip
