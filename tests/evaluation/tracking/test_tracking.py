"""What MLflow and OpenLineage are told, that they hear no text, and that nothing of them is there when off."""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.management import call_command

from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.reports import evaluate_run
from evaluation.models import Telling
from evaluation.tracking import signals
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.models import Document
from tests.factories import make_items, make_project, make_taxonomy

pytestmark = pytest.mark.django_db
SECRET = "the text of an item"


@pytest.fixture
def connected(monkeypatch):
    """As after a start with a tracker named; messages arrive at once."""
    monkeypatch.setattr("evaluation.actions.tellings.nudge", lambda task, *arguments: task(*arguments))
    signals.connect()
    yield
    signals.disconnect()


def work():
    """A project in which a release is frozen and a run imported and scored on dev and on test."""
    project = make_project()
    make_taxonomy(project)
    items = make_items(project, 10)
    Document.objects.filter(item__in=items).update(text=SECRET)
    gold = {
        item.external_id: {"labels": ["crm"], "split": "test" if place < 2 else "dev"}
        for place, item in enumerate(items)
    }
    release = import_golden(project=project, spec=FreezeSpec("pilot", {"dev": 1.0}), gold=gold, by=None)
    said = {item: {"labels": [{"code": "crm"}], "cost": 0.5} for item in gold}
    run = import_predictions(project=project, name="mine", predictions=said, by=None)
    for split in ("dev", "test"):
        evaluate_run(run=run, release=release, split=split, by=None)
    return project, release, run, [item.external_id for item in items]


@pytest.mark.filterwarnings("ignore")
def test_mlflow_has_the_run_with_its_figures_once(
    connected, settings, monkeypatch, tmp_path, django_capture_on_commit_callbacks
):
    settings.MLFLOW_TRACKING_URI = tmp_path.as_uri()
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    with django_capture_on_commit_callbacks(execute=True):
        project, release, run, items = work()
    call_command("mirror", project.slug)

    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=tmp_path.as_uri())
    experiment = client.get_experiment_by_name(f"assay/{project.slug}")
    (found,) = client.search_runs([experiment.experiment_id])
    assert (found.info.run_name, found.info.status) == ("mine", "FINISHED")
    metrics = found.data.metrics
    assert (metrics["items"], metrics["answered"], metrics["spent_usd"]) == (10, 10, 5)
    figures = [metrics[f"pilot.1/dev/micro_f1{part}"] for part in ("", "_low", "_high", "_n")]
    assert figures == pytest.approx([1, 0.025 ** (1 / 8), 1, 8])  # all right: the exact interval of 8 items
    assert metrics["pilot.1/dev/label.crm/f1"] == 1
    assert "pilot.1/dev/label.erp/f1" not in metrics  # undefined is left out
    assert metrics["pilot.1/test/micro_f1_n"] == 2
    assert "pilot.1/test/label.crm/f1" not in metrics  # few held-out items are hidden, as on pages
    assert found.data.tags["assay.pilot.1.dev.release_digest"] == release.digest
    assert found.data.tags["assay.taxonomy_digest"] == run.taxonomy_version.digest
    told = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    assert SECRET not in told
    assert not [item for item in items if item in told]


class Hears(BaseHTTPRequestHandler):
    heard = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append((self.headers.get("Authorization"), json.loads(body)))
        self.send_response(201)
        self.end_headers()

    def log_message(self, *_):
        pass


def test_openlineage_hears_of_freeze_run_and_evaluations(connected, settings, django_capture_on_commit_callbacks):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hears)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.OPENLINEAGE_URL, settings.OPENLINEAGE_API_KEY = f"http://127.0.0.1:{server.server_port}", "k"
    Hears.heard.clear()
    with django_capture_on_commit_callbacks(execute=True):
        project, release, run, items = work()
    server.shutdown()
    server.server_close()

    assert {key for key, _ in Hears.heard} == {"Bearer k"}
    told = [event for _, event in Hears.heard]
    assert [(one["job"]["name"], one["eventType"]) for one in told] == [
        ("freeze/pilot", "COMPLETE"), ("run/imported", "COMPLETE"),
        ("evaluate/pilot/dev", "COMPLETE"), ("evaluate/pilot/test", "COMPLETE"),
    ]  # fmt: skip
    assert {one["job"]["namespace"] for one in told} == {f"assay://{project.slug}"}
    assert told[1]["run"]["runId"] == str(run.public_id)
    version = f"1+{release.digest[:12]}"
    assert told[0]["outputs"][0]["facets"]["version"]["datasetVersion"] == version
    assert [one["name"] for one in told[2]["inputs"]] == ["runs/mine", "golden/pilot"]
    assert told[2]["inputs"][1]["facets"]["version"]["datasetVersion"] == version
    whole = json.dumps(told)
    assert not [text for text in (SECRET, *items) if text in whole]


def test_off_is_the_usual_and_imports_nothing(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        work()
    assert not [one for one in callbacks if "tell" in repr(one)]
    assert not Telling.objects.exists()
    script = (
        "import sys; import tests.environment, os; os.environ['DJANGO_SETTINGS_MODULE'] = 'reviewapp.settings'; "
        "import django; django.setup(); import evaluation.tracking.telling; "
        "sys.exit(bool({'mlflow', 'openlineage'} & {name.partition('.')[0] for name in sys.modules}))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
