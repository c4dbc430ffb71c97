"""triage SLUG --run R [--run R2] --golden G@1 [--by-group label|kind|slice:NAME] [--categories defaults|FILE]
[--set FILE] [--propose learned | --propose llm --prompt P@N (--dry-run | --budget USD)]
[--proposals FILE --proposer NAME] [--seed 0] --json -"""

import csv
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from evaluation.actions.prompts import find_version
from evaluation.actions.triage import judge_many, start_triage
from evaluation.actions.triage_asking import ask_for_categories, check_can_ask, collect_categories
from evaluation.actions.triage_categories import Wording, offer_defaults, set_category
from evaluation.actions.triage_proposals import bring_proposals, propose_categories
from evaluation.enums import RunState
from evaluation.management.waiting import work_to_the_end
from evaluation.models import Run, Triage
from evaluation.queries.triage_asking import asking_cost, standing_of
from evaluation.queries.triage_board import Board, board
from evaluation.queries.triage_counts import choices, counts
from labeling.management.base import CANNOT_TELL, AssayCommand
from labeling.models import Project
from labeling.queries.golden import find_release
from reviewapp.common.errors import Refused

Key = tuple[str, str, str]
LEARNED, LLM = "learned", "llm"


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
        parser.add_argument(
            "--propose", nargs="?", const=LEARNED, choices=(LEARNED, LLM),
            help="learned from what people said, or asked of a language model with --prompt and --budget",
        )  # fmt: skip
        parser.add_argument("--prompt", metavar="P@N", help="of --propose llm")
        parser.add_argument("--budget", type=float, metavar="USD", help="of --propose llm")
        parser.add_argument("--dry-run", action="store_true", help="of --propose llm: say the cost, and ask nothing")
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
        asked = self._ask(triages[0], options) if options["propose"] == LLM else None
        if options["propose"] == LEARNED:
            self.say(f"{propose_categories(triage=triages[0], **acts)} proposals made.")
        found = [(one, board(one)) for one in triages]
        for triage, one in found:
            self.say(f"{triage}: {one.errors} errors in {len(one.rows)} clusters, {one.judged} judged.")
            for row in one.rows[:10]:
                self.say(f"  {row.cluster.size:>6}  {row.cluster}")
        self.report({
            "triages": [_as_dict(triage, one) for triage, one in found],
            "counts": counts(triages, by=options["by_group"]).as_dict(),
        } | ({"asking": asked} if asked else {}))  # fmt: skip
        return CANNOT_TELL if asked and asked.get("state", RunState.DONE) != RunState.DONE else None

    def _ask(self, triage: Triage, options: dict[str, Any]) -> dict[str, Any]:
        """Ask a language model and wait for its end; what came of it, or what it would cost."""
        if not options["prompt"]:
            raise Refused("Say which prompt asks with --prompt P@N; docs/triage.md has one to begin with.")
        acts: dict[str, Any] = {"by": self.by, "operator": self.operator}
        version = find_version(project=triage.run.project, reference=options["prompt"], **acts)
        check_can_ask(triage, version)
        if options["dry_run"]:
            cost = asking_cost(triage, version)
            self.say(
                f"{version} about {cost.errors} errors: about {cost.likely_usd:.4f} USD, at most {cost.most_usd:.4f} "
                "USD. Nothing was asked."
            )
            return {"prompt": str(version), "cost": vars(cost)}
        if options["budget"] is None and not triage.askings.filter(run__prompt_version=version).exists():
            raise Refused("Say what it may cost at most with --budget; --dry-run says what it would.")
        asking = ask_for_categories(triage=triage, version=version, budget_usd=options["budget"], **acts)
        try:
            work_to_the_end([asking.run])
        finally:
            collect_categories(asking)
        standing = standing_of(asking)
        failed = "".join(f", {number} {kind}" for kind, number in standing.failed.items())
        self.say(f"{version}: {standing.proposals} of {asking.errors} errors got a proposal{failed}; "
                 f"{standing.spent_usd:.4f} USD.{' Simulated.' if standing.is_simulated else ''} {standing.reason}"
                 .rstrip())  # fmt: skip
        return standing.as_dict()

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
                      "assisted": one.assisted.as_dict(), "sources": [each.as_dict() for each in one.sources]},
    }  # fmt: skip
