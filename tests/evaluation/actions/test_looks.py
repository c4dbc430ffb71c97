"""A run that is made up for one item reads its gold: so looks at test are few, but for who sees the gold anyway."""

import pytest

from evaluation.actions.comparisons import compare_runs
from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.reports import evaluate_run
from evaluation.analyses.asked import Resampling
from evaluation.queries.promotions import looks_by_imports
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from labeling.models import Item, Look
from reviewapp.common.errors import Refused
from tests.factories import make_items, make_member

pytestmark = pytest.mark.django_db
FEW = Resampling(resamples=0)


def test_made_up_runs_read_no_more_gold_than_the_ledger_allows(world, monkeypatch):
    monkeypatch.setattr("evaluation.actions.looks.MOST_LOOKS", 2)
    project, engineer = world
    names = list(Item.objects.filter(project=project).values_list("external_id", flat=True))
    gold = {name: {"labels": ["crm"], "split": "test"} for name in names}
    release = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    one, two, three = (
        import_predictions(project=project, name=name, predictions={name: {"labels": [{"code": "crm"}]}}, by=None)
        for name in names[:3]
    )
    asked = {"release": release, "split": "test", "resampling": FEW}
    first = evaluate_run(run=one, by=engineer, **asked)
    compare_runs(run_a=one, run_b=two, by=engineer, **asked)

    for look in (
        lambda: evaluate_run(run=three, by=engineer, **asked),
        lambda: evaluate_run(run=three, by=make_member(project, Role.ANALYST), **asked),
        lambda: compare_runs(run_a=one, run_b=three, by=engineer, **asked),
    ):
        with pytest.raises(Refused, match="Imported runs have been held against the test split of gold@1 2 times"):
            look()
    assert Look.objects.count() == 2

    later = import_golden(project=project, spec=FreezeSpec("later", {"dev": 1.0}), gold=gold, by=None)
    with pytest.raises(Refused, match="test split of later@1 2 times"):  # the same items, so the same looks
        evaluate_run(run=three, release=later, split="test", resampling=FEW, by=engineer)
    few = {name: gold[name] for name in names[:1]}
    fresh = few | {item.external_id: {"labels": [], "split": "test"} for item in make_items(project, 5)}
    other = import_golden(project=project, spec=FreezeSpec("other", {"dev": 1.0}), gold=fresh, by=None)
    assert looks_by_imports(other) == 0

    assert evaluate_run(run=one, by=engineer, **asked) == first  # to open what is stored is no look
    evaluate_run(run=three, by=make_member(project, Role.MANAGER), **asked)
    assert Look.objects.count() == 3
