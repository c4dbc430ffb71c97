"""What a tracker missed is told later, once, and until then it is seen that it was missed."""

import io
import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.urls import reverse

from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.reports import evaluate_run
from evaluation.actions.tellings import IN_A_ROW, LEASE, ask, sweep_tellings, tell
from evaluation.models import Telling
from evaluation.tracking import signals
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from reviewapp.common import clock
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def later(monkeypatch):
    """Moves the clock on; it stands still otherwise."""
    at = [clock.now()]
    monkeypatch.setattr("evaluation.actions.tellings.clock.now", lambda: at[0])

    def go(**passed):
        at[0] += timedelta(**passed)

    return go


def down(folder):
    """A store that cannot be written, as a server that is down: a file stands where its folder should be."""
    folder.with_name("mlruns").write_text("")
    return (folder.with_name("mlruns") / "store").as_uri()


def status(project, *more):
    said = io.StringIO()
    with pytest.raises(SystemExit) as left:
        call_command("mirror", project.slug, "--status", "--json", "-", *more, stdout=said)
    return left.value.code, json.loads(said.getvalue())["trackers"]


def test_a_run_whose_mirror_was_down_is_mirrored_by_the_sweep_once(
    settings, monkeypatch, tmp_path, later, client, caplog, django_capture_on_commit_callbacks
):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    settings.MLFLOW_TRACKING_URI = down(tmp_path / "store")
    project = make_project()
    make_taxonomy(project)
    gold = {item.external_id: {"labels": ["crm"]} for item in make_items(project, 4)}
    release = import_golden(project=project, spec=FreezeSpec("g", {"dev": 1.0}), gold=gold, by=None)
    said = {item: {"labels": [{"code": "crm"}]} for item in gold}
    signals.connect()
    try:
        with django_capture_on_commit_callbacks(execute=True):
            run = import_predictions(project=project, name="mine", predictions=said, by=None)
        with django_capture_on_commit_callbacks():  # and this message is lost
            evaluate_run(run=run, release=release, split="dev", by=None)
    finally:
        signals.disconnect()
    assert "MLflow did not take run" in caplog.text
    code, (found,) = status(project)
    assert (code, found["told"], found["waiting"]) == (3, 0, 1)
    assert found["reason"]
    client.force_login(make_member(project, Role.ENGINEER))
    page = reverse("evaluation:run", args=[project.slug, run.public_id])
    assert "not told yet" in client.get(page).content.decode()

    settings.MLFLOW_TRACKING_URI = (tmp_path / "store").as_uri()
    assert [sweep_tellings(), sweep_tellings()] == [1, 0]
    ask(noun="run", thing=run.public_id, project=project)
    Telling.objects.update(lease_until=clock.now() + LEASE)  # a worker took it and was killed after it was told
    assert sweep_tellings() == 0
    later(minutes=6)
    assert sweep_tellings() == 1

    from mlflow.tracking import MlflowClient

    mlflow = MlflowClient(tracking_uri=settings.MLFLOW_TRACKING_URI)
    (mirrored,) = mlflow.search_runs([mlflow.get_experiment_by_name(f"assay/{project.slug}").experiment_id])
    assert (mirrored.info.run_name, mirrored.data.metrics["g.1/dev/micro_f1"]) == ("mine", 1)
    assert len(mlflow.get_metric_history(mirrored.info.run_id, "g.1/dev/micro_f1")) == 1
    row = Telling.objects.get()
    assert (row.is_told, row.tries, row.reason) == (True, 0, "")
    assert "told " in client.get(page).content.decode()
    said = io.StringIO()
    call_command("mirror", project.slug, "--status", stdout=said)
    assert said.getvalue() == "MLflow: told of 1\n"


def test_it_waits_longer_each_time_and_news_makes_it_due_at_once(settings, monkeypatch, later):
    settings.OPENLINEAGE_URL = "http://127.0.0.1:9"
    project, thing = make_project(), uuid4()
    monkeypatch.setattr("evaluation.tracking.telling._find", lambda noun, public_id: object())
    (pk,) = ask(noun="release", thing=thing, project=project)
    for minutes in (1, 2, 4):
        assert not tell(telling_id=pk)
        row = Telling.objects.get()
        assert row.next_try_at == clock.now() + timedelta(minutes=minutes)
        later(minutes=minutes)
    assert (row.tries, bool(row.reason), row.told_at) == (3, True, None)
    assert ask(noun="release", thing=thing, project=project) == [pk]
    assert Telling.objects.get().tries == 0

    def changed_meanwhile(*_):
        later(seconds=1)
        ask(noun="release", thing=thing, project=project)
        return True

    monkeypatch.setattr("evaluation.actions.tellings.send", changed_meanwhile)
    assert tell(telling_id=pk)
    row = Telling.objects.get()
    assert (row.is_told, row.told_at, row.lease_until) == (False, clock.now(), None)


def test_a_tracker_that_is_down_is_not_asked_for_everything(settings, monkeypatch, caplog):
    settings.OPENLINEAGE_URL = "http://127.0.0.1:9"
    monkeypatch.setattr("evaluation.tracking.telling._find", lambda noun, public_id: object())
    project = make_project()
    for _ in range(IN_A_ROW + 2):
        ask(noun="release", thing=uuid4(), project=project)
    assert sweep_tellings() == 0
    assert caplog.text.count("OpenLineage did not take release") == IN_A_ROW
    monkeypatch.setattr("evaluation.tracking.telling._find", lambda noun, public_id: None)
    assert sweep_tellings() == 2  # of a red-team round: nothing to tell, and no row stays
    assert Telling.objects.count() == IN_A_ROW
