"""Imports, freezes, runs and evaluations as events of OpenLineage: which version came out of which, and when.

The event goes to the address that the operator names and to no other, and holds only what is written here: the
library's client would add the machine's environment and its source repository.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from openlineage.client.event_v2 import Dataset, InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import dataset_version_dataset, job_type_job, processing_engine_run
from openlineage.client.transport.http import ApiKeyTokenProvider, HttpConfig, HttpTransport, TokenProvider

from labeling.models import Project, Release
from reviewapp import __version__

TIMEOUT = 5.0


def emit(noun: str, found: Any) -> bool:
    """Send what happened."""
    key = settings.OPENLINEAGE_API_KEY
    auth = ApiKeyTokenProvider({"apiKey": key}) if key else TokenProvider({})
    transport = HttpTransport(HttpConfig(url=settings.OPENLINEAGE_URL, timeout=TIMEOUT, auth=auth, retry={"total": 1}))
    try:
        for event in events(noun, found):
            transport.emit(event)
    finally:
        transport.close()
    return True


def events(noun: str, found: Any) -> list[RunEvent]:
    """Start and end of one thing; what takes no time has an end alone."""
    return {"run": _of_run, "evaluation": _of_evaluation, "release": _of_release, "import": _of_import}[noun](found)


def _of_run(run: Any) -> list[RunEvent]:
    version = run.prompt_version
    inputs = [_release(run.release) if run.release else _items(run.project)]
    if version:
        inputs.append(("prompts/" + version.prompt.name, f"{version.number}+{version.digest[:12]}"))
    if run.fewshot_release and run.fewshot_release != run.release:
        inputs.append(_release(run.fewshot_release))
    ended = RunState.COMPLETE if run.state == "done" else RunState.ABORT
    name = f"run/{version.prompt.name}" if version else "run/imported"
    made = [_event(run.project, name, run.public_id, ended, run.finished_at or run.created_at, inputs, [_of(run)])]
    if run.started_at and not run.is_imported:
        made.insert(0, _event(run.project, name, run.public_id, RunState.START, run.started_at, inputs, [_of(run)]))
    return made


def _of_evaluation(one: Any) -> list[RunEvent]:
    name = f"evaluate/{one.release.golden_set.name}/{one.split}"
    outputs = [(f"evaluations/{one.public_id}", one.input_digest[:12])]
    inputs = [_of(one.run), _release(one.release)]
    return [_event(one.run.project, name, one.public_id, RunState.COMPLETE, one.created_at, inputs, outputs)]


def _of_release(release: Release) -> list[RunEvent]:
    project = release.golden_set.project
    inputs = [
        _items(project),
        ("taxonomy", f"{release.taxonomy_version.number}+{release.taxonomy_version.digest[:12]}"),
    ]
    if release.round:
        inputs.append((f"rounds/{release.round.name}", ""))
    name = f"freeze/{release.golden_set.name}"
    assert release.frozen_at is not None
    at = release.frozen_at
    return [_event(project, name, release.public_id, RunState.COMPLETE, at, inputs, [_release(release)])]


def _of_import(job: Any) -> list[RunEvent]:
    at = job.finished_at or job.created_at
    return [_event(job.project, f"import/{job.kind}", job.public_id, RunState.COMPLETE, at, [], [(job.kind, "")])]


Named = tuple[str, str]  # a name and a version, empty if it has none


def _of(run: Any) -> Named:
    return f"runs/{run.name}", str(run.public_id)


def _release(release: Release) -> Named:
    return f"golden/{release.golden_set.name}", f"{release.number}+{release.digest[:12]}"


def _items(project: Project) -> Named:
    return "items", ""


def _event(
    project: Project, name: str, public_id: Any, state: RunState, at: datetime, inputs: Sequence[Named],
    outputs: Sequence[Named],
) -> RunEvent:  # fmt: skip
    space, producer = f"assay://{project.slug}", settings.BASE_URL
    engine = processing_engine_run.ProcessingEngineRunFacet(version=__version__, name="Assay", producer=producer)
    kind = job_type_job.JobTypeJobFacet(
        processingType="BATCH", integration="ASSAY", jobType=name.partition("/")[0].upper(), producer=producer
    )
    return RunEvent(
        eventType=state,
        eventTime=at.isoformat(),
        run=Run(runId=str(public_id), facets={"processing_engine": engine}),
        job=Job(namespace=space, name=name, facets={"jobType": kind}),
        producer=producer,
        inputs=[_dataset(InputDataset, space, one) for one in inputs],
        outputs=[_dataset(OutputDataset, space, one) for one in outputs],
    )


def _dataset(kind: type[Dataset], space: str, one: Named) -> Any:
    name, version = one
    facet = dataset_version_dataset.DatasetVersionDatasetFacet(datasetVersion=version, producer=settings.BASE_URL)
    return kind(namespace=space, name=name, facets={"version": facet} if version else {})
