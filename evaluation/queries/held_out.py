"""What pages may show of a held-out split: three decimals, no small cells, no items (DECISIONS 19)."""

from typing import Any

from evaluation.analyses import kind_called
from evaluation.models import Analysis
from labeling.enums import Split

DECIMALS = 3
SMALLEST_CELL = 20


def rounded(value: Any) -> Any:
    """A report with its figures to three decimals."""
    if isinstance(value, float):
        return round(value, DECIMALS)
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    return [rounded(one) for one in value] if isinstance(value, list) else value


def shown(analysis: Analysis) -> dict[str, Any]:
    """An analysis as pages and downloads may show it."""
    report: dict[str, Any] = analysis.report
    if analysis.evaluation.split != Split.TEST:
        return report
    redact = getattr(kind_called(analysis.kind), "redact", None)
    public: dict[str, Any] = rounded(redact(report) if redact else report)
    return public
