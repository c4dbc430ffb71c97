"""Freezing a round together with the agreement it reached."""

from evaluation.actions.agreement import measure_agreement
from labeling.actions.golden import FreezeSpec, freeze_round
from labeling.models import Release, Round, User


def freeze(
    *,
    in_round: Round,
    spec: FreezeSpec,
    by: User | None,
    require_all: bool = False,
    override_reason: str = "",
    operator: str = "",
) -> Release:
    """Measure the round's agreement, then freeze its settled tasks with it; see freeze_round for what is refused."""
    report = measure_agreement(in_round=in_round).report
    kept = {name: report[name] for name in ("items", "items_total", "raters", "pairs", "alpha", "percent_exact")}
    return freeze_round(
        in_round=in_round,
        spec=spec,
        agreement={**kept, "inputs": report["inputs"]},
        by=by,
        require_all=require_all,
        override_reason=override_reason,
        operator=operator,
    )
