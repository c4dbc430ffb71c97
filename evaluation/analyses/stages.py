"""Where a run loses gold labels on its way, how well it quotes, and how its summaries compare with references."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evaluation.analyses.asked import Asked
from evaluation.queries.pairing import Paired, Said
from evaluation.queries.small_cells import SMALLEST_CELL, hidden_estimate
from evaluation.quotes import Texts
from evaluation.stats.evidence import ItemEvidence, evidence_report
from evaluation.stats.stages import KEPT_SHARE, LOST, ItemStages, says, stage_report, where_lost
from evaluation.stats.text import text_report
from labeling.queries.golden import Gold

DEFAULTS: dict[str, Any] = {"kept_share": KEPT_SHARE}
FORMAT = 1
UNITS = ("sentences", "paragraphs")
Segments = frozenset[Hashable]
SAYS = {
    "no_answer": "with a label missed because there is no answer",
    "retrieval": "with a label missed whose evidence was not retrieved",
    "summary": "with a label missed whose evidence the summary does not say",
    "classification": "with a label missed although its evidence was there",
    "unknown": "with a label missed, and no record of where",
}


@dataclass(frozen=True)
class Read:
    """One item: its marked passages and what the run recorded, found in its texts."""

    stages: ItemStages
    evidence: dict[str, ItemEvidence]  # unit -> sets
    passages_not_found: int


def compute(asked: Asked) -> dict[str, Any]:
    """The loss by stage, evidence by sentence and by paragraph, and text measures of the summaries."""
    paired: Paired = asked.paired
    share = float(asked.parameters["kept_share"])
    how = {"resamples": asked.resampling.resamples, "seed": asked.resampling.seed}
    read = [_read(entry, said, share) for entry, said in zip(paired.gold, paired.said, strict=True)]
    stages = stage_report([one.stages for one in read], reads_all=reads_all(paired), **how)
    texts, references = _summaries(paired) if stages.has_summary else ([], [])
    return {
        "loss": stages.as_dict(),
        "kept_share": share,
        "evidence": {
            unit: evidence_report([one.evidence[unit] for one in read], codes=paired.codes, **how).as_dict()
            for unit in UNITS
        },
        "text": text_report(texts, references, **how).as_dict(),
        "recorded": {
            "quotes": any(one.evidence["sentences"].quotes for one in read),
            "retrieval": stages.has_retrieval,
            "summary": stages.has_summary,
            "gold_evidence": any(one.stages.evidence for one in read),
            "reference_summaries": sum(bool(entry.reference_summary.strip()) for entry in paired.gold),
        },
        "passages_not_found": sum(one.passages_not_found for one in read),
    }


def reads_all(paired: Paired) -> bool:
    """Whether the run labels the whole text in one step: one of our prompts that recorded no stage."""
    staged = any(said.retrieved is not None or said.summary is not None for said in paired.said if said)
    return paired.run.prompt_version_id is not None and not staged


def _read(entry: Gold, said: Said | None, kept_share: float) -> Read:
    texts = Texts(entry.documents, entry.name)
    marked: dict[str, list[Mapping[str, Any]]] = {}
    for quote in entry.evidence:
        if quote.get("code") in entry.labels:
            marked.setdefault(quote["code"], []).append(quote)
    quotes = {code: quote for code, quote in (said.quotes if said else {}).items() if quote.strip()}
    gold = {unit: _marked(texts, marked, unit) for unit in UNITS}
    retrieved = [texts.place(one) for one in said.retrieved] if said and said.retrieved is not None else None
    kept = None
    if said and said.summary is not None:
        said_of = {code: [str(one.get("text", "")) for one in found] for code, found in marked.items()}
        kept = frozenset(code for code, found in said_of.items() if says(said.summary, found, share=kept_share))
    return Read(
        stages=ItemStages(
            gold_labels=entry.labels,
            predicted=said.labels if said else None,
            evidence=gold["sentences"],
            retrieved=None if retrieved is None else _covered(texts, retrieved, "sentences"),
            kept=kept,
            sentences=texts.how_many("sentences"),
        ),
        evidence={
            unit: ItemEvidence(
                gold_labels=entry.labels,
                gold=gold[unit],
                predicted={
                    code: _covered(texts, [texts.find(quotes.get(code, ""))], unit)
                    for code in (said.labels if said else ())
                },
                not_found={code: 1 for code, quote in quotes.items() if not texts.holds(quote)},
                quotes=len(quotes),
            )
            for unit in UNITS
        },
        passages_not_found=sum(place is None for place in retrieved or ()),
    )


def _marked(texts: Texts, marked: Mapping[str, list[Mapping[str, Any]]], unit: str) -> dict[str, Segments]:
    """The segments of each label's quotes; labels whose quotes are not in the text have no known evidence."""
    found = {code: _covered(texts, map(texts.place, quotes), unit) for code, quotes in marked.items()}
    return {code: segments for code, segments in found.items() if segments}


