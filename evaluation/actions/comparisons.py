"""Compares two runs on the same items and keeps what was computed, keyed by everything that went in."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum

from evaluation.actions.looks import check_may_look
from evaluation.actions.reports import inputs_of, versions_of
from evaluation.analyses.asked import STANDARD, Resampling
from evaluation.models import Comparison, Run
from evaluation.queries.both import Both, both_of
from evaluation.queries.pairing import Paired
from evaluation.queries.plans import plan_for
from evaluation.stats import compare as stats
from evaluation.stats.changes import Family
from labeling import rules
from labeling.actions.golden import record_look
from labeling.digest import digest_of
from labeling.enums import Role, Split
from labeling.models import Release, User
from reviewapp.common.errors import Refused

FORMAT = 2
MARGIN = 0.02
MOST_DECLARED = 100
SWAPS, SWAPPED_ITEMS = 9_999, 100_000_000  # with 1,000 swaps p is 0.001 at least, which a family of 50 never survives


def compare_runs(
    *,
    run_a: Run,
    run_b: Run,
    release: Release,
    split: str,
    by: User | None,
    margin: float = MARGIN,
    labels: Sequence[str] = (),
    slices: Sequence[tuple[str, str]] = (),
    resampling: Resampling = STANDARD,
    operator: str = "",
) -> Comparison:
    """Compare run B with run A, or return the comparison stored for the same inputs.

    `labels` and `slices` (attribute, value) are declared before looking: they are corrected together with the overall
    figure and can make the verdict worse. A new comparison on test is a look and goes into the ledger.
    """
    if by:
        rules.check_role(by, run_a.project, Role.MANAGER, Role.ENGINEER, Role.ANALYST)
    if run_a.pk == run_b.pk:
        raise Refused("A run is compared with another run, not with itself.")
    if not 0 <= margin <= 1:
        raise Refused("The margin is a loss of F1 between 0 and 1, for example 0.02.")
    both = both_of(run_a, run_b, release, split)
    family = _declared(both, labels, slices)
    most = SWAPPED_ITEMS // max(len(both.places), 1)
    swaps = max(resampling.resamples, min(SWAPS, most)) if resampling.resamples else 0
    parameters = {
        "margin": margin,
        "labels": list(family.labels),
        "slices": [list(one) for one in family.slices],
        "resamples": resampling.resamples,
        "swaps": swaps,
        "seed": resampling.seed,
        "method": resampling.method,
        "clusters": resampling.clusters,
    }
    costs = {side: _cost(run) for side, run in (("a", run_a), ("b", run_b))}
    runs = [str(run_a.public_id), str(run_b.public_id)]
    what = [both.slices, costs, parameters, versions_of(release), FORMAT]
    inputs = {"release": release.digest, **{side: digest_of([inputs_of(one)]) for side, one in _sides(both)}}
    digest = digest_of(["comparison", runs, split, inputs, what])
    if stored := Comparison.objects.filter(input_digest=digest).first():
        return stored
    if split == Split.TEST:
        check_may_look(run_a, run_b, release=release, by=by)
    report = _report(both, family, parameters, resampling) | {
        "run_a": run_a.name,
        "run_b": run_b.name,
        "golden": str(release),
        "split": split,
        "excluded": max(len(one.gold) + one.excluded for _, one in _sides(both)) - len(both.places),
        "clustered_by": ["text", *([resampling.clusters] if resampling.clusters else [])],
        "cost": costs,
        "parameters": parameters,
        "versions": versions_of(release) | {"comparison": FORMAT},
        "inputs": {"digest": digest, **inputs},
        **({"not_compared": sorted(both.a.apart)} if both.a.apart else {}),
    }
    with transaction.atomic():
        comparison, is_new = Comparison.objects.get_or_create(
            input_digest=digest,
            defaults={
                "run_a": run_a,
                "run_b": run_b,
                "release": release,
                "split": split,
                "parameters": parameters,
                "report": report,
                "created_by": by,
            },
        )
        if is_new and split == Split.TEST:
            subject = f"{run_a.name} against {run_b.name}"
            record_look(release=release, kind="comparison", subject=subject, by=by, operator=operator)
    return comparison


def _sides(both: Both) -> tuple[tuple[str, Paired], tuple[str, Paired]]:
    return ("a", both.a), ("b", both.b)


def _declared(both: Both, labels: Sequence[str], slices: Sequence[tuple[str, str]]) -> Family:
    """In a fixed order, so that the same choice is the same comparison; Refused for what is not there."""
    codes, values = both.codes, both.slices
    if unknown := [code for code in labels if code not in codes]:
        raise Refused(f"“{unknown[0]}” is no label of this release, so it cannot be declared.")
    for name, value in slices:
        if name not in values:
            offered = ", ".join(values) or "none"
            raise Refused(f"The project does not slice by “{name}”. It slices by: {offered}.")
        if value not in values[name]:
            raise Refused(f"No item that is compared has “{value}” as its {name}.")
    if len(set(labels)) + len(set(slices)) > MOST_DECLARED:
        raise Refused(f"Declare at most {MOST_DECLARED} labels and slices: the more, the less each can show.")
    chosen = set(labels)
    return Family(tuple(code for code in codes if code in chosen), tuple(sorted(set(slices))))


def _cost(run: Run) -> dict[str, Any]:
    """What an item of the run costs on average, in micro-dollars, over the items whose cost is known."""
    known = run.predictions.filter(cost_micro_usd__isnull=False)
    found = known.aggregate(total=Sum("cost_micro_usd"), n=Count("pk"))
    n = int(found["n"])
    return {"value": found["total"] / n if n else None, "n": n, **({} if n else {"reason": "no cost is known"})}


def _report(both: Both, family: Family, parameters: Mapping[str, Any], resampling: Resampling) -> dict[str, Any]:
    a, b = both.said
    return stats.compare(
        gold=[entry.labels for entry in both.gold],
        a=a,
        b=b,
        codes=both.codes,
        slices=both.slices,
        family=family,
        margin=parameters["margin"],
        swaps=parameters["swaps"],
        plan=plan_for(both.gold, resampling),
    ).as_dict()
