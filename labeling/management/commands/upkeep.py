"""upkeep SLUG [--relabel] [--expand K [--by-attributes a,b] [--novelty .3] [--seed 0]] [--round NAME]
[--usual-plan OWNER] [--preview]"""

from argparse import ArgumentParser
from typing import Any

from labeling.actions.expansions import label_expansion, start_expansion, work_on_expansion
from labeling.actions.upkeep import add_usual_duties, relabel_stale
from labeling.management.base import AssayCommand
from labeling.models import ExpansionPlan, Item, Project, User
from labeling.queries.expansion import fresh_items
from labeling.queries.expansion import plan as plan_expansion
from labeling.queries.upkeep import new_values, upkeep_due
from labeling.queries.upkeep_items import newest_releases, stale_page
from reviewapp.common.errors import Refused


class Command(AssayCommand):
    help = "How fresh the golden set is and what is due; ask about changed texts, or expand it."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--relabel", action="store_true", help="a round of the items whose text changed")
        what.add_argument("--expand", type=int, metavar="K", help="a round of K fresh items")
        what.add_argument("--usual-plan", default="", metavar="EMAIL", help="plan what is usual, with this owner")
        parser.add_argument("--by-attributes", default="", metavar="a,b", help="balance the drawn part over these")
        parser.add_argument("--novelty", type=float, default=0.3, help="the share that is unlike gold")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--round", default="", metavar="NAME")
        parser.add_argument("--preview", action="store_true", help="of --expand: write nothing")

    def work(self, **options: Any) -> None:
        project = self.project(options["slug"])
        acts: dict[str, Any] = {"by": self.by, "operator": self.operator}
        if options["relabel"]:
            made = relabel_stale(project=project, name=options["round"], **acts)
            self.say(f"Round {made.name}: {made.tasks.count():,} items whose text changed.")
            self.report({"round": made.name, "items": made.tasks.count()})
        elif options["expand"] is not None:
            self._expand(project, options, acts)
        elif options["usual_plan"]:
            owner = User.objects.filter(email__iexact=options["usual_plan"], is_active=True).first()
            if owner is None:
                raise Refused(f"There is no active user {options['usual_plan']}.")
            added = add_usual_duties(project=project, owner=owner, **acts)
            self.say(f"{len(added)} duties are on the plan.")
            self.report({"added": [one.title for one in added]})
        else:
            self._state(project)

    def _expand(self, project: Project, options: dict[str, Any], acts: dict[str, Any]) -> None:
        names = [name.strip() for name in options["by_attributes"].split(",") if name.strip()]
        ask = {"size": options["expand"], "novelty_share": options["novelty"], "seed": options["seed"]}
        name = None
        if options["preview"]:
            if options["expand"] < 1 or not 0 <= options["novelty"] <= 1:
                raise Refused("Ask for at least one item, and a share for novelty between 0 and 1.")
            planned = plan_expansion(project=project, by=names, **ask)
            chosen, counts = planned.chosen, planned.counts
        else:
            plan = start_expansion(project=project, by_attributes=names, at_once=True, **ask, **acts)
            work_on_expansion(plan_id=plan.pk)
            plan = ExpansionPlan.objects.select_related("project").get(pk=plan.pk)
            if plan.state != "done":
                raise Refused(plan.error)
            name = label_expansion(found=plan, name=options["round"], **acts).name
            chosen, counts = plan.chosen, plan.counts
        items = Item.objects.in_bulk([row["item"] for row in chosen])
        self.say(
            f"{counts['by_lot']} items by lot and {counts['novel']} unlike gold, out of {counts['fresh']:,} fresh."
        )
        rows = [{**row, "item": items[row["item"]].external_id} for row in chosen]
        self.report({"round": name, "counts": counts, "items": rows})

    def _state(self, project: Project) -> None:
        releases, due = newest_releases(project), upkeep_due(project)
        changed, values = stale_page(project), new_values(project, releases)
        for row in due:
            self.say(f"{row.duty.due_on} {row.duty.title} ({row.duty.owner}){' overdue' if row.days < 0 else ''}")
        self.say(
            f"{changed.total:,} gold items have another text by now; gold has {values.covered} of {values.values} "
            "values."
        )
        self.report(
            {
                "releases": [{"release": str(one), "frozen_at": f"{one.frozen_at:%Y-%m-%d}"} for one in releases],
                "changed": {"items": changed.total, "asked": changed.asked},
                "fresh": fresh_items(project).count(),
                "values": {"all": values.values, "in_gold": values.covered},
                "due": [
                    {
                        "title": row.duty.title, "kind": row.duty.kind, "owner": row.duty.owner.email,
                        "due_on": row.duty.due_on.isoformat(), "repeats": row.duty.repeats, "days": row.days,
                    }
                    for row in due
                ],
            }
        )  # fmt: skip
