"""Read by gunicorn out of the folder it starts in; what is given on its command line wins."""

import os
import shutil
import tempfile
from typing import Any

ours = ""
on = any(os.environ.get(name) for name in ("METRICS_TOKEN", "METRICS_TOKEN_FILE", "METRICS_NETWORKS"))
if on and not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    # Its processes share what they count through files, new at each start: counts begin at nought.
    ours = os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="assay-metrics-")

if os.environ.get("LOG_FORMAT") == "json":
    from reviewapp.common.logs import for_web_server

    logconfig_dict = for_web_server("json")


def child_exit(server: Any, worker: Any) -> None:
    """What a process that ended had counted still counts; what was only true while it lived does not."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415 -- only where metrics are on

        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:
    """The folder goes with the server that made it."""
    if ours:
        shutil.rmtree(ours, ignore_errors=True)
