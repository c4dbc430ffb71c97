"""A panel with all it needs, small, for tests."""

from dataclasses import dataclass

from evaluation.actions.panels import PanelSpec, make_panel
from evaluation.actions.rubrics import NewAnchor, NewCriterion, write_rubric
from evaluation.enums import PredictionState, RunState
from evaluation.models import Panel, Prediction, RubricVersion, Run
from labeling.enums import Role
from labeling.models import Item, Project, User
from tests.factories import make_items, make_member, make_project, make_taxonomy

POINTS = ("none", "little", "half", "most", "all")
SECRET_RUNS = ("zebra-model-run", "yak-model-run")


@dataclass
class Room:
    """Who and what a panel needs."""

    project: Project
    items: list[Item]
    runs: list[Run]
    version: RubricVersion
    raters: list[User]
    reserve: User
    manager: User
    judge: User

    def panel(self, **changes) -> Panel:
        wanted = {
            "name": "P", "runs": self.runs, "rubric_version": self.version, "raters": self.raters,
            "reserves": [self.reserve], "size": len(self.items), "seed": 3, **changes,
        }  # fmt: skip
        return make_panel(project=self.project, spec=PanelSpec(**wanted), by=self.manager)


def make_run(project, name, items, labels) -> Run:
    run = Run.objects.create(
        project=project, name=name, taxonomy_version=project.taxonomy_versions.last(), state=RunState.RUNNING,
        total=len(items),
    )  # fmt: skip
    Prediction.objects.bulk_create(
        Prediction(run=run, item=item, state=PredictionState.DONE, labels=labels) for item in items
    )
    Run.objects.filter(pk=run.pk).update(state=RunState.DONE)
    return run


def make_room(*, items: int = 3, anchors: int = 0) -> Room:
    project = make_project()
    make_taxonomy(project)
    rows = make_items(project, items)
    said = [
        [{"code": "erp", "confidence": 0.41, "evidence": "sells things", "by": "model"}],
        [{"code": "crm", "confidence": 0.97, "evidence": "", "by": "model"}, {"code": "payroll", "confidence": 0.3}],
    ]
    runs = [make_run(project, name, rows, labels) for name, labels in zip(SECRET_RUNS, said, strict=True)]
    known = make_items(project, anchors, prefix="anchor")
    version = write_rubric(
        project=project, name="Quality", by=None,
        criteria=[NewCriterion("Relevance", POINTS, "Fits?"), NewCriterion("Completeness", POINTS)],
        anchors=[
            NewAnchor(item.external_id, [{"code": "crm"}], {"relevance": 4, "completeness": 2}, "It names one.")
            for item in known
        ],
    )  # fmt: skip
    return Room(
        project=project, items=rows, runs=runs, version=version,
        raters=[make_member(project, Role.ANNOTATOR) for _ in range(2)],
        reserve=make_member(project, Role.ANNOTATOR), manager=make_member(project, Role.MANAGER),
        judge=make_member(project, Role.ADJUDICATOR),
    )  # fmt: skip
