"""What a model that judges is told: the rubric, its anchors, and the outputs of a run that it does not know."""

from collections import defaultdict

from django.utils.crypto import salted_hmac

from evaluation.enums import PanelKind
from evaluation.llm.judging import AnchorText, Judged, JudgePipeline, Question, RubricText
from evaluation.llm.pair_judging import PairJudgePipeline, PairText
from evaluation.llm.pipeline import Recipe
from evaluation.llm.prompts import Told
from evaluation.llm.protocol import LabelSpec
from evaluation.models import PanelPair, PanelRun, PromptVersion, RubricVersion
from evaluation.queries.lessons import item_texts
from labeling.models import Guideline, Project


def rubric_text(version: RubricVersion) -> RubricText:
    """The criteria, and the anchors whose texts are still those that experts scored."""
    rows = [one for one in version.anchors.select_related("item") if one.item.revision == one.item_revision]
    texts = item_texts(one.item for one in rows)
    return RubricText(
        tuple(Question(one.code, one.name, one.question, tuple(one.points)) for one in version.criteria.all()),
        tuple(AnchorText(Judged(texts[one.item_id], one.labels), one.scores, one.why) for one in rows),
    )


def told_for_judge(project: Project, version: PromptVersion, labels: tuple[LabelSpec, ...]) -> Told:
    guideline = Guideline.objects.filter(project=project).order_by("-number").first()
    fence = salted_hmac("evaluation.anchors", version.digest).hexdigest()[:16]
    return Told(labels, guideline.text if guideline else "", fence)


def judge_pipeline(panel_run: PanelRun, recipe: Recipe, told: Told) -> JudgePipeline | PairJudgePipeline:
    """Judges the outputs of a panel's run whose item reads as it did when the panel was drawn.

    In a panel of pairs: the pairs whose first output is of that run.
    """
    if panel_run.panel.kind == PanelKind.PAIRS:
        return _of_pairs(panel_run, recipe, told)
    rows = panel_run.outputs.select_related("item")
    outputs = {one.item.external_id: one.labels for one in rows if one.item.revision == one.item_revision}
    rubric = rubric_text(panel_run.panel.rubric_version)
    return JudgePipeline(recipe, told=told, rubric=rubric, outputs=outputs)


def _of_pairs(panel_run: PanelRun, recipe: Recipe, told: Told) -> PairJudgePipeline:
    found: dict[str, list[PairText]] = defaultdict(list)
    rows = PanelPair.objects.filter(a__panel_run=panel_run).select_related("a__item", "b").order_by("pk")
    for pair in rows:
        if pair.a.item.revision == pair.a.item_revision:
            found[pair.a.item.external_id].append(PairText(str(pair.public_id), pair.a.labels, pair.b.labels))
    criteria = panel_run.panel.rubric_version.criteria.order_by("order")
    asked = RubricText(tuple(Question(one.code, one.name, one.question, tuple(one.points)) for one in criteria))
    return PairJudgePipeline(recipe, told=told, rubric=asked, pairs=dict(found))
