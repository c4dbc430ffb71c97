"""The sample's triage: the usual categories, some errors of a run judged by the analyst, others proposed from those,
and one cluster made work."""

from evaluation.actions.triage import judge, start_triage
from evaluation.actions.triage_categories import offer_defaults
from evaluation.actions.triage_proposals import propose_categories
from evaluation.actions.triage_tuning import Plan, make_tuning_task
from evaluation.models import Run
from labeling.models import Release, User

# what a first reader thinks of each kind; a real one reads the text
FIRST_THOUGHT = {"omission": "prompt-wording", "hallucination": "not-the-seller", "sibling": "taxonomy-overlap"}
JUDGED = 24


def triage(run: Run, release: Release, *, analyst: User, engineer: User) -> None:
    """Judge the first errors by their kind, and make a tuning task of the largest cluster."""
    known = {one.code: one for one in offer_defaults(project=run.project, by=analyst)}
    made = start_triage(run=run, release=release, by=analyst, in_background=False)
    errors = made.errors.select_related("triage__run__project", "triage__release__golden_set")
    for error in errors.order_by("place")[:JUDGED]:
        code = FIRST_THOUGHT.get(error.kind, "ambiguous-text")
        judge(error=error, category=known[code], by=analyst)
    propose_categories(triage=made, by=analyst)
    if largest := made.clusters.first():
        prompt = run.prompt_version.prompt if run.prompt_version else None
        plan = Plan(f"Mend: {largest}"[:160], owner=engineer, prompt=prompt)
        make_tuning_task(triage=made, cluster=largest, plan=plan, by=analyst)
