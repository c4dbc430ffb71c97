"""Each night the prompt answers dev anew and is held against the gate: a model that changed shows up here.

Copy into the DAGs folder of an Airflow 3 whose workers hold Assay (docs/gate.md): ASSAY_HOME is the folder of its
manage.py, and DATABASE_URL, SECRET_KEY and LLM_API_KEY are in the workers' environment.
"""

import os
from datetime import UTC, datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

SETTINGS = {
    "PROJECT": "acme",
    "PROMPT": "tag",
    "GOLDEN": "pilot",
    "BASELINE": "@production",
    "INCLUDE": "bank",
    "BUDGET": "5",
    "MARGIN": "0.02",
    "FILES": "/tmp/assay-gate",  # noqa: S108 -- of the worker alone
}
GATE = (
    'mkdir -p "$FILES" && '
    'python "$ASSAY_HOME/manage.py" evaluate "$PROJECT" --prompt "$PROMPT" --golden "$GOLDEN" --split dev --anew '
    '--gate --baseline "$BASELINE" --margin "$MARGIN" --include "$INCLUDE" --budget "$BUDGET" '
    '--json "$FILES/gate.json" --junit "$FILES/gate.xml" --markdown "$FILES/gate.md"'
)
CANNOT_TELL = 3  # exit code: the task is skipped; 1, the gate failed, and all others fail it

with DAG(
    dag_id="assay_gate",
    schedule="0 3 * * *",
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags=["assay"],
):
    BashOperator(
        task_id="gate",
        bash_command=GATE,
        env={**SETTINGS, "ASSAY_HOME": os.environ.get("ASSAY_HOME", "/app")},
        append_env=True,
        skip_on_exit_code=CANNOT_TELL,
        execution_timeout=timedelta(hours=2),
        retries=0,
    )