def _covered(texts: Texts, places: Any, unit: str) -> Segments:
    return frozenset[Hashable]().union(*(texts.covered(place, unit) for place in places if place is not None))


def _summaries(paired: Paired) -> tuple[list[str], list[list[str]]]:
    """The run's summaries beside the references; an item without one says nothing."""
    rows = [
        (said.summary or "" if said else "", [entry.reference_summary])
        for entry, said in zip(paired.gold, paired.said, strict=True)
        if entry.reference_summary.strip()
    ]
    return [text for text, _ in rows], [reference for _, reference in rows]


def table(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row a figure: stages, misses, evidence by unit and by label, text measures."""
    return list(_rows(report))


def _rows(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for stage in report["loss"]["stages"]:
        yield _row("stage", stage["name"], "share left", stage["count"], stage["share"])
    for where, count in report["loss"]["lost"].items():
        yield _row("missed labels", where, "", count, {})
    for name in ("retrieval_recall", "retrieved_share"):
        yield _row("retrieval", name, "", None, report["loss"][name])
    for unit, found in report["evidence"].items():
        for scope in ("right", "every"):
            for measure in ("precision", "recall", "f1"):
                yield _row(unit, f"{scope} labels", measure, found[scope]["labels"], found[scope][measure])
        for code, score in found["labels"].items():
            for measure in ("precision", "recall", "f1"):
                yield _row(unit, code, measure, score["labels"], score[measure])
    for name in ("bleu", "chrf"):
        yield _row("summaries", name, "", report["text"]["texts"], report["text"][name])
    for name in ("rouge1", "rouge2", "rougeL"):
        for measure in ("precision", "recall", "f1"):
            yield _row("summaries", name, measure, report["text"]["texts"], report["text"][name][measure])


def _row(part: str, name: str, measure: str, count: int | None, found: Mapping[str, Any]) -> dict[str, Any]:
    figures = {key: found.get(key) for key in ("value", "low", "high")}
    return {"part": part, "name": name, "measure": measure, "count": count, **figures}


def redact(report: Mapping[str, Any]) -> dict[str, Any]:
    """For a held-out split: no figure of fewer than 20 labels or summaries, as a run may quote or sum up just one."""
    figures = ("precision", "recall", "f1")
    evidence = {
        unit: {
            **found,
            **{scope: _or_hidden(found[scope], found[scope]["labels"], figures) for scope in ("right", "every")},
            "labels": {code: score for code, score in found["labels"].items() if score["labels"] >= SMALLEST_CELL},
        }
        for unit, found in report["evidence"].items()
    }
    text = _or_hidden(report["text"], report["text"]["texts"], ("bleu", "chrf"))
    for name in ("rouge1", "rouge2", "rougeL"):
        text[name] = _or_hidden(text[name], text["texts"], figures)
    return {**report, "evidence": evidence, "text": text}


def _or_hidden(found: Mapping[str, Any], n: int, names: Iterable[str]) -> dict[str, Any]:
    return {**found, **({name: hidden_estimate() for name in names} if 0 < n < SMALLEST_CELL else {})}


def members(paired: Paired, wanted: Mapping[str, str]) -> tuple[str, list[int]]:
    """The items behind a mark: `lost` names a stage; `quotes` is "not_found" for quotes that are not in the text."""
    if wanted.get("quotes") == "not_found":
        read = [_read(entry, said, KEPT_SHARE) for entry, said in zip(paired.gold, paired.said, strict=True)]
        return "with a quote that is not in the text", [
            at for at, one in enumerate(read) if one.evidence["sentences"].not_found
        ]
    where, whole = wanted.get("lost", ""), reads_all(paired)
    if where not in LOST:
        return "with a gold label", [at for at, entry in enumerate(paired.gold) if entry.labels]
    places = [
        at
        for at, (entry, said) in enumerate(zip(paired.gold, paired.said, strict=True))
        if where in where_lost(_read(entry, said, KEPT_SHARE).stages, reads_all=whole).values()
    ]
    return SAYS[where], places
