"""What the stages page says: where labels are lost, how well the run quotes, and what was not recorded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

STEPS = {
    "gold": "In gold, evidence marked",
    "answered": "The run answered",
    "retrieved": "Evidence retrieved",
    "kept": "Still in the summary",
    "right": "Labelled right",
}
LOST_AT = {"answered": "no_answer", "retrieved": "retrieval", "kept": "summary", "right": "classification"}
LOST = {
    "no_answer": ("No answer", "The item has no answer at all"),
    "retrieval": ("Not retrieved", "None of the sentences that raters marked was retrieved"),
    "summary": ("Lost in the summary", "Retrieved, but the summary does not say it any more"),
    "classification": ("Labelled wrong", "The evidence was there and the label was not given"),
    "unknown": ("Cannot be told", "Nobody marked evidence, or the run recorded no stages"),
}
SCOPES = {
    "right": ("Where both gave the label", "How well the run quotes when it is right"),
    "every": ("All labels", "A missed label's sentences count as missed, those of a made-up label as wrong"),
}
TEXTS = {
    "bleu": ("BLEU", "shared runs of one to four words, 0 to 100"),
    "chrf": ("chrF", "shared runs of one to six letters, 0 to 100"),
    "rouge1": ("ROUGE-1", "shared words, 0 to 1"),
    "rouge2": ("ROUGE-2", "shared pairs of words, 0 to 1"),
    "rougeL": ("ROUGE-L", "longest common sequence of words, 0 to 1"),
}


@dataclass(frozen=True)
class Loss:
    """Missed gold labels by where they were lost."""

    key: str
    name: str
    means: str
    count: int


@dataclass(frozen=True)
class TextLine:
    """One text measure: BLEU and chrF are one figure each, ROUGE has precision and recall too."""

    name: str
    means: str
    precision: Mapping[str, Any] | None
    recall: Mapping[str, Any] | None
    score: Mapping[str, Any]


def losses(report: Mapping[str, Any]) -> list[Loss]:
    return [Loss(key, *said, report["loss"]["lost"][key]) for key, said in LOST.items()]


def text_lines(report: Mapping[str, Any]) -> list[TextLine]:
    found = report["text"]
    lines = []
    for key, (name, means) in TEXTS.items():
        if key in ("bleu", "chrf"):
            lines.append(TextLine(name, means, None, None, found[key]))
        else:
            lines.append(TextLine(name, means, found[key]["precision"], found[key]["recall"], found[key]["f1"]))
    return lines


def sentence(report: Mapping[str, Any]) -> str:
    """Where labels are lost, in plain words."""
    loss = report["loss"]
    missed = sum(loss["lost"].values())
    if not loss["items"]:
        return "This split has no items that can be scored."
    if not missed:
        return "The run missed no gold label on these items, so nothing was lost on the way."
    where, count = max(loss["lost"].items(), key=lambda pair: pair[1])
    if where == "unknown":
        return (
            f"Where most of the {missed:,} missed labels were lost cannot be told: it needs marked evidence, "
            "and a run that records its stages."
        )
    said = {
        "no_answer": "items that have no answer",
        "retrieval": "the retrieval: the marked sentences were not among what it brought",
        "summary": "the summary: it no longer says what the marked sentences say",
        "classification": "the labelling itself: the evidence was there",
    }[where]
    if loss["reads_all"]:
        return (
            "This run reads the whole text and labels it in one step, so all it loses is lost at the labelling: "
            f"{missed:,} of {loss['gold_labels']:,} gold labels were missed."
        )
    return f"Of {missed:,} missed gold labels most ({count / missed:.0%}) were lost at {said}."


def doubt(report: Mapping[str, Any]) -> str:
    """What would change that sentence."""
    loss = report["loss"]
    blind = loss["without_evidence"]
    said = ""
    if blind and loss["gold_labels"]:
        share = blind / loss["gold_labels"]
        said = f"For {share:.0%} of the gold labels nobody marked evidence: they cannot be followed. "
    if loss["has_summary"]:
        said += (
            f"A summary says a passage if it has {report['kept_share']:.0%} of its content words: "
            "good paraphrases are taken for losses, so read some before you act."
        )
    elif loss["has_retrieval"]:
        said += "Raters mark one sentence where several would do: what was retrieved may hold the label elsewhere."
    else:
        said += "More marked evidence, or a run that records its stages, would say more."
    return said
