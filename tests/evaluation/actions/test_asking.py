"""The standard question becomes a prompt version when it is asked, once for each model."""

import pytest

from evaluation.actions.asking import TO_CATEGORISE, TO_JUDGE, written
from evaluation.models import PromptVersion
from evaluation.queries.asking import askers, check_one_question
from tests.factories import make_project

pytestmark = pytest.mark.django_db


def test_a_forecast_writes_nothing_and_a_start_once_for_each_model():
    project = make_project()
    for standard in (TO_JUDGE, TO_CATEGORISE):
        check_one_question(standard.unwritten(project, "m-1", ""))
    assert not PromptVersion.objects.exists()

    first = written(project=project, version=TO_JUDGE.unwritten(project, "m-1", ""), by=None)
    other = written(project=project, version=TO_JUDGE.unwritten(project, "m-2", ""), by=None)
    again = written(project=project, version=TO_JUDGE.unwritten(project, "m-1", "default"), by=None)

    assert (first.number, other.number, again) == (1, 2, first)
    assert written(project=project, version=first, by=None) == first
    assert askers(project) == [other, first]
