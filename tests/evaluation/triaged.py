"""A run with errors on dev, and two items of the same release that are held out, for the tests of triage."""

from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.triage import start_triage
from evaluation.actions.triage_categories import offer_defaults
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from tests.factories import make_items, make_member, make_project, make_taxonomy


class Triaged:
    """12 dev items, gold crm: the run says erp of the even ones, nothing of every third other; 2 test items, wrong."""

    def __init__(self, dev=12):
        self.project = make_project(slices=["sector"])
        make_taxonomy(self.project, ("crm", "erp", "payroll"))
        self.items = make_items(self.project, dev)
        self.secret = make_items(self.project, 2, prefix="held-out")
        rows = {one.external_id: {"labels": ["crm"], "split": "dev"} for one in self.items}
        rows |= {one.external_id: {"labels": ["payroll"], "split": "test"} for one in self.secret}
        self.release = self.freeze("gold", rows)
        said = {
            one.external_id: {"labels": [{"code": "crm" if at % 2 else "erp", "evidence": f"{one.name} sells"}]}
            for at, one in enumerate([*self.items, *self.secret])
        }
        said |= {one.external_id: {"labels": []} for one in self.items[1::6]}
        self.said = said
        self.run = import_predictions(project=self.project, name="run", predictions=said, by=None)
        self.people = {role: make_member(self.project, role) for role in Role}
        self.analyst = self.people[Role.ANALYST]
        self.categories = offer_defaults(project=self.project, by=self.analyst)

    def freeze(self, name, rows):
        return import_golden(project=self.project, spec=FreezeSpec(name, {"dev": 1.0}), gold=rows, by=None)

    def start(self, **options):
        return start_triage(run=self.run, release=self.release, by=self.analyst, **options)
