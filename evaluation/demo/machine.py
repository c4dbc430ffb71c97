"""What the sample's machine side did elsewhere: predictions of the whole collection, imported as from a file."""

from dataclasses import asdict

from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.predictions import taught_baseline
from evaluation.models import Run
from evaluation.queries.lessons import examples, item_texts, label_specs
from labeling.enums import Split
from labeling.models import Item, Project, Release, User

NAME = "baseline-few, the whole collection"


def label_everything(project: Project, release: Release, by: User) -> Run:
    """The baseline's answers for all items but its examples: what prevalence of the collection is estimated from."""
    learned = release.entries.filter(split=Split.FEWSHOT).values("item")
    texts = item_texts(Item.objects.filter(project=project).exclude(pk__in=learned))
    model = taught_baseline(label_specs(release.taxonomy_version), examples(release), {})
    items = list(texts.values())
    predictions = {
        item.external_id: {"labels": [asdict(label) for label in answer.labels], "model": answer.model_returned}
        for item, answer in zip(items, model.label_many(items), strict=True)
    }
    return import_predictions(project=project, name=NAME, predictions=predictions, by=by)
