"""Freezing a round together with the agreement it reached."""

from evaluation.actions.agreement import measure_agreement
from labeling.actions.dealing import FreezeSpec
from labeling.actions.golden import freeze_round
from labeling.actions.renewals import renew_release
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


def renew(
    *,
    release: Release,
    in_round: Round | None = None,
    by: User | None,
    override_reason: str = "",
    operator: str = "",
) -> Release:
    """Measure the round's agreement, then freeze the next release with its answers; see renew_release."""
    report = measure_agreement(in_round=in_round).report if in_round else {}
    return renew_release(
        release=release,
        in_round=in_round,
        agreement={name: report[name] for name in ("items", "raters", "alpha") if name in report},
        by=by,
        override_reason=override_reason,
        operator=operator,
    )
