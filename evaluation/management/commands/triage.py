"""triage SLUG --run R [--run R2] --golden G@1 [--by-group label|kind|slice:NAME] [--categories defaults|FILE]
[--set FILE] [--propose | --proposals FILE --proposer NAME] [--seed 0] --json -"""

import csv
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from evaluation.actions.triage import judge_many, start_triage
from evaluation.actions.triage_categories import Wording, offer_defaults, set_category
from evaluation.actions.triage_proposals import bring_proposals, propose_categories
from evaluation.models import Run, Triage
from evaluation.queries.triage_board import Board, board
from evaluation.queries.triage_counts import choices, counts
from labeling.management.base import AssayCommand
from labeling.models import Project
from labeling.queries.golden import find_release
from reviewapp.common.errors import Refused

Key = tuple[str, str, str]


class Command(AssayCommand):
    help = "Sort a run's errors on dev into clusters, set categories from a file, count them. Nothing of test is read."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--run", action="append", required=True, dest="runs", help="several: side by side")
        parser.add_argument("--golden", required=True, help="G@1; its dev split")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--blind", type=float, default=0.3, help="share of errors on which proposals stay hidden")
        parser.add_argument("--by-group", default="label", help="label, kind, run, or slice:ATTRIBUTE")
        parser.add_argument("--categories", help="defaults, or a CSV: code, name, definition, key, order, retired")
        parser.add_argument("--set", dest="set_from", help="a CSV: item, gold, predicted, category [, note]")
        parser.add_argument("--propose", action="store_true", help="learn proposals from what people said")
        parser.add_argument("--proposals", help="a CSV: item, gold, predicted, category [, confidence]")
        parser.add_argument("--proposer", default="", help="who made them: a model's name, for example")

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        release = find_release(project, options["golden"])
        acts: dict[str, Any] = {"by": self.by, "operator": self.operator}
        self._categories(project, options["categories"])
        triages = [
            start_triage(run=_run(project, name), release=release, seed=options["seed"], blind_share=options["blind"],
                         in_background=False, **acts)
            for name in options["runs"]
        ]  # fmt: skip
        if options["by_group"] not in choices(triages[0]):
            raise Refused(f"Counts are by {', '.join(choices(triages[0]))}.")
        if options["set_from"]:
            said = {_key(row): (row["category"], row.get("note") or "") for row in _rows(options["set_from"])}
            self.say(f"{judge_many(triage=triages[0], rows=said, **acts)} errors judged.")
        if options["proposals"]:
            sure = {_key(row): (row["category"], _number(row.get("confidence"))) for row in _rows(options["proposals"])}
            made = bring_proposals(triage=triages[0], rows=sure, proposer=options["proposer"], **acts)
            self.say(f"{made} proposals brought in.")
        if options["propose"]:
            self.say(f"{propose_categories(triage=triages[0], **acts)} proposals made.")
        found = [(one, board(one)) for one in triages]
        for triage, one in found:
            self.say(f"{triage}: {one.errors} errors in {len(one.rows)} clusters, {one.judged} judged.")
            for row in one.rows[:10]:
                self.say(f"  {row.cluster.size:>6}  {row.cluster}")
        self.report({
            "triages": [_as_dict(triage, one) for triage, one in found],
            "counts": counts(triages, by=options["by_group"]).as_dict(),
        })  # fmt: skip
        return None

    def _categories(self, project: Project, wanted: str | None) -> None:
        acts: dict[str, Any] = {"by": self.by, "operator": self.operator}
        if wanted == "defaults":
            offer_defaults(project=project, **acts)
        elif wanted:
            for place, row in enumerate(_rows(wanted), start=1):
                retired = (row.get("retired") or "").lower() in ("1", "true", "yes")
                order = int(row["order"]) if (row.get("order") or "").isdecimal() else place
                wording = Wording(
                    row.get("name") or "", row.get("definition") or "", row.get("key") or "", order, retired
                )
                set_category(project=project, code=row.get("code") or "", wording=wording, **acts)


def _rows(name: str) -> list[dict[str, str]]:
    with Path(name).open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    if rows and None in rows[0]:
        raise Refused(f"{name} has a row with more cells than columns.")
    return rows


def _key(row: dict[str, str]) -> Key:
    try:
        row["category"]
        return row["item"], row["gold"] or "", row["predicted"] or ""
    except KeyError as error:
        raise Refused(f"The file has no column {error}.") from error


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError as error:
        raise Refused(f"“{text}” is no confidence.") from error


def _run(project: Project, name: str) -> Run:
    if found := Run.objects.filter(project=project, name=name).first():
        return found
    raise Refused(f"There is no run “{name}”.")


def _as_dict(triage: Triage, one: Board) -> dict[str, Any]:
    return {
        "run": triage.run.name,
        "is_simulated": triage.run.is_simulated,
        "golden": str(triage.release),
        "split": "dev",
        "seed": triage.seed,
        "inputs": triage.input_digest,
        "items": triage.items,
        "left_out": triage.left_out,
        "errors": one.errors,
        "judged": one.judged,
        "clusters": [
            {
                "number": row.cluster.number, "words": row.cluster.words, "errors": row.cluster.size,
                "share": row.cluster.share, "judged": row.judged,
                "mostly": {"kind": row.kind, "gold": row.gold, "predicted": row.predicted, "errors": row.pair_count},
                "categories": {category.code: count for category, count in row.given},
            }
            for row in one.rows
        ],
        "categories": {category.code: {"count": count, "share": share.as_dict()}
                       for category, count, share in one.categories},
        "agreement": one.agreement.as_dict(),
        "alpha": one.alpha.as_dict(),
        "proposals": {"count": one.proposals, "proposer": one.proposer, "blind": one.blind.as_dict(),
                      "assisted": one.assisted.as_dict()},
    }  # fmt: skip
