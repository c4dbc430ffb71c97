"""panel SLUG list | make NAME --runs A,B --rubric R[@N] --raters E,E ... | close NAME [--with-rest] | export NAME"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.panels import PanelSpec, close_panel, make_panel
from evaluation.actions.training_exports import give_out
from evaluation.enums import PanelKind, PanelSettling
from evaluation.models import Panel, Run
from evaluation.queries.panel_answers import as_sheet
from evaluation.queries.panel_pairs import as_lines
from evaluation.queries.panels import PanelRow, loaded, panels_of, rows_of
from evaluation.queries.rubrics import versions_of
from labeling.enums import Role
from labeling.management.base import AssayCommand
from labeling.models import Project, User
from labeling.rules import check_role
from reviewapp.common.errors import Refused


class Command(AssayCommand):
    help = "Panels of people who judge outputs: list them, make one, close one."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("step", choices=["list", "make", "close", "export"])
        parser.add_argument("name", nargs="?", default="")
        parser.add_argument("--runs", default="", help="names, separated by commas")
        parser.add_argument("--rubric", default="", help="name or name@2")
        parser.add_argument("--raters", default="", help="e-mail addresses, separated by commas")
        parser.add_argument("--reserves", default="")
        parser.add_argument("--kind", choices=PanelKind.values, default=PanelKind.SCORES)
        parser.add_argument("--size", type=int, default=20, help="items")
        parser.add_argument("--balance", default="", help="attributes, separated by commas")
        parser.add_argument("--allocation", choices=["proportional", "equal"], default="proportional")
        parser.add_argument("--settling", choices=PanelSettling.values, default=PanelSettling.MEDIAN)
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--out", default="-", metavar="FILE", help="of export: .csv, or JSON lines; - is stdout")
        parser.add_argument("--with-rest", action="store_true", help="close though some outputs are not settled")

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        if options["step"] == "list":
            rows = panels_of(project)
            for row in rows:
                self.say(_said(row))
            self.report({"panels": [_content(row) for row in rows]})
            return None
        acts: dict[str, Any] = {"by": self.by, "operator": self.operator}
        if options["step"] == "make":
            found = make_panel(project=project, spec=self._spec(project, options), **acts)
        else:
            panel = Panel.objects.filter(project=project, name=options["name"]).select_related("project").first()
            if panel is None:
                raise Refused(f"There is no panel “{options['name']}”.")
            if options["step"] == "export":
                self._export(panel, options["out"])
                return None
            found = close_panel(panel=panel, with_rest=options["with_rest"], **acts)
        row = rows_of([loaded().get(pk=found.pk)])[0]
        self.say(_said(row))
        self.report(_content(row))
        return None

    def _export(self, panel: Panel, out: str) -> None:
        """What each rater of a closed panel said; names of raters only for managers and the operator."""
        if self.by:
            check_role(self.by, panel.project, Role.MANAGER)
        rows = give_out(source=panel, with_names=True, by=self.by, operator=self.operator)
        with self.output(out) as stream:
            stream.write(as_sheet(panel, rows) if out.endswith(".csv") else as_lines(rows))

    def _spec(self, project: Project, options: dict[str, Any]) -> PanelSpec:
        name, _, number = options["rubric"].partition("@")
        versions = [one for one in versions_of(project) if one.rubric.name == name]
        version = next((one for one in versions if not number or str(one.number) == number), None)
        if version is None:
            raise Refused(f"There is no rubric “{options['rubric']}”.")
        return PanelSpec(
            name=options["name"], kind=options["kind"], rubric_version=version, size=options["size"],
            runs=[_named(project, one) for one in _listed(options["runs"])], by=_listed(options["balance"]),
            raters=[_person(one) for one in _listed(options["raters"])],
            reserves=[_person(one) for one in _listed(options["reserves"])],
            allocation=options["allocation"], settling=options["settling"], seed=options["seed"],
        )  # fmt: skip


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _named(project: Project, name: str) -> Run:
    if run := Run.objects.filter(project=project, name=name).first():
        return run
    raise Refused(f"There is no run “{name}”.")


def _person(email: str) -> User:
    if user := User.objects.filter(email__iexact=email, is_active=True).first():
        return user
    raise Refused(f"There is no active user {email}.")


def _said(row: PanelRow) -> str:
    settled = f", {row.settled} of {row.outputs} outputs settled" if row.panel.kind == PanelKind.SCORES else ""
    return f"{row.panel.name}: {row.panel.state}, {row.done} of {row.seats} seats done{settled}."


def _content(row: PanelRow) -> dict[str, Any]:
    panel = row.panel
    return {
        "name": panel.name, "id": str(panel.public_id), "kind": panel.kind, "state": panel.state,
        "rubric": str(panel.rubric_version), "settling": panel.settling, "seed": panel.seed,
        "items": panel.sampling.get("size"), "seats": row.seats, "done": row.done, "outputs": row.outputs,
        "settled": row.settled, "escalated": row.escalated,
    }  # fmt: skip
