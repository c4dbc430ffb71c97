"""What kinds of error a run makes, which label it gives for which, and on what grounds it makes labels up."""

from collections.abc import Iterator, Mapping
from typing import Any

from evaluation.analyses.asked import Asked
from evaluation.enums import PredictionState
from evaluation.models import Prediction, Run
from evaluation.queries.pairing import Paired
from evaluation.quotes import Texts
from evaluation.stats.error_report import error_report, support_of
from evaluation.stats.errors import KINDS, SUBTYPES, ItemErrors, branch, errors_of
from evaluation.stats.flow import flow_report, pairs_of

DEFAULTS: dict[str, Any] = {}
FORMAT = 1
SMALLEST = 20  # counts under this are hidden on a held-out split
SAYS = {
    "omission": "with a label left out",
    "hallucination": "with a label made up",
    "wrong_label": "with one label in the place of another",
    "unsupported": "with a label made up that no quote in the text supports",
    "supported": "with a label made up on a quote that is in the text",
    "unknown": "with a label made up, no evidence recorded",
}


def compute(asked: Asked) -> dict[str, Any]:
    """Counts, shares and flows, each with its interval over items."""
    paired: Paired = asked.paired
    gold = [entry.labels for entry in paired.gold]
    errors = errors_of(gold, paired.predicted, paired.parents)
    how = {"resamples": asked.resampling.resamples, "seed": asked.resampling.seed}
    report = error_report(
        gold=gold,
        predicted=paired.predicted,
        parents=paired.parents,
        support=grounds(paired),
        failures=failures(paired),
        errors=errors,
        **how,
    )
    return {
        **report.as_dict(),
        "asked_for_evidence": asks_for_evidence(paired),
        "flow": flow_report(errors, paired.parents, **how).as_dict(),
    }


def asks_for_evidence(paired: Paired) -> bool:
    """Whether the run was to quote: our own prompts always are; one made elsewhere if it quoted anywhere."""
    return paired.run.prompt_version_id is not None or any(
        quote.strip() for said in paired.said if said for quote in said.quotes.values()
    )


def grounds(paired: Paired) -> list[dict[str, str]]:
    """For each item how each label of the run that gold does not have is grounded."""
    is_asked = asks_for_evidence(paired)
    found = []
    for entry, said in zip(paired.gold, paired.said, strict=True):
        extra = (said.labels - entry.labels) if said else frozenset()
        texts = Texts(entry.documents, entry.name) if extra else None
        quotes = said.quotes if said else {}
        found.append(
            {
                code: support_of(
                    quotes.get(code, ""),
                    is_found=texts is not None and texts.holds(quotes.get(code, "")),
                    is_asked=is_asked,
                )
                for code in extra
            }
        )
    return found


def failures(paired: Paired) -> list[str]:
    """For each item why it has no answer, "" where it has one."""
    why = _why(paired.run)
    return [
        "" if said is not None else why.get(entry.item_id, "not in the run")
        for entry, said in zip(paired.gold, paired.said, strict=True)
    ]


def _why(run: Run) -> dict[int, str]:
    rows = Prediction.objects.filter(run=run).exclude(state=PredictionState.DONE)
    return {item: kind or "no answer" for item, kind in rows.values_list("item_id", "error_kind")}


def table(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row a figure: kinds, subtypes, grounds, branches, flows, labels, reasons."""
    return list(_rows(report))


def _rows(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for part in ("kinds", "subtypes", "support"):
        for name, rate in report[part].items():
            yield _row(part, name, "", rate["count"], rate["share"])
    for code, kinds in report["branches"].items():
        for kind, rate in kinds.items():
            yield _row("branches", code, kind, rate["count"], rate["share"])
    for flow in report["flow"]["top"]:
        yield _row("flow", flow["gold"] or "", flow["predicted"] or "", flow["count"], flow["share"])
    for gold, predicted, count in report["flow"]["rest"]:
        yield _row("flow", gold or "", predicted or "", count, {})
    for code, counts in report["labels"].items():
        for name, count in counts.items():
            yield _row("labels", code, name, count, {})
    for reason, count in report["pipeline"].items():
        yield _row("no answer", reason, "", count, {})


def _row(part: str, name: str, of: str, count: int, share: Mapping[str, Any]) -> dict[str, Any]:
    figures = {key: share.get(key) for key in ("value", "low", "high")}
    return {"part": part, "name": name, "of": of, "count": count, **figures}


def redact(report: Mapping[str, Any]) -> dict[str, Any]:
    """For a held-out split: totals stay; flows, branches and labels with fewer than 20 errors are hidden."""
    flow = report["flow"]
    top = [one for one in flow["top"] if one["count"] >= SMALLEST]
    branches = [row for row in flow["branches"] if row[2] >= SMALLEST]
    return {
        **report,
        "labels": {code: row for code, row in report["labels"].items() if row["fn"] + row["fp"] >= SMALLEST},
        "branches": {
            code: kinds
            for code, kinds in report["branches"].items()
            if sum(kinds[kind]["count"] for kind in KINDS) >= SMALLEST
        },
        "flow": {**flow, "top": top, "rest": [], "branches": branches, "hidden": flow["distinct"] - len(top)},
    }


def members(paired: Paired, wanted: Mapping[str, str]) -> tuple[str, list[int]]:
    """The items behind a mark: `gold` and `predicted` name a flow ("" for nothing); else `kind`, `how`, `support`,
    `branch` or `reason`."""
    if "gold" in wanted and "predicted" in wanted:
        pair = (wanted["gold"] or None, wanted["predicted"] or None)
        said = f"where gold says {pair[0] or 'nothing'} and the run {pair[1] or 'nothing'}"
        return said, _places(paired, lambda one, _: pair in pairs_of(one))
    if wanted.get("reason"):
        reason = wanted["reason"]
        return f"without an answer: {reason}", [at for at, why in enumerate(failures(paired)) if why == reason]
    if wanted.get("support"):
        flag, flags = wanted["support"], grounds(paired)
        return SAYS.get(flag, flag), _places(
            paired, lambda one, at: any(flags[at].get(code, "unknown") == flag for code in one.hallucinations)
        )
    kind, how, top = wanted.get("kind", ""), wanted.get("how", ""), wanted.get("branch", "")
    said = f"with a label that is {how}" if how in SUBTYPES else SAYS.get(kind, "with any error")
    if top:
        said += f", in the branch {top}"
    return said, _places(paired, lambda one, _: _has(one, kind, how, top, paired))


def _places(paired: Paired, wants: Any) -> list[int]:
    errors = errors_of([entry.labels for entry in paired.gold], paired.predicted, paired.parents)
    return [at for at, one in enumerate(errors) if wants(one, at)]


def _has(errors: ItemErrors, kind: str, how: str, top: str, paired: Paired) -> bool:
    """Whether an item has an error of this kind (any if empty) and subtype in a branch: gold's where there is one."""

    def inside(code: str) -> bool:
        return not top or branch(code, paired.parents) == top

    if how:
        return any(found == how and inside(gold) for gold, _, found in errors.wrong)
    return (
        (kind in ("", "omission") and any(map(inside, errors.omissions)))
        or (kind in ("", "hallucination") and any(map(inside, errors.hallucinations)))
        or (kind in ("", "wrong_label") and any(inside(gold) for gold, _, _ in errors.wrong))
    )
