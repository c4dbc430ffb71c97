"""A file is for the person who asked alone, holds no more than they may see, and goes after a day."""

from datetime import timedelta

import pytest
from django.urls import reverse

from evaluation.actions.exporting import advance_export, ask_export, link_of, sweep_exports
from evaluation.enums import ExportState
from evaluation.models import Export
from evaluation.queries.export_files import Wanted
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from labeling.models import Look
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr("evaluation.actions.exporting.nudge", lambda *arguments: None)
    project = make_project()
    make_taxonomy(project)
    one, two = (item.external_id for item in make_items(project, 2))
    gold = {one: {"labels": ["crm"], "split": "dev"}, two: {"labels": ["erp"], "split": "test"}}
    return import_golden(project=project, spec=FreezeSpec("gold", {}), gold=gold, by=None)


def written(wanted, by):
    export = advance_export(export_id=ask_export(wanted=wanted, by=by).pk)
    return export, export.file.open("rb").read().decode()


def test_test_gold_is_for_managers_and_in_the_ledger(release):
    project = release.golden_set.project
    manager, engineer = make_member(project, Role.MANAGER), make_member(project, Role.ENGINEER)
    wanted = Wanted(project, "golden", "jsonl", release=release)
    export, text = written(wanted, engineer)
    assert (export.state, export.rows) == (ExportState.DONE, 2)
    assert "crm" in text
    assert "erp" not in text
    for refused in (
        Wanted(project, "golden", "jsonl", release=release, with_test=True),
        Wanted(project, "annotations", "csv"),
    ):
        with pytest.raises(NotAllowed):
            ask_export(wanted=refused, by=engineer)
    assert not Look.objects.exists()
    _, text = written(Wanted(project, "golden", "jsonl", release=release, with_test=True), manager)
    assert "erp" in text
    assert Look.objects.get().by == manager


def test_the_file_is_for_who_asked_by_a_fresh_link_and_goes_after_a_day(release, client):
    project = release.golden_set.project
    mine, other = make_member(project, Role.MANAGER), make_member(project, Role.MANAGER)
    export, text = written(Wanted(project, "golden", "csv", release=release), mine)
    url = reverse("evaluation:export-file", args=[project.slug, export.public_id])
    link = f"{url}?token={link_of(export)}"
    client.force_login(other)
    assert client.get(link).status_code == 404
    client.force_login(mine)
    assert client.get(url).status_code == 404
    answer = client.get(link)
    assert b"".join(answer.streaming_content).decode() == text
    assert "attachment" in answer["Content-Disposition"]
    page = client.get(reverse("evaluation:export", args=[project.slug, export.public_id]))
    assert b"Download" in page.content
    mine.memberships.update(role=Role.ENGINEER)
    assert client.get(link).status_code == 404  # asked for as a manager, with what engineers do not see
    mine.memberships.update(role=Role.MANAGER)
    with clock.told_by(lambda: export.finished_at + timedelta(days=2)):
        sweep_exports()
    assert client.get(link).status_code == 404
    assert Export.objects.get(pk=export.pk).state == ExportState.GONE


def test_the_page_asks_for_a_file_once(release, client):
    project = release.golden_set.project
    client.force_login(make_member(project, Role.ENGINEER))
    url = reverse("evaluation:exports", args=[project.slug])
    assert b"Annotations of" not in client.get(url).content
    sent = {
        "source": f"release:{release.public_id}", "format": "csv",
        "idempotency_key": "6f4f1f0e-0000-4000-8000-000000000000",
    }  # fmt: skip
    assert [client.post(url, sent).status_code for _ in range(2)] == [303, 303]
    assert Export.objects.count() == 1
    assert client.post(url, sent | {"format": "doccano"}).status_code == 422
